// Package twin keeps what the person says of records of two sources: that they
// are the same thing, or that they are not.
//
// Records that are the same thing are twins. One of them leads: what lists,
// totals and apps count. The others stand aside for it, and stay records of
// their own, whose source may go and whose revisions come as before. Of two, the
// one whose source the home has had for longer leads, unless the person chose
// another: so which of two leads does not depend on a third.
//
// All of it is in the home's own space, and none of it is content: references,
// times, reasons by their kind. Everything happens in the caller's transaction.
package twin

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// MaxTwins bounds the records of one thing.
const MaxTwins = 16

// A Thing is records that are the same thing, all of one type and each of
// another source. The zero Thing is none.
type Thing struct {
	Type    record.Type
	Members []Member // those that are there lead in this order
}

// A Member is one of the records of a Thing.
type Member struct {
	Ref      core.Ref
	At       time.Time // the person said so
	Why      Reasons   // what spoke for it then
	IsChosen bool      // the person chose that it leads
}

// Said is that the person says two records to be the same thing.
type Said struct {
	At  time.Time
	Why Reasons
}

// Of returns the thing that a record is of, without the members whose source is
// gone. It returns the zero Thing for a record that has no twin, and damaged.
func Of(tx *vault.Tx, ref core.Ref) (Thing, error) {
	own, err := tx.Space(core.Own)
	if err != nil {
		return Thing{}, err
	}
	value, err := own.Get(rowsMember, keyOf(ref))
	if core.CodeOf(err) == core.NotFound {
		return Thing{}, nil
	}
	if err != nil {
		return Thing{}, err
	}
	thing, err := decode(value)
	thing.Members = slices.DeleteFunc(thing.Members, func(m Member) bool { return tx.Age(m.Ref.Source) == 0 })
	if err != nil || len(thing.Members) < 2 {
		return Thing{}, err
	}
	return thing, nil
}

// Same says that two records are the same thing, and all that either is already.
// That they are not is taken back. It returns invalid for records of one source
// or of two types; conflict for one that is deleted, when two records of one
// source would be one thing, or when the person said of two of them that they
// are not, or for too many; and not_found.
func Same(tx *vault.Tx, a, b core.Ref, said Said) error {
	if a.Source == b.Source {
		return core.E(core.Invalid, "say that records are the same", errors.New("both are of one source"))
	}
	kind, err := kindOf(tx, a, b)
	if err != nil {
		return err
	}
	first, err := Of(tx, a)
	if err != nil {
		return err
	}
	if first.has(b) {
		return nil
	}
	second, err := Of(tx, b)
	if err != nil {
		return err
	}
	if err := forget(tx, a, b); err != nil {
		return err
	}
	all, err := join(tx, slices.Concat(first.orAlone(a, said), second.orAlone(b, said)))
	if err != nil {
		return err
	}
	return put(tx, Thing{kind, all})
}

// join checks that members may be one thing, of which one at most is chosen.
func join(tx *vault.Tx, members []Member) (all []Member, err error) {
	const op = "say that records are the same"
	for _, m := range members {
		for _, other := range all {
			m.IsChosen = m.IsChosen && !other.IsChosen
			if other.Ref.Source == m.Ref.Source {
				return nil, core.E(core.Conflict, op, errors.New("two records of one source would be one thing"))
			}
			apart, err := AreApart(tx, other.Ref, m.Ref)
			if err != nil {
				return nil, err
			}
			if apart {
				return nil, core.E(core.Conflict, op, errors.New("two of them were said not to be"))
			}
		}
		all = append(all, m)
	}
	if len(all) > MaxTwins {
		return nil, core.E(core.Conflict, op, fmt.Errorf("over %d records", MaxTwins))
	}
	return all, nil
}

// kindOf returns the type of two records, which must be there and of one.
func kindOf(tx *vault.Tx, a, b core.Ref) (record.Type, error) {
	const op = "compare records"
	var kinds [2]record.Type
	for i, ref := range []core.Ref{a, b} {
		r, err := read(tx, ref)
		if err != nil {
			return "", err
		}
		if r.Deleted {
			return "", core.E(core.Conflict, op, errors.New("it is deleted"))
		}
		kinds[i] = r.Type
	}
	if kinds[0] != kinds[1] {
		return "", core.E(core.Invalid, op, errors.New("they are of two types"))
	}
	return kinds[0], nil
}

func read(tx *vault.Tx, ref core.Ref) (core.Record, error) {
	if ref.Source == core.Own {
		return core.Record{}, core.E(core.NotFound, "read record", nil)
	}
	sp, err := tx.Space(ref.Source)
	if err != nil {
		return core.Record{}, err
	}
	return sp.Record(ref.Seq)
}

func (t Thing) has(ref core.Ref) bool {
	return slices.ContainsFunc(t.Members, func(m Member) bool { return m.Ref == ref })
}

// orAlone returns the members, or ref alone.
func (t Thing) orAlone(ref core.Ref, said Said) []Member {
	if len(t.Members) > 0 {
		return t.Members
	}
	return []Member{{Ref: ref, At: said.At, Why: said.Why}}
}

// Split takes a record out of its thing; the others stay one. One that has no
// twin stays as it is. It returns damaged.
func Split(tx *vault.Tx, ref core.Ref) error {
	thing, err := Of(tx, ref)
	if err != nil || len(thing.Members) == 0 {
		return err
	}
	return leave(tx, thing, ref)
}

// Lead makes a record lead its thing. It returns conflict for one that has no
// twin.
func Lead(tx *vault.Tx, ref core.Ref) error {
	thing, err := Of(tx, ref)
	if err != nil {
		return err
	}
	if len(thing.Members) == 0 {
		return core.E(core.Conflict, "lead", errors.New("it has no twin"))
	}
	for i := range thing.Members {
		thing.Members[i].IsChosen = thing.Members[i].Ref == ref
	}
	return put(tx, thing)
}

// Settle takes note that a record was deleted or is back: it calls for nothing
// when that is not so.
func Settle(tx *vault.Tx, ref core.Ref) error {
	thing, err := Of(tx, ref)
	if err != nil || len(thing.Members) == 0 {
		return err
	}
	return shade(tx, thing)
}

// Gone takes note that a record is gone, or that its content is: what was said
// of it goes with it.
func Gone(tx *vault.Tx, ref core.Ref) error {
	if err := Split(tx, ref); err != nil {
		return err
	}
	others, err := Apart(tx, ref)
	for _, other := range others {
		err = errors.Join(err, forget(tx, ref, other))
	}
	return err
}

// Hand gives what was said of a record to another of its source that takes its
// place, unless that has twins of its own.
func Hand(tx *vault.Tx, from, to core.Ref) error {
	thing, err := Of(tx, from)
	if err != nil {
		return err
	}
	taken, err := Of(tx, to)
	if err != nil {
		return err
	}
	others, err := Apart(tx, from)
	if err != nil {
		return err
	}
	for _, other := range others {
		if err := part(tx, to, other, time.Time{}); err != nil {
			return err
		}
	}
	if err := Gone(tx, from); err != nil || len(thing.Members) == 0 || len(taken.Members) > 0 {
		return err
	}
	for i := range thing.Members {
		if thing.Members[i].Ref == from {
			thing.Members[i].Ref = to
		}
	}
	return put(tx, thing)
}

// leave takes a member out of its thing.
func leave(tx *vault.Tx, thing Thing, ref core.Ref) error {
	own, err := tx.Space(core.Own)
	if err != nil {
		return err
	}
	gone := []core.Ref{ref}
	thing.Members = slices.DeleteFunc(thing.Members, func(m Member) bool { return m.Ref == ref })
	if len(thing.Members) == 1 {
		gone = append(gone, thing.Members[0].Ref)
		thing.Members = nil
	}
	for _, ref := range gone {
		if err := own.Delete(rowsMember, keyOf(ref)); err != nil {
			return err
		}
		if err := stand(tx, thing.Type, ref, standing{}); err != nil {
			return err
		}
	}
	if err := touch(tx, ref); err != nil {
		return err
	}
	return put(tx, thing)
}

// put writes a thing in the order in which its members lead, and what follows
// from it.
func put(tx *vault.Tx, thing Thing) error {
	own, err := tx.Space(core.Own)
	if err != nil {
		return err
	}
	slices.SortFunc(thing.Members, func(a, b Member) int {
		switch {
		case a.IsChosen != b.IsChosen && a.IsChosen:
			return -1
		case a.IsChosen != b.IsChosen:
			return 1
		}
		return cmp.Or(cmp.Compare(tx.Age(a.Ref.Source), tx.Age(b.Ref.Source)), slices.Compare(a.Ref.Source[:], b.Ref.Source[:]))
	})
	value := thing.encode()
	for i, m := range thing.Members {
		if err := own.Put(rowsMember, keyOf(m.Ref), value); err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		if err := touch(tx, m.Ref); err != nil {
			return err
		}
	}
	return shade(tx, thing)
}

// touch lets whoever follows the home's changes know that a record's standing
// changed.
func touch(tx *vault.Tx, ref core.Ref) error {
	sp, err := tx.Space(ref.Source)
	if err == nil {
		err = sp.TouchRecord(ref.Seq)
	}
	if core.CodeOf(err) == core.NotFound { // gone in this transaction
		return nil
	}
	return err
}
