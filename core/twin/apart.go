package twin

import (
	"encoding/binary"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// Differ says that two records are not the same thing. When they were said to
// be, b is taken out of the thing. It returns what [Same] returns of records that
// cannot be compared.
func Differ(tx *vault.Tx, a, b core.Ref, at time.Time) error {
	if _, err := kindOf(tx, a, b); err != nil {
		return err
	}
	thing, err := Of(tx, a)
	if err != nil {
		return err
	}
	if thing.has(b) {
		if err := leave(tx, thing, b); err != nil {
			return err
		}
	}
	return part(tx, a, b, at)
}

// Forget takes back that two records are not the same thing.
func Forget(tx *vault.Tx, a, b core.Ref) error { return forget(tx, a, b) }

// AreApart reports whether the person said that two records are not the same.
func AreApart(tx *vault.Tx, a, b core.Ref) (bool, error) {
	own, err := tx.Space(core.Own)
	if err != nil {
		return false, err
	}
	_, err = own.Get(rowsApart, append(keyOf(a), keyOf(b)...))
	if core.CodeOf(err) == core.NotFound {
		return false, nil
	}
	return err == nil, err
}

// Apart returns the records that the person said are not the same as ref.
func Apart(tx *vault.Tx, ref core.Ref) (all []core.Ref, err error) {
	own, err := tx.Space(core.Own)
	if err != nil {
		return nil, err
	}
	for row, err := range own.Scan(rowsApart, vault.Range{Prefix: keyOf(ref)}) {
		if err != nil {
			return nil, err
		}
		_, rest, _ := readKey(row.Key)
		other, _, ok := readKey(rest)
		if !ok {
			return nil, errRow
		}
		all = append(all, other)
	}
	return all, nil
}

func part(tx *vault.Tx, a, b core.Ref, at time.Time) error {
	own, err := tx.Space(core.Own)
	if err != nil {
		return err
	}
	value := binary.BigEndian.AppendUint64(nil, uint64(max(0, at.UnixMilli())))
	if err := own.Put(rowsApart, append(keyOf(a), keyOf(b)...), value); err != nil {
		return err
	}
	return own.Put(rowsApart, append(keyOf(b), keyOf(a)...), value)
}

func forget(tx *vault.Tx, a, b core.Ref) error {
	own, err := tx.Space(core.Own)
	if err != nil {
		return err
	}
	if err := own.Delete(rowsApart, append(keyOf(a), keyOf(b)...)); err != nil {
		return err
	}
	return own.Delete(rowsApart, append(keyOf(b), keyOf(a)...))
}
