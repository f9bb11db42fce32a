package twin

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// maxSwept bounds the records forgotten in one transaction.
const maxSwept = 500

// Sweep forgets what was said of records whose source is gone, in part when
// there is much: it reports whether there is more. Nobody counts by it meanwhile.
func Sweep(tx *vault.Tx) (more bool, err error) {
	own, err := tx.Space(core.Own)
	if err != nil {
		return false, err
	}
	left := maxSwept
	for _, f := range []func(*vault.Tx, *vault.Space, *int) error{sweepMembers, sweepApart, sweepAside} {
		if err := f(tx, own, &left); err != nil {
			return false, err
		}
	}
	return left <= 0, nil
}

// nextGone returns the first row of a keyspace from a key on whose source is
// gone. It passes over the rows of a source that is there in one step.
func nextGone(tx *vault.Tx, own *vault.Space, ks vault.Keyspace, from []byte) (key []byte, err error) {
	for {
		var source core.SourceID
		found := false
		for row, err := range own.Scan(ks, vault.Range{From: from}) {
			if err != nil {
				return nil, err
			}
			if len(row.Key) < refSize {
				return nil, errRow
			}
			source, key, found = core.SourceID(row.Key[:8]), row.Key, true
			break
		}
		if !found {
			return nil, nil
		}
		if tx.Age(source) == 0 {
			return key, nil
		}
		next := binary.BigEndian.Uint64(source[:]) + 1
		if next == 0 {
			return nil, nil
		}
		from = binary.BigEndian.AppendUint64(nil, next)
	}
}

func sweepMembers(tx *vault.Tx, own *vault.Space, left *int) error {
	var from []byte
	for *left > 0 {
		key, err := nextGone(tx, own, rowsMember, from)
		if err != nil || key == nil {
			return err
		}
		*left--
		from = key
		value, err := own.Get(rowsMember, key)
		if err != nil {
			return err
		}
		if err := own.Delete(rowsMember, key); err != nil {
			return err
		}
		thing, err := decode(value)
		if err != nil {
			return err
		}
		thing.Members = slices.DeleteFunc(thing.Members, func(m Member) bool { return tx.Age(m.Ref.Source) == 0 })
		if err := rewrite(tx, own, thing); err != nil {
			return err
		}
	}
	return nil
}

// rewrite writes the things that the records of one which lost a source are of
// now, without it.
func rewrite(tx *vault.Tx, own *vault.Space, left Thing) error {
	for _, m := range left.Members {
		now, err := Of(tx, m.Ref)
		if err != nil {
			return err
		}
		if len(now.Members) > 0 {
			if err := put(tx, now); err != nil {
				return err
			}
			continue
		}
		if err := own.Delete(rowsMember, keyOf(m.Ref)); err != nil {
			return err
		}
		if err := stand(tx, left.Type, m.Ref, standing{}); err != nil {
			return err
		}
	}
	return nil
}

func sweepApart(tx *vault.Tx, own *vault.Space, left *int) error {
	var from []byte
	for *left > 0 {
		key, err := nextGone(tx, own, rowsApart, from)
		if err != nil || key == nil {
			return err
		}
		*left--
		from = key
		a, rest, _ := readKey(key)
		b, _, ok := readKey(rest)
		if !ok {
			return errRow
		}
		if err := forget(tx, a, b); err != nil {
			return err
		}
	}
	return nil
}

// sweepAside forgets the bits of sources that are gone: a row for 2048 records.
func sweepAside(tx *vault.Tx, own *vault.Space, left *int) error {
	for row, err := range own.Scan(rowsAside, vault.Range{}) {
		if err != nil {
			return err
		}
		_, rest, ok := bytes.Cut(row.Key, []byte{0})
		if !ok || len(rest) != 8+4 {
			return errRow
		}
		if tx.Age(core.SourceID(rest[:8])) != 0 {
			continue
		}
		if *left <= 0 {
			return nil
		}
		*left--
		if err := own.Delete(rowsAside, row.Key); err != nil {
			return err
		}
	}
	return nil
}
