package ingest_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// cheap makes Argon2id cost next to nothing.
var cheap = vault.Options{Params: vault.Params{Time: 1, Memory: 64, Threads: 1}}

// house is a home with one source and what runs into it.
type house struct {
	*ingest.Ingest
	v      *vault.Vault
	source core.SourceID
	run    core.RunID
}

func newHouse(t testing.TB) *house {
	t.Helper()
	return newHouseAt(t, filepath.Join(t.TempDir(), "vault.db"))
}

func newHouseAt(t testing.TB, path string) *house {
	t.Helper()
	v, _, err := vault.Create(path, "trombone-gravier-moufle", cheap)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{v: v}
	t.Cleanup(func() {
		if err := h.v.Close(); err != nil {
			t.Error(err)
		}
	})
	if h.Ingest, err = ingest.New(v, time.Now); err != nil {
		t.Fatal(err)
	}
	if err := v.Update(t.Context(), func(tx *vault.Tx) error {
		h.source, err = tx.CreateSpace()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return h
}

func decode(t testing.TB, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// batch is one batch of the latest run.
func (h *house) batch(records ...record.Record) ingest.Batch {
	b := ingest.Batch{Source: h.source, Provenance: core.Provenance{Run: h.run, Connector: "bank", Version: "1.0.0", Module: strings.Repeat("a", 64)}}
	for _, r := range records {
		b.Records = append(b.Records, ingest.Staged{Record: r})
	}
	return b
}

func (h *house) commit(t testing.TB, b ingest.Batch) ingest.Counts {
	t.Helper()
	preview, err := h.Preview(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := h.Commit(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(counts, preview); diff != "" {
		t.Errorf("the preview said otherwise: %s", diff)
	}
	return counts
}

// pull is a whole run of one batch.
func (h *house) pull(t testing.TB, records ...record.Record) ingest.Counts {
	t.Helper()
	h.run++
	b := h.batch(records...)
	b.Last = true
	return h.commit(t, b)
}

// imports is a whole run over a file.
func (h *house) imports(t testing.TB, records ...record.Record) ingest.Counts {
	t.Helper()
	h.run++
	b := h.batch(records...)
	b.Last, b.Import = true, true
	return h.commit(t, b)
}

func (h *house) undo(t testing.TB, run core.RunID) ingest.Counts {
	t.Helper()
	counts, err := h.Undo(t.Context(), h.source, run, nil)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func (h *house) view(t testing.TB, f func(*vault.Space) error) {
	t.Helper()
	if err := h.v.View(t.Context(), func(tx *vault.Tx) error {
		sp, err := tx.Space(h.source)
		if err != nil {
			return err
		}
		return f(sp)
	}); err != nil {
		t.Fatal(err)
	}
}

// all is every record that is not deleted.
func (h *house) all(t testing.TB) []core.Record {
	t.Helper()
	var all []core.Record
	h.view(t, func(sp *vault.Space) error {
		for r, err := range sp.Records(0) {
			if err != nil {
				return err
			}
			if !r.Deleted {
				all = append(all, r)
			}
		}
		return nil
	})
	return all
}

func (h *house) byID(t testing.TB, typ record.Type, id string) core.Record {
	t.Helper()
	var r core.Record
	h.view(t, func(sp *vault.Space) (err error) {
		r, err = sp.RecordByID(typ, id)
		return err
	})
	return r
}

func doc(id, title string) record.Record {
	return record.Record{Type: record.TypeDocument, ID: id, Title: title, Data: json.RawMessage(`{"kind":"letter"}`)}
}

func TestIngest_second_run_adds_nothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	records := []record.Record{
		doc("d1", " A\tletter "), doc("", "no id"), line("t1", "2026-03-12 -2.50 CB CAFE"), line("", "2026-03-12 -2.50 CB CAFE"),
		{Type: record.TypeBill, ID: "b1", Title: "Bill", Data: json.RawMessage(`{ "vendor":"Cafe\u0301", "amount":"12.30", "currency":"EUR", "issued":"2026-03-12T10:00:00.500+01:00", "extra":{"z":1,"a":[1.50]} }`)},
		{Type: record.TypeSeries, Title: "March", Data: json.RawMessage(`{"measure":"electricity.consumption","meter":"m","unit":"Wh","step":"PT30M","start":"2026-03-01T00:00:00+01:00","zone":"Europe/Paris","values":[1,null,3,null]}`)},
	}
	if got, want := h.pull(t, records...), (ingest.Counts{Added: 6}); got != want {
		t.Errorf("first run: %+v", got)
	}
	before := h.all(t)
	slices.Reverse(records)
	if got, want := h.pull(t, records...), (ingest.Counts{Unchanged: 6}); got != want {
		t.Errorf("second run: %+v", got)
	}
	if diff := cmp.Diff(before, h.all(t), cmp.Comparer(func(a, b record.Time) bool { return a.String() == b.String() })); diff != "" {
		t.Error(diff)
	}
	bill := h.byID(t, record.TypeBill, "b1")
	if want := `{"amount":"12.30","currency":"EUR","extra":{"a":[1.50],"z":1},"issued":"2026-03-12T10:00:00.5+01:00","vendor":"Café"}`; string(bill.Data) != want {
		t.Errorf("got %s", bill.Data)
	}
	if r := h.byID(t, record.TypeDocument, "d1"); r.Title != "A letter" || r.Provenance.Run != 1 || r.Provenance.Connector != "bank" || r.Provenance.At.IsZero() {
		t.Errorf("got %+v", r)
	}
}

func TestIngest_change_makes_a_revision(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, doc("d1", "One"))
	if got := h.pull(t, doc("d1", "Two")); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("got %+v", got)
	}
	r := h.byID(t, record.TypeDocument, "d1")
	h.view(t, func(sp *vault.Space) error {
		revisions, err := sp.Revisions(r.Ref.Seq)
		if len(revisions) != 2 || revisions[1].Title != "One" || r.Title != "Two" || r.Revision != 2 || r.Provenance.Run != 2 {
			t.Errorf("got %+v", revisions)
		}
		return err
	})
}

func TestIngest_state_is_committed_with_the_records(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.batch(doc("d", "x"))
	b.Extra = func(sp *vault.Space, _ ingest.Counts) error { return sp.Put('s', []byte("state"), []byte("page 2")) }
	if _, err := h.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	h.view(t, func(sp *vault.Space) error {
		state, err := sp.Get('s', []byte("state"))
		if string(state) != "page 2" {
			t.Errorf("got %q", state)
		}
		return err
	})
}

func TestIngest_what_the_person_deleted_stays_deleted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, doc("d1", "One"), line("", "2026-03-12 -2.50 CAFE"), line("", "2026-03-12 -2.50 CAFE"))
	for _, r := range h.all(t)[:2] {
		if err := h.Delete(t.Context(), r.Ref); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.pull(t, doc("d1", "Changed"), line("", "2026-03-12 -2.50 CAFE"), line("", "2026-03-12 -2.50 CAFE")); got != (ingest.Counts{Unchanged: 3}) {
		t.Errorf("got %+v", got)
	}
	if n := len(h.all(t)); n != 1 {
		t.Errorf("%d records", n)
	}
	h.undo(t, 1)
	if got := h.pull(t, doc("d1", "Changed"), line("", "2026-03-12 -2.50 CAFE")); got != (ingest.Counts{Unchanged: 2}) {
		t.Errorf("after undo: %+v", got)
	}
	gone := h.byID(t, record.TypeDocument, "d1")
	if err := h.Restore(t.Context(), gone.Ref); err != nil {
		t.Fatal(err)
	}
	if r := h.byID(t, record.TypeDocument, "d1"); r.Title != "One" || r.Deleted {
		t.Errorf("restored: %+v", r)
	}
	if err := h.Restore(t.Context(), gone.Ref); core.CodeOf(err) != core.Conflict {
		t.Errorf("twice: %v", err)
	}
	if err := h.Delete(t.Context(), core.Ref{Source: h.source, Seq: 99}); core.CodeOf(err) != core.NotFound {
		t.Errorf("a record that is not: %v", err)
	}
}

func TestIngest_erased_record_leaves_no_revision_and_does_not_come_back(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, doc("d1", "One"))
	h.pull(t, doc("d1", "Two"))
	ref := h.byID(t, record.TypeDocument, "d1").Ref
	if err := h.Erase(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	h.view(t, func(sp *vault.Space) error {
		revisions, err := sp.Revisions(ref.Seq)
		if len(revisions) != 1 || revisions[0].Title != "" {
			t.Errorf("got %+v", revisions)
		}
		return err
	})
	if err := h.Restore(t.Context(), ref); core.CodeOf(err) != core.NotFound {
		t.Errorf("restored: %v", err)
	}
	if got := h.pull(t, doc("d1", "One")); got != (ingest.Counts{Unchanged: 1}) {
		t.Errorf("got %+v", got)
	}
}

func TestIngest_forgotten_records_come_back_when_seen_again(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, doc("d1", "One"), doc("d2", "Two"))
	h.run++
	b := h.batch()
	b.Forgotten = []record.Key{{Type: record.TypeDocument, ID: "d1"}, {Type: record.TypeDocument, ID: "never"}, {Type: record.TypeDocument, ID: "d1"}}
	if got := h.commit(t, b); got != (ingest.Counts{Forgotten: 1}) {
		t.Errorf("got %+v", got)
	}
	if got := h.pull(t, doc("d1", "One")); got != (ingest.Counts{Added: 1}) {
		t.Errorf("seen again: %+v", got)
	}
	if r := h.byID(t, record.TypeDocument, "d1"); r.Revision != 3 || r.Deleted {
		t.Errorf("got %+v", r)
	}
}

func TestIngest_series_keeps_the_points_it_has(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	series := func(start, values string) record.Record {
		at, err := record.ParseTime(start)
		if err != nil {
			t.Fatal(err)
		}
		return record.Record{Type: record.TypeSeries, Title: "March", Time: at,
			Data: json.RawMessage(`{"measure":"electricity.consumption","meter":"m","unit":"Wh","step":"PT30M","start":"` + start + `","zone":"Europe/Paris","values":` + values + `}`)}
	}
	h.pull(t, series("2026-03-01T00:00:00+01:00", "[1,2,3]"))
	if got := h.pull(t, series("2026-03-01T01:00:00+01:00", "[30,4]")); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("got %+v", got)
	}
	if got := h.pull(t, series("2026-03-01T00:00:00+01:00", "[null,2]"), series("2026-03-01T01:00:00+01:00", "[30]")); got != (ingest.Counts{Unchanged: 2}) {
		t.Errorf("again: %+v", got)
	}
	all := h.all(t)
	if len(all) != 1 || all[0].ID != "electricity.consumption|m|PT30M|2026-03" || !strings.HasSuffix(string(all[0].Data), `"values":[1,2,30,4],"zone":"Europe/Paris"}`) ||
		all[0].Time.String() != "2026-03-01T00:00:00+01:00" {
		t.Errorf("got %+v %s", all, all[0].Data)
	}
	h.run++
	if _, err := h.Commit(t.Context(), h.batch(series("2026-03-01T00:10:00+01:00", "[1]"))); core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), "data/start") {
		t.Errorf("off the grid: %v", err)
	}
}

func TestIngest_refuses_what_breaks_a_rule_and_says_where(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	with := func(change func(*record.Record)) record.Record {
		r := line("t1", "2026-03-12 -2.50 CAFE")
		change(&r)
		return r
	}
	data := func(text string) func(*record.Record) {
		return func(r *record.Record) { r.Data = json.RawMessage(text) }
	}
	for want, r := range map[string]record.Record{
		`record 1: check record: photo "t1": unknown type`: with(func(r *record.Record) { r.Type = "photo" }),
		`bill: the connector does not declare this type`: {Type: record.TypeBill, ID: "b", Title: "x",
			Data: json.RawMessage(`{"vendor":"v","amount":"1","currency":"EUR"}`)},
		`id: over 512 bytes`:                                 with(func(r *record.Record) { r.ID = strings.Repeat("x", 513) }),
		`id: holds control characters`:                       with(func(r *record.Record) { r.ID = "a\x00b" }),
		`id: begins with "~"`:                                with(func(r *record.Record) { r.ID = "~abc" }),
		`transaction "t1": data: not an object`:              with(data(`[]`)),
		`data: not JSON`:                                     with(data(``)),
		`data: over 262144 bytes`:                            with(data(`{"label":"` + strings.Repeat("x", 262144) + `"}`)),
		`data/amount: does not match`:                        with(data(`{"bank_account":"a","amount":"1,5","currency":"EUR","label":"x"}`)),
		`data: bank_account is missing`:                      with(data(`{"amount":"1.5","currency":"EUR","label":"x"}`)),
		`data: no member colour in the schema`:               with(data(`{"bank_account":"a","amount":"1.5","currency":"EUR","label":"x","colour":"red"}`)),
		`data/label: want string, got number`:                with(data(`{"bank_account":"a","amount":"1.5","currency":"EUR","label":5}`)),
		`data/booked: not a time`:                            with(data(`{"bank_account":"a","booked":"2026-02-30","amount":"1.5","currency":"EUR","label":"x"}`)),
		`data/extra/a: given twice`:                          with(data(`{"bank_account":"a","amount":"1.5","currency":"EUR","label":"x","extra":{"a":1,"a":2}}`)),
		`links/0/rel`:                                        with(func(r *record.Record) { r.Links = []record.Link{{Rel: "was-pending", Type: "transaction", ID: "x"}} }),
		`links/0/type`:                                       with(func(r *record.Record) { r.Links = []record.Link{{Rel: "account", Type: "x", ID: "x"}} }),
		`id: want "electricity.consumption|m|PT30M|2026-03"`: {Type: record.TypeSeries, ID: "mine", Data: json.RawMessage(`{"measure":"electricity.consumption","meter":"m","unit":"Wh","step":"PT30M","start":"2026-03-01T00:00:00+01:00","zone":"Europe/Paris","values":[1]}`)},
	} {
		b := h.batch(doc("fine", "x"), r)
		b.Produces = []record.Type{record.TypeDocument, record.TypeTransaction, record.TypeSeries}
		_, err := h.Commit(t.Context(), b)
		if core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("got %.200v, want %s", err, want)
		}
	}
	if n := len(h.all(t)); n != 0 {
		t.Errorf("%d records came in", n)
	}
	b := h.batch(doc("d", "x"))
	b.Records[0].Evidence = "abc"
	if _, err := h.Commit(t.Context(), b); core.CodeOf(err) != core.Invalid {
		t.Errorf("evidence: %v", err)
	}
	var many []record.Record
	for n := range ingest.MaxRecords + 1 {
		many = append(many, doc(fmt.Sprint(n), "x"))
	}
	if _, err := h.Commit(t.Context(), h.batch(many...)); core.CodeOf(err) != protocol.Limit {
		t.Errorf("too many: %v", err)
	}
	b = h.batch(doc("d", "x"))
	b.Source = core.NewSourceID()
	if _, err := h.Commit(t.Context(), b); core.CodeOf(err) != core.NotFound {
		t.Errorf("no such source: %v", err)
	}
}
