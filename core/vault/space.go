package vault

import (
	"errors"
	"iter"

	"github.com/domicile-home/domicile/core"
)

// A Keyspace is one of a space's name spaces. Letters are for other rooms, but
// for those that the vault keeps for records and files: d i v D T c r k f h.
type Keyspace byte

// The vault's own keyspaces. See docs/format.md.
const (
	spaceRecord    Keyspace = 'd' // seq -> row
	spaceID        Keyspace = 'i' // type, id -> seq
	spaceRevision  Keyspace = 'v' // seq, revision -> earlier row
	spaceDate      Keyspace = 'D' // date, instant, seq
	spaceType      Keyspace = 'T' // type, date, instant, seq
	spaceChange    Keyspace = 'c' // change -> op, seq
	spaceRun       Keyspace = 'r' // run, seq
	spaceComposite Keyspace = 'k' // composite key, seq and back
	spaceFile      Keyspace = 'f' // file -> file record
	spaceHash      Keyspace = 'h' // keyed hash -> file
	spaceCount     Keyspace = '#' // counters
	spaceOrigin    Keyspace = '@' // origin -> connector, version, module
	spaceStaged    Keyspace = '~' // staged file -> its chunks
	spaceGarbage   Keyspace = '!' // what a dropped space left behind, in core
)

// isOpen reports whether other rooms may use ks.
func (ks Keyspace) isOpen() bool {
	switch ks {
	case spaceRecord, spaceID, spaceRevision, spaceDate, spaceType, spaceChange, spaceRun, spaceComposite, spaceFile, spaceHash:
		return false
	}
	return ks >= 'a' && ks <= 'z' || ks >= 'A' && ks <= 'Z'
}

// A Space is one source's part of the vault, or the home's own, within a
// transaction. Everything in it is sealed under its own key.
type Space struct {
	t       *Tx
	id      core.SourceID
	tree    *tree
	keys    *spaceKeys
	state   *counters
	origins map[core.Provenance]uint64 // known in this transaction

	// Buffers, each reused by the next call that fills it.
	buf     []byte // keys
	dateBuf []byte // keys by date
	content []byte // content of the record being put
	rowBuf  []byte // row of the record being put
}

var errKeyspace = core.E(core.Invalid, "use keyspace", errors.New("this keyspace is the vault's own"))

// Spaces returns the home's own space and those of the sources, in no
// particular order but that [core.Own] is first.
func (t *Tx) Spaces() []core.SourceID {
	ids := make([]core.SourceID, len(t.root.spaces))
	for i, s := range t.root.spaces {
		ids[i] = s.id
	}
	return ids
}

// Space returns a space. It returns NotFound.
func (t *Tx) Space(id core.SourceID) (*Space, error) {
	if err := t.use(false); err != nil {
		return nil, err
	}
	if s := t.spaces[id]; s != nil {
		return s, nil
	}
	i, ok := t.root.find(id)
	if !ok {
		return nil, core.E(core.NotFound, "find space", nil)
	}
	k, ok := t.ring[id]
	if !ok {
		return nil, core.E(core.Damaged, "find space", errors.New("a space has no key"))
	}
	keys := t.s.keysOf(id, k.key)
	s := &Space{t: t, id: id, keys: keys, tree: &tree{t: t, space: id, keys: keys, root: t.root.spaces[i].page}}
	if t.writable {
		s.tree.dirty = make(map[uint64]*node)
	}
	t.spaces[id] = s
	return s, nil
}

// Source returns the space's id.
func (s *Space) Source() core.SourceID { return s.id }

// Tx returns the transaction that the space belongs to.
func (s *Space) Tx() *Tx { return s.t }

// name returns ks | key in a buffer that the next call reuses.
func (s *Space) name(ks Keyspace, key []byte) []byte {
	s.buf = append(append(s.buf[:0], byte(ks)), key...)
	return s.buf
}

// Get returns a copy of the value under key. It returns NotFound, and Invalid
// for a keyspace of the vault.
func (s *Space) Get(ks Keyspace, key []byte) ([]byte, error) {
	if err := s.open(ks, false); err != nil {
		return nil, err
	}
	value, found, err := s.tree.get(s.name(ks, key))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, core.E(core.NotFound, "read value", nil)
	}
	return append([]byte(nil), value...), nil
}

// Put sets the value under key. A key has at most 767 bytes and a value 32 MiB.
// It returns Invalid.
func (s *Space) Put(ks Keyspace, key, value []byte) error {
	if err := s.open(ks, true); err != nil {
		return err
	}
	return s.tree.putItem(s.name(ks, key), value)
}

// Delete removes key; it need not be there. It returns Invalid.
func (s *Space) Delete(ks Keyspace, key []byte) error {
	if err := s.open(ks, true); err != nil {
		return err
	}
	_, err := s.tree.deleteItem(s.name(ks, key))
	return err
}

func (s *Space) open(ks Keyspace, write bool) error {
	if !ks.isOpen() {
		return errKeyspace
	}
	return s.t.use(write)
}

// A Range says which keys of a keyspace to walk. The zero Range is all of them.
type Range struct {
	Prefix  []byte
	From    []byte // first key; nil: no bound
	To      []byte // first key not walked; nil: no bound
	Reverse bool   // from the last to the first
}

// An Entry is a key with its value, both the caller's own.
type Entry struct{ Key, Value []byte }

// Scan yields the entries of r in the order of keys. The loop may write to the
// space: what is put or deleted ahead of it is seen. An error ends the walk:
// Damaged, or Invalid.
func (s *Space) Scan(ks Keyspace, r Range) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := s.open(ks, false); err != nil {
			yield(Entry{}, err)
			return
		}
		c := s.scan(ks, r)
		for {
			ok, err := c.next()
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if !ok {
				return
			}
			e, err := c.entry()
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (s *Space) scan(ks Keyspace, r Range) *cursor {
	c := s.tree.keyRange(append([]byte{byte(ks)}, r.Prefix...), r.Reverse)
	if from := append([]byte{byte(ks)}, r.From...); string(from) > string(c.low) {
		c.low = from
	}
	if r.To != nil {
		if to := append([]byte{byte(ks)}, r.To...); c.high == nil || string(to) < string(c.high) {
			c.high = to
		}
	}
	return c
}

// entry returns copies of the current key, without its keyspace, and value.
func (c *cursor) entry() (Entry, error) {
	value, err := c.tree.resolve(c.cell)
	if err != nil {
		return Entry{}, err
	}
	return Entry{append([]byte(nil), c.key[1:]...), append([]byte(nil), value...)}, nil
}
