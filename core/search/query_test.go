package search

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestParseQuery(t *testing.T) {
	t.Parallel()
	id := core.NewSourceID()
	day := func(y int, m time.Month, d int) Day { return DayOf(y, m, d) }
	word := func(text string, terms ...string) Word { return Word{Text: text, Terms: terms} }
	for text, want := range map[string]Query{
		"":                  {},
		"  \t ":             {},
		"Été l'eau":         {Words: []Word{word("Été", "ete"), word("l'eau", "l", "eau")}},
		`"à la carte"`:      {Words: []Word{{Text: "à la carte", Terms: []string{"a", "la", "carte"}, IsQuoted: true}}},
		"« la carte » x":    {Words: []Word{{Text: " la carte ", Terms: []string{"la", "carte"}, IsQuoted: true}, word("x", "x")}},
		`"never closed`:     {Words: []Word{{Text: "never closed", Terms: []string{"never", "closed"}, IsQuoted: true}}},
		"tel* -gaz":         {Words: []Word{{Text: "tel*", Terms: []string{"tel"}, IsPrefix: true}, {Text: "gaz", Terms: []string{"gaz"}, Not: true}}},
		"49,99":             {Words: []Word{word("49,99", "49.99")}},
		"- -- ! \"\"":       {},
		"12:30 http://x.fr": {Words: []Word{word("12:30", "12", "30"), word("http://x.fr", "http", "x", "fr")}},
		"*":                 {Warnings: []Warning{{BadWildcard, "*"}}},
		"t*l":               {Words: []Word{word("t*l", "t", "l")}, Warnings: []Warning{{BadWildcard, "t*l"}}},
		"type:bill -TYPE:bank-account genre:Call":   {Types: []TypeFilter{{"bill", false}, {"bank-account", true}, {"call", false}}},
		`source:"Ma Banque" -source:` + id.String(): {Sources: []SourceFilter{{Name: "Ma Banque"}, {id.String(), []core.SourceID{id}, true}}},
		`tag:Été -tag:"à payer" #x étiquette:Hou* tag:!`: {Words: []Word{word("#x", "x")}, Warnings: []Warning{{Empty, "tag:!"}},
			Tags: []TagFilter{{Tag: "ete"}, {Tag: "a payer", Not: true}, {Tag: "hou", IsPrefix: true}}},
		"before:2026 after:2026-03 on:2026-03-15": {Days: []DayFilter{
			{Period{MinDay, day(2026, 1, 1)}, false}, {Period{day(2026, 4, 1), MaxDay}, false}, {Period{day(2026, 3, 15), day(2026, 3, 16)}, false}}},
		"depuis:2025-12 jusqu'à:15/03/2026 après:03/2026": {Days: []DayFilter{
			{Period{day(2025, 12, 1), MaxDay}, false}, {Period{MinDay, day(2026, 3, 16)}, false}, {Period{day(2026, 4, 1), MaxDay}, false}}},
		"on:2025..2026-02":        {Days: []DayFilter{{Period{day(2025, 1, 1), day(2026, 3, 1)}, false}}},
		"on:2026-02-30 before:x":  {Warnings: []Warning{{BadDate, "on:2026-02-30"}, {BadDate, "before:x"}}},
		"-after:2026-1-1..2027":   {Warnings: []Warning{{BadDate, "-after:2026-1-1..2027"}}},
		"type: amount:\"\"":       {Warnings: []Warning{{Empty, "type:"}, {Empty, "amount:\"\""}}},
		"amount:12,30":            {Amounts: []AmountFilter{{Min: 123000, Max: 123000}}},
		"montant:>100 amount:<=5": {Amounts: []AmountFilter{{Min: 1000001, Max: MaxAmount}, {Min: MinAmount, Max: 50000}}},
		"amount:20..10 amount:..-5 -amount:3.12345..": {Amounts: []AmountFilter{
			{Min: 100000, Max: 200000}, {Min: MinAmount, Max: -50000, IsSigned: true}, {Min: 31234, Max: MaxAmount, Not: true}}},
		"amount:-12.30 amount:+7 amount:<0": {Amounts: []AmountFilter{
			{Min: -123000, Max: -123000, IsSigned: true}, {Min: 70000, Max: 70000, IsSigned: true}, {Min: MinAmount, Max: -1, IsSigned: true}}},
		"amount:1.234,50€":              {Amounts: []AmountFilter{{Min: 12345000, Max: 12345000}}},
		"amount:x amount:.. amount:><1": {Warnings: []Warning{{BadAmount, "amount:x"}, {BadAmount, "amount:.."}, {BadAmount, "amount:><1"}}},
	} {
		if diff := cmp.Diff(ParseQuery(text), want, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestParseQuery_bounds_what_it_reads(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("a ", 100), strings.Repeat("type:x ", 100), strings.Repeat("é", maxQueryBytes)} {
		q := ParseQuery(text)
		if got := len(q.Words) + len(q.Types); got > maxQueryParts {
			t.Errorf("got %d parts", got)
		}
		if len(q.Warnings) != 1 || q.Warnings[0].Reason != TooLong {
			t.Errorf("got warnings %v", q.Warnings)
		}
	}
}

func TestQuery_Resolve_names_sources(t *testing.T) {
	t.Parallel()
	one, other := core.NewSourceID(), core.NewSourceID()
	q := ParseQuery("source:orange source:nobody source:" + other.String())
	q.Resolve(func(name string) []core.SourceID {
		if name == "orange" {
			return []core.SourceID{one}
		}
		return nil
	})
	want := []SourceFilter{{"orange", []core.SourceID{one}, false}, {"nobody", nil, false}, {other.String(), []core.SourceID{other}, false}}
	if diff := cmp.Diff(q.Sources, want); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{`été "la carte" tel* -gaz`, "type:bill source:\"x y\" before:2026-03", "amount:-1..2,5 amount:>", "-on:31/12/2025 « x", "le:2026 *a* ::", "\xff:\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := ParseQuery(text)
		for _, w := range q.Words {
			if len(w.Terms) == 0 || w.IsPrefix && len(w.Terms) != 1 {
				t.Fatalf("%q: word %+v", text, w)
			}
		}
		for _, d := range q.Days {
			if d.From == MinDay && d.End == MaxDay {
				t.Fatalf("%q: endless period", text)
			}
		}
		for _, a := range q.Amounts {
			if a.Min > a.Max+1 {
				t.Fatalf("%q: amounts %+v", text, a)
			}
		}
		_ = Fragments(q, text, 3)
	})
}

func TestMomentOf_orders_by_civil_date_then_instant(t *testing.T) {
	t.Parallel()
	var last moment
	for i, text := range []string{"", "0001", "1969-12-31", "2026", "2026-03-14T23:59+14:00", "2026-03-15T00:30+02:00", "2026-03-15", "2026-03-15T09:30:05-03:00", "2026-03-15T23:00-12:00", "2026-03-16T00:30+14:00", "9999-12-31"} {
		var tm record.Time
		if err := tm.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		m := momentOf(tm)
		if i > 0 && m <= last {
			t.Errorf("%s is not after its predecessor", text)
		}
		if !tm.IsZero() {
			day := DayOf(tm.Civil())
			if m < day.start() || m >= (day+1).start() {
				t.Errorf("%s is outside its day", text)
			}
		}
		last = m
	}
}

func TestAmountOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[record.Money]Amount{
		"0": 0, "12.30": 123000, "-12.3": -123000, "0.12345678": 1234, "-0.00009": 0,
		"999999999999999": MaxAmount, "-999999999999999": MinAmount, "900000000000000": 9_000_000_000_000_000_000,
	} {
		if got, ok := AmountOf(text); !ok || got != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, ok, want)
		}
	}
	if _, ok := AmountOf("12,30"); ok {
		t.Error("took 12,30 for money")
	}
}
