package ingest_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A story is what happened to a source, told naively: what stands is found by
// telling it again from the start without the runs that were undone.
type story struct {
	events []event
	undone map[core.RunID]bool
}

// An event is one committed save of a run, or a deletion by the person (run 0).
type event struct {
	run       core.RunID
	docs      [][2]string // id, title
	lines     []string    // without id
	forgotten []string    // ids of documents
	deleted   string      // by the person
}

// stands returns what is visible: title by id, and how many by line.
func (s *story) stands() map[string]string {
	docs, lines, blocked := map[string]string{}, map[string]int{}, map[string]bool{}
	shown := map[core.RunID]map[string]int{}
	for _, e := range s.events {
		if s.undone[e.run] {
			continue
		}
		for _, doc := range e.docs {
			docs[doc[0]] = doc[1]
		}
		for _, id := range e.forgotten {
			delete(docs, id)
		}
		if e.deleted != "" {
			blocked[e.deleted] = true
		}
		if shown[e.run] == nil {
			shown[e.run] = map[string]int{}
		}
		for _, line := range e.lines {
			shown[e.run][line]++
			lines[line] = max(lines[line], shown[e.run][line])
		}
	}
	maps.DeleteFunc(docs, func(id, _ string) bool { return blocked[id] })
	for line, n := range lines {
		docs[line] = fmt.Sprint(n)
	}
	return docs
}

// A world is a home, the story of its source, and the dice.
type world struct {
	*rand.Rand
	h     *house
	path  string
	story story
	runs  []core.RunID // not undone
}

var errKilled = errors.New("killed")

func (w *world) event() event {
	e := event{run: w.h.run}
	for range w.IntN(6) {
		e.docs = append(e.docs, [2]string{fmt.Sprintf("d%d", w.IntN(8)), fmt.Sprintf("title %d", w.IntN(3))})
	}
	for range w.IntN(6) {
		e.lines = append(e.lines, fmt.Sprintf("2026-03-%02d -2.50 CAFE %c", 1+w.IntN(2), 'A'+w.IntN(2)))
	}
	for range w.IntN(10) / 8 {
		e.forgotten = append(e.forgotten, fmt.Sprintf("d%d", w.IntN(8)))
	}
	return e
}

func (w *world) batch(e event) ingest.Batch {
	b := w.h.batch()
	for _, d := range e.docs {
		b.Records = append(b.Records, ingest.Staged{Record: doc(d[0], d[1])})
	}
	for _, text := range e.lines {
		b.Records = append(b.Records, ingest.Staged{Record: line("", text)})
	}
	for _, id := range e.forgotten {
		b.Forgotten = append(b.Forgotten, record.Key{Type: record.TypeDocument, ID: id})
	}
	b.Import = true
	return b
}

// imports is a run of several saves, some of them killed at their end and sent
// again, and some runs killed for good.
func (w *world) imports(t *testing.T) {
	t.Helper()
	w.h.run++
	w.runs = append(w.runs, w.h.run)
	for saves := 1 + w.IntN(3); saves > 0; saves-- {
		e := w.event()
		b := w.batch(e)
		for w.IntN(4) == 0 {
			killed := b
			killed.Extra = func(*vault.Space, ingest.Counts) error { return errKilled }
			if _, err := w.h.Commit(t.Context(), killed); !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			w.reopen(t)
			if w.IntN(3) == 0 {
				w.commit(t, ingest.Batch{Source: b.Source, Provenance: b.Provenance, Last: true})
				return
			}
		}
		b.Last = saves == 1
		w.commit(t, b)
		w.story.events = append(w.story.events, e)
	}
}

func (w *world) commit(t *testing.T, b ingest.Batch) {
	t.Helper()
	counts := w.h.commit(t, b)
	if n := counts.Added + counts.Updated + counts.Unchanged; n != len(b.Records) {
		t.Errorf("%+v for %d records", counts, len(b.Records))
	}
}

// reopen stops the home and starts it again, now and then.
func (w *world) reopen(t *testing.T) {
	t.Helper()
	if w.IntN(8) > 0 {
		return
	}
	if err := w.h.v.Close(); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(w.path, cheap)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Unlock(t.Context(), vault.Password("trombone-gravier-moufle")); err != nil {
		t.Fatal(err)
	}
	w.h.v = v
	if w.h.Ingest, err = ingest.New(v, time.Now); err != nil {
		t.Fatal(err)
	}
}

func (w *world) undo(t *testing.T) {
	t.Helper()
	if len(w.runs) == 0 {
		return
	}
	i := w.IntN(len(w.runs))
	run := w.runs[i]
	w.runs = append(w.runs[:i], w.runs[i+1:]...)
	_, err := w.h.Undo(t.Context(), w.h.source, run, nil)
	if code := core.CodeOf(err); err != nil && code != core.NotFound { // a run may have done nothing
		t.Fatal(err)
	}
	w.story.undone[run] = true
}

func (w *world) delete(t *testing.T) {
	t.Helper()
	var ids []string
	for id := range w.story.stands() {
		if strings.HasPrefix(id, "d") {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	id := ids[w.IntN(len(ids))]
	if err := w.h.Delete(t.Context(), w.h.byID(t, record.TypeDocument, id).Ref); err != nil {
		t.Fatal(err)
	}
	w.story.events = append(w.story.events, event{deleted: id})
}

// check compares the home with the story.
func (w *world) check(t *testing.T, what string) {
	t.Helper()
	got, lines := map[string]string{}, map[string]int{}
	for _, r := range w.h.all(t) {
		if r.Type == record.TypeDocument {
			got[r.ID] = r.Title
			continue
		}
		var data struct{ Booked, Amount, Label string }
		decode(t, r.Data, &data)
		lines[data.Booked+" "+data.Amount+" "+data.Label]++
	}
	for line, n := range lines {
		got[line] = fmt.Sprint(n)
	}
	if diff := cmp.Diff(w.story.stands(), got); diff != "" {
		t.Fatalf("after %s (run %d): %s", what, w.h.run, diff)
	}
}

func TestIngest_does_as_a_naive_model(t *testing.T) {
	t.Parallel()
	seeds := 12
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "vault.db")
			w := &world{Rand: rand.New(rand.NewPCG(uint64(seed), 1)), h: newHouseAt(t, path), path: path, story: story{undone: map[core.RunID]bool{}}}
			for range 50 {
				switch n := w.IntN(10); {
				case n < 6:
					w.imports(t)
					w.check(t, "import")
				case n < 8:
					w.undo(t)
					w.check(t, "undo")
				case n < 9:
					w.delete(t)
					w.check(t, "delete")
				default:
					w.reopen(t)
					w.check(t, "reopening")
				}
			}
			for len(w.runs) > 0 {
				w.undo(t)
				w.check(t, "undo at the end")
			}
		})
	}
}
