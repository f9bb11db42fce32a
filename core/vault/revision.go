package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/domicile-home/domicile/core"
)

// A revision is kept as its row's head and how its content differs from the
// content of the revision after it:
//
//	head | same bytes at the start | same bytes at the end | the bytes between
//
// so that a month of a meter that grows every day costs little.

var errRevision = core.E(core.Damaged, "read revision", errors.New("not a revision of this format"))

// appendDelta appends what it takes to make old of next.
func appendDelta(dst, old, next []byte) []byte {
	start := commonPrefix(old, next)
	end := 0
	for end < min(len(old), len(next))-start && old[len(old)-1-end] == next[len(next)-1-end] {
		end++
	}
	dst = binary.AppendUvarint(dst, uint64(start))
	dst = binary.AppendUvarint(dst, uint64(end))
	return append(dst, old[start:len(old)-end]...)
}

// applyDelta makes the older content of the next one.
func applyDelta(delta string, next []byte) ([]byte, error) {
	p := parser{b: delta}
	start, end := p.uvarint(), p.uvarint()
	if p.bad || start > uint64(len(next)) || end > uint64(len(next))-start {
		return nil, errRevision
	}
	return slices.Concat(next[:start], []byte(p.b), next[uint64(len(next))-end:]), nil
}

// keepRevision stores old under its number; next is the content that follows.
func (s *Space) keepRevision(seq core.Seq, old row, next []byte) error {
	value := appendDelta(bytes.Clone(old.bytes[:old.head.size]), old.content, next)
	return s.tree.putItem(s.revisionName(seq, old.head.revision), value)
}

// earlier walks the rows before current, the latest first, calling f until it
// returns false.
func (s *Space) earlier(seq core.Seq, current row, f func(row) (bool, error)) error {
	prefix := appendOrdered(nil, uint64(seq))
	c := s.scan(spaceRevision, Range{Prefix: prefix, Reverse: true})
	for {
		ok, err := c.next()
		if err != nil || !ok {
			return err
		}
		value, err := c.tree.resolve(c.cell)
		if err != nil {
			return err
		}
		if current, err = readRevision(value, current.content); err != nil {
			return err
		}
		if on, err := f(current); err != nil || !on {
			return err
		}
	}
}

// readRevision makes a row of a stored revision and the content after it.
func readRevision(value, next []byte) (row, error) {
	p := parser{b: string(value)}
	h := p.head()
	if p.bad {
		return row{}, errRevision
	}
	content, err := applyDelta(p.b, next)
	if err != nil {
		return row{}, err
	}
	whole := slices.Concat(value[:h.size], content)
	return row{whole, whole[h.size:], h}, nil
}

// Revisions returns a record as it stands and as it was, the latest first. It
// returns NotFound.
func (s *Space) Revisions(seq core.Seq) ([]core.Record, error) {
	if err := s.t.use(false); err != nil {
		return nil, err
	}
	current, err := s.row(seq)
	if err != nil {
		return nil, err
	}
	r, err := s.decode(current.bytes, seq)
	if err != nil {
		return nil, err
	}
	all := []core.Record{r}
	err = s.earlier(seq, current, func(old row) (bool, error) {
		r, err := s.decode(old.bytes, seq)
		all = append(all, r)
		return true, err
	})
	return all, err
}
