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

// line is a transaction: "2026-03-12 -2.50 CB CAFE".
func line(id, text string) record.Record {
	day, rest, _ := strings.Cut(text, " ")
	amount, label, _ := strings.Cut(rest, " ")
	data := fmt.Sprintf(`{"bank_account":"a","booked":%q,"amount":%q,"currency":"EUR","label":%q}`, day, amount, label)
	return record.Record{Type: record.TypeTransaction, ID: id, Title: label, Data: json.RawMessage(data)}
}

func pending(id, text string) record.Record {
	r := line(id, text)
	r.Data = append(r.Data[:len(r.Data)-1], `,"state":"pending"}`...)
	return r
}

func TestIngest_equal_lines_without_id_are_counted(t *testing.T) {
	t.Parallel()
	const coffee, other = "2026-03-12 -2.50 CB CAFE", "2026-03-13 -2.50 CB CAFE"
	h := newHouse(t)
	for i, step := range []struct {
		batches [][]string // of one run
		want    ingest.Counts
		stored  int
	}{
		{[][]string{{coffee, other, coffee}}, ingest.Counts{Added: 3}, 3},
		{[][]string{{coffee, coffee}}, ingest.Counts{Unchanged: 2}, 3},
		{[][]string{{coffee}, {coffee, other}, {coffee}}, ingest.Counts{Added: 1, Unchanged: 3}, 4}, // over several saves
		{[][]string{{other, other}}, ingest.Counts{Added: 1, Unchanged: 1}, 5},
		{[][]string{{coffee, coffee, coffee}, {other, other}}, ingest.Counts{Unchanged: 5}, 5},
	} {
		h.run++
		var counts ingest.Counts
		for n, texts := range step.batches {
			b := h.batch()
			for _, text := range texts {
				b.Records = append(b.Records, ingest.Staged{Record: line("", text)})
			}
			b.Last = n == len(step.batches)-1
			counts.Add(h.commit(t, b))
		}
		if n := len(h.all(t)); counts != step.want || n != step.stored {
			t.Errorf("step %d: %+v, %d stored", i, counts, n)
		}
	}
	h.view(t, func(sp *vault.Space) error {
		for row, err := range sp.Scan('K', vault.Range{}) {
			t.Errorf("the runs left %x, %v", row.Key, err)
		}
		return nil
	})
}

// The files of an archive may overlap, as separate imports of them would.
func TestIngest_equal_lines_are_counted_in_each_file_of_an_archive(t *testing.T) {
	t.Parallel()
	const coffee = "2026-03-12 -2.50 CB CAFE"
	h := newHouse(t)
	for i, step := range []struct {
		batches [][]string // of one run: the part that each line is of
		want    ingest.Counts
	}{
		{[][]string{{"january", "january", "february", "february", "february"}}, ingest.Counts{Added: 3, Unchanged: 2}},
		{[][]string{{"again", "again"}, {"again", "again", "twice"}}, ingest.Counts{Added: 1, Unchanged: 4}}, // over two saves
		{[][]string{{"", "a"}, {"", "a"}}, ingest.Counts{Unchanged: 4}},
	} {
		h.run++
		var counts ingest.Counts
		for n, parts := range step.batches {
			b := h.batch()
			for _, part := range parts {
				b.Records = append(b.Records, ingest.Staged{Record: line("", coffee), Part: part})
			}
			b.Import, b.Last = true, n == len(step.batches)-1
			counts.Add(h.commit(t, b))
		}
		if counts != step.want {
			t.Errorf("step %d: %+v, want %+v", i, counts, step.want)
		}
	}
	if n := len(h.all(t)); n != 4 {
		t.Errorf("%d stored, want the 4 of the fullest file", n)
	}
}

func TestIngest_counters_of_a_run_survive_a_failed_batch(t *testing.T) {
	t.Parallel()
	const coffee = "2026-03-12 -2.50 CB CAFE"
	h := newHouse(t)
	h.run++
	h.commit(t, h.batch(line("", coffee)))
	failing := h.batch(line("", coffee), doc("d", "x"))
	broken := errors.New("power cut")
	failing.Extra = func(sp *vault.Space, c ingest.Counts) error {
		if c != (ingest.Counts{Added: 2}) {
			t.Errorf("extra was told %+v", c)
		}
		return errors.Join(sp.Put('s', []byte("state"), []byte("half")), broken)
	}
	if counts, err := h.Commit(t.Context(), failing); !errors.Is(err, broken) || counts != (ingest.Counts{}) {
		t.Fatalf("got %+v, %v", counts, err)
	}
	h.view(t, func(sp *vault.Space) error {
		if _, err := sp.Get('s', []byte("state")); core.CodeOf(err) != core.NotFound {
			t.Errorf("the state is half written: %v", err)
		}
		return nil
	})
	if got := h.commit(t, h.batch(line("", coffee))); got != (ingest.Counts{Added: 1}) {
		t.Errorf("then %+v", got)
	}
	if n := len(h.all(t)); n != 2 {
		t.Errorf("%d stored", n)
	}
}

func TestIngest_booked_line_takes_the_place_of_the_pending_one(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, pending("p1", "2026-03-12 -42.10 CARTE CARREFOUR CITY"), pending("", "2026-03-12 -8.00 CARTE BOULANGERIE DU PORT"))
	if got := h.pull(t, line("b1", "2026-03-14 -42.10 CB CARREFOUR 12/03"), line("", "2026-03-13 -8.00 CB BOULANGERIE PORT 12/03")); got != (ingest.Counts{Updated: 2}) {
		t.Errorf("got %+v", got)
	}
	all := h.all(t)
	if len(all) != 2 {
		t.Fatalf("%d records", len(all))
	}
	want := []record.Link{{Rel: "was-pending", Type: record.TypeTransaction, ID: "p1"}}
	if diff := cmp.Diff(want, h.byID(t, record.TypeTransaction, "b1").Links); diff != "" {
		t.Error(diff)
	}
	if got := h.pull(t, line("b1", "2026-03-14 -42.10 CB CARREFOUR 12/03"), line("", "2026-03-13 -8.00 CB BOULANGERIE PORT 12/03"),
		pending("p1", "2026-03-12 -42.10 CARTE CARREFOUR CITY")); got != (ingest.Counts{Unchanged: 3}) {
		t.Errorf("again: %+v", got)
	}
	h.undo(t, 2)
	if ids := titles(h.all(t)); !slices.Equal(ids, []string{"CARTE BOULANGERIE DU PORT", "CARTE CARREFOUR CITY"}) {
		t.Errorf("undone: %q", ids)
	}
	h.run++
	b := h.batch()
	b.Forgotten = []record.Key{{Type: record.TypeTransaction, ID: "p1"}}
	h.commit(t, b)
	if got := h.pull(t, pending("p1", "2026-03-12 -42.10 CARTE CARREFOUR CITY")); got != (ingest.Counts{Added: 1}) {
		t.Errorf("forgotten after undo and seen again: %+v", got)
	}
	if got := h.pull(t, line("b1", "2026-03-14 -42.10 CB CARREFOUR 12/03")); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("after undo: %+v", got)
	}
}

// dated is a line with its time, as connectors send it.
func dated(r record.Record, day string) record.Record {
	at, err := record.ParseTime(day)
	if err != nil {
		panic(err)
	}
	r.Time = at
	return r
}

func TestIngest_pending_line_that_comes_after_its_booked_one_joins_it(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	booked := dated(line("b1", "2026-03-14 -42.10 CB CARREFOUR 12/03"), "2026-03-14")
	late := dated(pending("p1", "2026-03-12 -42.10 CARTE CARREFOUR CITY"), "2026-03-12")
	h.pull(t, booked)
	if got := h.pull(t, late); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("late: %+v", got)
	}
	joined := func(when string, want ...record.Link) {
		t.Helper()
		if diff := cmp.Diff(want, h.byID(t, record.TypeTransaction, "b1").Links); diff != "" || len(h.all(t)) != 1 {
			t.Errorf("%s: %d records, %s", when, len(h.all(t)), diff)
		}
	}
	link := record.Link{Rel: "was-pending", Type: record.TypeTransaction, ID: "p1"}
	joined("joined", link)
	if got := h.pull(t, late); got != (ingest.Counts{Unchanged: 1}) {
		t.Errorf("again: %+v", got)
	}
	if got := h.pull(t, booked); got != (ingest.Counts{Unchanged: 1}) {
		t.Errorf("the booked one again: %+v", got)
	}
	joined("seen again", link)
	if got := h.pull(t, dated(pending("p2", "2026-03-13 -42.10 CARTE CARREFOUR CITY"), "2026-03-13")); got != (ingest.Counts{Added: 1}) {
		t.Errorf("another, while the booked one has its own: %+v", got)
	}
	h.undo(t, 5)
	h.undo(t, 2)
	joined("undone")
	if got := h.pull(t, late); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("after the undo: %+v", got)
	}
	joined("joined anew", link)
	h.undo(t, 1)
	if all := titles(h.all(t)); !slices.Equal(all, []string{"CARTE CARREFOUR CITY"}) {
		t.Errorf("without the run of the booked one: %q", all)
	}
	if got := h.pull(t, booked); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("booked at last: %+v", got)
	}
	joined("in the usual order", link)
}

func TestIngest_pending_line_beside_a_booked_one_of_the_same_run_is_another(t *testing.T) {
	t.Parallel()
	booked := dated(line("b1", "2026-03-12 -2.50 CAFE DU PORT"), "2026-03-12")
	other := dated(pending("p1", "2026-03-13 -2.50 CAFE DU PORT"), "2026-03-13")
	for name, run := range map[string]func(h *house) ingest.Counts{
		"both new":         func(h *house) ingest.Counts { return h.pull(t, booked, other) },
		"the booked known": func(h *house) ingest.Counts { h.pull(t, booked); return h.pull(t, booked, other) },
		"in a later save": func(h *house) ingest.Counts {
			h.pull(t, booked)
			h.run++
			h.commit(t, h.batch(booked))
			return h.commit(t, h.batch(other))
		},
		"in a later save of an import": func(h *house) ingest.Counts {
			h.imports(t, booked)
			h.run++
			first, second := h.batch(booked), h.batch(other)
			first.Import, second.Import = true, true
			h.commit(t, first)
			return h.commit(t, second)
		},
	} {
		h := newHouse(t)
		got := run(h)
		if n := len(h.all(t)); n != 2 || got.Added == 0 || got.Updated != 0 {
			t.Errorf("%s: %+v, %d records", name, got, n)
		}
	}
}

func TestIngest_pending_line_without_id_joins_its_booked_one(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.imports(t, dated(line("", "2026-03-14 -8.00 CB BOULANGERIE PORT 12/03"), "2026-03-14"))
	late := dated(pending("", "2026-03-12 -8.00 CARTE BOULANGERIE DU PORT"), "2026-03-12")
	for i, want := range []ingest.Counts{{Updated: 1}, {Unchanged: 1}} {
		if got := h.imports(t, late); got != want || len(h.all(t)) != 1 {
			t.Errorf("time %d: %+v, %d records", i, got, len(h.all(t)))
		}
	}
	if got := h.imports(t, late, late); got != (ingest.Counts{Added: 1, Unchanged: 1}) {
		t.Errorf("a second equal one: %+v", got)
	}
}

func titles(records []core.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, r.Title)
	}
	slices.Sort(all)
	return all
}

func TestIngest_pending_lines_still_listed_are_others(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, pending("p1", "2026-03-12 -2.50 CAFE DU PORT"))
	// The booked one comes first in the reply, and the pending one is still there.
	if got := h.pull(t, line("b1", "2026-03-12 -2.50 CAFE DU PORT"), pending("p1", "2026-03-12 -2.50 CAFE DU PORT")); got != (ingest.Counts{Added: 1, Unchanged: 1}) {
		t.Errorf("got %+v", got)
	}
	h.run++
	h.commit(t, h.batch(pending("p1", "2026-03-12 -2.50 CAFE DU PORT")))
	if got := h.commit(t, h.batch(line("b2", "2026-03-13 -2.50 CAFE DU PORT"))); got != (ingest.Counts{Added: 1}) {
		t.Errorf("in a later save: %+v", got)
	}
	if n := len(h.all(t)); n != 3 {
		t.Errorf("%d records", n)
	}
}

func TestIngest_pending_line_is_booked_under_its_own_id_and_stays_so(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, pending("p1", "2026-03-12 -2.50 CAFE"))
	if got := h.pull(t, line("p1", "2026-03-13 -2.50 CAFE")); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("got %+v", got)
	}
	if got := h.pull(t, pending("p1", "2026-03-12 -2.50 CAFE"), line("b9", "2026-03-13 -2.50 CAFE")); got != (ingest.Counts{Added: 1, Unchanged: 1}) {
		t.Errorf("then %+v", got)
	}
}

func TestIngest_two_pending_lines_are_booked_one_by_one(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, pending("p1", "2026-03-12 -2.50 CAFE"), pending("p2", "2026-03-14 -2.50 CAFE"))
	h.pull(t, line("b2", "2026-03-14 -2.50 CAFE"), line("b1", "2026-03-12 -2.50 CAFE"), line("b3", "2026-03-13 -2.50 CAFE"))
	for id, want := range map[string]string{"b1": "p1", "b2": "p2"} {
		if links := h.byID(t, record.TypeTransaction, id).Links; len(links) != 1 || links[0].ID != want {
			t.Errorf("%s replaced %v", id, links)
		}
	}
	if n := len(h.all(t)); n != 3 {
		t.Errorf("%d records", n)
	}
}
