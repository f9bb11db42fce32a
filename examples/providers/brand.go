package providers

// A brand is how a provider's pages look.
type brand struct {
	First, Last string // of the name, shown "First Last" with Last in bold
	Sign        string // a character for a logo
	Colour      string // class of the page: a palette of site.css
	Home        string // path of the start page
	Trade       string // what it simulates, for the footer
	Nav         []navItem
}

type navItem struct{ Path, Label string }

// Name returns the provider's name.
func (b brand) Name() string { return b.First + " " + b.Last }

func telcoBrand() brand {
	return brand{First: "Ondine", Last: "Télécom", Sign: "≈", Colour: "mer", Home: "/espace-client", Trade: "un opérateur", Nav: []navItem{
		{"/espace-client", "Accueil"}, {"/factures", "Factures"}, {"/contrat", "Contrat"}, {"/deconnexion", "Se déconnecter"}}}
}

func bankBrand() brand {
	return brand{First: "Banque", Last: "des Embruns", Sign: "∿", Colour: "embruns", Home: "/", Trade: "une banque"}
}

func energyBrand() brand {
	return brand{First: "Énergie", Last: "d’Armor", Sign: "☼", Colour: "armor", Home: "/", Trade: "un fournisseur d’électricité"}
}
