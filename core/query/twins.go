package query

import (
	"context"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// Twins is what the person said of one record.
type Twins struct {
	Members []Twin        // with the record itself; nil when it has no twin
	Apart   []core.Record // that they said are not the same
}

// A Twin is one of the records that are the same thing.
type Twin struct {
	twin.Member
	Record core.Record
	Leads  bool // it counts; the others stand aside
}

// Twins returns what the person said of a record: which are the same thing, in
// the order in which they lead, the deleted last, and which are not.
func (r *Reader) Twins(ctx context.Context, ref core.Ref) (all Twins, err error) {
	if !r.seeAll() {
		return all, core.E(core.Forbidden, "read twins", errHidden)
	}
	err = r.vault.View(ctx, func(tx *vault.Tx) error {
		l := looker{tx: tx}
		if _, err := l.read(ref); err != nil {
			return err
		}
		thing, err := twin.Of(tx, ref)
		if err != nil {
			return err
		}
		if all.Members, err = l.members(thing); err != nil {
			return err
		}
		apart, err := twin.Apart(tx, ref)
		if err != nil {
			return err
		}
		for _, other := range apart {
			rec, err := l.read(other)
			if core.CodeOf(err) == core.NotFound || err == nil && rec.Deleted {
				continue
			}
			if err != nil {
				return err
			}
			all.Apart = append(all.Apart, rec)
		}
		return nil
	})
	return all, err
}

func (l looker) members(thing twin.Thing) ([]Twin, error) {
	var all, deleted []Twin
	for _, m := range thing.Members {
		rec, err := l.read(m.Ref)
		switch {
		case core.CodeOf(err) == core.NotFound:
		case err != nil:
			return nil, err
		case rec.Deleted:
			deleted = append(deleted, Twin{Member: m, Record: rec})
		default:
			all = append(all, Twin{m, rec, len(all) == 0})
		}
	}
	return append(all, deleted...), nil
}

// Said returns how many records of one source the person said are the same thing
// as one of another.
func (r *Reader) Said(ctx context.Context, a, b core.SourceID) (n int, err error) {
	err = r.vault.View(ctx, func(tx *vault.Tx) error {
		n, err = twin.CountBetween(tx, a, b)
		return err
	})
	return n, err
}

// Leading returns the record that a source has under a type and id, or the one that
// counts in its place. It returns not_found.
func (r *Reader) Leading(ctx context.Context, source core.SourceID, key record.Key) (rec core.Record, err error) {
	err = r.vault.View(ctx, func(tx *vault.Tx) error {
		sp, err := tx.Space(source)
		if err != nil {
			return err
		}
		if rec, err = sp.RecordByID(key.Type, key.ID); err != nil {
			return err
		}
		once, err := onceIn(tx, nil)
		if err != nil {
			return err
		}
		rec, err = once.leader(rec)
		return err
	})
	return r.one(rec, err)
}
