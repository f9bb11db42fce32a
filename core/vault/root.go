package vault

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
)

// A root is one state of the vault: from it everything is reached and by it
// everything is authenticated. A committed root is never changed.
type root struct {
	seq     uint64 // of the commit
	at      time.Time
	next    uint64      // next page or value id
	change  core.Change // the last given out
	header  [sha256.Size]byte
	keyring [sha256.Size]byte // hash of the sealed keyring
	spaces  []spaceRoot       // by id
}

// A spaceRoot is the top page of one space. A zero page is an empty space.
type spaceRoot struct {
	id   core.SourceID
	page ref
}

const (
	rootHead      = 1 + 8 + 8 + 8 + 8 + 2*sha256.Size + 4
	spaceRootSize = 8 + refSize
)

var errRoot = core.E(core.Damaged, "read root", errors.New("not a root of this format"))

// encode returns the root's plaintext, padded to whole pages.
func (r *root) encode() []byte {
	b := append(make([]byte, 0, padded(rootHead+len(r.spaces)*spaceRootSize)), formatByte)
	b = binary.BigEndian.AppendUint64(b, r.seq)
	b = binary.BigEndian.AppendUint64(b, uint64(r.at.UnixNano()))
	b = binary.BigEndian.AppendUint64(b, r.next)
	b = binary.BigEndian.AppendUint64(b, uint64(r.change))
	b = append(b, r.header[:]...)
	b = append(b, r.keyring[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.spaces)))
	for _, s := range r.spaces {
		b = s.page.append(append(b, s.id[:]...))
	}
	return b[:padded(len(b))]
}

// decodeRoot reads a root. It returns Damaged.
func decodeRoot(b []byte) (*root, error) {
	if len(b) < rootHead || b[0] != formatByte {
		return nil, errRoot
	}
	r := &root{
		seq:    binary.BigEndian.Uint64(b[1:]),
		at:     time.Unix(0, int64(binary.BigEndian.Uint64(b[9:]))).UTC(),
		next:   binary.BigEndian.Uint64(b[17:]),
		change: core.Change(binary.BigEndian.Uint64(b[25:])),
	}
	copy(r.header[:], b[33:])
	copy(r.keyring[:], b[65:])
	n := int(binary.BigEndian.Uint32(b[97:]))
	b = b[rootHead:]
	if n > len(b)/spaceRootSize {
		return nil, errRoot
	}
	for range n {
		r.spaces = append(r.spaces, spaceRoot{core.SourceID(b[:8]), readRef(b[8:])})
		b = b[spaceRootSize:]
	}
	if !slices.IsSortedFunc(r.spaces, compareRoots) || len(r.spaces) == 0 || r.spaces[0].id != core.Own {
		return nil, errRoot
	}
	return r, nil
}

func compareRoots(a, b spaceRoot) int { return compareIDs(a.id, b.id) }

// find returns where id stands among the spaces.
func (r *root) find(id core.SourceID) (int, bool) {
	return slices.BinarySearchFunc(r.spaces, spaceRoot{id: id}, compareRoots)
}

// clone returns a copy that may be changed.
func (r *root) clone() *root {
	next := *r
	next.spaces = slices.Clone(r.spaces)
	return &next
}
