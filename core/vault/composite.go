package vault

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/domicile-home/domicile/core"
)

// A composite key is what a type declares to tell equal things from one thing
// seen twice when the provider gives no id. Each key has its records and each
// record its keys.
const (
	maxComposite  = 512
	compositeSeqs = 0
	compositeKeys = 1
)

// CompositeSeqs returns the records under a composite key, in the order of
// arrival. Tombstones are among them, so that what was deleted counts as seen.
func (s *Space) CompositeSeqs(key []byte) ([]core.Seq, error) {
	if err := s.t.use(false); err != nil {
		return nil, err
	}
	name := s.compositeName(key, nil)
	var seqs []core.Seq
	c := s.tree.keyRange(name, false)
	for {
		ok, err := c.next()
		if err != nil || !ok {
			return seqs, err
		}
		seq, rest, ok := readOrdered(c.key[len(name):])
		if !ok || len(rest) > 0 {
			return seqs, errRow
		}
		seqs = append(seqs, core.Seq(seq))
	}
}

// AddComposite puts a record under a composite key of 1 to 512 bytes. The
// record takes it along when it is removed. It returns Invalid, and NotFound
// for a record that is not there.
func (s *Space) AddComposite(key []byte, seq core.Seq) error {
	if err := s.t.use(true); err != nil {
		return err
	}
	if len(key) == 0 || len(key) > maxComposite {
		return core.E(core.Invalid, "add composite key", fmt.Errorf("the key has %d bytes, want 1 to %d", len(key), maxComposite))
	}
	if _, found, err := s.tree.get(s.recordName(seq)); err != nil || !found {
		return errors.Join(err, core.E(core.NotFound, "add composite key", nil))
	}
	if err := s.tree.putItem(s.compositeName(key, &seq), nil); err != nil {
		return err
	}
	return s.tree.putItem(s.compositeBack(seq, key), nil)
}

// dropComposites removes a record's composite keys.
func (s *Space) dropComposites(seq core.Seq) error {
	prefix := s.compositeBack(seq, nil)
	c := s.tree.keyRange(prefix, false)
	for {
		ok, err := c.next()
		if err != nil || !ok {
			return err
		}
		key := append([]byte(nil), c.key[len(prefix):]...)
		if _, err := s.tree.deleteItem(s.compositeName(key, &seq)); err != nil {
			return err
		}
		if _, err := s.tree.deleteItem(s.compositeBack(seq, key)); err != nil {
			return err
		}
	}
}

// compositeName returns the name of a key's record, or the prefix of all.
func (s *Space) compositeName(key []byte, seq *core.Seq) []byte {
	name := binary.BigEndian.AppendUint16([]byte{byte(spaceComposite), compositeSeqs}, uint16(len(key)))
	name = append(name, key...)
	if seq != nil {
		name = appendOrdered(name, uint64(*seq))
	}
	return name
}

// compositeBack returns the name of a record's key, or the prefix of all.
func (s *Space) compositeBack(seq core.Seq, key []byte) []byte {
	name := appendOrdered([]byte{byte(spaceComposite), compositeKeys}, uint64(seq))
	return append(name, key...)
}
