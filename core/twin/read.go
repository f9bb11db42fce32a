package twin

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Shade tells the records that stand aside, in one state of the vault. It is
// for one goroutine and one transaction. Make one with [ShadeOf].
type Shade struct {
	tx     *vault.Tx
	types  []record.Type      // of which there are twins
	chunks map[chunkID]*chunk // of all types; nil: no row
	last   chunkID
	at     *chunk
	isRead bool // last and at are of a chunk
}

type chunkID struct {
	source core.SourceID
	number uint32
}

// ShadeOf returns the shade in the state of tx. It returns damaged.
func ShadeOf(tx *vault.Tx) (*Shade, error) {
	own, err := tx.Space(core.Own)
	if err != nil {
		return nil, err
	}
	s := &Shade{tx: tx, chunks: map[chunkID]*chunk{}}
	var from []byte
	for {
		var name []byte
		for row, err := range own.Scan(rowsAside, vault.Range{From: from}) {
			var ok bool
			if name, _, ok = bytes.Cut(row.Key, []byte{0}); err != nil || !ok {
				return nil, cmp.Or(err, error(errRow))
			}
			break
		}
		if name == nil {
			return s, nil
		}
		s.types = append(s.types, record.Type(name))
		from = append(name[:len(name):len(name)], 1)
	}
}

// None reports whether no record stands aside, for any reader.
func (s *Shade) None() bool { return len(s.types) == 0 }

// Aside reports whether a record stands aside for one of the sources that are
// there for the reader.
func (s *Shade) Aside(ref core.Ref, isThere func(core.SourceID) bool) (bool, error) {
	if s.None() {
		return false, nil
	}
	number, bit := place(ref.Seq)
	c, err := s.chunk(chunkID{ref.Source, number})
	if err != nil || c == nil || !has(c.twins, bit) {
		return false, err
	}
	for id, bits := range c.aside {
		if has(bits, bit) && isThere(id) {
			return true, nil
		}
	}
	return false, nil
}

func (s *Shade) chunk(id chunkID) (*chunk, error) {
	if s.isRead && s.last == id {
		return s.at, nil
	}
	c, known := s.chunks[id]
	if !known {
		var err error
		if c, err = s.read(id); err != nil {
			return nil, err
		}
		s.chunks[id] = c
	}
	s.last, s.at, s.isRead = id, c, true
	return c, nil
}

// read reads the rows of a chunk, one a type.
func (s *Shade) read(id chunkID) (all *chunk, err error) {
	own, err := s.tx.Space(core.Own)
	if err != nil {
		return nil, err
	}
	for _, t := range s.types {
		value, err := own.Get(rowsAside, chunkKey(t, id.source, id.number))
		if core.CodeOf(err) == core.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		c, err := readChunk(value)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = &c
			continue
		}
		all.merge(c)
	}
	return all, nil
}

// merge adds the records of other, which are of another type.
func (c *chunk) merge(other chunk) {
	c.twins = or(c.twins, other.twins)
	for id, bits := range other.aside {
		c.aside[id] = or(c.aside[id], bits)
	}
}

func or(a, b []byte) []byte {
	if a == nil {
		return b
	}
	for i := range a {
		a[i] |= b[i]
	}
	return a
}

// Ahead returns the members that lead a record and are there for the reader, the
// first first; their sources may not have them any more. It returns damaged.
func Ahead(tx *vault.Tx, ref core.Ref, isThere func(core.SourceID) bool) (all []core.Record, err error) {
	thing, err := Of(tx, ref)
	if err != nil {
		return nil, err
	}
	for _, m := range thing.Members {
		if m.Ref == ref {
			break
		}
		if !isThere(m.Ref.Source) {
			continue
		}
		r, err := read(tx, m.Ref)
		if err != nil && core.CodeOf(err) != core.NotFound {
			return nil, err
		}
		if err == nil && !r.Deleted {
			all = append(all, r)
		}
	}
	return all, nil
}

// Count returns how many records of a type and source stand aside for one of the
// sources that are there. It reads no record.
func Count(tx *vault.Tx, t record.Type, source core.SourceID, isThere func(core.SourceID) bool) (n int, err error) {
	own, err := tx.Space(core.Own)
	if err != nil {
		return 0, err
	}
	prefix := chunkKey(t, source, 0)
	for row, err := range own.Scan(rowsAside, vault.Range{Prefix: prefix[:len(prefix)-4]}) {
		if err != nil {
			return 0, err
		}
		c, err := readChunk(row.Value)
		if err != nil {
			return 0, err
		}
		n += c.count(isThere)
	}
	return n, nil
}

func (c chunk) count(isThere func(core.SourceID) bool) (n int) {
	var any [bitsSize]byte
	for id, bits := range c.aside {
		if isThere(id) {
			for i, b := range bits {
				any[i] |= b
			}
		}
	}
	for _, b := range any {
		n += bits.OnesCount8(b)
	}
	return n
}

// A Standings is who has twins and who stands aside in the whole home, held in
// memory: an eighth of a byte a record.
type Standings struct{ twins, aside map[core.SourceID][]byte }

// All returns the standings in the state of tx. It returns damaged.
func All(tx *vault.Tx) (Standings, error) {
	s := Standings{map[core.SourceID][]byte{}, map[core.SourceID][]byte{}}
	own, err := tx.Space(core.Own)
	if err != nil {
		return s, err
	}
	for row, err := range own.Scan(rowsAside, vault.Range{}) {
		if err != nil {
			return s, err
		}
		c, err := readChunk(row.Value)
		_, rest, ok := bytes.Cut(row.Key, []byte{0})
		if err != nil || !ok || len(rest) != 8+4 {
			return s, errRow
		}
		source, number := core.SourceID(rest[:8]), int(binary.BigEndian.Uint32(rest[8:]))
		if tx.Age(source) == 0 {
			continue
		}
		merge(s.twins, source, number, c.twins)
		for lead, bits := range c.aside {
			if tx.Age(lead) != 0 {
				merge(s.aside, source, number, bits)
			}
		}
	}
	return s, nil
}

func merge(all map[core.SourceID][]byte, source core.SourceID, number int, bits []byte) {
	if need := (number + 1) * bitsSize; len(all[source]) < need {
		all[source] = append(all[source], make([]byte, need-len(all[source]))...)
	}
	for i, b := range bits {
		all[source][number*bitsSize+i] |= b
	}
}

// None reports whether no record has a twin.
func (s Standings) None() bool { return len(s.twins) == 0 }

// IsTwin reports whether a record has twins.
func (s Standings) IsTwin(ref core.Ref) bool { return holds(s.twins, ref) }

// IsAside reports whether a record stands aside for another.
func (s Standings) IsAside(ref core.Ref) bool { return holds(s.aside, ref) }

func holds(all map[core.SourceID][]byte, ref core.Ref) bool {
	bits := all[ref.Source]
	return uint64(ref.Seq) < uint64(len(bits))*8 && has(bits, int(ref.Seq))
}
