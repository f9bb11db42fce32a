package query

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// Bounds of looking for twins.
const (
	maxAlike       = 10      // shown of one record
	maxAlikeLooked = 5_000   // records of its days
	maxOwnLooked   = 5_000   // records of a source, the newest
	maxOtherLooked = 20_000  // records of the others in that time
	maxCompared    = 100_000 // pairs of them, of one amount
	maxAccounts    = 500
	daysOff        = twin.Days + 3 // a record's own day may not be that of booking
)

// An Alike is a record that looks like the same thing as another, and why.
type Alike struct {
	Record core.Record
	twin.Likeness
}

// Alike returns the records of other sources that look like the same thing as
// one and of which the person has not said that they are or are not, the likeliest
// first, at most ten. It reads the records about its day, and no others.
func (r *Reader) Alike(ctx context.Context, ref core.Ref) (all []Alike, err error) {
	if !r.seeAll() {
		return nil, core.E(core.Forbidden, "look for twins", errHidden)
	}
	err = r.vault.View(ctx, func(tx *vault.Tx) error {
		l, err := lookerOf(tx)
		if err != nil {
			return err
		}
		one, err := l.read(ref)
		if err != nil {
			return err
		}
		mine, ok, err := l.look(one)
		if err != nil || !ok {
			return err
		}
		return l.near(ctx, mine, func(other twin.Look) error {
			like, ok := mine.Compare(other)
			if !ok {
				return nil
			}
			if open, err := l.isOpen(ref, other.Record.Ref); err != nil || !open {
				return err
			}
			all = append(all, Alike{other.Record, like})
			return nil
		})
	})
	slices.SortStableFunc(all, func(a, b Alike) int {
		return cmp.Or(-compareTruth(a.IsSure, b.IsSure), cmp.Compare(a.Days, b.Days), -cmp.Compare(a.Why, b.Why))
	})
	return all[:min(len(all), maxAlike)], err
}

func compareTruth(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// A looker reads records to compare them, in one state of the vault.
type looker struct {
	tx        *vault.Tx
	standings twin.Standings
	accounts  map[accountKey]record.BankAccount
}

type accountKey struct {
	source core.SourceID
	id     string
}

func lookerOf(tx *vault.Tx) (*looker, error) {
	standings, err := twin.All(tx)
	return &looker{tx, standings, map[accountKey]record.BankAccount{}}, err
}

func (l *looker) read(ref core.Ref) (core.Record, error) {
	sp, err := l.tx.Space(ref.Source)
	if err != nil {
		return core.Record{}, err
	}
	return sp.Record(ref.Seq)
}

// look reads what of a record tells it again, and of which account it is.
func (l *looker) look(r core.Record) (twin.Look, bool, error) {
	id := twin.AccountOf(r)
	if id == "" {
		look, ok := twin.LookAt(r, record.BankAccount{})
		return look, ok, nil
	}
	key := accountKey{r.Ref.Source, id}
	account, known := l.accounts[key]
	if !known {
		sp, err := l.tx.Space(r.Ref.Source)
		if err != nil {
			return twin.Look{}, false, err
		}
		found, err := sp.RecordByID(record.TypeBankAccount, id)
		if err != nil && core.CodeOf(err) != core.NotFound {
			return twin.Look{}, false, err
		}
		if err == nil && !found.Deleted && json.Unmarshal(found.Data, &account) != nil {
			account = record.BankAccount{} // it says nothing of the account
		}
		l.accounts[key] = account
	}
	look, ok := twin.LookAt(r, account)
	return look, ok, nil
}

// others are the sources but one.
func (l *looker) others(source core.SourceID) []core.SourceID {
	return slices.DeleteFunc(l.tx.Spaces(), func(id core.SourceID) bool { return id == core.Own || id == source })
}

// near hands the records of other sources about a record's day to seen.
func (l *looker) near(ctx context.Context, mine twin.Look, seen func(twin.Look) error) error {
	q := vault.TimelineQuery{Types: []record.Type{mine.Record.Type}, Sources: l.others(mine.Record.Ref.Source)}
	if mine.Record.Type == record.TypeBankAccount {
		return l.walkAll(ctx, q, maxAccounts, seen)
	}
	day := mine.Day()
	q.From, q.To = dateOf(day.AddDate(0, 0, -daysOff)), dateOf(day.AddDate(0, 0, daysOff))
	return l.walk(ctx, q, maxAlikeLooked, seen)
}

func dateOf(t time.Time) record.Time { return record.Date(t.Date()) }

// walk hands records that can have twins to seen, at most so many.
func (l *looker) walk(ctx context.Context, q vault.TimelineQuery, most int, seen func(twin.Look) error) error {
	if len(q.Sources) == 0 {
		return nil
	}
	looked := 0
	for rec, err := range l.tx.Timeline(q) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if looked++; looked > most {
			return nil
		}
		look, ok, err := l.look(rec)
		if err == nil && ok {
			err = seen(look)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// walkAll is walk with the records that have no date.
func (l *looker) walkAll(ctx context.Context, q vault.TimelineQuery, most int, seen func(twin.Look) error) error {
	if err := l.walk(ctx, q, most, seen); err != nil {
		return err
	}
	q.Undated = true
	return l.walk(ctx, q, most, seen)
}

// isOpen reports whether the person may still say of two records whether they are
// the same: they have not, and neither is the same as another of the other's
// source.
func (l *looker) isOpen(a, b core.Ref) (bool, error) {
	for _, pair := range [][2]core.Ref{{a, b}, {b, a}} {
		if taken, err := l.isTaken(pair[0], pair[1].Source); err != nil || taken {
			return false, err
		}
	}
	if l.standings.IsAside(b) { // the one that leads it is asked about
		return false, nil
	}
	apart, err := twin.AreApart(l.tx, a, b)
	return !apart, err
}

// isTaken reports whether a record has a twin in a source.
func (l *looker) isTaken(ref core.Ref, source core.SourceID) (bool, error) {
	if !l.standings.IsTwin(ref) {
		return false, nil
	}
	thing, err := twin.Of(l.tx, ref)
	return slices.ContainsFunc(thing.Members, func(m twin.Member) bool { return m.Ref.Source == source }), err
}
