// Package query is the only reader of records: get, list, timeline, search,
// files and their text, and the feed that the search index follows.
//
// A [Reader] reads for someone, today the owner; whatever it hands out passes
// through one function, which is where a grant will apply. Every call reads one
// state of the vault, but for lists, which read page by page so that no view
// stays open. Records are the caller's own.
package query

import (
	"context"
	"errors"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// An Actor is who reads.
type Actor string

// Owner is the person whose home it is: they may read everything.
const Owner Actor = "owner"

// A Searcher finds records by their text: a search index.
type Searcher interface {
	Search(ctx context.Context, q search.Query) (search.Result, error)
}

// A Reader reads one home's records for one actor. It is safe for concurrent
// use. Make one with [New].
type Reader struct {
	vault *vault.Vault
	index Searcher
	actor Actor

	doubles doublings
}

// New returns a Reader for actor. With a nil index, Search returns unavailable.
func New(v *vault.Vault, index Searcher, actor Actor) *Reader {
	return &Reader{vault: v, index: index, actor: actor}
}

// see returns what the actor may see of a record, and false for nothing. Every
// record that leaves this room passes here.
func (r *Reader) see(rec core.Record) (core.Record, bool) { return rec, r.actor == Owner }

// seeAll reports whether the actor may see what belongs to no single record.
func (r *Reader) seeAll() bool { return r.actor == Owner }

var errHidden = errors.New("not for this reader")

// Get returns a record. A deleted one is Deleted and has no content; its
// revisions have. It returns not_found, forbidden, locked and damaged, as every
// method here.
func (r *Reader) Get(ctx context.Context, ref core.Ref) (rec core.Record, err error) {
	err = r.space(ctx, ref.Source, func(sp *vault.Space) error {
		rec, err = sp.Record(ref.Seq)
		return err
	})
	return r.one(rec, err)
}

// ByID returns the record that a source has under a type and id.
func (r *Reader) ByID(ctx context.Context, source core.SourceID, key record.Key) (rec core.Record, err error) {
	err = r.space(ctx, source, func(sp *vault.Space) error {
		rec, err = sp.RecordByID(key.Type, key.ID)
		return err
	})
	return r.one(rec, err)
}

func (r *Reader) one(rec core.Record, err error) (core.Record, error) {
	if err != nil {
		return core.Record{}, err
	}
	rec, ok := r.see(rec)
	if !ok {
		return core.Record{}, core.E(core.Forbidden, "read record", errHidden)
	}
	return rec, nil
}

// Revisions returns a record as it stands and as it was, the latest first.
func (r *Reader) Revisions(ctx context.Context, ref core.Ref) (all []core.Record, err error) {
	err = r.space(ctx, ref.Source, func(sp *vault.Space) error {
		revisions, err := sp.Revisions(ref.Seq)
		for _, rec := range revisions {
			rec, err := r.one(rec, nil)
			if err != nil {
				return err
			}
			all = append(all, rec)
		}
		return err
	})
	return all, err
}

// Linked returns the records that rec links to, by link. Those that are not
// there, deleted, or not for this reader are left out.
func (r *Reader) Linked(ctx context.Context, rec core.Record) (map[record.Link]core.Record, error) {
	all := map[record.Link]core.Record{}
	err := r.space(ctx, rec.Ref.Source, func(sp *vault.Space) error {
		for _, link := range rec.Links {
			other, err := sp.RecordByID(link.Type, link.ID)
			if core.CodeOf(err) == core.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			if other, ok := r.see(other); ok && !other.Deleted {
				all[link] = other
			}
		}
		return nil
	})
	return all, err
}

// Counts are how many records each source has of each type.
type Counts []Count

// A Count is how many records of a type a source has, and how many of them stand
// aside for another source's that is the same thing.
type Count struct {
	vault.Count
	Aside int
}

// OfType returns how many records there are of t, what is one thing counted
// once.
func (c Counts) OfType(t record.Type) (n int) {
	for _, one := range c {
		if one.Type == t {
			n += one.Records - one.Aside
		}
	}
	return n
}

// OfSource returns how many records a source has.
func (c Counts) OfSource(id core.SourceID) (n int) {
	for _, one := range c {
		if one.Source == id {
			n += one.Records
		}
	}
	return n
}

// Counts returns how many records each source has of each type. It reads no
// record.
func (r *Reader) Counts(ctx context.Context) (all Counts, err error) {
	if !r.seeAll() {
		return nil, core.E(core.Forbidden, "count records", errHidden)
	}
	err = r.vault.View(ctx, func(t *vault.Tx) error {
		for n, err := range t.Counts() {
			if err != nil {
				return err
			}
			if n.Records > 0 || n.Deleted > 0 {
				aside, err := twin.Count(t, n.Type, n.Source, among(t, nil))
				if err != nil {
					return err
				}
				all = append(all, Count{n, aside})
			}
		}
		return nil
	})
	return all, err
}

// Latest returns the number of the home's latest change: what was read stays
// as it is while it does.
func (r *Reader) Latest(ctx context.Context) (last core.Change, err error) {
	err = r.vault.View(ctx, func(t *vault.Tx) error {
		last = t.LastChange()
		return nil
	})
	return last, err
}

// space reads from one source's space.
func (r *Reader) space(ctx context.Context, source core.SourceID, f func(*vault.Space) error) error {
	return r.vault.View(ctx, func(t *vault.Tx) error {
		sp, err := t.Space(source)
		if err != nil {
			return err
		}
		return f(sp)
	})
}
