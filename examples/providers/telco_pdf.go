package providers

import (
	"bytes"
	"fmt"

	"github.com/go-pdf/fpdf"
)

// pdf returns b as a PDF, the same bytes each time, with a scan of about that
// many bytes unless 0.
func (a account) pdf(b Bill, scan int) ([]byte, error) {
	p := newPage("Ondine Télécom", b)
	a.pdfHead(p, b)
	a.pdfLines(p, b)
	a.pdfFoot(p, b)
	if scan > 0 {
		if err := addScan(p.Fpdf, a.random(b.Month, 'p'), scan); err != nil {
			return nil, err
		}
	}
	return p.bytes()
}

// newPage begins the PDF of b. What it holds is the same each time.
func newPage(vendor string, b Bill) page {
	doc := fpdf.New("P", "mm", "A4", "")
	doc.SetCatalogSort(true)
	doc.SetCreationDate(b.Issued)
	doc.SetModificationDate(b.Issued)
	doc.SetProducer(vendor, true)
	doc.SetTitle("Facture "+b.Number, true)
	doc.SetMargins(20, 20, 20)
	doc.AddPage()
	return page{doc, doc.UnicodeTranslatorFromDescriptor("")}
}

func (p page) bytes() ([]byte, error) {
	var out bytes.Buffer
	err := p.Output(&out)
	return out.Bytes(), err
}

// page writes text, accents included, in the standard fonts.
type page struct {
	*fpdf.Fpdf
	latin func(string) string
}

func (p page) line(size float64, style, text string) {
	p.SetFont("Helvetica", style, size)
	p.CellFormat(0, size*0.55, p.latin(text), "", 1, "L", false, 0, "")
}

// row writes a label on the left and a value on the right.
func (p page) row(style, label, value string) {
	p.SetFont("Helvetica", style, 10)
	p.CellFormat(130, 7, p.latin(label), "B", 0, "L", false, 0, "")
	p.CellFormat(40, 7, p.latin(value), "B", 1, "R", false, 0, "")
}

func (a account) pdfHead(p page, b Bill) {
	p.SetTextColor(11, 91, 120)
	p.line(20, "B", "Ondine Télécom")
	p.SetTextColor(40, 40, 40)
	p.line(9, "", "Opérateur fictif, 3 quai des Brumes, 29200 Brest")
	p.Ln(8)
	p.line(16, "B", "Facture n° "+b.Number)
	p.line(10, "", "Numéro client : "+a.client())
	p.line(10, "", "Date de facture : "+frenchDate(b.Issued))
	p.line(10, "", "Période : du "+frenchDate(b.Month.Day(1, a.zone))+" au "+frenchDate(b.Month.Day(b.Month.Days(), a.zone)))
	p.line(10, "", "Date de prélèvement : "+frenchDate(b.Due))
	p.Ln(6)
	p.line(10, "B", a.family.People[0].Name())
	p.line(10, "", a.family.Street)
	p.line(10, "", a.family.Postcode+" "+a.family.City)
	p.Ln(8)
}

func (a account) pdfLines(p page, b Bill) {
	p.row("B", "Détail de votre facture", "Montant TTC")
	for _, l := range b.Lines {
		p.row("", l.Label, l.Amount.French())
	}
	p.Ln(4)
	p.row("", "Total hors taxes", b.Net().French())
	p.row("", "TVA 20 %", b.Tax.French())
	p.row("B", "Total à payer TTC", b.Total.French())
	p.Ln(8)
}

func (a account) pdfFoot(p page, b Bill) {
	p.line(9, "", "Montant prélevé sur le compte "+a.family.masked()+" ouvert à la Banque des Embruns.")
	p.line(9, "", "Votre mot-clé pour nos conseillers ce mois-ci : "+b.Keyword+".")
	p.Ln(4)
	p.SetFont("Helvetica", "", 7)
	p.MultiCell(0, 3.5, p.latin("Tout retard de paiement donne lieu à des intérêts au taux légal. Pour toute réclamation, écrivez au service clients "+
		"dans les deux mois qui suivent l'édition de cette facture. Ondine Télécom n'existe pas : ce document sert d'exemple."), "", "L", false)
}

// csv returns the usage of m as a spreadsheet in French would have it.
func (a account) csv(m Month) []byte {
	var out bytes.Buffer
	out.WriteString("\ufeffLigne;Date;Heure;Type;Sens;Correspondant;Durée;Volume (Ko);Pays;Montant (EUR)\r\n")
	for _, c := range a.calls(m) {
		direction, duration, volume := "Émis", "", ""
		if c.Incoming {
			direction = "Reçu"
		}
		switch c.Kind {
		case Voice:
			s := int(c.Duration.Seconds())
			duration = fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
		case Data:
			volume = fmt.Sprint(c.Kilobytes)
		}
		fmt.Fprintf(&out, "%s;%s;%s;%s;%s;%s;%s;%s;%s;%s\r\n", c.Line, c.At.Format("02/01/2006"), c.At.Format("15:04:05"),
			[...]string{"Appel", "SMS", "MMS", "Internet"}[c.Kind], direction, c.Peer, duration, volume, countryName(c.Country), c.Price.comma())
	}
	return out.Bytes()
}

func countryName(code string) string {
	return map[string]string{"FR": "France", "IE": "Irlande", "GB": "Royaume-Uni"}[code]
}
