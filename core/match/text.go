package match

import (
	"slices"
	"strings"
	"unicode"
)

// fold returns s in upper case without accents, each run of other characters
// than letters and digits as one space.
func fold(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = !unicode.Is(unicode.Mn, r) || gap
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteString(plain(unicode.ToUpper(r)))
	}
	return b.String()
}

// plain returns a capital letter without its accent.
func plain(r rune) string {
	if r < unicode.MaxASCII {
		return string(r)
	}
	for _, group := range [...]string{"AÀÁÂÃÄÅĀĂĄ", "CÇĆČ", "DĎĐ", "EÈÉÊËĒĖĘĚ", "IÌÍÎÏĪİ", "LŁ", "NÑŃŇ", "OÒÓÔÕÖØŌŐ", "RŘ", "SŚŞŠȘ", "TŤȚ", "UÙÚÛÜŪŮŰ", "YÝŸ", "ZŹŻŽ"} {
		if strings.ContainsRune(group, r) {
			return group[:1]
		}
	}
	switch r {
	case 'Œ':
		return "OE"
	case 'Æ':
		return "AE"
	case 'ß', 'ẞ':
		return "SS"
	}
	return string(r)
}

// noise are words that say nothing of who is paid: what banks print before a
// name, legal forms, articles and months.
const noise = ` PRLV PRLVT PRELEVEMENT PRELEVEMENTS SEPA CORE B2B CB CARTE CARD VIR VIRT VIREMENT INST PERMANENT PAIEMENT PAIEMENTS PMT PAYMENT
 ACHAT DD DIRECT DEBIT CREDIT TRANSFER STO BACS FPS POS VISA MASTERCARD MC CONTACTLESS TO FROM FAVEUR EMIS RECU WEB INTERNET EUROPEEN CHQ CHEQUE
 TIP AVIS FACTURE FACT INVOICE INV BILL REF RUM ICS MANDAT MANDATE ECHEANCE NUM NO NR ID NOTPROVIDED AUTORISATION AUTHORISATION PENDING
 SA SAS SASU SARL EURL SCA SNC SCOP GMBH AG KG LTD LIMITED PLC INC LLC CORP CO COMPANY BV NV SPA SRL SL OY AB AS UG SE
 DE DU DES LA LE LES L D ET AU AUX AND THE OF POUR PAR A EN EUR GBP USD CHF FR UK COM WWW REJET IMPAYE RETOUR REPRESENTATION
 JANVIER FEVRIER MARS AVRIL MAI JUIN JUILLET AOUT SEPTEMBRE OCTOBRE NOVEMBRE DECEMBRE
 JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER JAN FEB MAR APR JUN JUL AUG SEP OCT NOV DEC `

// generic are words of a trade that many vendors share.
const generic = ` TELECOM TELECOMS TELEPHONE MOBILE MOBILES ENERGIE ENERGIES ENERGY ASSURANCE ASSURANCES INSURANCE FRANCE EUROPE SERVICE SERVICES GROUP GROUPE
 EAU WATER GAZ GAS ELECTRICITE ELECTRICITY BROADBAND BANQUE BANK CLUB SPORT MEDIA ONLINE CLIENTS INTERNATIONAL SOCIETE CABINET VILLE `

func isIn(list, word string) bool {
	for rest := list; ; {
		at := strings.Index(rest, word)
		if at < 0 {
			return false
		}
		end := at + len(word)
		if at > 0 && isSpace(rest[at-1]) && end < len(rest) && isSpace(rest[end]) {
			return true
		}
		rest = rest[at+1:]
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' }

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// words returns the telling words of a folded text, each once, sorted.
func words(folded string) []string {
	var out []string
	for w := range strings.FieldsSeq(folded) {
		if len(w) > 1 && !hasDigit(w) && !isIn(noise, w) {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// holds reports whether text, folded, holds the folded words one after another
// and whole.
func holds(text, part string) bool {
	return part != "" && strings.Contains(" "+text+" ", " "+part+" ")
}
