package twin

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// Whether a record stands aside is kept in bits, so that a list of two hundred
// thousand records reads a hundred rows for it. A chunk has one set of bits for
// the records that have twins, and one for each source with records that lead
// some of them: a reader to whom a source is hidden, or for whom it is gone, does
// without its bits, and its other answers do not change.

const (
	chunkRecords = 2048
	bitsSize     = chunkRecords / 8
)

// A standing says how a record shows in its chunk. The zero standing is alone.
type standing struct {
	isTwin bool
	aside  []core.SourceID // whose records lead it
}

// shade writes how each member of a thing stands, now that some may be deleted.
func shade(tx *vault.Tx, thing Thing) error {
	var ahead []core.SourceID
	for _, m := range thing.Members {
		r, err := read(tx, m.Ref)
		if err != nil && core.CodeOf(err) != core.NotFound {
			return err
		}
		if err != nil || r.Deleted {
			if err := stand(tx, thing.Type, m.Ref, standing{}); err != nil {
				return err
			}
			continue
		}
		if err := stand(tx, thing.Type, m.Ref, standing{true, ahead}); err != nil {
			return err
		}
		ahead = append(slices.Clone(ahead), m.Ref.Source)
	}
	return nil
}

// A chunk is the row of 2048 records of one type and source.
type chunk struct {
	twins []byte
	aside map[core.SourceID][]byte
}

func chunkKey(t record.Type, source core.SourceID, number uint32) []byte {
	key := append(append(append(make([]byte, 0, 32), t...), 0), source[:]...)
	return binary.BigEndian.AppendUint32(key, number)
}

func place(seq core.Seq) (number uint32, bit int) {
	return uint32(seq / chunkRecords), int(seq % chunkRecords)
}

func readChunk(b []byte) (c chunk, err error) {
	if len(b) < bitsSize || (len(b)-bitsSize)%(8+bitsSize) != 0 {
		return c, errRow
	}
	c = chunk{b[:bitsSize:bitsSize], map[core.SourceID][]byte{}}
	for b = b[bitsSize:]; len(b) > 0; b = b[8+bitsSize:] {
		c.aside[core.SourceID(b[:8])] = b[8 : 8+bitsSize : 8+bitsSize]
	}
	return c, nil
}

func (c chunk) encode() []byte {
	out := slices.Clone(c.twins)
	var sources []core.SourceID
	for id, bits := range c.aside {
		if slices.ContainsFunc(bits, func(b byte) bool { return b != 0 }) {
			sources = append(sources, id)
		}
	}
	slices.SortFunc(sources, func(a, b core.SourceID) int { return bytes.Compare(a[:], b[:]) })
	for _, id := range sources {
		out = append(append(out, id[:]...), c.aside[id]...)
	}
	return out
}

func has(bits []byte, bit int) bool { return bits[bit/8]&(1<<(bit%8)) != 0 }

func set(bits []byte, bit int, on bool) {
	bits[bit/8] &^= 1 << (bit % 8)
	if on {
		bits[bit/8] |= 1 << (bit % 8)
	}
}

// stand writes how one record stands.
func stand(tx *vault.Tx, t record.Type, ref core.Ref, how standing) error {
	own, err := tx.Space(core.Own)
	if err != nil {
		return err
	}
	number, bit := place(ref.Seq)
	key := chunkKey(t, ref.Source, number)
	value, err := own.Get(rowsAside, key)
	if err != nil && core.CodeOf(err) != core.NotFound {
		return err
	}
	if err != nil {
		if !how.isTwin {
			return nil
		}
		value = make([]byte, bitsSize)
	}
	c, err := readChunk(value)
	if err != nil {
		return err
	}
	set(c.twins, bit, how.isTwin)
	for id, bits := range c.aside {
		set(bits, bit, slices.Contains(how.aside, id))
		if tx.Age(id) == 0 {
			delete(c.aside, id)
		}
	}
	for _, id := range how.aside {
		if c.aside[id] == nil {
			c.aside[id] = make([]byte, bitsSize)
		}
		set(c.aside[id], bit, true)
	}
	if !slices.ContainsFunc(c.twins, func(b byte) bool { return b != 0 }) {
		return own.Delete(rowsAside, key)
	}
	return own.Put(rowsAside, key, c.encode())
}
