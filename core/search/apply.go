package search

import (
	"path/filepath"

	"github.com/domicile-home/domicile/core"
)

// changes are what a batch changes in one partition.
type changes struct {
	documents []*Document
	removed   []core.Ref
	state     *state
}

// An edit gathers what a batch changes, by partition.
type edit struct {
	parts   []*partition
	changes map[*partition]*changes
}

// apply indexes a batch. A record stays in the partition where it first came
// to stand; new ones go to the last, which is written after all others: until
// it is, the batch is read again.
func (x *Index) apply(b *batch) error {
	last, err := x.last()
	if err != nil {
		return err
	}
	parts, _, err := x.listed()
	if err != nil {
		return err
	}
	e := &edit{parts: parts, changes: map[*partition]*changes{}}
	e.of(last)
	if err := e.gather(b, last); err != nil {
		return err
	}
	change := b.entries[len(b.entries)-1].Change
	for _, p := range parts {
		if c := e.changes[p]; c != nil && p != last {
			c.state.Written, c.state.Seen = change, max(c.state.Seen, b.seen)
			if err := x.write(p, c); err != nil {
				return err
			}
		}
	}
	s := e.of(last).state
	s.Written, s.Position, s.Seen = change, change, max(s.Seen, b.seen)
	s.remember(b.entries)
	s.Others = map[string]core.Change{}
	for _, p := range parts {
		if p != last {
			s.Others[p.name()] = p.state.Load().Written
		}
	}
	return x.write(last, e.of(last))
}

// last returns the partition that takes new records, a new one when it is full.
func (x *Index) last() (*partition, error) {
	parts, err := x.byPlace()
	if err != nil {
		return nil, err
	}
	fresh := &state{Format: formatVersion, Place: 1, Newest: undated, Members: members{}}
	if n := len(parts); n > 0 {
		s := parts[n-1].current()
		if s.Members.count() < x.config.limits.partitionDocs {
			return parts[n-1], nil
		}
		fresh.Place, fresh.Position, fresh.Recent = s.Place+1, s.Position, s.Recent
	}
	p := x.partition(filepath.Join(x.config.Dir, newName()), nil)
	p.first = fresh
	x.mu.Lock()
	defer x.mu.Unlock()
	x.parts = append(x.parts, p)
	return p, nil
}

// of returns the changes of a partition.
func (e *edit) of(p *partition) *changes {
	if e.changes[p] == nil {
		e.changes[p] = &changes{state: p.current().clone()}
	}
	return e.changes[p]
}

// gather sorts the records of a batch by the partitions they stand in.
func (e *edit) gather(b *batch, last *partition) error {
	now := map[core.Ref]*Document{}
	for i := range b.documents {
		now[b.documents[i].Ref] = &b.documents[i]
	}
	for _, entry := range b.entries {
		if entry.Op == DropSource {
			if e.holds(entry.Ref.Source) {
				return errDropped
			}
			continue
		}
		owner := e.owner(entry.Ref)
		d := now[entry.Ref]
		switch {
		case d == nil && owner != nil:
			c := e.of(owner)
			c.removed = append(c.removed, entry.Ref)
			c.state.Members.remove(entry.Ref)
		case d != nil:
			if owner == nil {
				owner = last
			}
			c := e.of(owner)
			c.documents = append(c.documents, d)
			c.state.Members.add(entry.Ref)
			c.state.Newest = max(c.state.Newest, momentOf(d.Time))
		}
	}
	return nil
}

// owner returns the partition that a record stands in, nil for none.
func (e *edit) owner(ref core.Ref) *partition {
	for _, p := range e.parts {
		s := p.current()
		if c := e.changes[p]; c != nil {
			s = c.state
		}
		if s.Members.has(ref) {
			return p
		}
	}
	return nil
}

// holds reports whether the index ever took in a record of a source: what was
// removed stays in a segment until scorch merges it.
func (e *edit) holds(source core.SourceID) bool {
	for _, p := range e.parts {
		if _, ok := p.current().Members[source]; ok {
			return true
		}
	}
	return false
}
