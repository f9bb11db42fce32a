package vault

import (
	"crypto/sha256"
	"errors"

	"github.com/domicile-home/domicile/core"
)

// Files with the same content in two sources are twins. The home's own space
// lists each file under a keyed hash of its content; nothing is shared, so that
// shredding one source leaves the other whole.

// A FileKey names a file in the home.
type FileKey struct {
	Source core.SourceID
	File   core.FileID
}

// Twins returns the files that have the content of a file of s, itself
// included, in all sources. It returns NotFound.
func (s *Space) Twins(id core.FileID) ([]FileKey, error) {
	if err := s.t.use(false); err != nil {
		return nil, err
	}
	f, err := s.file(id)
	if err != nil {
		return nil, err
	}
	own, err := s.t.Space(core.Own)
	if err != nil {
		return nil, err
	}
	prefix := own.hashName(f.sum)
	var twins []FileKey
	c := own.tree.keyRange(prefix, false)
	for {
		ok, err := c.next()
		if err != nil || !ok {
			return twins, err
		}
		rest := c.key[len(prefix):]
		if len(rest) < len(core.Own) {
			continue // the home's own file
		}
		n, _, ok := readOrdered(rest[len(core.Own):])
		if !ok {
			return twins, core.E(core.Damaged, "find twins", errors.New("not an entry of this format"))
		}
		twins = append(twins, FileKey{core.SourceID(rest[:len(core.Own)]), core.FileID(n)})
	}
}

// twinName is where core lists file id of s.
func (s *Space) twinName(own *Space, id core.FileID, sum [sha256.Size]byte) []byte {
	return appendOrdered(append(own.hashName(sum), s.id[:]...), uint64(id))
}

func (s *Space) addTwin(id core.FileID, sum [sha256.Size]byte) error {
	own, err := s.t.Space(core.Own)
	if err != nil {
		return err
	}
	return own.tree.putItem(s.twinName(own, id, sum), nil)
}

func (s *Space) dropTwin(id core.FileID, sum [sha256.Size]byte) error {
	own, err := s.t.Space(core.Own)
	if err != nil {
		return err
	}
	_, err = own.tree.deleteItem(s.twinName(own, id, sum))
	return err
}
