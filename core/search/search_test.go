package search_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/sdk/record"
)

// household is a few records of a made-up home.
func household(t *testing.T, h *house) (telco, bank core.SourceID) {
	t.Helper()
	telco, bank = core.NewSourceID(), core.NewSourceID()
	add := func(source core.SourceID, r core.Record, files ...string) {
		h.journal.add(source, search.NewDocument(r, files...))
	}
	add(telco, core.Record{Type: record.TypeBill, Title: "Facture de mars", Time: on(t, "2026-03-15"),
		Data: json.RawMessage(`{"vendor":"Orange","number":"F-2026-003","amount":"49.99","currency":"EUR","lines":[{"label":"Téléphone fixe","amount":"12.30"}]}`)},
		"Le montant à payer est de 49,99 €.\nMerci de votre confiance, l'électricité n'est pas comprise.")
	add(telco, core.Record{Type: record.TypeBill, Title: "Facture d'avril", Time: on(t, "2026-04-15"),
		Data: json.RawMessage(`{"vendor":"Orange","amount":"51.00","extra":{"fee":1.5}}`)}, "Vos factures sont payées par prélèvement à la source")
	add(telco, core.Record{Type: record.TypeContract, Title: "Contrat mobile", Time: on(t, "2024"), Data: json.RawMessage(`{"vendor":"Orange","price":"19.99"}`)})
	add(bank, core.Record{Type: record.TypeTransaction, Title: "PRLV ORANGE", Time: on(t, "2026-03-20T08:00+01:00"),
		Data: json.RawMessage(`{"label":"PRLV SEPA ORANGE SA","amount":"-49.99","currency":"EUR"}`)})
	add(bank, core.Record{Type: record.TypeTransaction, Title: "Virement reçu", Time: on(t, "2026-03-20T17:00+01:00"),
		Data: json.RawMessage(`{"label":"The bill was paid, été comme hiver","amount":"1200.00"}`)})
	add(bank, core.Record{Type: record.TypeDocument, Title: "Sans date", Data: json.RawMessage(`{"kind":"letter"}`)})
	h.follow(t)
	return telco, bank
}

func TestSearch_finds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	telco, _ := household(t, h)
	const march, april, contract, debit, credit, letter = "Facture de mars", "Facture d'avril", "Contrat mobile", "PRLV ORANGE", "Virement reçu", "Sans date"
	for text, want := range map[string][]string{
		"":                            {april, credit, debit, march, contract, letter},
		"facture":                     {april, march},
		"FACTURES":                    {april, march},
		"facturée":                    {april, march},
		"bills":                       {credit},
		"ete":                         {credit},
		"Été":                         {credit},
		"orange facture":              {april, march},
		"orange -facture":             {debit, contract},
		"telephone":                   {march},
		"tél*":                        {march},
		"fact* -\"de mars\"":          {april},
		`"à la source"`:               {april},
		`"la à source"`:               nil,
		`"factures"`:                  {april},
		`"prlv sepa"`:                 {debit},
		`"mars Orange"`:               nil, // a phrase never crosses from one text to the next
		"l'électricité":               {march},
		"49,99":                       {debit, march},
		"49.99 -type:bill":            {debit},
		"12,30":                       {march},
		"F-2026-003":                  {march},
		"type:bill":                   {april, march},
		"-type:bill":                  {credit, debit, contract, letter},
		"type:contract type:document": {contract, letter},
		"source:" + telco.String():    {april, march, contract},
		"-source:" + telco.String():   {credit, debit, letter},
		"source:nobody":               nil,
		"before:2026":                 {contract},
		"on:2026-03":                  {credit, debit, march},
		"after:2026-03":               {april},
		"since:2026-03-20 until:2026": {april, credit, debit},
		"-on:2026":                    {contract, letter},
		"amount:49.99":                {debit, march},
		"amount:-49,99":               {debit},
		"amount:>100":                 {credit},
		"amount:<2":                   {april},
		"amount:10..20":               {march, contract},
		"amount:<0":                   {debit},
		"-amount:>0,5":                {letter},
		"zzz":                         nil,
		"orange zzz":                  nil,
		"-zzz type:document":          {letter},
	} {
		if diff := cmp.Diff(h.find(t, text), want); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestSearch_pages_and_orders(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	household(t, h)
	q := search.Query{Limit: 2, Offset: 1}
	if diff := cmp.Diff(h.titles(t, q), []string{"Virement reçu", "PRLV ORANGE"}); diff != "" {
		t.Error(diff)
	}
	if result := h.search(t, q); result.Total != 6 || result.AtLeast || result.Position != 6 {
		t.Errorf("got %+v", result)
	}
	q = search.ParseQuery("orange")
	q.Order = search.Best
	if diff := cmp.Diff(h.titles(t, q), []string{"PRLV ORANGE", "Facture d'avril", "Facture de mars", "Contrat mobile"}); diff != "" {
		t.Error(diff)
	}
	q.Offset = 100
	if hits := h.search(t, q).Hits; len(hits) != 0 {
		t.Errorf("got %v", hits)
	}
}

func TestFollow_updates_and_removes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	source := core.NewSourceID()
	one := h.journal.add(source, search.Document{Title: "first", Type: "note"})
	two := h.journal.add(source, search.Document{Title: "second", Type: "note"})
	h.follow(t)
	h.journal.update(one, search.Document{Title: "changed", Type: "note"})
	h.journal.remove(two)
	h.follow(t)
	for text, want := range map[string]int{"first": 0, "changed": 1, "second": 0, "type:note": 1} {
		if got := len(h.find(t, text)); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
	if got := h.Position(); got != 4 {
		t.Errorf("got position %d", got)
	}
	h.reopen(t)
	if got := h.find(t, "type:note"); !cmp.Equal(got, []string{"changed"}) {
		t.Errorf("after reopening: got %v", got)
	}
}

func TestSearch_is_locked_once_closed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	household(t, h)
	h.Close()
	if _, err := h.Search(t.Context(), search.Query{}); core.CodeOf(err) != core.Locked {
		t.Errorf("search: %v", err)
	}
	if err := h.Follow(t.Context()); core.CodeOf(err) != core.Locked {
		t.Errorf("follow: %v", err)
	}
	if got := h.Stats(); got != (search.Stats{}) || h.Position() != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestNewDocument_reads_strings_and_amounts(t *testing.T) {
	t.Parallel()
	d := search.NewDocument(core.Record{Title: "t", Data: json.RawMessage(
		`{"a":"one","n":3,"amount":"12.30","lines":[{"label":"two","price":"1.5"},{"Total_TTC":4.25}],"extra":{"tax":null,"x":[["three",""]],"unit_price":"abc"}}`)}, "file")
	if diff := cmp.Diff(d.Text, []string{"one", "12.30", "two", "1.5", "three", "abc", "file"}); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(d.Amounts, []record.Money{"12.30", "1.5", "4.25"}); diff != "" {
		t.Error(diff)
	}
	d = search.NewDocument(core.Record{Data: json.RawMessage(`{"a":"kept","b":[`)})
	if diff := cmp.Diff(d.Text, []string{"kept"}); diff != "" {
		t.Error(diff)
	}
}

func TestFragments(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("mot ", 100) + "Vos factures d'Électricité " + strings.Repeat("fin ", 100) + "la facture"
	for _, tc := range []struct {
		query, text string
		want        []string // fragments with the matches in brackets, ends cut
	}{
		{"facture", "Vos factures, la FACTURE", []string{"Vos [factures], la [FACTURE]"}},
		{`"à la carte"`, "repas à la carte, la carte", []string{"repas [à la carte], la carte"}},
		{"elec*", "l'électricité", []string{"l'[électricité]"}},
		{"49.99", "soit 49,99 €", []string{"soit [49,99] €"}},
		{"-facture mars", "facture mars", []string{"facture [mars]"}},
		{"absent", "facture", nil},
		{"", "facture", nil},
		{"carte \"la carte\"", "la carte", []string{"[la carte]"}},
	} {
		var got []string
		for _, f := range search.Fragments(search.ParseQuery(tc.query), tc.text, 3) {
			got = append(got, mark(f))
		}
		if diff := cmp.Diff(got, tc.want); diff != "" {
			t.Errorf("%s: %s", tc.query, diff)
		}
	}
	list := search.Fragments(search.ParseQuery("facture electricite"), long, 1)
	if len(list) != 1 || !strings.Contains(mark(list[0]), "Vos [factures] d'[Électricité] fin") || len(list[0].Text) > 170 {
		t.Errorf("got %+v", list)
	}
	if list = search.Fragments(search.ParseQuery("facture"), long, 5); len(list) != 2 {
		t.Errorf("got %d fragments, want 2", len(list))
	}
}

func mark(f search.Fragment) string {
	text := f.Text
	for i := len(f.Spans) - 1; i >= 0; i-- {
		s := f.Spans[i]
		text = text[:s.Start] + "[" + text[s.Start:s.End] + "]" + text[s.End:]
	}
	return text
}
