package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/domicile-home/domicile/core"
)

const (
	// outsideSize is a pointer to a value outside its page: ref and length.
	outsideSize = refSize + 4
	// maxValue bounds a value; larger things are files.
	maxValue = 32 << 20
	// minClass is the smallest size class.
	minClass = 256
	// preadFrom is from where a value is read with a positioned read.
	preadFrom = 16 << 10
)

// sizeClass rounds n up to one of eight steps between two powers of two, so
// that a sealed value's size tells its length within an eighth.
func sizeClass(n int) int {
	if n <= minClass {
		return minClass
	}
	step := 1 << (bits.Len(uint(n-1)) - 4)
	return (n + step - 1) / step * step
}

// putItem stores a value under key, outside the page when it is large.
func (t *tree) putItem(key, value []byte) error {
	switch {
	case len(key) > maxKey:
		return core.E(core.Invalid, "write value", fmt.Errorf("the key has %d bytes, at most %d", len(key), maxKey))
	case len(value) > maxValue:
		return core.E(core.Invalid, "write value", fmt.Errorf("the value has %d bytes, at most %d", len(value), maxValue))
	}
	it := item{key: key, value: value}
	if cellSize(len(key), len(value)) > maxCell {
		it.value, it.isRef = t.t.putOutside(t.space, t.keys, value), true
	}
	old, err := t.put(it)
	t.freeOutside(old)
	return err
}

// deleteItem removes key and reports whether it was there.
func (t *tree) deleteItem(key []byte) (bool, error) {
	found, old, err := t.delete(key)
	t.freeOutside(old)
	return found, err
}

// get returns the value under key. In a View it may share a cached page: it
// must not be changed nor outlive the transaction.
func (t *tree) get(key []byte) (value []byte, found bool, err error) {
	p, i, found, err := t.find(key)
	if err != nil || !found {
		return nil, false, err
	}
	value, err = t.resolve(p.cell(i))
	return value, err == nil, err
}

// resolve returns a cell's value, wherever it stands.
func (t *tree) resolve(c cell) ([]byte, error) {
	if !c.isRef {
		return c.value, nil
	}
	at, n := readOutside(c.value)
	return t.t.readOutside(t.space, t.keys, at, n)
}

func (t *tree) freeOutside(pointer []byte) {
	if pointer != nil {
		at, _ := readOutside(pointer)
		t.t.freeValue(at.id)
	}
}

func readOutside(b []byte) (ref, int) {
	return readRef(b), int(binary.BigEndian.Uint32(b[refSize:]))
}

// putOutside seals value, padded to its size class, and returns the pointer.
func (t *Tx) putOutside(space core.SourceID, keys *spaceKeys, value []byte) []byte {
	at := place{sealValue, space, ref{t.newID(), newGen()}}
	plain := append(make([]byte, 0, sizeClass(len(value))), value...)
	var aad [placeSize]byte
	sealed := make([]byte, 0, cap(plain)+overhead)
	t.values[at.ref.id] = seal(sealed, keys.value, plain[:cap(plain)], at.aad(aad[:0], t.s.vault))
	return binary.BigEndian.AppendUint32(at.ref.append(nil), uint32(len(value)))
}

// readOutside opens the value of n bytes under r.
func (t *Tx) readOutside(space core.SourceID, keys *spaceKeys, r ref, n int) (plain []byte, err error) {
	var aad [placeSize]byte
	at := place{sealValue, space, r}
	open := func(sealed []byte) error {
		plain, err = unseal(nil, keys.value, sealed, at.aad(aad[:0], t.s.vault))
		if err != nil || len(plain) < n {
			return core.E(core.Damaged, "read value", fmt.Errorf("value %d: %w", r.id, errSeal))
		}
		plain = plain[:n:n]
		return nil
	}
	if sealed, ok := t.values[r.id]; ok {
		err = open(sealed)
	} else {
		err = t.readSealed(r.id, "read value", open)
	}
	return plain, err
}

// readSealed calls open with the bytes under id in the bucket of values.
func (t *Tx) readSealed(id uint64, op string, open func([]byte) error) error {
	return t.d.with(t.d.v, op, id, func(mapped []byte) error {
		if len(mapped) < preadFrom {
			return open(mapped)
		}
		buf, err := t.d.pread(nil, mapped)
		if err != nil {
			return core.E(core.Damaged, op, errors.Join(errSeal, err))
		}
		return open(buf)
	})
}
