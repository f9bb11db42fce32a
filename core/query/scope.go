package query

import (
	"context"
	"errors"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// MaxScope bounds how many records are counted one by one for a Scope.
const MaxScope = 10_000

// A Scope says what an Allowed comes to among a person's own records.
type Scope struct {
	Records int
	More    bool        // there are more than Records, which is MaxScope
	First   record.Time // when the oldest of them was; zero when none has a date
}

// Scope returns how many records a lets be read, for the person who is about to
// allow it. What an app is told of counts too when it is only a total.
//
// Where no day bounds it, the records are not read but looked up in counters;
// else they are counted up to MaxScope.
func (r *Reader) Scope(ctx context.Context, a Allowed) (s Scope, err error) {
	if !r.seeAll() {
		return Scope{}, core.E(core.Forbidden, "count records", errHidden)
	}
	err = r.vault.View(ctx, func(tx *vault.Tx) error {
		if a = a.present(tx); a.none() {
			return nil
		}
		if s.First, err = a.first(tx); err != nil {
			return err
		}
		if a.From.IsZero() {
			s.Records, err = a.inAll(tx)
			return err
		}
		return a.walk(ctx, tx, func(core.Record) error {
			if s.More = s.Records == MaxScope; s.More {
				return errEnough
			}
			s.Records++
			return nil
		})
	})
	if err != nil {
		return Scope{}, err
	}
	return s, nil
}

// inAll counts the records of a that no day bounds.
func (a Allowed) inAll(tx *vault.Tx) (all int, err error) {
	for n, err := range tx.Counts() {
		if err != nil {
			return 0, err
		}
		if n.Type != a.Type || a.Sources != nil && !slices.Contains(a.Sources, n.Source) {
			continue
		}
		aside, err := twin.Count(tx, n.Type, n.Source, among(tx, a.Sources))
		if err != nil {
			return 0, err
		}
		all += n.Records - aside
	}
	return all, nil
}

// first returns when the oldest record of a was.
func (a Allowed) first(tx *vault.Tx) (at record.Time, err error) {
	q := a.timeline(protocol.Where{})
	q.Oldest = true
	err = a.dated(tx, q, func(rec core.Record) error {
		at = rec.Time
		return errEnough
	})
	return at, err
}

// walk hands the records of a that have a date to seen, which may end it with
// errEnough.
func (a Allowed) walk(ctx context.Context, tx *vault.Tx, seen func(core.Record) error) error {
	return a.dated(tx, a.timeline(protocol.Where{}), func(rec core.Record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return seen(rec)
	})
}

func (a Allowed) dated(tx *vault.Tx, q vault.TimelineQuery, seen func(core.Record) error) error {
	bounds := spanOf(a.From, record.Time{})
	once, err := a.once(tx)
	if err != nil {
		return err
	}
	for rec, err := range tx.Timeline(once.over(q)) {
		if err == nil && (rec.Type == record.TypeSeries || bounds.record(rec)) {
			err = seen(rec)
		}
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
