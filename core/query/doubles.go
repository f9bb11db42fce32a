package query

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Doubling is how much of a source another source tells too, as far as the
// person has not said.
type Doubling struct {
	Other   core.SourceID
	Records int       // of the source that could be there too
	Sure    []Pairing // one to one, the newest first: nothing else looks like either
	Unsure  []Pairing // of the rest, what looks alike
}

// A Pairing is a record of a source and one of another that look like the same
// thing.
type Pairing struct {
	Own, Other core.Ref
	twin.Likeness
}

// A doublings keeps what was found in one state of the home.
type doublings struct {
	mu     sync.Mutex
	change core.Change
	known  map[core.SourceID][]Doubling
}

// Doubles returns what other sources tell of the records of one, the most first:
// of the newest five thousand that could be there too. What was found is kept
// until the home changes. The caller must not change it.
func (r *Reader) Doubles(ctx context.Context, source core.SourceID) ([]Doubling, error) {
	if !r.seeAll() {
		return nil, core.E(core.Forbidden, "look for twins", errHidden)
	}
	r.doubles.mu.Lock()
	defer r.doubles.mu.Unlock()
	var found []Doubling
	err := r.vault.View(ctx, func(tx *vault.Tx) error {
		if last := tx.LastChange(); r.doubles.known == nil || last != r.doubles.change {
			r.doubles.known, r.doubles.change = map[core.SourceID][]Doubling{}, last
		}
		var known bool
		if found, known = r.doubles.known[source]; known {
			return nil
		}
		l, err := lookerOf(tx)
		if err != nil {
			return err
		}
		if found, err = l.doubles(ctx, source); err == nil {
			r.doubles.known[source] = found
		}
		return err
	})
	return found, err
}

func (l *looker) doubles(ctx context.Context, source core.SourceID) ([]Doubling, error) {
	if _, err := l.tx.Space(source); err != nil {
		return nil, err
	}
	own := &ownLooks{slots: map[string][]int{}}
	q := vault.TimelineQuery{Types: twin.Types(), Sources: []core.SourceID{source}}
	if err := l.walkAll(ctx, q, maxOwnLooked, own.add); err != nil || len(own.looks) == 0 {
		return nil, err
	}
	edges := map[core.SourceID][]edge{}
	join := func(other twin.Look) error { return l.join(own, other, edges) }
	q = vault.TimelineQuery{Types: []record.Type{record.TypeBankAccount}, Sources: l.others(source)}
	if err := l.walkAll(ctx, q, maxAccounts, join); err != nil {
		return nil, err
	}
	if !own.first.IsZero() {
		q.Types = slices.DeleteFunc(twin.Types(), func(t record.Type) bool { return t == record.TypeBankAccount })
		q.From, q.To = dateOf(own.first.AddDate(0, 0, -daysOff)), dateOf(own.last.AddDate(0, 0, daysOff))
		if err := l.walk(ctx, q, maxOtherLooked, join); err != nil {
			return nil, err
		}
	}
	return l.doublingsOf(own, edges)
}

// join adds the edges from own records to one of another source.
func (l *looker) join(own *ownLooks, other twin.Look, edges map[core.SourceID][]edge) error {
	for _, i := range own.slots[other.Slot()] {
		if own.compared++; own.compared > maxCompared {
			return nil
		}
		like, ok := own.looks[i].Compare(other)
		if !ok {
			continue
		}
		open, err := l.isOpen(own.looks[i].Record.Ref, other.Record.Ref)
		if err != nil {
			return err
		}
		if open {
			id := other.Record.Ref.Source
			edges[id] = append(edges[id], edge{i, other.Record.Ref, other.Name(), like})
		}
	}
	return nil
}

// ownLooks are the records of the source that is asked about.
type ownLooks struct {
	looks       []twin.Look
	slots       map[string][]int
	first, last time.Time
	compared    int // pairs
}

func (o *ownLooks) add(l twin.Look) error {
	o.slots[l.Slot()] = append(o.slots[l.Slot()], len(o.looks))
	o.looks = append(o.looks, l)
	if day := l.Day(); !day.IsZero() {
		if o.first.IsZero() || day.Before(o.first) {
			o.first = day
		}
		if day.After(o.last) {
			o.last = day
		}
	}
	return nil
}

// An edge joins a record of the source with one that looks like it.
type edge struct {
	own   int
	other core.Ref
	name  string // of other
	like  twin.Likeness
}

func (l *looker) doublingsOf(own *ownLooks, edges map[core.SourceID][]edge) (all []Doubling, err error) {
	for id, list := range edges {
		d := Doubling{Other: id}
		for _, look := range own.looks {
			taken, err := l.isTaken(look.Record.Ref, id)
			if err != nil {
				return nil, err
			}
			if !taken {
				d.Records++
			}
		}
		d.part(own, list)
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b Doubling) int {
		return cmp.Or(cmp.Compare(len(b.Sure), len(a.Sure)), cmp.Compare(len(b.Unsure), len(a.Unsure)), slices.Compare(a.Other[:], b.Other[:]))
	})
	return all, nil
}

// part tells what is sure, one to one, from what is not. So many equal lines here
// and as many there, such as two coffees, are sure too: one is as good as another.
func (d *Doubling) part(own *ownLooks, list []edge) {
	slices.SortFunc(list, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.own, b.own), cmp.Compare(b.other.Seq, a.other.Seq))
	})
	ownDone, otherDone := map[int]bool{}, map[core.Ref]bool{}
	for _, e := range sureEdges(own, list) {
		d.Sure = append(d.Sure, e.pairing(own))
		ownDone[e.own], otherDone[e.other] = true, true
	}
	for _, e := range list {
		if !ownDone[e.own] && !otherDone[e.other] {
			d.Unsure = append(d.Unsure, e.pairing(own))
		}
	}
}

func (e edge) pairing(own *ownLooks) Pairing {
	return Pairing{own.looks[e.own].Record.Ref, e.other, e.like}
}

// sureEdges returns the edges that are sure. The list is in order.
func sureEdges(own *ownLooks, list []edge) (sure []edge) {
	toward, degree := map[int][]edge{}, map[core.Ref]int{}
	var order []int
	for _, e := range list {
		if !e.like.IsSure {
			continue
		}
		if toward[e.own] == nil {
			order = append(order, e.own)
		}
		toward[e.own] = append(toward[e.own], e)
		degree[e.other]++
	}
	taken := map[core.Ref]int{} // how many were paired of the others that begin with it
	for _, i := range order {
		others := toward[i]
		first := others[0].other
		if areEqual(others, degree) && numberAlike(own, toward, i) == len(others) {
			sure = append(sure, others[taken[first]])
			taken[first]++
		}
	}
	return sure
}

// areEqual reports whether as many records lead to each of the others as there
// are others, all of one name.
func areEqual(others []edge, degree map[core.Ref]int) bool {
	for _, e := range others {
		if degree[e.other] != len(others) || e.name != others[0].name {
			return false
		}
	}
	return true
}

// numberAlike returns how many own records lead to the same others as one, and are
// called the same.
func numberAlike(own *ownLooks, toward map[int][]edge, i int) (n int) {
	for _, j := range own.slots[own.looks[i].Slot()] {
		if own.looks[j].Name() == own.looks[i].Name() && slices.EqualFunc(toward[i], toward[j], func(a, b edge) bool { return a.other == b.other }) {
			n++
		}
	}
	return n
}
