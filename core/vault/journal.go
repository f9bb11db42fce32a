package vault

import (
	"errors"
	"iter"

	"github.com/domicile-home/domicile/core"
)

// An Op says what a change did.
type Op byte

// The ops of the journal.
const (
	OpPut       Op = 1 // the record was added or has a new revision
	OpTombstone Op = 2 // the record was deleted; a tombstone stays
	OpRemoved   Op = 3 // the record is gone without a trace, as by undo
	OpDropped   Op = 4 // the source was dropped with all its records; Ref.Seq is 0
)

// A ChangeEntry is one entry of the home's journal. The journal holds the
// latest change of each record, and each dropped source.
type ChangeEntry struct {
	Change core.Change
	Op     Op
	Ref    core.Ref
}

var errJournal = core.E(core.Damaged, "read journal", errors.New("not an entry of this format"))

// nextChange gives out a change number.
func (t *Tx) nextChange() core.Change {
	t.root.change++
	return t.root.change
}

// LastChange returns the number of the latest change.
func (t *Tx) LastChange() core.Change { return t.root.change }

func (s *Space) writeChange(c core.Change, op Op, seq core.Seq) error {
	s.buf = appendOrdered(append(s.buf[:0], byte(spaceChange)), uint64(c))
	var value [10]byte
	return s.tree.putItem(s.buf, appendOrdered(append(value[:0], byte(op)), uint64(seq)))
}

func (s *Space) dropChange(c core.Change) error {
	s.buf = appendOrdered(append(s.buf[:0], byte(spaceChange)), uint64(c))
	_, err := s.tree.deleteItem(s.buf)
	return err
}

// readChange reads an entry of space's journal, key without its keyspace.
func readChange(space core.SourceID, key, value []byte) (ChangeEntry, error) {
	change, rest, ok := readOrdered(key)
	if !ok || len(rest) > 0 || len(value) < 2 {
		return ChangeEntry{}, errJournal
	}
	e := ChangeEntry{Change: core.Change(change), Op: Op(value[0]), Ref: core.Ref{Source: space}}
	if e.Op == OpDropped {
		if len(value) != 1+len(e.Ref.Source) {
			return ChangeEntry{}, errJournal
		}
		copy(e.Ref.Source[:], value[1:])
		return e, nil
	}
	seq, rest, ok := readOrdered(value[1:])
	if !ok || len(rest) > 0 || e.Op < OpPut || e.Op > OpRemoved {
		return ChangeEntry{}, errJournal
	}
	e.Ref.Seq = core.Seq(seq)
	return e, nil
}

// Changes yields the journal after a change, in the order of changes over all
// sources. It ends with Damaged.
func (t *Tx) Changes(after core.Change) iter.Seq2[ChangeEntry, error] {
	return func(yield func(ChangeEntry, error) bool) {
		m, err := t.merge(t.Spaces(), false, func(s *Space) []*branch {
			return []*branch{{s, s.scan(spaceChange, Range{From: appendOrdered(nil, uint64(after)+1)}), 1}}
		})
		for err == nil {
			var top *branch
			if top, err = m.next(); err != nil || top == nil {
				break
			}
			var e ChangeEntry
			if e, err = readChange(top.space.id, top.cursor.key[1:], top.cursor.cell.value); err == nil && !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(ChangeEntry{}, err)
		}
	}
}
