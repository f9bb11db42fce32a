// Package ledger keeps the tamper-evident list of what left the home, who read
// and who came in.
//
// Each entry is written once, in the transaction of what it tells of. A Merkle
// tree (RFC 9162, as in Go's checksum database) stands over the entries, so
// that a [Head] kept elsewhere shows any entry altered, removed or put in
// another order since. The tree holds only a digest of each entry under a
// random salt: where what it said is destroyed with its source, the digest says
// nothing and every proof stays good.
//
// Who holds the keys of the home can write a false entry, or begin another
// ledger: without a head kept elsewhere a ledger convinces nobody.
package ledger

import (
	"context"
	"encoding/binary"
	"errors"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// rows is the ledger's keyspace. In the home's own space its first byte says
// what follows; a source's space holds only contents, of the entries that tell
// of the source.
const (
	rows vault.Keyspace = 'l'

	rowSize    = '#' // size and root
	rowHash    = 'h' // index in the tree -> hash
	rowEntry   = 'e' // number -> salt and Header
	rowContent = 'c' // number -> salt and Entry
	rowKind    = 'k' // kind, 00, number
	rowToken   = 't' // token, 00, number
	rowApp     = 'a' // app, 00, number
	rowTime    = 'w' // time, number
)

// A Ledger is the ledger of one home. It is safe for concurrent use. Make one
// with [New].
type Ledger struct {
	vault *vault.Vault
	now   core.Clock
}

// New returns the ledger in a vault. The zero vault has an empty one.
func New(v *vault.Vault, now core.Clock) *Ledger { return &Ledger{v, now} }

// Append writes entries in a transaction of their own: they are durable when it
// returns. Its errors are those of Add.
func (l *Ledger) Append(ctx context.Context, entries ...Entry) error {
	return l.vault.Update(ctx, func(tx *vault.Tx) error {
		for _, e := range entries {
			if err := l.Add(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// Add writes e as the next entry, within the caller's transaction. It gives e
// its number, and its time when that is zero. It returns invalid for an entry
// over the bounds, damaged, and the vault's errors.
func (l *Ledger) Add(tx *vault.Tx, e Entry) error {
	own, err := tx.Space(core.Own)
	if err != nil {
		return err
	}
	head, err := readHead(own)
	if err != nil {
		return err
	}
	if e.At.IsZero() {
		e.At = l.now()
	}
	e.At = e.At.UTC().Round(0)
	if err := e.check(); err != nil {
		return core.E(core.Invalid, "write ledger", err)
	}
	h, err := putEntry(tx, own, head.Size, e)
	if err != nil {
		return err
	}
	if err := putIndex(own, head.Size, e); err != nil {
		return err
	}
	return grow(own, head, h)
}

// putEntry writes what an entry says into the space that it tells of, so that
// it goes with it, and its header into the home's own. It returns the header's
// digest.
func putEntry(tx *vault.Tx, own *vault.Space, number uint64, e Entry) (Digest, error) {
	content, err := salted(e)
	if err != nil {
		return Digest{}, err
	}
	h, err := salted(Header{e.At, e.Kind, e.Source, content.Digest()})
	if err != nil {
		return Digest{}, err
	}
	space, err := tx.Space(e.Source)
	if err != nil {
		return Digest{}, err
	}
	if err := space.Put(rows, numbered(rowContent, number), content.encode()); err != nil {
		return Digest{}, err
	}
	return h.Digest(), own.Put(rows, numbered(rowEntry, number), h.encode())
}

func putIndex(own *vault.Space, number uint64, e Entry) error {
	keys := [][]byte{named(rowKind, string(e.Kind), number), timed(e.At, number)}
	if e.Token != "" {
		keys = append(keys, named(rowToken, e.Token, number))
	}
	if e.App != "" {
		keys = append(keys, named(rowApp, e.App, number))
	}
	for _, key := range keys {
		if err := own.Put(rows, key, nil); err != nil {
			return err
		}
	}
	return nil
}

// grow adds the leaf of an entry to the tree.
func grow(own *vault.Space, head Head, leaf Digest) error {
	tree := treeOf(own)
	hashes, err := tlog.StoredHashes(int64(head.Size), leaf[:], tree)
	if err != nil {
		return damaged("grow tree", err)
	}
	first := tlog.StoredHashCount(int64(head.Size))
	for i, hash := range hashes {
		if err := own.Put(rows, numbered(rowHash, uint64(first)+uint64(i)), hash[:]); err != nil {
			return err
		}
	}
	next := Head{Size: head.Size + 1}
	if next.Root, err = tlog.TreeHash(int64(next.Size), tree); err != nil {
		return damaged("grow tree", err)
	}
	return own.Put(rows, []byte{rowSize}, next.encode())
}

// treeOf reads the stored hashes of the tree.
func treeOf(own *vault.Space) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			value, err := own.Get(rows, numbered(rowHash, uint64(index)))
			if err != nil {
				return nil, err
			}
			if len(value) != tlog.HashSize {
				return nil, errors.New("a hash of another size")
			}
			hashes[i] = tlog.Hash(value)
		}
		return hashes, nil
	})
}

func numbered(row byte, number uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{row}, number)
}

func named(row byte, name string, number uint64) []byte {
	return binary.BigEndian.AppendUint64(append(append([]byte{row}, name...), 0), number)
}

// damaged classifies what cannot be but by a change from outside. What has a
// code keeps it, but for what is missing.
func damaged(op string, err error) error {
	if code := core.CodeOf(err); err == nil || code == core.Locked || code == core.Damaged {
		return err
	}
	return core.E(core.Damaged, op, err)
}
