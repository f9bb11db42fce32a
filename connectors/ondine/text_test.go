package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestFrenchDate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"3 mars 2026 Élodie": "2026-03-03", "1er août 2025": "2025-08-01", "17 décembre 2026.": "",
		"31 février 2026": "", "45 mars 2026": "", "3 march 2026": "", "": "", "mars 2026": "", "3 mars 12026": "", "-3 mars 2026": ""} {
		got, err := frenchDate(text)
		if got.String() != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}

const bill = `Facture n° F202610-47485
Date de prélèvement : 17 novembre 2026
Détail de votre facture Montant TTC
Forfait Marée Haute 80 Go, 06 39 98 12 07  19,99 €
Geste commercial  -5,00 €
Total hors taxes 12,49 €
TVA 20 % 2,50 €
Total à payer TTC 14,99 €
`

func TestReadPDF(t *testing.T) {
	t.Parallel()
	p, err := readPDF(bill)
	if err != nil || p.number != "F202610-47485" || p.due.String() != "2026-11-17" || p.tax != "2.50" || p.total != "14.99" {
		t.Fatalf("got %+v, %v", p, err)
	}
	if len(p.lines) != 2 || p.lines[0] != (record.BillLine{Label: "Forfait Marée Haute 80 Go, 06 39 98 12 07", Amount: "19.99"}) || p.lines[1].Amount != "-5.00" {
		t.Errorf("got %+v", p.lines)
	}
	if _, err := readPDF("nothing of the kind"); sdk.CodeOf(err) != protocol.SourceChanged {
		t.Errorf("got %v", err)
	}
}

func TestReadPDF_gives_no_lines_rather_than_wrong_ones(t *testing.T) {
	t.Parallel()
	// The space of a thousand looks like one more number of the label.
	text := strings.NewReplacer(" 19,99", " 1 019,99", "14,99", "1 014,99").Replace(bill)
	p, err := readPDF(text)
	if err != nil || p.total != "1014.99" || p.lines != nil {
		t.Errorf("got %+v, %v", p, err)
	}
}

// FuzzPDF holds that lines, when there are any, add up to the total.
func FuzzPDF(f *testing.F) {
	f.Add(bill)
	f.Add("Montant TTC a 1,00 € b 2,00 € Total hors taxes TVA 20 % 0,50 € Total à payer TTC 3,00 € Date de prélèvement : 1er mai 2026")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readPDF(text)
		if err != nil {
			return
		}
		want, _, err := p.total.Parts()
		if err != nil || p.due.Precision() != record.Day {
			t.Fatalf("got %+v", p)
		}
		for _, l := range p.lines {
			cents, _, _ := l.Amount.Parts()
			want -= cents
		}
		if len(p.lines) > 0 && want != 0 {
			t.Fatalf("lines are %d cents off: %+v", want, p)
		}
	})
}

// FuzzCalls holds that what is read has ids of its own and goes into JSON.
func FuzzCalls(f *testing.F) {
	f.Add(header + "\r\n06 39 98 12 07;14/02/2026;18:32:05;Appel;Émis;01 99 00 31 77;00:12:45;;France;0,35\r\n")
	f.Add(header + "\n1;01/09/2025;10:49:35;Internet;Émis;;;79028;Mars;0,00\n1;01/09/2025;10:49:35;Internet;Émis;;;79028;Mars;0,00\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := readCalls(text)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, r := range all {
			if seen[r.ID] || r.Title == "" || r.Time.Precision() != record.Second {
				t.Fatalf("got %+v", r)
			}
			seen[r.ID] = true
			if _, err := json.Marshal(r.Data); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestReadCalls_keeps_two_equal_lines_and_what_it_does_not_know(t *testing.T) {
	t.Parallel()
	line := "06 39 98 12 07;25/10/2026;14:00:00;SMS;Émis;06 39 98 70 61;;;Sealand;0,00\n"
	all, err := readCalls(header + "\n" + line + line)
	if err != nil || len(all) != 2 || all[1].ID != all[0].ID+"#2" {
		t.Fatalf("got %v, %v", all, err)
	}
	if c := all[0].Data.(record.Call); c.Country != "" || c.Extra["pays"] != "Sealand" || all[0].Time.String() != "2026-10-25T14:00:00+01:00[Europe/Paris]" {
		t.Errorf("got %+v at %s", c, all[0].Time)
	}
	for _, bad := range []string{"", "a;b\n", header + "\nx;y\n", header + "\n06;32/10/2026;14:00:00;SMS;Émis;1;;;France;0,00\n",
		header + "\n06;25/10/2026;14:00:00;Fax;Émis;1;;;France;0,00\n", header + "\n06;25/10/2026;14:00:00;SMS;Émis;1;;;France;0.0.0\n",
		header + "\n06;25/10/2026;14:00:00;Appel;Émis;1;1h;;France;0,00\n"} {
		if all, err := readCalls(bad); err == nil {
			t.Errorf("%q: got %v", bad, all)
		}
	}
}
