package vault

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/domicile-home/domicile/core"
)

// found writes the first commit of a new vault and unlocks it.
func (v *Vault) found(password core.Secret) (RecoveryKey, error) {
	h := new(header)
	rand.Read(h.vault[:])
	var master, krk [keySize]byte
	rand.Read(master[:])
	rand.Read(krk[:])
	defer clear(master[:])
	defer clear(krk[:])
	recovery := newRecovery()
	defer clear(recovery)
	text := formatRecovery(recovery)
	for _, key := range []Key{Password(password), Recovery(text)} {
		s, err := v.newSlot(context.Background(), h.vault, key, master[:])
		if err != nil {
			return "", err
		}
		h = h.with(s)
	}
	s := newSession(v, master[:])
	s.vault, s.krk = h.vault, s.mem.keep(krk[:])
	seal(h.krk[:0], s.wrapper(), krk[:], h.vault.aad(sealWrap))
	h.sign(s.header)
	return text, v.firstCommit(s, h)
}

func (v *Vault) firstCommit(s *session, h *header) error {
	ring := keyring{core.Own: s.newRingKey(ringCore, 1), cacheRing: s.newRingKey(ringCache, 1)}
	encoded, sealed := h.encode(), s.sealKeyring(ring, s.krk)
	r := &root{seq: 1, at: v.o.Clock(), next: 1, header: sha256.Sum256(encoded), keyring: sha256.Sum256(sealed), spaces: []spaceRoot{{id: core.Own}}}
	t, err := v.disk.begin(true)
	if err != nil {
		return err
	}
	defer t.rollback()
	for _, name := range [][]byte{bucketMeta, bucketRoot, bucketPage, bucketValue} {
		if _, err := t.tx.CreateBucket(name); err != nil {
			return fmt.Errorf("create vault: %w", err)
		}
	}
	sealedRoot := s.sealRoot(r)
	err = t.commit(&batch{meta: []put{{bucketMeta, keyHeader, encoded}, {bucketMeta, keyKeyring, sealed}, {bucketRoot, keyRoot, sealedRoot}}})
	if err != nil {
		return err
	}
	v.setHeader(h)
	s.addKeys(ring)
	v.current.Store(s)
	return nil
}

func (s *session) newRingKey(kind ringKind, seq uint64) ringKey {
	k := s.mem.key(keySize)
	rand.Read(k)
	return ringKey{kind, seq, k}
}

func (s *session) sealKeyring(ring keyring, krk []byte) []byte {
	plain := ring.encode()
	defer clear(plain)
	return seal(nil, newAEAD(krk), plain, s.vault.aad(sealKeyring))
}

func (s *session) sealRoot(r *root) []byte {
	return seal(nil, s.root, r.encode(), s.vault.aad(sealRoot))
}

// Unlock opens the vault with key. On an unlocked vault it only checks the key.
// It returns Unauthenticated for a wrong key, Invalid for a mistyped recovery
// key, protocol.Limit when the password needs more memory than this machine
// may give, and Damaged.
func (v *Vault) Unlock(ctx context.Context, key Key) error {
	h := v.currentHeader()
	var master [keySize]byte
	defer clear(master[:])
	if err := v.openSlot(ctx, h, key, master[:]); err != nil {
		return err
	}
	v.turn.Lock()
	defer v.turn.Unlock()
	v.gate.RLock()
	defer v.gate.RUnlock()
	if v.current.Load() != nil {
		return nil
	}
	s := newSession(v, master[:])
	if err := v.admit(s, v.currentHeader()); err != nil {
		s.end()
		return err
	}
	v.current.Store(s)
	return nil
}

// openSlot fills master from the slot that key opens.
func (v *Vault) openSlot(ctx context.Context, h *header, key Key, master []byte) error {
	s, ok := h.slot(key.kind)
	if !ok {
		return errNoKey
	}
	var kek [keySize]byte
	defer clear(kek[:])
	if err := key.fill(ctx, kek[:], s, v.o.Gate); err != nil {
		return err
	}
	if _, err := unseal(master[:0], newAEAD(kek[:]), s.wrapped[:], h.vault.aad(sealSlot, s.appendHead(nil)...)); err != nil {
		return errNoKey
	}
	return nil
}

// admit checks everything that hangs on the master key and fills s. It reads a
// fixed number of pages, whatever the vault holds.
func (v *Vault) admit(s *session, h *header) error {
	if !h.isSigned(s.header) {
		return core.E(core.Damaged, "unlock vault", errors.New("the header was changed"))
	}
	s.vault = h.vault
	s.krk = s.mem.key(keySize)
	if _, err := unseal(s.krk[:0], s.wrapper(), h.krk[:], h.vault.aad(sealWrap)); err != nil {
		return core.E(core.Damaged, "unlock vault", fmt.Errorf("keyring key: %w", err))
	}
	t, err := v.disk.begin(false)
	if err != nil {
		return err
	}
	defer t.rollback()
	r, err := v.readRoot(s, t)
	if err != nil {
		return err
	}
	return v.admitKeyring(s, t, h, r)
}

func (v *Vault) admitKeyring(s *session, t *diskTx, h *header, r *rootAt) error {
	sealed, err := t.meta(bucketMeta, keyKeyring)
	if err != nil {
		return err
	}
	if sha256.Sum256(sealed) != r.root.keyring || sha256.Sum256(h.encode()) != r.root.header {
		return core.E(core.Damaged, "unlock vault", errors.New("header, keyring and root are not of one commit"))
	}
	plain, err := unseal(nil, newAEAD(s.krk), sealed, s.vault.aad(sealKeyring))
	if err != nil {
		return core.E(core.Damaged, "unlock vault", fmt.Errorf("keyring: %w", err))
	}
	defer clear(plain)
	ring, err := decodeKeyring(plain)
	if err != nil {
		return err
	}
	for id, k := range ring {
		k.key = s.mem.keep(k.key)
		ring[id] = k
	}
	for _, space := range r.root.spaces {
		if _, ok := ring[space.id]; !ok {
			return core.E(core.Damaged, "unlock vault", errors.New("a space has no key"))
		}
	}
	s.addKeys(ring)
	return nil
}

// readRoot returns the root that t reads.
func (v *Vault) readRoot(s *session, t *diskTx) (*rootAt, error) {
	if at := v.last.Load(); at != nil && at.id == t.id {
		return at, nil
	}
	sealed, err := t.meta(bucketRoot, keyRoot)
	if err != nil {
		return nil, err
	}
	plain, err := unseal(nil, s.root, sealed, s.vault.aad(sealRoot))
	if err != nil {
		return nil, core.E(core.Damaged, "read root", err)
	}
	r, err := decodeRoot(plain)
	if err != nil {
		return nil, err
	}
	at := &rootAt{t.id, r, rootTag(sealed)}
	if last := v.last.Load(); last == nil || last.id < at.id {
		v.last.CompareAndSwap(last, at)
	}
	return at, nil
}

// rootTag names one sealing of a root.
func rootTag(sealed []byte) []byte {
	sum := sha256.Sum256(sealed)
	return sum[:headTag]
}
