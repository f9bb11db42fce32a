package vault

import (
	"encoding/binary"
	"errors"
	"iter"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Count says how many records of a type a source has.
type Count struct {
	Source  core.SourceID
	Type    record.Type
	Records int // without the deleted
	Deleted int // tombstones
}

// counters are a space's numbers: the next ids, and records by type. They are
// kept in memory through an Update and written once at its commit.
type counters struct {
	seq     uint64 // last given out, as the two others
	file    uint64
	origin  uint64
	types   map[record.Type]Count
	changed bool
}

const (
	countState = "s" // key of the last ids
	countType  = "t" // before a type's name
)

var errCount = core.E(core.Damaged, "read counters", errors.New("not counters of this format"))

// counters returns the space's counters.
func (s *Space) counters() (*counters, error) {
	if s.state != nil {
		return s.state, nil
	}
	state := &counters{types: make(map[record.Type]Count)}
	c := s.tree.keyRange([]byte{byte(spaceCount)}, false)
	for {
		ok, err := c.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if err := state.read(string(c.key[1:]), c.cell.value, s.id); err != nil {
			return nil, err
		}
	}
	s.state = state
	return state, nil
}

func (c *counters) read(key string, value []byte, source core.SourceID) error {
	p := parser{b: string(value)}
	switch {
	case key == countState:
		c.seq, c.file, c.origin = p.uvarint(), p.uvarint(), p.uvarint()
	case key != "" && key[:1] == countType:
		t := record.Type(key[1:])
		c.types[t] = Count{source, t, int(p.uvarint()), int(p.uvarint())}
	default:
		p.bad = true
	}
	if p.bad || p.b != "" {
		return errCount
	}
	return nil
}

// add changes a type's numbers.
func (c *counters) add(t record.Type, records, deleted int) {
	n := c.types[t]
	n.Type, n.Records, n.Deleted = t, n.Records+records, n.Deleted+deleted
	c.types[t] = n
	c.changed = true
}

// flush writes the counters that changed.
func (s *Space) flush() error {
	if s.state == nil || !s.state.changed {
		return nil
	}
	var value []byte
	for _, n := range [...]uint64{s.state.seq, s.state.file, s.state.origin} {
		value = binary.AppendUvarint(value, n)
	}
	if err := s.tree.putItem(s.name(spaceCount, []byte(countState)), value); err != nil {
		return err
	}
	for t, n := range s.state.types {
		value = binary.AppendUvarint(binary.AppendUvarint(value[:0], uint64(n.Records)), uint64(n.Deleted))
		if err := s.tree.putItem(s.name(spaceCount, []byte(countType+string(t))), value); err != nil {
			return err
		}
	}
	s.state.changed = false
	return nil
}

// Counts yields how many records each source has of each type, from counters:
// it reads no record. It ends with Damaged.
func (t *Tx) Counts() iter.Seq2[Count, error] {
	return func(yield func(Count, error) bool) {
		for _, id := range t.Spaces() {
			s, err := t.Space(id)
			if err != nil {
				yield(Count{}, err)
				return
			}
			state, err := s.counters()
			if err != nil {
				yield(Count{}, err)
				return
			}
			for _, n := range state.types {
				n.Source = id
				if !yield(n, nil) {
					return
				}
			}
		}
	}
}
