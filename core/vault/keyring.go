package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/domicile-home/domicile/core"
)

// A ringKind says what a key of the keyring is for.
type ringKind byte

const (
	ringCore   ringKind = 'o' // the home's own space
	ringSource ringKind = 's' // one source's space
	ringCache  ringKind = 'i' // the caches beside the vault, the search index first
)

// cacheRing is the id under which the caches' key stands in the keyring.
var cacheRing = core.SourceID{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// A ringKey is one key of the keyring.
type ringKey struct {
	kind    ringKind
	created uint64 // commit that created it
	key     []byte // 32 bytes in key memory
}

// A keyring maps spaces to their keys. A space whose key is gone is gone.
type keyring map[core.SourceID]ringKey

const (
	ringKeySize = 8 + 1 + 8 + keySize
	ringHead    = 1 + 4
)

var errKeyring = core.E(core.Damaged, "read keyring", errors.New("not a keyring of this format"))

// encode returns the keyring's plaintext, padded so that its size tells little
// of the number of spaces.
func (k keyring) encode() []byte {
	b := append(make([]byte, 0, padded(ringHead+len(k)*ringKeySize)), formatByte)
	b = binary.BigEndian.AppendUint32(b, uint32(len(k)))
	for _, id := range slices.SortedFunc(maps.Keys(k), compareIDs) {
		b = append(b, id[:]...)
		b = append(b, byte(k[id].kind))
		b = binary.BigEndian.AppendUint64(b, k[id].created)
		b = append(b, k[id].key...)
	}
	return b[:padded(len(b))]
}

// decodeKeyring reads a keyring; its keys share b. It returns Damaged.
func decodeKeyring(b []byte) (keyring, error) {
	if len(b) < ringHead || b[0] != formatByte {
		return nil, errKeyring
	}
	n := int(binary.BigEndian.Uint32(b[1:]))
	b = b[ringHead:]
	if n > len(b)/ringKeySize {
		return nil, errKeyring
	}
	ring := make(keyring, n)
	for range n {
		id := core.SourceID(b[:8])
		ring[id] = ringKey{kind: ringKind(b[8]), created: binary.BigEndian.Uint64(b[9:]), key: b[17:ringKeySize:ringKeySize]}
		b = b[ringKeySize:]
	}
	if len(ring) != n || ring[core.Own].kind != ringCore || ring[cacheRing].kind != ringCache {
		return nil, errKeyring
	}
	return ring, nil
}

func compareIDs(a, b core.SourceID) int { return bytes.Compare(a[:], b[:]) }

// padded rounds n up to whole pages.
func padded(n int) int { return (n + pageSize - 1) / pageSize * pageSize }
