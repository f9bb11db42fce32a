package gallery

import (
	"bytes"
	"context"
	"net/url"
	"strings"
)

// Tables of bank lines that no connector knows, by what they are.
const (
	bankTable     = "a table of a bank that nobody has explained"
	openTable     = "a table whose dates and amounts may be read in two ways"
	partTable     = "a table of which some rows cannot be read"
	hostileTable  = "a table that an enemy made"
	headlessTable = "a table without headings"
)

// table returns a table of bank lines.
func table(name string) ([]byte, bool) {
	switch name {
	case bankTable:
		return []byte("Banque de l’Ouest;;;;\nCompte n° 12345678901;;;;\n\nDate;Date de valeur;Libellé;Débit;Crédit;Solde\n" +
			"25/01/2026;26/01/2026;CB BOULANGERIE DU PORT;-3,20;;1 234,50\n24/01/2026;24/01/2026;PRLV EAU DE L’OUEST;-41,90;;1 237,70\n02/01/2026;02/01/2026;VIR SALAIRE;;2 100,00;1 279,60\n"), true
	case openTable:
		return []byte("Date,Description,Amount,Notes\n05/06/2026,Bakery,\"-3,200\",\n07/06/2026,Water company,\"-41,900\",by direct debit\n"), true
	case partTable:
		return []byte("Date;Label;Amount;Currency\n25/01/2026;Bakery;-3,20;EUR\n26/01/2026;Water company;forty;EUR\n27/01/2026;Salary;2100,00;EUR\n31/02/2026;No such day;-1,00;EUR\nTotal;;-44,10;\n"), true
	case headlessTable:
		return []byte("25.01.2026\tBakery\t-3,20\tEUR\n26.01.2026\tWater company\t-41,90\tEUR\n"), true
	case hostileTable:
		quoted := func(text string) string { // a zero byte would make it no text
			return `"` + strings.NewReplacer(`"`, `""`, "\x00", "").Replace(text) + `"`
		}
		rows := []string{"Date,Amount"}
		for _, text := range Texts()[:5] {
			rows[0] += "," + quoted(text)
		}
		for range 3 {
			row := "2026-01-25,-3.20"
			for _, text := range Texts()[:5] {
				row += "," + quoted(text)
			}
			rows = append(rows, row)
		}
		return []byte(strings.Join(rows, "\n")), true
	}
	return nil, false
}

// explain holds tables: as they came, and explained.
func explain(ctx context.Context, h *House) error {
	for place, said := range map[string]string{"table": "", "open": "", "hostile-table": "", "part": "date=Date,label=Label,amount=Amount,currency=Currency,order=dmy"} {
		name := map[string]string{"table": bankTable, "open": openTable, "part": partTable, "hostile-table": hostileTable}[place]
		content, err := h.sample(name)
		if err != nil {
			return err
		}
		title := place + ".csv"
		if place == "hostile-table" {
			title = Markup + ".csv"
		}
		held, err := h.Connect.Preview(ctx, title, bytes.NewReader(content))
		if err != nil {
			return err
		}
		h.mark(place, held.ID)
		if said == "" {
			continue
		}
		if _, err := h.Connect.SayColumns(ctx, held.ID, said); err != nil {
			return err
		}
	}
	return nil
}

// tableCases are about tables that the person explains.
func tableCases() []Case {
	wrong := url.Values{"file": {"{table}"}, "c1": {"date"}, "c2": {"date"}, "c3": {"note"}, "c4": {"out"}, "c5": {"amount"}, "currency": {Markup}, "account": {Markup}}
	unsaid := url.Values{"file": {"{open}"}, "c1": {"date"}, "c2": {"label"}, "c3": {"amount"}, "currency": {""}, "account": {""}}
	several := map[string]string{"1-releve.ofx": statement, "2-releve.csv": bankTable, "3-notes.csv": unknown}
	return []Case{
		{Page: "columns", State: "unknown table with guesses", Scene: explaining, Path: "/import", Files: map[string]string{"releve.csv": bankTable}, Says: "columns.intro"},
		{Page: "columns", State: "without headings", Scene: explaining, Path: "/import", Files: map[string]string{"umsatz.tsv": headlessTable}, Says: "columns.more"},
		{Page: "columns", State: "dates and amounts that may be two", Scene: explaining, Path: "/import/columns/{open}?file={open}", Says: "columns.order"},
		{Page: "columns", State: "nothing said of what may be two", Scene: explaining, Path: "/import/columns/{open}", Form: unsaid, Status: 400, Says: "columns.fault.open.order"},
		{Page: "columns", State: "a bad choice", Scene: explaining, Path: "/import/columns/{table}", Form: wrong, Status: 400, Says: "columns.refused"},
		{Page: "columns", State: "changed afterwards", Scene: explaining, Path: "/import/columns/{part}?file={part}", Says: "columns.go"},
		{Page: "columns", State: "hostile", Scene: explaining, Path: "/import/columns/{hostile-table}", Says: "columns.go"},
		{Page: "import", State: "partly broken table", Scene: explaining, Path: "/import?file={part}", Says: "import.notes"},
		{Page: "import", State: "a table among files", Scene: explaining, Path: "/import", Files: several, Says: "import.asks"},
		{Page: "import", State: "a table that does not wait any more", Scene: explaining, Path: "/import/columns/gone", Status: 404, Says: "import.gone"},
	}
}
