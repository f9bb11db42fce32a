package auth

import "strings"

// maxWord is the length of the longest pattern looked up as a word.
const maxWord = 24

// commonWords are what people build passwords from, the likeliest first:
// passwords, first names, and everyday words of English and French, in lower
// case without accents. Guesses count by place.
const commonWords = `
123456 password 123456789 12345678 12345 qwerty azerty 111111 1234567 123123 abc123 password1 iloveyou motdepasse
000000 1234 doudou marseille loulou soleil admin letmein welcome monkey dragon football princess sunshine master shadow
superman batman bonjour jetaime chouchou coucou nicolas camille chocolat azertyuiop qwertyuiop 654321 666666 121212
112233 987654321 passw0rd pass login secret test demo root user guest changeme default hello freedom whatever trustno
starwars pokemon naruto mustang access flower cheese computer internet hunter killer soccer baseball hockey ranger
buster pepper ginger cookie summer winter spring autumn charlie jordan michael jennifer thomas robert daniel andrew
joshua matthew jessica ashley amanda michelle nicole hannah samantha maggie george harley tigger yankees liverpool
chelsea arsenal barcelona realmadrid juventus olympique lyon paris france toulouse bordeaux nantes lille rennes
strasbourg bretagne corse provence london england america canada portugal maison voiture famille maman papa amour
bebe cherie poupette minou minette chaton toutou loulotte louloute pitchoune boubou nounours titi tata mamie papi
marie pierre julien antoine alexandre maxime laurent sebastien christophe stephane olivier frederic philippe
patrick pascal thierry bruno vincent guillaume jerome david kevin anthony romain mathieu florian benjamin quentin
clement alexis adrien arthur hugo lucas louis gabriel raphael jules leo adam nathan enzo theo noah ethan tom paul
emma lea manon chloe ines sarah laura marine julie pauline celine sophie isabelle nathalie valerie sandrine
stephanie virginie caroline audrey aurelie emilie elodie melanie charlotte margaux clara louise alice juliette
jade lola zoe anna eva rose lucie mathilde claire helene catherine martine monique francoise jacqueline jean
michel alain bernard jacques daniele gerard christian claude henri rene andre marcel roger
james john william richard joseph charles christopher mark donald steven kenneth brian edward ronald timothy jason
jeffrey ryan jacob gary eric jonathan stephen larry justin scott brandon samuel frank gregory raymond patricia linda
barbara elizabeth susan margaret lisa nancy betty sandra karen kimberly emily donna carol ruth sharon rebecca cynthia
kathleen amy angela shirley brenda pamela rachel heather maria diane olivia sophia isabella mia
love life live family friend friends home house garden money time work water fire earth wind star moon sun light dark
night day black white red blue green yellow orange purple pink silver gold golden diamond crystal rainbow angel devil
heaven hell lord king queen prince knight wizard magic ninja pirate zombie vampire phoenix tiger lion eagle falcon
wolf bear horse rabbit dog cat bird fish snake spider butterfly dolphin shark panda turtle penguin elephant
music guitar piano metal rock dance party game games gamer player racing driver ferrari porsche mercedes renault peugeot
citroen yamaha honda suzuki harley ducati apple google windows samsung android iphone facebook twitter youtube amazon
netflix linux ubuntu microsoft orange free bouygues
january february march april june july august september october november december monday tuesday wednesday thursday
friday saturday sunday
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre lundi mardi mercredi jeudi vendredi
samedi dimanche printemps ete automne hiver
bleu rouge vert jaune noir blanc rose violet gris chien chat oiseau cheval lapin poisson souris tigre loup ours lune
etoile terre mer montagne plage vacances voyage musique guitare cuisine jardin fleur arbre foret riviere ocean
bonheur liberte espoir reve lumiere ombre nuit jour matin soir coeur vie monde ange diable dieu roi reine princesse
chevalier dragon magie ecole travail bureau argent banque facture secret coffre clef porte fenetre table chaise
fromage vin pain beurre croissant baguette biere cafe pomme poire cerise fraise banane citron tomate
correct horse battery staple bank server cloud vault domicile numerique digital personal private security secure
safe strong simple easy system network office phone mobile email mail website account office manager support service
hello world good happy lucky crazy sexy sweet cool baby girl boy man woman lady mother father sister brother mom dad
welcome bienvenue merci salut bonsoir toto titi azer qwer asdf zxcv wxcv qsdf poiu
the and you that was for are with his they this have from one had word but not what all were when your can said there
use each which she how their will other about out many then them these some her would make like him into has look two
more write see number way could people than first been call who its now find long down did get come made may part
est les des une que pas pour sur dans avec plus tout nous vous ils elle mais bien fait comme tres sans etre avoir
aussi mon ton son notre votre leur moi toi lui ici cette petit petite grand grande gros belle beau
`

// wordRanks numbers the common words from 1.
func wordRanks() map[string]int {
	ranks := map[string]int{}
	for word := range strings.FieldsSeq(commonWords) {
		if ranks[word] == 0 {
			ranks[word] = len(ranks) + 1
		}
	}
	return ranks
}
