package book_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// read returns what the book makes of one line.
func read(t testing.TB, learnt book.Learnt, l book.Line) book.Line {
	t.Helper()
	l.Currency = "EUR"
	b := book.NewReader(learnt).Book([]book.Line{l}, today(), true)
	return b.Lines[0]
}

func amount(t testing.TB, text record.Money) book.Amount {
	t.Helper()
	a, ok := book.Parse(text)
	if !ok {
		t.Fatalf("%q is no amount", text)
	}
	return a
}

// TestCategory reads labels as banks in France, Britain and America write them,
// several of which stand in public sample statements.
func TestCategory(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		label, party, kind string
		amount             record.Money
		want               book.Category
	}{
		{"CARTE X4417 26/11 SUPERMARCHE LES LICES RENNES", "SUPERMARCHE LES LICES", "CARTE", "-60.57", book.Groceries},
		{"PAIEMENT PAR CARTE X1234 CARREFOUR CITY PARIS 12/03", "", "", "-12.40", book.Groceries},
		{"CB E.LECLERC 35 FACT 120326", "", "DEBIT", "-80.10", book.Groceries},
		{"TESCO", "", "POS", "-12.00", book.Groceries},
		{"EFTPOS WDL HANDYWAY ALDI STORE   GEELONG WEST VICAU", "", "", "-31.00", book.Groceries},
		{"VIR PERMANENT LOYER NOVEMBRE 2026 14 RUE DES GLYCINES", "REGIE DU THABOR", "VIREMENT", "-780.00", book.Housing},
		{"RENT MONEY", "", "", "-900", book.Housing},
		{"1234123412341 1234123412 MIETE04/18; ASDF Immobilien GmbH", "", "DEBIT", "-1234.56", book.Housing},
		{"AUTOMATIC WITHDRAWAL, ELECTRIC BILL WEB(S )", "", "DEBIT", "-34.51", book.Energy},
		{"PRLV SEPA EDF clients particuliers", "", "", "-92.10", book.Energy},
		{"PRLV SEPA Free Mobile 4512345", "", "", "-19.99", book.Telecom},
		{"PRLV BOUYGUES TELECOM", "", "", "-31.99", book.Telecom},
		{"SNCF INTERNET", "", "DEBIT", "-45.00", book.Transport},
		{"Uber 072515 SF**POOL**", "Uber", "special", "-6.33", book.Transport},
		{"UBER EATS HELP.UBER.COM", "", "", "-23.80", book.EatingOut},
		{"PHARMACIE DE LA PLACE", "", "CARTE", "-7.80", book.Health},
		{"VIR MUTUELLE DES GREVES REMB 004211", "MUTUELLE DES GREVES", "VIREMENT", "22.10", book.Health},
		{"VIR CLINIQUE DES TROIS HERONS PAIE OCTOBRE 2026", "CLINIQUE DES TROIS HERONS", "VIREMENT", "1786.31", book.Income},
		{"ROYAL LONDON INSURANCE        01222 61234  GBR", "", "", "-1183.23", book.Insurance},
		{"MCDONALD'S #112POS MERCHANDISE;MCDONALD'S #112", "", "POS", "-6.60", book.EatingOut},
		{"DELIVEROO.CO.UK        LONDON        LND", "", "", "-18.89", book.EatingOut},
		{"Pizzeria", "", "", "-25", book.EatingOut},
		{"CONNIE'S HAIR D", "", "POS", "-22.00", book.Clothes},
		{"APL*ITUNES.COM/BILL", "", "", "-13.98", book.Leisure},
		{"NETFLIX.COM AMSTERDAM", "", "", "-13.49", book.Leisure},
		{"DIRECT               DEBIT HOMESTREET LS LOAN PMT", "", "DEBIT", "-420", book.Loans},
		{"PRLV SEPA DIRECTION GENERALE DES FINANCES PUBLIQUES", "", "", "-184", book.Taxes},
		{"PRLV SEPA CREDIT AUTO DU LARGE ECH-202611", "CREDIT AUTO DU LARGE", "", "-238.50", book.Loans},
		{"RETURNED CHECK FEE, CHECK # 319 FOR $45.33 ON 04/07/11", "", "FEE", "-25.00", book.Fees},
		{"FRAIS TRIMESTRIELS", "", "", "-3.00", book.Fees},
		{"COTISATION COMPTE EMBRUNS DUO", "", "FRAIS", "-7.80", book.Fees},
		{"RETRAIT DAB 18/11 RENNES LICES CB X4417", "", "RETRAIT", "-60", book.Cash},
		{"INTEREST EARNED", "", "INT", "0.05", book.Income},
		{"DIVIDEND EARNED FOR PERIOD OF 03/01/2011", "", "DIV", "1.28", book.Income},
		{"TRANSFERRED FROM     VS X10-08144-1", "", "XFER", "500", book.Transfers},
		{"VIR INTERNE VERS LIVRET EMBRUNS", "", "VIREMENT", "-580", book.Transfers},
		{"AVOIR CARTE X4417 CHAUSSURES BALTHAZAR RENNES", "CHAUSSURES BALTHAZAR", "AVOIR", "30.00", book.Clothes},
		{"OPERATION NAME DISCLOSED", "", "", "-9.99", book.Other},
		{"VIR SALAIRE NOUNOU", "", "", "-600", book.Children},
		{"", "", "", "-1", book.Other},
	} {
		l := book.Line{Label: tc.label, Party: tc.party, Kind: tc.kind, Amount: amount(t, tc.amount)}
		if got := read(t, nil, l).Category; got != tc.want {
			t.Errorf("%s %s: got %s, want %s", tc.label, tc.amount, got, tc.want)
		}
	}
}

func TestKey_is_the_same_for_alike_lines(t *testing.T) {
	t.Parallel()
	for want, labels := range map[string][]string{
		"SUPERMARCHE LICES RENNES": {"CARTE X4417 26/11 SUPERMARCHE LES LICES RENNES", "PAIEMENT CB 02/03 Supermarché les Lices RENNES", "ACHAT CB SUPERMARCHE LES LICES RENNES CARTE 1234"},
		"ONDINE TELECOM":           {"PRLV SEPA ONDINE TELECOM F202610-47485", "Prélèvement SEPA de Ondine Télécom réf. F202609"},
		"CLINIQUE TROIS HERONS PAIE": {"VIR CLINIQUE DES TROIS HERONS PAIE OCTOBRE 2026",
			"VIREMENT RECU CLINIQUE DES TROIS HERONS PAIE MARS 2025"},
		"TESCO STORES": {"CARD PAYMENT TO TESCO STORES 3217 ON 12 MAR", "TESCO STORES 1123"},
		"######":       {"201145", "987654"},
	} {
		for _, label := range labels {
			if got := read(t, nil, book.Line{Label: label, Amount: -1}).Key; got != want {
				t.Errorf("%s: got %q, want %q", label, got, want)
			}
		}
	}
}

func TestLearnt_is_applied_to_alike_lines_until_forgotten(t *testing.T) {
	t.Parallel()
	first := read(t, nil, book.Line{Label: "CARTE 0301 BRICOLAGE DU CANAL CESSON", Amount: -1})
	next := book.Line{Label: "PAIEMENT CB 1702 BRICOLAGE DU CANAL CESSON", Amount: -1}
	var learnt book.Learnt
	learnt = learnt.Learn(first.Key, book.Clothes).Learn(first.Key, book.Leisure)
	if got := read(t, learnt, next).Category; got != book.Leisure || len(learnt) != 1 {
		t.Errorf("got %s of %v", got, learnt)
	}
	if got := read(t, learnt.Forget(first.Key), next).Category; got != book.Housing {
		t.Errorf("forgotten: got %s", got)
	}
}

func TestLearnt_stays_small_and_drops_the_oldest(t *testing.T) {
	t.Parallel()
	var learnt book.Learnt
	long := fmt.Sprintf("%0200d", 0)
	for i := range book.MaxLearnt + 5 {
		learnt = learnt.Learn(fmt.Sprintf("%d %s", i, long), book.Leisure)
	}
	text, err := json.Marshal(learnt)
	if err != nil || len(text) > protocol.MaxAppState*3/4 || len(learnt) != book.MaxLearnt || learnt[0].Key[:2] != "5 " {
		t.Errorf("%d lessons, %d bytes, first %s, %v", len(learnt), len(text), learnt[0].Key, err)
	}
}

func FuzzReader_takes_any_label(f *testing.F) {
	f.Add("CARTE X4417 26/11 SUPERMARCHE", "", "CARTE", int64(-10000))
	f.Add("\xff\x00É©", "日本", "", int64(1))
	f.Fuzz(func(t *testing.T, label, party, kind string, n int64) {
		l := read(t, nil, book.Line{Label: label, Party: party, Kind: kind, Amount: book.Amount(n)})
		if _, ok := book.ParseCategory(string(l.Category)); !ok || len(l.Key) > 100 || !utf8.ValidString(l.Key) {
			t.Errorf("got %+v", l)
		}
	})
}
