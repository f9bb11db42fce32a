package ingest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

func bill(id, vendor, amount string) record.Record {
	day := record.Date(2026, 3, 15)
	return record.Record{Type: record.TypeBill, ID: id, Time: day, Title: vendor, Data: json.RawMessage(
		fmt.Sprintf(`{"vendor":%q,"amount":%q,"currency":"EUR","issued":"2026-03-15"}`, vendor, amount))}
}

// change is what the person makes of one field, as texts; "" is nothing.
func change(field, was, own string) ingest.FieldChange {
	value := func(text string) json.RawMessage {
		if text == "" {
			return nil
		}
		return json.RawMessage(fmt.Sprintf("%q", text))
	}
	return ingest.FieldChange{Field: field, Was: value(was), Own: value(own)}
}

func (h *house) correct(t testing.TB, r core.Record, changes ...ingest.FieldChange) {
	t.Helper()
	if err := h.Correct(t.Context(), r.Ref, changes); err != nil {
		t.Fatal(err)
	}
}

func member(t testing.TB, r core.Record, name string) string {
	t.Helper()
	var data map[string]any
	decode(t, r.Data, &data)
	text, _ := data[name].(string)
	return text
}

func TestCorrect_stands_over_later_runs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, bill("b", "Telco", "30.00"))
	h.correct(t, h.byID(t, record.TypeBill, "b"), change("data/amount", "30.00", "29.99"))
	if got := h.pull(t, bill("b", "Telco", "30.00")); got != (ingest.Counts{Unchanged: 1}) {
		t.Errorf("the same again: %+v", got)
	}
	if got := h.pull(t, bill("b", "Telco SA", "30.00")); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("another vendor: %+v", got)
	}
	r := h.byID(t, record.TypeBill, "b")
	if member(t, r, "amount") != "29.99" || member(t, r, "vendor") != "Telco SA" || r.Title != "Telco SA" || r.Corrected[0].IsNews() {
		t.Errorf("got %s %q, %+v", r.Data, r.Title, r.Corrected)
	}
	h.pull(t, bill("b", "Telco SA", "31.00"))
	r = h.byID(t, record.TypeBill, "b")
	if member(t, r, "amount") != "29.99" || !r.Corrected[0].IsNews() || string(r.Corrected[0].Source) != `"31.00"` {
		t.Errorf("the source changed the field: %s, %+v", r.Data, r.Corrected)
	}
	if news, err := h.News(t.Context()); err != nil || len(news) != 1 || news[0].Ref != r.Ref {
		t.Errorf("told of %+v, %v", news, err)
	}
	if err := h.Keep(t.Context(), r.Ref); err != nil {
		t.Fatal(err)
	}
	if news, err := h.News(t.Context()); err != nil || len(news) != 0 {
		t.Errorf("still told of %+v, %v", news, err)
	}
	if r = h.byID(t, record.TypeBill, "b"); r.Corrected[0].IsNews() || member(t, r, "amount") != "29.99" {
		t.Errorf("kept: %s, %+v", r.Data, r.Corrected)
	}
	if err := h.TakeBack(t.Context(), r.Ref, "data/amount"); err != nil {
		t.Fatal(err)
	}
	if r = h.byID(t, record.TypeBill, "b"); member(t, r, "amount") != "31.00" || len(r.Corrected) > 0 {
		t.Errorf("taken back: %s, %+v", r.Data, r.Corrected)
	}
}

func TestCorrect_moves_the_title_and_the_day_that_say_the_same(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, bill("b", "Telco", "30.00"))
	h.correct(t, h.byID(t, record.TypeBill, "b"), change("data/vendor", "Telco", "Telecom"), change("data/issued", "2026-03-15", "2026-04-02"))
	r := h.byID(t, record.TypeBill, "b")
	if r.Title != "Telecom" || r.Time.String() != "2026-04-02" || len(r.Corrected) != 4 {
		t.Errorf("got %q on %s, %+v", r.Title, r.Time, r.Corrected)
	}
	var march, april int
	if err := h.v.View(t.Context(), func(tx *vault.Tx) error {
		for range tx.Timeline(vault.TimelineQuery{From: record.MonthOf(2026, 3), To: record.MonthOf(2026, 3)}) {
			march++
		}
		for range tx.Timeline(vault.TimelineQuery{From: record.MonthOf(2026, 4), To: record.MonthOf(2026, 4)}) {
			april++
		}
		return nil
	}); err != nil || march != 0 || april != 1 {
		t.Errorf("%d in March, %d in April, %v", march, april, err)
	}
	if err := h.TakeBack(t.Context(), r.Ref, "data/issued"); err != nil {
		t.Fatal(err)
	}
	if r = h.byID(t, record.TypeBill, "b"); r.Time.String() != "2026-03-15" || r.Title != "Telecom" || len(r.Corrected) != 2 {
		t.Errorf("the day taken back: %s %q, %+v", r.Time, r.Title, r.Corrected)
	}
	if err := h.TakeBack(t.Context(), r.Ref); err != nil {
		t.Fatal(err)
	}
	if r = h.byID(t, record.TypeBill, "b"); r.Title != "Telco" || len(r.Corrected) > 0 {
		t.Errorf("all taken back: %q, %+v", r.Title, r.Corrected)
	}
}

func TestCorrect_names_the_field_at_fault(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, bill("b", "Telco", "30.00"), line("t", "2026-03-12 -2.50 CAFE"))
	b, l := h.byID(t, record.TypeBill, "b"), h.byID(t, record.TypeTransaction, "t")
	for name, test := range map[string]struct {
		r    core.Record
		c    ingest.FieldChange
		want ingest.Reason
	}{
		"no money":              {b, change("data/amount", "30.00", "thirty"), ingest.NotMoney},
		"a needed field empty":  {b, change("data/amount", "30.00", ""), ingest.Missing},
		"blank":                 {b, change("data/vendor", "Telco", "  "), ingest.Missing},
		"no date":               {b, change("data/issued", "2026-03-15", "2026-02-30"), ingest.NotDate},
		"no code":               {b, change("data/currency", "EUR", "euro"), ingest.BadForm},
		"too long":              {b, change("data/vendor", "Telco", strings.Repeat("x", 201)), ingest.TooLong},
		"title too long":        {b, change("title", "Telco", strings.Repeat("é", 400)), ingest.TooLong},
		"a list":                {b, ingest.FieldChange{Field: "data/amount", Own: json.RawMessage(`[1]`)}, ingest.NotMoney},
		"no JSON":               {b, ingest.FieldChange{Field: "data/amount", Own: json.RawMessage(`"`)}, ingest.NotMoney},
		"another type":          {b, ingest.FieldChange{Field: "data/vendor", Own: json.RawMessage(`1`)}, ingest.BadForm},
		"no field":              {b, change("data/nothing", "", "x"), ingest.Unknown},
		"a field kept as sent":  {b, change("data/extra", "", "x"), ingest.Unknown},
		"a name of another one": {l, change("data/bank_account", "FR1", "FR2"), ingest.Unknown},
		"no choice":             {l, change("data/state", "", "gone"), ingest.Unknown},
	} {
		err := h.Correct(t.Context(), test.r.Ref, []ingest.FieldChange{test.c})
		refusal, ok := errors.AsType[*ingest.Refusal](err)
		if core.CodeOf(err) != core.Invalid || !ok || len(refusal.Faults) != 1 || refusal.Faults[0] != (ingest.Fault{Field: test.c.Field, Reason: test.want}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := h.byID(t, record.TypeBill, "b"); got.Revision != 1 {
		t.Errorf("revision %d of what was refused", got.Revision)
	}
}

func TestCorrect_of_what_changed_meanwhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, bill("b", "Telco", "30.00"))
	seen := h.byID(t, record.TypeBill, "b")
	h.pull(t, bill("b", "Telco SA", "31.00"))
	h.correct(t, seen, change("data/amount", "30.00", "29.99"))
	r := h.byID(t, record.TypeBill, "b")
	if member(t, r, "vendor") != "Telco SA" || member(t, r, "amount") != "29.99" || !r.Corrected[0].IsNews() {
		t.Errorf("got %s, %+v", r.Data, r.Corrected)
	}
}

func TestCorrect_leaves_what_tells_bank_lines_apart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cafe := "2026-03-12 -2.50 CAFE"
	h.pull(t, line("", cafe), line("", cafe))
	r := h.all(t)[0]
	h.correct(t, r, change("data/amount", "-2.50", "-3.00"), change("data/label", "CAFE", "Breakfast"))
	if got := h.pull(t, line("", cafe), line("", cafe)); got != (ingest.Counts{Unchanged: 2}) {
		t.Errorf("again: %+v", got)
	}
	h.pull(t, pending("p", "2026-03-20 -9.00 BOOKSHOP NANTES"))
	r = h.byID(t, record.TypeTransaction, "p")
	h.correct(t, r, change("data/amount", "-9.00", "-8.00"))
	if err := h.Tag(t.Context(), r.Ref, []string{"books"}, nil); err != nil {
		t.Fatal(err)
	}
	if got := h.pull(t, line("q", "2026-03-21 -9.00 CB BOOKSHOP NANTES")); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("booked: %+v", got)
	}
	booked := h.byID(t, record.TypeTransaction, "q")
	if member(t, booked, "amount") != "-8.00" || !slices.Equal(booked.Tags, []string{"books"}) || !h.byID(t, record.TypeTransaction, "p").Deleted {
		t.Errorf("got %s, %q", booked.Data, booked.Tags)
	}
}

func TestCorrect_of_a_line_in_the_midst_of_the_run_that_lists_it(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	booked := line("q", "2026-03-21 -9.00 CB BOOKSHOP NANTES")
	booked.Time = record.Date(2026, 3, 21)
	h.run++
	h.commit(t, h.batch(booked))
	if err := h.Tag(t.Context(), h.byID(t, record.TypeTransaction, "q").Ref, []string{"books"}, nil); err != nil {
		t.Fatal(err)
	}
	last := h.batch(pending("p", "2026-03-20 -9.00 BOOKSHOP NANTES"))
	last.Last = true
	if _, err := h.Commit(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	if h.byID(t, record.TypeTransaction, "p").Deleted { // the bank lists both: they are two
		t.Error("a pending line became one that stands beside it")
	}
}

func TestCorrect_of_what_is_deleted_and_comes_back(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, bill("b", "Telco", "30.00"))
	r := h.byID(t, record.TypeBill, "b")
	h.correct(t, r, change("data/amount", "30.00", "29.99"))
	if err := h.Tag(t.Context(), r.Ref, []string{"House"}, nil); err != nil {
		t.Fatal(err)
	}
	h.run++
	gone := h.batch()
	gone.Forgotten, gone.Last = []record.Key{{Type: record.TypeBill, ID: "b"}}, true
	h.commit(t, gone)
	if err := h.Correct(t.Context(), r.Ref, []ingest.FieldChange{change("data/amount", "29.99", "1.00")}); core.CodeOf(err) != core.Conflict {
		t.Errorf("correcting what is gone: %v", err)
	}
	h.pull(t, bill("b", "Telco", "32.00"))
	r = h.byID(t, record.TypeBill, "b")
	if member(t, r, "amount") != "29.99" || !slices.Equal(r.Tags, []string{"House"}) || !r.Corrected[0].IsNews() {
		t.Errorf("back: %s, %q, %+v", r.Data, r.Tags, r.Corrected)
	}
	if err := h.Delete(t.Context(), r.Ref); err != nil {
		t.Fatal(err)
	}
	if err := h.Restore(t.Context(), r.Ref); err != nil {
		t.Fatal(err)
	}
	if r = h.byID(t, record.TypeBill, "b"); member(t, r, "amount") != "29.99" || !slices.Equal(r.Tags, []string{"House"}) {
		t.Errorf("restored: %s, %q", r.Data, r.Tags)
	}
}

func TestUndo_takes_back_the_source_below_a_correction(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.imports(t, bill("b", "Telco", "30.00"), bill("c", "Water", "9.00"))
	h.correct(t, h.byID(t, record.TypeBill, "b"), change("data/amount", "30.00", "29.99"))
	h.imports(t, bill("b", "Telco SA", "31.00"))
	if got := h.undo(t, 2); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("got %+v", got)
	}
	r := h.byID(t, record.TypeBill, "b")
	if member(t, r, "vendor") != "Telco" || member(t, r, "amount") != "29.99" || r.Corrected[0].IsNews() {
		t.Errorf("got %s, %+v", r.Data, r.Corrected)
	}
	if got := h.undo(t, 1); got != (ingest.Counts{Forgotten: 1, Unchanged: 1}) { // what the person changed stays
		t.Errorf("got %+v", got)
	}
}

func TestTag_of_a_series_outlives_runs_and_undoing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.imports(t, points(0, 1, 2))
	ref := h.all(t)[0].Ref
	if err := h.Tag(t.Context(), ref, []string{"meter"}, nil); err != nil {
		t.Fatal(err)
	}
	h.imports(t, points(2, 3))
	for i, want := range []string{"03[3]", "03[3]"} { // what the person tagged is not gone with its last run
		h.undo(t, core.RunID(i+1))
		if got := h.values(t); got != want || !slices.Equal(h.all(t)[0].Tags, []string{"meter"}) {
			t.Errorf("undone run %d: %s, %q", i+1, got, h.all(t)[0].Tags)
		}
	}
	if err := h.Correct(t.Context(), ref, []ingest.FieldChange{change("data/unit", "Wh", "kWh")}); core.CodeOf(err) != core.Invalid {
		t.Errorf("a series is known by its data: %v", err)
	}
}

func TestTag_bounds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, doc("a", "A"), doc("b", "B"))
	ref := h.byID(t, record.TypeDocument, "a").Ref
	many := make([]string, ingest.MaxTags+1)
	for i := range many {
		many[i] = fmt.Sprint("tag ", i)
	}
	for name, test := range map[string]struct {
		tags []string
		want ingest.Reason
	}{
		"too many":      {many, ingest.TooMany},
		"too long":      {[]string{strings.Repeat("é", ingest.MaxTag+1)}, ingest.TooLong},
		"long marks":    {[]string{"a" + strings.Repeat("\u0301", 49) + strings.Repeat("\u1DC0", 49)}, ingest.TooLong},
		"nothing":       {[]string{" # "}, ingest.Missing},
		"no word":       {[]string{"!!"}, ingest.BadForm},
		"two at a time": {[]string{"a,b"}, ingest.BadForm},
	} {
		err := h.Tag(t.Context(), ref, test.tags, nil)
		refusal, ok := errors.AsType[*ingest.Refusal](err)
		if !ok || core.CodeOf(err) != core.Invalid || refusal.Faults[0] != (ingest.Fault{Field: ingest.TagsField, Reason: test.want}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.Tag(t.Context(), ref, []string{"#Impôts ", "a\u202Eb", "<script>", "IMPOTS", "two\n\tlines"}, nil); err != nil {
		t.Fatal(err)
	}
	if got := h.byID(t, record.TypeDocument, "a").Tags; !slices.Equal(got, []string{"ab", "Impôts", "<script>", "two lines"}) {
		t.Errorf("got %q", got)
	}
	if err := h.Tag(t.Context(), ref, []string{"house"}, []string{"impots", "ab"}); err != nil {
		t.Fatal(err)
	}
	if err := h.SetTags(t.Context(), h.byID(t, record.TypeDocument, "b").Ref, []string{"HOUSE", "zoo"}); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Tags(t.Context()); err != nil || !slices.Equal(got, []string{"house", "<script>", "two lines", "zoo"}) {
		t.Errorf("known: %q, %v", got, err)
	}
	if err := h.Delete(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Tags(t.Context()); err != nil || !slices.Equal(got, []string{"HOUSE", "zoo"}) {
		t.Errorf("known: %q, %v", got, err)
	}
}

func TestFields_are_those_of_the_schemas(t *testing.T) {
	t.Parallel()
	in, err := ingest.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range in.Fields(record.TypeCall) {
		got = append(got, f.Name+" "+string(f.Kind))
	}
	want := []string{"title line", "time date", "data/line line", "data/direction choice", "data/kind choice", "data/counterpart line", "data/seconds whole", "data/bytes whole",
		"data/price money", "data/currency line", "data/country line"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, typ := range record.Types() {
		for _, f := range in.Fields(typ) {
			if strings.HasPrefix(f.Name, ingest.DataField) && (f.Titles["en"] == "" || f.Titles["fr"] == "" || f.Descriptions["fr"] == "") {
				t.Errorf("%s of %s has no words", f.Name, typ)
			}
		}
	}
}
