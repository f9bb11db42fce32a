package query_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func (h *house) same(t *testing.T, a, b core.Record) {
	t.Helper()
	h.update(t, func(tx *vault.Tx) error {
		return twin.Same(tx, a.Ref, b.Ref, twin.Said{At: time.Unix(1, 0), Why: twin.SameAmount})
	})
}

func (h *house) line(t *testing.T, source int, id, day, amount, label string) core.Record {
	t.Helper()
	return h.put(t, source, record.TypeTransaction, id+" "+day+" "+label,
		fmt.Sprintf(`{"bank_account":"a","booked":%q,"amount":%q,"currency":"EUR","label":%q}`, day, amount, label))
}

func (h *house) titles(t *testing.T, f query.Filter) []string {
	t.Helper()
	page, err := h.Timeline(t.Context(), f, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	return titles(page.Records())
}

func TestTwins_count_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	bank, file := h.line(t, 0, "1", "2026-03-12", "-12.30", "PRLV ONDINE TELECOM"), h.line(t, 1, "9", "2026-03-12", "-12.30", "ONDINE")
	h.line(t, 0, "2", "2026-03-11", "-2.50", "CB CAFE")
	h.line(t, 1, "8", "2026-03-10", "-7.00", "CB PRESSE")
	before, err := h.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.same(t, bank, file)
	if after, err := h.Latest(t.Context()); err != nil || after <= before {
		t.Errorf("who keeps what they read is not told: %d, then %d, %v", before, after, err)
	}
	h.update(t, func(tx *vault.Tx) error {
		sp, err := tx.Space(h.sources[1])
		if err != nil {
			return err
		}
		_, _, err = sp.PutRecord(core.Record{Type: file.Type, ID: file.ID, Time: file.Time, Title: file.Title, Data: file.Data, Tags: []string{"taxes"}})
		return err
	})
	for name, tc := range map[string]struct {
		filter query.Filter
		want   []string
	}{
		"all":                 {query.Filter{}, []string{"PRLV ONDINE TELECOM", "CB CAFE", "CB PRESSE"}},
		"copies too":          {query.Filter{Copies: true}, []string{"ONDINE", "PRLV ONDINE TELECOM", "CB CAFE", "CB PRESSE"}},
		"the file":            {query.Filter{Sources: h.sources[1:]}, []string{"ONDINE", "CB PRESSE"}},
		"both by name":        {query.Filter{Sources: h.sources[:]}, []string{"PRLV ONDINE TELECOM", "CB CAFE", "CB PRESSE"}},
		"tag of the copy":     {query.Filter{Tags: []string{"taxes"}}, []string{"ONDINE"}},
		"an amount":           {query.Filter{Amounts: amounts(t, "12")}, []string{"PRLV ONDINE TELECOM"}},
		"of another type":     {query.Filter{Types: []record.Type{record.TypeBill}}, nil},
		"of the type, oldest": {query.Filter{Types: []record.Type{record.TypeTransaction}, Oldest: true}, []string{"CB PRESSE", "CB CAFE", "PRLV ONDINE TELECOM"}},
	} {
		got := h.titles(t, tc.filter)
		slices.Sort(got) // two of one day come as their sources' ids were drawn
		slices.Sort(tc.want)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
	counts, err := h.Counts(t.Context())
	if err != nil || counts.OfType(record.TypeTransaction) != 3 || counts.OfSource(h.sources[1]) != 2 {
		t.Errorf("counted %+v, %v", counts, err)
	}
	h.update(t, func(tx *vault.Tx) error { return twin.Lead(tx, file.Ref) })
	if got, want := h.titles(t, query.Filter{}), []string{"ONDINE", "CB CAFE", "CB PRESSE"}; !slices.Equal(got, want) {
		t.Errorf("the other leads: got %q", got)
	}
	h.update(t, func(tx *vault.Tx) error { return twin.Split(tx, bank.Ref) })
	if got := h.titles(t, query.Filter{}); len(got) != 4 {
		t.Errorf("taken back: got %q", got)
	}
	h.same(t, bank, file)
	if err := h.v.Shred(t.Context(), h.sources[0]); err != nil {
		t.Fatal(err)
	}
	if got, want := h.titles(t, query.Filter{}), []string{"ONDINE", "CB PRESSE"}; !slices.Equal(got, want) {
		t.Errorf("the leader's source is gone: got %q", got)
	}
	if twins, err := h.Twins(t.Context(), file.Ref); err != nil || twins.Members != nil {
		t.Errorf("got %+v, %v", twins, err)
	}
}

func amounts(t *testing.T, least string) query.Amounts {
	t.Helper()
	a, err := query.ParseAmounts(least, "")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestSearch_shows_a_thing_once finds it by the words of either record, shows the
// one that leads, and counts it once, over pages too.
func TestSearch_shows_a_thing_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	bank, file := h.line(t, 0, "1", "2026-03-12", "-12.30", "PRLV ONDINE ZEPHYR"), h.line(t, 1, "9", "2026-03-11", "-12.30", "ONDINE MISTRAL")
	other := h.line(t, 1, "8", "2026-03-11", "-12.30", "ONDINE BORA")
	h.same(t, bank, file)
	h.follow(t)
	for text, want := range map[string][]string{
		"ondine":         {bank.Title, other.Title},
		"zephyr":         {bank.Title},
		"mistral":        {bank.Title},
		"ondine mistral": {bank.Title},
		"source:bank":    {bank.Title, other.Title}, // house.search calls the second source so
		"nothing":        nil,
	} {
		found := h.search(t, text)
		var got []string
		for _, hit := range found.Hits {
			got = append(got, hit.Record.Title)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || found.Total != len(want) {
			t.Errorf("%s: got %q of %d, want %q", text, got, found.Total, want)
		}
	}
	if hit := h.search(t, "mistral").Hits[0]; len(hit.Fragments) == 0 || hit.Of != file.Ref {
		t.Errorf("it does not say where: %+v", hit)
	}
	var paged []string
	for offset := range 3 {
		found, err := h.Search(t.Context(), query.Search{Text: "ondine", Offset: offset, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, hit := range found.Hits {
			paged = append(paged, hit.Record.Title)
		}
	}
	if want := []string{bank.Title, other.Title}; !slices.Equal(paged, want) {
		t.Errorf("page by page: %q", paged)
	}
}

func TestAlike_says_why(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.put(t, 0, record.TypeBankAccount, "a - Account", `{"iban":"FR7630006000011234567890189"}`)
	h.put(t, 1, record.TypeBankAccount, "a - Account", `{"number":"12345678901"}`)
	one := h.line(t, 0, "1", "2026-03-12", "-12.30", "PRLV SEPA ONDINE TELECOM 8812")
	sure := h.line(t, 1, "1", "2026-03-12", "-12.3", "Ondine Télécom")
	near := h.line(t, 1, "2", "2026-03-14", "-12.30", "ONDINE TELECOM")
	h.line(t, 1, "3", "2026-03-12", "12.30", "ONDINE TELECOM")  // the other way
	h.line(t, 1, "4", "2026-03-19", "-12.30", "ONDINE TELECOM") // another week
	h.line(t, 0, "5", "2026-03-12", "-12.30", "ONDINE TELECOM") // of the same source
	strange := h.line(t, 1, "6", "2026-03-12", "-12.30", "CARTE 4242")
	check := func(want ...string) {
		t.Helper()
		alike, err := h.Alike(t.Context(), one.Ref)
		var got []string
		for _, a := range alike {
			got = append(got, fmt.Sprintf("%s %v%d%v", a.Record.ID, a.Why.Names(), a.Days, a.IsSure))
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, want %q, %v", got, want, err)
		}
	}
	check("1 [amount day account label]0true", "6 [amount day account]0false", "2 [amount near-day account label]2false")
	h.update(t, func(tx *vault.Tx) error { return twin.Differ(tx, one.Ref, strange.Ref, time.Unix(1, 0)) })
	check("1 [amount day account label]0true", "2 [amount near-day account label]2false")
	h.same(t, one, near)
	check() // it has its twin there
	h.update(t, func(tx *vault.Tx) error { return twin.Split(tx, near.Ref) })
	h.same(t, one, sure)
	twins, err := h.Twins(t.Context(), sure.Ref)
	if err != nil || len(twins.Members) != 2 || !twins.Members[0].Leads || twins.Members[0].Record.ID != "1" || twins.Members[1].Leads || len(twins.Apart) != 0 {
		t.Errorf("got %+v, %v", twins, err)
	}
}

// TestDoubles tells what is sure from what the person must decide.
func TestDoubles(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.put(t, 0, record.TypeBankAccount, "a - Account", `{"iban":"FR7630006000011234567890189"}`)
	h.put(t, 1, record.TypeBankAccount, "a - Account", `{"number":"12345678901","institution":"Banque"}`)
	for i := range 30 {
		day, amount := fmt.Sprintf("2026-03-%02d", i+1), fmt.Sprintf("-%d.10", i+1)
		h.line(t, 0, fmt.Sprint("b", i), day, amount, fmt.Sprint("CB MAGASIN ", i))
		h.line(t, 1, fmt.Sprint("f", i), day, amount, fmt.Sprint("MAGASIN ", i, " PARIS"))
	}
	for i := range 2 { // two coffees here, two there; then three here, two there
		h.line(t, 0, fmt.Sprint("coffee", i), "2026-03-05", "-2.50", "CB CAFE")
		h.line(t, 1, fmt.Sprint("coffee", i), "2026-03-05", "-2.50", "CAFE")
		h.line(t, 0, fmt.Sprint("tea", i), "2026-03-08", "-3.50", "CB THE")
		h.line(t, 1, fmt.Sprint("tea", i), "2026-03-08", "-3.50", "THE")
	}
	h.line(t, 1, "tea", "2026-03-08", "-3.50", "THE")
	h.line(t, 1, "late", "2026-03-31", "-99.00", "LOYER")
	h.line(t, 0, "late", "2026-03-30", "-99.00", "LOYER")
	for source, records := range map[int]int{0: 36, 1: 37} {
		doubles, err := h.Doubles(t.Context(), h.sources[source])
		if err != nil || len(doubles) != 1 {
			t.Fatalf("got %+v, %v", doubles, err)
		}
		d := doubles[0]
		if d.Other != h.sources[1-source] || d.Records != records || len(d.Sure) != 33 || len(d.Unsure) != 6+1 {
			t.Errorf("%d of %d sure, %d not", len(d.Sure), d.Records, len(d.Unsure))
		}
		for _, p := range d.Sure { // they were put in turn
			if p.Own.Seq != p.Other.Seq {
				t.Errorf("paired %v with %v", p.Own, p.Other)
			}
		}
	}
	doubles, err := h.Doubles(t.Context(), h.sources[1])
	if err != nil {
		t.Fatal(err)
	}
	h.update(t, func(tx *vault.Tx) error {
		for _, p := range doubles[0].Sure {
			if err := twin.Same(tx, p.Own, p.Other, twin.Said{Why: p.Why}); err != nil {
				return err
			}
		}
		return nil
	})
	doubles, err = h.Doubles(t.Context(), h.sources[1])
	if err != nil || len(doubles) != 1 || doubles[0].Records != 4 || len(doubles[0].Sure) != 0 || len(doubles[0].Unsure) != 7 {
		t.Errorf("after: %+v, %v", doubles, err)
	}
}

// TestApp_is_told_of_one_account_by_one_name where it is shown both of what the
// person said is the same account, and by another where it is not.
func TestApp_is_told_of_one_account_by_one_name(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var accounts [2]core.Record
	for i := range accounts {
		accounts[i] = h.put(t, i, record.TypeBankAccount, "a - Account", `{"number":"12345678901"}`)
		h.line(t, i, "l", fmt.Sprintf("2026-03-1%d", i), "-5.00", "CB CAFE")
	}
	fields := []string{"bank_account", "number"}
	names := func(sources ...core.SourceID) (lines []string, rows int) {
		t.Helper()
		g := query.Grant{Reads: []query.Allowed{{Type: record.TypeBankAccount, Fields: fields, Sources: sources, Granularity: protocol.Records},
			{Type: record.TypeTransaction, Fields: fields, Granularity: protocol.Records}}}
		app := query.ForApp(h.v, time.UTC, func(*vault.Tx) (query.Grant, error) { return g, nil })
		reply, err := app.Query(t.Context(), protocol.QueryRequest{Type: record.TypeTransaction})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range reply.Rows {
			lines = append(lines, string(row.Data))
		}
		shown, err := app.Query(t.Context(), protocol.QueryRequest{Type: record.TypeBankAccount})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range shown.Rows {
			if want := fmt.Sprintf(`{"bank_account":%q}`, row.ID); !slices.Contains(lines, want) {
				t.Errorf("no line is of %s", want)
			}
		}
		groups, err := app.Aggregate(t.Context(), protocol.AggregateRequest{Type: record.TypeTransaction, Group: []string{"bank_account"}})
		if err != nil || len(groups.Groups) != len(slices.Compact(slices.Sorted(slices.Values(lines)))) {
			t.Errorf("%d groups of %q, %v", len(groups.Groups), lines, err)
		}
		return lines, len(shown.Rows)
	}
	apart, _ := names()
	only, _ := names(h.sources[1])
	h.same(t, accounts[0], accounts[1])
	if lines, rows := names(); lines[0] != lines[1] || rows != 1 || lines[0] != apart[1] {
		t.Errorf("got %q and %d accounts", lines, rows)
	}
	if lines, rows := names(h.sources[1]); !slices.Equal(lines, only) || rows != 1 {
		t.Errorf("an account that is not granted tells: %q, before %q", lines, only)
	}
}

// TestDoubles_is_bounded asks of two sources that tell nothing but one amount on
// one day, as no bank does.
func TestDoubles_is_bounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for source := range 2 {
		h.inSpace(t, source, func(sp *vault.Space) error {
			for i := range 3000 {
				_, _, err := sp.PutRecord(core.Record{Type: record.TypeTransaction, ID: fmt.Sprint(i), Time: record.Date(2026, 3, 12),
					Data: []byte(`{"amount":"-1.00","bank_account":"a","booked":"2026-03-12","currency":"EUR","label":"CB CAFE"}`)})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	begun := time.Now()
	doubles, err := h.Doubles(t.Context(), h.sources[0])
	if err != nil || len(doubles) != 1 || len(doubles[0].Sure) != 0 {
		t.Errorf("got %d, %v", len(doubles), err)
	}
	t.Logf("looked for %v", time.Since(begun))
}
