package vault

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/domicile-home/domicile/core"
)

// newSlot wraps the master key under key.
func (v *Vault) newSlot(ctx context.Context, id vaultID, key Key, master []byte) (slot, error) {
	s := slot{kind: key.kind}
	if key.kind == SlotPassword {
		s.params = v.o.Params
	}
	rand.Read(s.salt[:])
	var kek [keySize]byte
	defer clear(kek[:])
	if err := key.fill(ctx, kek[:], s, v.o.Gate); err != nil {
		return slot{}, err
	}
	seal(s.wrapped[:0], newAEAD(kek[:]), master, id.aad(sealSlot, s.appendHead(nil)...))
	return s, nil
}

// Slots returns the ways to open the vault. It works while locked.
func (v *Vault) Slots() []Slot {
	var slots []Slot
	for _, s := range v.currentHeader().slots {
		slots = append(slots, Slot{s.kind, s.params})
	}
	return slots
}

// SetPassword replaces the password: it wraps the master key anew and changes
// nothing else. Then it overwrites the copies of the old wrapping that the file
// still holds; should that fail, the new password is set all the same. It
// returns Locked, Invalid for an empty password, and protocol.Limit.
func (v *Vault) SetPassword(ctx context.Context, password core.Secret) error {
	if password == "" {
		return core.E(core.Invalid, "set password", errors.New("the password is empty"))
	}
	return v.setSlot(ctx, Password(password))
}

// NewRecovery makes a new recovery key; the old one opens nothing any more. It
// returns Locked.
func (v *Vault) NewRecovery(ctx context.Context) (RecoveryKey, error) {
	key := newRecovery()
	defer clear(key)
	text := formatRecovery(key)
	return text, v.setSlot(ctx, Recovery(text))
}

// AddKeyFile makes a key file for unattended start, in place of any other, and
// returns its content. It returns Locked.
func (v *Vault) AddKeyFile(ctx context.Context) ([]byte, error) {
	content := make([]byte, keyFileSize)
	rand.Read(content)
	return content, v.setSlot(ctx, KeyFile(content))
}

// RemoveKeyFile ends unattended start. It returns Locked, and NotFound when
// there is no key file.
func (v *Vault) RemoveKeyFile(ctx context.Context) error {
	return v.changeHeader(ctx, func(_ *session, h *header) (*header, error) {
		if _, ok := h.slot(SlotKeyFile); !ok {
			return nil, core.E(core.NotFound, "remove key file", nil)
		}
		return h.without(SlotKeyFile), nil
	})
}

func (v *Vault) setSlot(ctx context.Context, key Key) error {
	return v.changeHeader(ctx, func(s *session, h *header) (*header, error) {
		made, err := v.newSlot(ctx, h.vault, key, s.master)
		return h.with(made), err
	})
}

// changeHeader commits the header that change makes of the present one, and
// leaves no copy of that in the file.
func (v *Vault) changeHeader(ctx context.Context, change func(*session, *header) (*header, error)) error {
	err := v.Update(ctx, func(t *Tx) error {
		h, err := change(t.s, v.currentHeader())
		if err != nil {
			return err
		}
		h.sign(t.s.header)
		return t.setHeader(h)
	})
	if err != nil {
		return err
	}
	return v.retireHeaders(ctx)
}
