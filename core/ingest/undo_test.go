package ingest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestUndo_takes_back_what_only_that_run_brought(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.imports(t, doc("a", "A1"), doc("b", "B"), line("", "2026-03-12 -2.50 CAFE"))
	h.imports(t, doc("a", "A2"), doc("c", "C"), line("", "2026-03-12 -2.50 CAFE"), line("", "2026-03-12 -2.50 CAFE"))
	if got := h.undo(t, 2); got != (ingest.Counts{Updated: 1, Forgotten: 2, Unchanged: 1}) {
		t.Errorf("got %+v", got)
	}
	if got := titles(h.all(t)); !slices.Equal(got, []string{"A1", "B", "CAFE"}) {
		t.Errorf("got %q", got)
	}
	if got := h.imports(t, doc("a", "A2"), doc("c", "C"), line("", "2026-03-12 -2.50 CAFE"), line("", "2026-03-12 -2.50 CAFE")); got != (ingest.Counts{Added: 2, Updated: 1, Unchanged: 1}) {
		t.Errorf("imported again: %+v", got)
	}
}

func TestUndo_leaves_what_a_later_import_brought_too(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.imports(t, doc("a", "A"), doc("b", "B"), line("", "2026-03-12 -2.50 CAFE"), line("", "2026-03-12 -2.50 CAFE"))
	h.imports(t, doc("b", "B"), doc("c", "C"), line("", "2026-03-12 -2.50 CAFE"))
	if got := h.undo(t, 1); got != (ingest.Counts{Forgotten: 2, Unchanged: 2}) {
		t.Errorf("got %+v", got)
	}
	if got := titles(h.all(t)); !slices.Equal(got, []string{"B", "C", "CAFE"}) {
		t.Errorf("got %q", got)
	}
	if got := h.undo(t, 2); got != (ingest.Counts{Forgotten: 3}) {
		t.Errorf("then %+v", got)
	}
	if all := h.all(t); len(all) != 0 {
		t.Errorf("left %q", titles(all))
	}
	h.view(t, func(sp *vault.Space) error {
		for row, err := range sp.Scan('W', vault.Range{}) {
			t.Errorf("left %x, %v", row.Key, err)
		}
		return nil
	})
}

func TestUndo_of_a_run_that_another_revised(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, doc("a", "A1"))
	h.pull(t, doc("a", "A2"))
	h.pull(t, doc("a", "A3"))
	if got := h.undo(t, 2); got != (ingest.Counts{Unchanged: 1}) {
		t.Errorf("got %+v", got)
	}
	if got := h.undo(t, 3); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("got %+v", got)
	}
	if r := h.byID(t, record.TypeDocument, "a"); r.Title != "A1" { // not A2: that run is undone
		t.Errorf("got %q", r.Title)
	}
}

func TestUndo_brings_back_what_the_run_forgot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, doc("a", "A"))
	h.run++
	b := h.batch(doc("b", "B"))
	b.Forgotten = []record.Key{{Type: record.TypeDocument, ID: "a"}}
	h.commit(t, b)
	if got := h.undo(t, 2); got != (ingest.Counts{Added: 1, Forgotten: 1}) {
		t.Errorf("got %+v", got)
	}
	if got := titles(h.all(t)); !slices.Equal(got, []string{"A"}) {
		t.Errorf("got %q", got)
	}
}

func TestUndo_once_and_only_what_was(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pull(t, doc("a", "A"))
	if _, err := h.Undo(t.Context(), h.source, 7, nil); core.CodeOf(err) != core.NotFound {
		t.Errorf("a run that never was: %v", err)
	}
	broken := errors.New("disk full")
	if _, err := h.Undo(t.Context(), h.source, 1, func(*vault.Space, ingest.Counts) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if n := len(h.all(t)); n != 1 {
		t.Errorf("a failed undo left %d records", n)
	}
	told := ingest.Counts{}
	if _, err := h.Undo(t.Context(), h.source, 1, func(_ *vault.Space, c ingest.Counts) error { told = c; return nil }); err != nil || told != (ingest.Counts{Forgotten: 1}) {
		t.Errorf("got %v, %+v", err, told)
	}
	if _, err := h.Undo(t.Context(), h.source, 1, nil); core.CodeOf(err) != core.Conflict {
		t.Errorf("twice: %v", err)
	}
}

func TestUndo_of_a_large_import_goes_on_after_an_interruption(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const saves, each = 3, 400
	load := func() {
		h.run++
		for n := range saves {
			b := h.batch()
			for i := range each {
				b.Records = append(b.Records, ingest.Staged{Record: doc(fmt.Sprint(n*each+i), "x")})
			}
			b.Import, b.Last = true, n == saves-1
			h.commit(t, b)
		}
	}
	load()
	load() // sees all of it again
	if got := h.undo(t, 1); got != (ingest.Counts{Unchanged: saves * each}) {
		t.Errorf("got %+v", got)
	}
	broken := errors.New("power cut")
	counts, err := h.Undo(t.Context(), h.source, 2, func(*vault.Space, ingest.Counts) error { return broken })
	if !errors.Is(err, broken) || counts.Forgotten == 0 || counts.Forgotten == saves*each {
		t.Fatalf("interrupted: %+v, %v", counts, err)
	}
	rest := h.undo(t, 2)
	if left := len(h.all(t)); left != 0 || counts.Forgotten+rest.Forgotten != saves*each {
		t.Errorf("%+v, then %+v, %d left", counts, rest, left)
	}
}

// points is a day's series of the meter from step start on; a negative value is
// a missing one.
func points(start int, values ...int) record.Record {
	var text []string
	for _, v := range values {
		if v < 0 {
			text = append(text, "null")
		} else {
			text = append(text, fmt.Sprint(v))
		}
	}
	at := fmt.Sprintf("2026-03-%02dT00:00:00Z", 1+start)
	return record.Record{Type: record.TypeSeries, Title: "March",
		Data: json.RawMessage(`{"measure":"electricity.consumption","meter":"m","unit":"Wh","step":"P1D","start":"` + at + `","zone":"UTC","values":[` + strings.Join(text, ",") + `]}`)}
}

func (h *house) values(t *testing.T) string {
	t.Helper()
	all := h.all(t)
	if len(all) == 0 {
		return "none"
	}
	var data struct {
		Start  string
		Values json.RawMessage
	}
	if err := json.Unmarshal(all[0].Data, &data); err != nil || len(all) != 1 {
		t.Fatalf("%v: %v", all, err)
	}
	return data.Start[8:10] + string(data.Values)
}

func TestUndo_of_points_leaves_those_of_other_runs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		imports bool
		runs    []record.Record
		undo    []core.RunID
		want    []string // after each undo
	}{
		"the last":             {true, []record.Record{points(0, 1, 2), points(2, 3)}, []core.RunID{2, 1}, []string{"01[1,2]", "none"}},
		"the first":            {true, []record.Record{points(0, 1, 2), points(2, 3)}, []core.RunID{1, 2}, []string{"03[3]", "none"}},
		"overlapping":          {true, []record.Record{points(0, 1, 2, 3), points(1, 2, 3, 4)}, []core.RunID{1, 2}, []string{"02[2,3,4]", "none"}},
		"equal":                {true, []record.Record{points(0, 1, 2, 3), points(1, 2)}, []core.RunID{1, 2}, []string{"02[2]", "none"}},
		"between":              {true, []record.Record{points(0, 1, 2), points(1, 20, 30), points(3, 4)}, []core.RunID{2, 3}, []string{"01[1,2,null,4]", "01[1,2]"}},
		"overwritten":          {true, []record.Record{points(0, 1), points(0, 5), points(0, 1)}, []core.RunID{3, 1, 2}, []string{"01[5]", "01[5]", "none"}},
		"of runs, not imports": {false, []record.Record{points(0, 1, 2), points(1, 20, 30), points(3, 4)}, []core.RunID{2, 3, 1}, []string{"01[1,2,null,4]", "01[1,2]", "none"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			for _, r := range tc.runs {
				if tc.imports {
					h.imports(t, r)
				} else {
					h.pull(t, r)
				}
			}
			for i, run := range tc.undo {
				h.undo(t, run)
				if got := h.values(t); got != tc.want[i] {
					t.Errorf("after undoing %v: %s, want %s", tc.undo[:i+1], got, tc.want[i])
				}
			}
		})
	}
}
