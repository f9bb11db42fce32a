package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/domicile-home/domicile/core"
)

// A Tx is a transaction: one state of the vault, and in an Update the changes
// to it. It belongs to one goroutine and ends with the function it was given
// to; after that its methods return Invalid.
type Tx struct {
	v *Vault
	s *session
	d *diskTx
	// root is shared with others in a View and is this transaction's own in an
	// Update.
	root   *root
	base   *rootAt // the state it started from
	ring   keyring // changed in a copy only
	spaces map[core.SourceID]*Space
	over   bool

	// What an Update gathers until commit.
	writable bool
	created  uint64            // new pages
	values   map[uint64][]byte // sealed, by id
	gone     []put             // pages and values of earlier commits that end
	header   *header           // nil: unchanged
	newRing  bool
	krk      []byte                 // nil: unchanged
	filler   bool                   // commit even if nothing changed
	reserve  bool                   // the ballast may be used
	staged   map[*stage]core.FileID // files put in this transaction
	after    []func()               // called once it is committed
}

var (
	errOver     = core.E(core.Invalid, "use transaction", errors.New("the transaction is over"))
	errReadOnly = core.E(core.Invalid, "use transaction", errors.New("a view changes nothing"))
)

// View calls f with a snapshot of the vault. What f reads through the
// transaction is one state, whatever is committed meanwhile. It returns f's
// error, Locked or Damaged. f must be brief: a long view holds up Lock.
func (v *Vault) View(ctx context.Context, f func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := v.session(); err != nil {
		return err // without waiting for a Lock that waits for others
	}
	v.gate.RLock()
	defer v.gate.RUnlock()
	t, err := v.begin(false)
	if err != nil {
		return err
	}
	defer t.end()
	return f(t)
}

// Update calls f with a transaction that may write, and commits it when f
// returns nil: what f did is then on the disk, all of it, or, on any error,
// none. Updates run one at a time. It returns f's error, Locked, Damaged, or
// protocol.Limit when the disk is full.
//
// Everything changed is held in memory until the commit: a thousand records or
// 16 MiB are a good size.
func (v *Vault) Update(ctx context.Context, f func(*Tx) error) error {
	release, err := v.takeWriter(ctx)
	if err != nil {
		return err
	}
	defer release()
	v.gate.RLock()
	defer v.gate.RUnlock()
	t, err := v.begin(true)
	if err != nil {
		return err
	}
	defer t.end()
	if err := f(t); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return t.commit()
}

// begin begins a transaction. A view that read the root before a source was
// dropped and the keyring after it begins again: it would take the source's
// missing key for damage.
func (v *Vault) begin(writable bool) (*Tx, error) {
	const tries = 100
	for try := 1; ; try++ {
		t, err := v.beginOnce(writable)
		if err != nil || t.hasKeys() || try == tries {
			return t, err
		}
		t.end()
	}
}

// hasKeys reports whether every space has its key.
func (t *Tx) hasKeys() bool {
	return !slices.ContainsFunc(t.root.spaces, func(s spaceRoot) bool {
		_, ok := t.ring[s.id]
		return !ok
	})
}

func (v *Vault) beginOnce(writable bool) (*Tx, error) {
	s, err := v.session()
	if err != nil {
		return nil, err
	}
	d, err := v.disk.begin(writable)
	if err != nil {
		return nil, err
	}
	t := &Tx{v: v, s: s, d: d, writable: writable, spaces: make(map[core.SourceID]*Space)}
	if t.base, err = v.readRoot(s, d); err != nil {
		t.end()
		return nil, err
	}
	t.root, t.ring = t.base.root, s.keyring()
	if writable {
		t.root, t.values = t.root.clone(), make(map[uint64][]byte)
	}
	return t, nil
}

func (t *Tx) end() {
	t.over = true
	t.d.rollback()
}

// use returns why the transaction cannot be used, if so.
func (t *Tx) use(write bool) error {
	switch {
	case t.over:
		return errOver
	case write && !t.writable:
		return errReadOnly
	}
	return nil
}

// newID gives out the next page or value id.
func (t *Tx) newID() uint64 {
	id := t.root.next
	t.root.next++
	return id
}

func (t *Tx) freePage(id uint64) { t.gone = append(t.gone, put{bucket: bucketPage, key: idKey(id)}) }

func (t *Tx) freeValue(id uint64) {
	if _, ok := t.values[id]; ok {
		delete(t.values, id)
		return
	}
	t.gone = append(t.gone, put{bucket: bucketValue, key: idKey(id)})
}

// loadPage returns the committed page under r, from the cache or the file.
func (t *Tx) loadPage(space core.SourceID, keys *spaceKeys, r ref) (page, error) {
	if p := t.s.cache.page(r); p != nil {
		return p, nil
	}
	p, err := t.readPage(space, keys, r)
	if err != nil {
		return nil, err
	}
	t.s.cache.add(r, ref{}, p)
	return p, nil
}

// readPage returns the committed page under r from the file.
func (t *Tx) readPage(space core.SourceID, keys *spaceKeys, r ref) (page, error) {
	var aad [placeSize]byte
	p := make(page, 0, pageSize)
	err := t.d.with(t.d.p, "read page", r.id, func(sealed []byte) (err error) {
		at := place{sealPage, space, r}
		if p, err = unseal(p, keys.page, sealed, at.aad(aad[:0], t.s.vault)); err != nil {
			return core.E(core.Damaged, "read page", fmt.Errorf("page %d: %w", r.id, err))
		}
		return p.check()
	})
	return p, err
}

// UseBallast lets this commit use the space held back for deletions when the
// disk is full. Call it in an Update that frees more than it writes.
func (t *Tx) UseBallast() { t.reserve = true }
