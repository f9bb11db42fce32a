package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/domicile-home/domicile/core"
)

// Shred drops a source and destroys what could bring it back: its key, the
// keyring's key, every older copy of that key in the file, and the keys in
// memory. Afterwards nothing in the file opens the source, not even with the
// password. Older copies of the file and remnants in a flash disk are out of
// reach.
//
// Sealers taken before are of no more use: drop the caches and rebuild them. It
// returns what [Tx.DropSpace] returns. Interrupted, it has dropped the source
// or not, and Sweep does what is left to do.
func (v *Vault) Shred(ctx context.Context, id core.SourceID) error {
	if err := v.Update(ctx, func(t *Tx) error { return t.DropSpace(id) }); err != nil {
		return err
	}
	v.forgetDropped()
	return v.Sweep(ctx)
}

// retiring is the entry that stands in the home's own space from the commit of
// a new header until no other header is left in the file.
func retiring() []byte { return appendOrdered([]byte{byte(spaceGarbage)}, 0) }

// setHeader makes h the header, and notes that the present one must be retired.
func (t *Tx) setHeader(h *header) error {
	t.header = h
	own, err := t.Space(core.Own)
	if err != nil {
		return err
	}
	return own.tree.putItem(retiring(), leftovers{}.encode())
}

// retireHeaders makes the present header the only one in the file, unless that
// was done. bbolt writes beside and not over, so that every change of the
// header leaves the old one behind: wrapped keys that an old password still
// opens.
func (v *Vault) retireHeaders(ctx context.Context) error {
	due := false
	err := v.View(ctx, func(t *Tx) error {
		own, err := t.Space(core.Own)
		if err != nil {
			return err
		}
		_, due, err = own.tree.get(retiring())
		return err
	})
	if err != nil || !due {
		return err
	}
	for range 2 { // so that both of bbolt's meta pages lead to the new header
		err := v.Update(ctx, func(t *Tx) error {
			t.filler = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := v.overwriteOld(ctx); err != nil {
		return err
	}
	return v.Update(ctx, func(t *Tx) error {
		own, err := t.Space(core.Own)
		if err != nil {
			return err
		}
		_, err = own.tree.deleteItem(retiring())
		return err
	})
}

// forgetDropped zeroes the keys of dropped spaces once nobody reads with them.
func (v *Vault) forgetDropped() {
	v.gate.Lock()
	defer v.gate.Unlock()
	if s := v.current.Load(); s != nil {
		s.reap()
	}
}

const scanWindow = 1 << 20

// overwriteOld overwrites every header but the present one, wherever pages of
// the file that are free now still hold it.
func (v *Vault) overwriteOld(ctx context.Context) error {
	release, err := v.takeWriter(ctx)
	if err != nil {
		return err
	}
	defer release()
	v.gate.RLock()
	defer v.gate.RUnlock()
	if _, err := v.session(); err != nil {
		return err
	}
	h := v.currentHeader()
	found, start := 0, len(h.start())
	err = v.disk.scan(h.start(), func(offset int64, b []byte) error {
		old, err := decodeHeaderPrefix(b)
		if err != nil || bytes.Equal(old.encode(), h.encode()) {
			return ctx.Err()
		}
		found++
		junk := make([]byte, len(old.encode())-start)
		rand.Read(junk)
		if _, err := v.disk.file.WriteAt(junk, offset+int64(start)); err != nil {
			return fmt.Errorf("overwrite header: %w", err)
		}
		return ctx.Err()
	})
	if err != nil || found == 0 {
		return err
	}
	return v.disk.file.Sync()
}

// start returns the bytes with which every header of this vault begins.
func (h *header) start() []byte { return h.body()[:len(magic)+2+len(h.vault)] }

// decodeHeaderPrefix reads a header from the beginning of b.
func decodeHeaderPrefix(b []byte) (*header, error) {
	at := len(magic) + 2 + len(vaultID{})
	if len(b) <= at {
		return nil, errHeader
	}
	if size := headerSize + int(b[at])*slotSize; size <= len(b) {
		return decodeHeader(b[:size])
	}
	return nil, errHeader
}

// scan calls f with each place of the file where pattern stands, and what
// follows it, at least as much as the largest header.
func (d *disk) scan(pattern []byte, f func(offset int64, b []byte) error) error {
	const largest = headerSize + maxSlots*slotSize
	buf := make([]byte, scanWindow+largest)
	for base := int64(0); ; base += scanWindow {
		n, err := d.file.ReadAt(buf, base)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("scan file: %w", err)
		}
		for at := 0; at < min(n, scanWindow); at++ {
			i := bytes.Index(buf[at:n], pattern)
			if i < 0 || at+i >= scanWindow {
				break
			}
			at += i
			if err := f(base+int64(at), buf[at:n]); err != nil {
				return err
			}
		}
		if n < len(buf) {
			return nil
		}
	}
}
