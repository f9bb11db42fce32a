package vault

import (
	"bytes"
	"container/heap"

	"github.com/domicile-home/domicile/core"
)

// A merger walks several cursors as one, in the order of their keys.
type merger struct {
	branches []*branch
	reverse  bool
	begun    bool
}

// A branch is one cursor of a merger. Its keys are compared without their
// first skip bytes.
type branch struct {
	space  *Space
	cursor *cursor
	skip   int
}

func (b *branch) key() []byte { return b.cursor.key[b.skip:] }

// merge starts a merger over the branches that open gives for each space.
func (t *Tx) merge(spaces []core.SourceID, reverse bool, open func(*Space) []*branch) (*merger, error) {
	m := &merger{reverse: reverse}
	for _, id := range spaces {
		s, err := t.Space(id)
		if err != nil {
			return nil, err
		}
		for _, b := range open(s) {
			if err := m.add(b); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

func (m *merger) add(b *branch) error {
	ok, err := b.cursor.next()
	if ok {
		heap.Push(m, b)
	}
	return err
}

// next returns the branch that stands on the next key, or nil at the end.
func (m *merger) next() (*branch, error) {
	if m.begun && len(m.branches) > 0 {
		ok, err := m.branches[0].cursor.next()
		if err != nil {
			return nil, err
		}
		if ok {
			heap.Fix(m, 0)
		} else {
			heap.Pop(m)
		}
	}
	m.begun = true
	if len(m.branches) == 0 {
		return nil, nil
	}
	return m.branches[0], nil
}

// Len implements heap.Interface, as do those below.
func (m *merger) Len() int { return len(m.branches) }

func (m *merger) Less(i, j int) bool {
	a, b := m.branches[i], m.branches[j]
	c := bytes.Compare(a.key(), b.key())
	if c == 0 {
		c = compareIDs(a.space.id, b.space.id)
	}
	if m.reverse {
		return c > 0
	}
	return c < 0
}

func (m *merger) Swap(i, j int) { m.branches[i], m.branches[j] = m.branches[j], m.branches[i] }

func (m *merger) Push(x any) { m.branches = append(m.branches, x.(*branch)) }

func (m *merger) Pop() any {
	last := m.branches[len(m.branches)-1]
	m.branches = m.branches[:len(m.branches)-1]
	return last
}
