package providers

import "fmt"

// pdf returns b as a PDF, the same bytes each time.
func (s supplier) pdf(b Bill) ([]byte, error) {
	p := newPage(energyVendor, b)
	p.SetTextColor(61, 90, 30)
	p.line(20, "B", "Énergie d'Armor")
	p.SetTextColor(40, 40, 40)
	p.line(9, "", "Fournisseur fictif, 8 rue du Petit Vent, 22000 Saint-Brieuc")
	p.Ln(8)
	p.line(16, "B", "Facture n° "+b.Number)
	p.line(10, "", "Numéro client : "+s.client())
	p.line(10, "", "Point de livraison : "+s.usagePoint())
	p.line(10, "", "Date de facture : "+frenchDate(b.Issued))
	p.line(10, "", "Période : du "+frenchDate(b.Month.Day(1, s.zone))+" au "+frenchDate(b.Month.Day(b.Month.Days(), s.zone)))
	p.line(10, "", "Date de prélèvement : "+frenchDate(b.Due))
	p.Ln(6)
	p.line(10, "B", s.family.People[0].Name())
	p.line(10, "", s.family.Street)
	p.line(10, "", s.family.Postcode+" "+s.family.City)
	p.Ln(8)
	s.pdfLines(p, b)
	p.line(9, "", "Montant prélevé sur le compte "+s.family.masked()+" ouvert à la Banque des Embruns.")
	p.line(9, "", "Votre mot-clé pour nos conseillers ce mois-ci : "+b.Keyword+".")
	p.line(7, "", "Énergie d'Armor n'existe pas : ce document sert d'exemple.")
	return p.bytes()
}

func (s supplier) pdfLines(p page, b Bill) {
	p.row("B", "Détail de votre facture", "Montant TTC")
	for _, l := range b.Lines {
		label := l.Label
		if l.KWh > 0 {
			label = fmt.Sprintf("%s : %d kWh à %s", l.Label, l.KWh, l.Price.French())
		}
		p.row("", label, l.Amount.French())
	}
	p.Ln(4)
	p.row("", "Total hors taxes", b.Net().French())
	p.row("", "TVA 20 %", b.Tax.French())
	p.row("B", "Total à payer TTC", b.Total.French())
	p.Ln(8)
}
