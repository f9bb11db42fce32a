package ingest_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A twinWorld is a home of three sources, and what a naive home knows of it: which
// records are there, which of them are one thing, and which were said not to be.
type twinWorld struct {
	*rand.Rand
	world
	sources []core.SourceID // the one that the home has had for longest first
	known   map[core.Ref]*naive
	things  [][]core.Ref // each in the order in which its records lead
	chosen  map[core.Ref]bool
	apart   map[[2]core.Ref]bool
}

type naive struct {
	id      string
	alive   bool
	deleted bool // by the person
	run     core.RunID
	again   bool // another run or the person changed it
}

// TestTwins_do_as_a_naive_model says of records that they are the same, that they
// are not, takes it back, lets one lead, deletes, restores, erases, imports again,
// forgets, undoes and destroys sources in any order, with writes that are killed
// and a home that stops.
func TestTwins_do_as_a_naive_model(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "vault.db")
			w := &twinWorld{Rand: rand.New(rand.NewPCG(seed, 5)), known: map[core.Ref]*naive{}, chosen: map[core.Ref]bool{}, apart: map[[2]core.Ref]bool{}}
			w.world = world{Rand: w.Rand, h: newHouseAt(t, path), path: path}
			w.sources = []core.SourceID{w.h.source}
			for len(w.sources) < 3 {
				w.addSource(t)
			}
			for range 250 {
				w.step(t)
				w.reopen(t)
				w.check(t)
			}
		})
	}
}

func (w *twinWorld) addSource(t *testing.T) {
	t.Helper()
	if err := w.h.v.Update(t.Context(), func(tx *vault.Tx) error {
		id, err := tx.CreateSpace()
		w.sources = append(w.sources, id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func (w *twinWorld) step(t *testing.T) {
	t.Helper()
	a, b := w.any(), w.any()
	switch n := w.IntN(20); {
	case n < 5 || a == b:
		w.imported(t)
	case n < 9:
		w.same(t, a, b)
	case n < 10:
		w.differ(t, a, b)
	case n < 11:
		w.do(t, func() error { return w.h.Unsay(t.Context(), a, b) })
		if i := w.thingOf(b); i >= 0 && slices.Contains(w.things[i], a) {
			w.leave(b)
		} else {
			w.forget(a, b)
		}
	case n < 12:
		err := w.h.Lead(t.Context(), a)
		i := w.thingOf(a)
		w.expect(t, err, i >= 0, core.Conflict)
		if i >= 0 {
			for _, ref := range w.things[i] {
				w.chosen[ref] = ref == a
			}
			w.order(w.things[i])
		}
	case n < 14:
		w.do(t, func() error { return w.h.Delete(t.Context(), a) })
		n := w.known[a]
		n.deleted, n.alive, n.again = n.deleted || n.alive, false, true
	case n < 15:
		err := w.h.Restore(t.Context(), a)
		w.expect(t, err, !w.known[a].alive, core.Conflict)
		w.known[a].alive, w.known[a].deleted, w.known[a].again = true, false, true
	case n < 16:
		w.forgotten(t, a)
	case n < 17:
		w.undone(t, a)
	case n < 18:
		w.do(t, func() error { return w.h.Erase(t.Context(), a) })
		w.gone(a)
		delete(w.known, a) // never to be used again
	case w.IntN(6) == 0:
		w.shredded(t)
	}
}

// any returns a record that is or was there, the zero Ref for none.
func (w *twinWorld) any() core.Ref {
	all := slices.SortedFunc(maps.Keys(w.known), func(a, b core.Ref) int { // by place, ids being drawn
		return (slices.Index(w.sources, a.Source)-slices.Index(w.sources, b.Source))*1000 + int(a.Seq) - int(b.Seq)
	})
	if len(all) == 0 {
		return core.Ref{}
	}
	return all[w.IntN(len(all))]
}

func (w *twinWorld) do(t *testing.T, f func() error) {
	t.Helper()
	if err := f(); err != nil {
		t.Fatal(err)
	}
}

func (w *twinWorld) expect(t *testing.T, err error, ok bool, code core.Code) {
	t.Helper()
	if ok && err != nil || !ok && core.CodeOf(err) != code {
		t.Fatalf("got %v, want success %v, else %s", err, ok, code)
	}
}

// imported is a file of some records, new or known, after a save that is killed.
func (w *twinWorld) imported(t *testing.T) {
	t.Helper()
	w.h.source = w.sources[w.IntN(len(w.sources))]
	w.h.run++
	id := fmt.Sprint(w.IntN(4))
	r := record.Record{Type: record.TypeDocument, ID: id, Title: fmt.Sprint("title ", w.IntN(3)), Data: []byte(`{}`)}
	b := w.h.batch(r)
	b.Import, b.Last = true, true
	killed := b
	killed.Extra = func(*vault.Space, ingest.Counts) error { return errKilled }
	if _, err := w.h.Commit(t.Context(), killed); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	w.h.commit(t, b)
	now := w.h.byID(t, record.TypeDocument, id)
	switch n := w.known[now.Ref]; {
	case n == nil && now.Deleted: // it was erased
	case n == nil:
		w.known[now.Ref] = &naive{id: id, alive: true, run: w.h.run}
	default:
		n.alive, n.again = n.alive || !n.deleted, true
	}
}

func (w *twinWorld) forgotten(t *testing.T, a core.Ref) {
	t.Helper()
	w.h.source = a.Source
	w.h.run++
	b := w.h.batch()
	b.Forgotten, b.Last = []record.Key{{Type: record.TypeDocument, ID: w.known[a].id}}, true
	w.h.commit(t, b)
	w.known[a].alive, w.known[a].again = false, true
}

// undone undoes the run that brought a record which nothing else touched.
func (w *twinWorld) undone(t *testing.T, a core.Ref) {
	t.Helper()
	if n := w.known[a]; n.again || !n.alive {
		return
	}
	w.h.source = a.Source
	w.h.undo(t, w.known[a].run)
	w.gone(a)
	delete(w.known, a)
}

func (w *twinWorld) shredded(t *testing.T) {
	t.Helper()
	i := w.IntN(len(w.sources))
	id := w.sources[i]
	w.do(t, func() error { return w.h.v.Shred(t.Context(), id) })
	w.sources = slices.Delete(w.sources, i, i+1)
	for ref := range maps.Clone(w.known) {
		if ref.Source == id {
			w.gone(ref)
			delete(w.known, ref)
		}
	}
	w.check(t) // what is left behind counts for nothing
	if w.IntN(2) == 0 {
		w.do(t, func() error { return w.h.SweepTwins(t.Context()) })
	}
	w.addSource(t)
}

func (w *twinWorld) same(t *testing.T, a, b core.Ref) {
	t.Helper()
	err := w.h.Same(t.Context(), ingest.Pair{A: a, B: b, Why: twin.SameAmount})
	i, j := w.thingOf(a), w.thingOf(b)
	switch {
	case a.Source == b.Source:
		w.expect(t, err, false, core.Invalid)
		return
	case !w.known[a].alive || !w.known[b].alive:
		w.expect(t, err, false, core.Conflict)
		return
	case i >= 0 && i == j:
		w.expect(t, err, true, "")
		return
	}
	first, second := []core.Ref{a}, []core.Ref{b}
	if i >= 0 {
		first = w.things[i]
	}
	if j >= 0 {
		second = w.things[j]
	}
	for _, x := range first {
		for _, y := range second {
			isPair := x == a && y == b
			if x.Source == y.Source || w.apart[pairOf(x, y)] && !isPair {
				w.expect(t, err, false, core.Conflict)
				return
			}
		}
	}
	w.expect(t, err, true, "")
	for _, x := range first {
		if w.chosen[x] { // only one is
			for _, y := range second {
				w.chosen[y] = false
			}
		}
	}
	w.forget(a, b)
	all := slices.Concat(first, second)
	w.things = slices.DeleteFunc(w.things, func(thing []core.Ref) bool {
		return slices.Equal(thing, first) || slices.Equal(thing, second)
	})
	w.order(all)
	w.things = append(w.things, all)
}

func (w *twinWorld) differ(t *testing.T, a, b core.Ref) {
	t.Helper()
	err := w.h.Differ(t.Context(), a, b)
	if !w.known[a].alive || !w.known[b].alive {
		w.expect(t, err, false, core.Conflict)
		return
	}
	w.expect(t, err, true, "")
	if i := w.thingOf(a); i >= 0 && slices.Contains(w.things[i], b) {
		w.leave(b)
	}
	w.apart[pairOf(a, b)] = true
}

func (w *twinWorld) order(thing []core.Ref) {
	slices.SortFunc(thing, func(a, b core.Ref) int {
		rank := func(ref core.Ref) int {
			if w.chosen[ref] {
				return -1
			}
			return slices.Index(w.sources, ref.Source)
		}
		return rank(a) - rank(b)
	})
}

func (w *twinWorld) thingOf(ref core.Ref) int {
	return slices.IndexFunc(w.things, func(thing []core.Ref) bool { return slices.Contains(thing, ref) })
}

func (w *twinWorld) leave(ref core.Ref) {
	i := w.thingOf(ref)
	if i < 0 {
		return
	}
	w.chosen[ref] = false
	w.things[i] = slices.DeleteFunc(slices.Clone(w.things[i]), func(other core.Ref) bool { return other == ref })
	if len(w.things[i]) == 1 {
		w.chosen[w.things[i][0]] = false
		w.things = slices.Delete(w.things, i, i+1)
	}
}

func (w *twinWorld) gone(ref core.Ref) {
	w.leave(ref)
	for pair := range w.apart {
		if pair[0] == ref || pair[1] == ref {
			delete(w.apart, pair)
		}
	}
}

func (w *twinWorld) forget(a, b core.Ref) { delete(w.apart, pairOf(a, b)) }

func pairOf(a, b core.Ref) [2]core.Ref {
	if a.String() > b.String() {
		a, b = b, a
	}
	return [2]core.Ref{a, b}
}

// check holds who stands aside, for whoever is shown some of the sources, against
// the model.
func (w *twinWorld) check(t *testing.T) {
	t.Helper()
	w.do(t, func() error {
		return w.h.v.View(t.Context(), func(tx *vault.Tx) error {
			for ref, n := range w.known {
				for shown := range 1 << len(w.sources) {
					isThere := func(id core.SourceID) bool {
						i := slices.Index(w.sources, id)
						return i >= 0 && shown&(1<<i) != 0
					}
					if err := w.checkOne(tx, ref, n, isThere); err != nil {
						return fmt.Errorf("shown %b: %w", shown, err)
					}
				}
				for other := range w.known {
					apart, err := twin.AreApart(tx, ref, other)
					if err != nil || apart != w.apart[pairOf(ref, other)] {
						return fmt.Errorf("%s and %s are apart: %v, %w", ref, other, apart, err)
					}
				}
			}
			return w.checkCounts(tx)
		})
	})
}

func (w *twinWorld) checkOne(tx *vault.Tx, ref core.Ref, n *naive, isThere func(core.SourceID) bool) error {
	want := false
	if i := w.thingOf(ref); i >= 0 && n.alive {
		want = slices.ContainsFunc(w.things[i][:slices.Index(w.things[i], ref)], func(other core.Ref) bool {
			return isThere(other.Source) && w.known[other].alive
		})
	}
	shade, err := twin.ShadeOf(tx)
	if err != nil {
		return err
	}
	got, err := shade.Aside(ref, isThere)
	if err != nil || got != want {
		return fmt.Errorf("%s aside: got %v, want %v, %w", ref, got, want, err)
	}
	ahead, err := twin.Ahead(tx, ref, isThere)
	if err != nil || n.alive && (len(ahead) > 0) != want {
		return fmt.Errorf("%s: %d ahead, want %v, %w", ref, len(ahead), want, err)
	}
	return nil
}

func (w *twinWorld) checkCounts(tx *vault.Tx) error {
	all := func(id core.SourceID) bool { return slices.Contains(w.sources, id) }
	standings, err := twin.All(tx)
	if err != nil {
		return err
	}
	for _, id := range w.sources {
		want := 0
		for ref, n := range w.known {
			aside := false
			if i := w.thingOf(ref); i >= 0 && n.alive {
				aside = slices.IndexFunc(w.things[i], func(other core.Ref) bool { return w.known[other].alive }) != slices.Index(w.things[i], ref)
			}
			if aside != standings.IsAside(ref) {
				return fmt.Errorf("%s aside: %v, want %v", ref, !aside, aside)
			}
			if aside && ref.Source == id {
				want++
			}
		}
		got, err := twin.Count(tx, record.TypeDocument, id, all)
		if err != nil || got != want {
			return fmt.Errorf("%d of a source stand aside, want %d, %w", got, want, err)
		}
	}
	return nil
}
