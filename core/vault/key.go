package vault

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"

	"github.com/domicile-home/domicile/core"
)

// A Key opens a vault. Make one with [Password], [Recovery] or [KeyFile]; the
// zero Key opens nothing.
type Key struct {
	kind   SlotKind
	secret core.Secret
}

// Password returns the key that the person remembers.
func Password(password core.Secret) Key { return Key{SlotPassword, password} }

// Recovery returns the key printed on the recovery sheet. Case, spaces and
// dashes do not matter.
func Recovery(text core.Secret) Key { return Key{SlotRecovery, text} }

// KeyFile returns the key made of a key file's bytes.
func KeyFile(content []byte) Key { return Key{SlotKeyFile, core.Secret(content)} }

// Slot returns which slot the key is tried on; 0 for the zero Key.
func (k Key) Slot() SlotKind { return k.kind }

// A RecoveryKey is the text of the recovery sheet: eleven groups of five
// letters and digits. It is shown once and kept nowhere.
type RecoveryKey = core.Secret

const (
	recoverySize  = 32 // bytes of the key itself
	recoveryGroup = 5
	keyFileSize   = 32
)

var recoveryText = base32.StdEncoding.WithPadding(base32.NoPadding)

// formatRecovery writes key with a checksum of two bytes, in groups.
func formatRecovery(key []byte) RecoveryKey {
	sum := sha256.Sum256(key)
	text := recoveryText.EncodeToString(append(append([]byte(nil), key...), sum[:2]...))
	var groups []string
	for len(text) > 0 {
		n := min(recoveryGroup, len(text))
		groups, text = append(groups, text[:n]), text[n:]
	}
	return RecoveryKey(strings.Join(groups, "-"))
}

// readRecovery reads what a person typed. It returns Invalid for a slip of the
// pen, which the checksum finds but once in 65,536.
func readRecovery(text core.Secret) ([]byte, error) {
	// 0, 1 and 8 are not in the alphabet: they are misread letters.
	clean := strings.NewReplacer(" ", "", "-", "", "\n", "", "\r", "", "\t", "", "0", "O", "1", "I", "8", "B").Replace(strings.ToUpper(string(text)))
	b, err := recoveryText.DecodeString(clean)
	if err != nil || len(b) != recoverySize+2 {
		return nil, core.E(core.Invalid, "read recovery key", errors.New("want eleven groups of five letters and digits"))
	}
	if sum := sha256.Sum256(b[:recoverySize]); b[recoverySize] != sum[0] || b[recoverySize+1] != sum[1] {
		return nil, core.E(core.Invalid, "read recovery key", errors.New("one of the characters is wrong"))
	}
	return b[:recoverySize], nil
}

func newRecovery() []byte {
	key := make([]byte, recoverySize)
	rand.Read(key)
	return key
}

// fill derives into dst the key that wraps the master key in slot s.
func (k Key) fill(ctx context.Context, dst []byte, s slot, gate *Gate) error {
	switch k.kind {
	case SlotPassword:
		return gate.argon(ctx, dst, k.secret, s.salt[:], s.params)
	case SlotRecovery:
		key, err := readRecovery(k.secret)
		if err != nil {
			return err
		}
		defer clear(key)
		derive(dst, key, s.salt[:], forSlot)
		return nil
	case SlotKeyFile:
		if len(k.secret) < keyFileSize {
			return errNoKey
		}
		derive(dst, []byte(k.secret), s.salt[:], forSlot)
		return nil
	}
	return errNoKey
}

var errNoKey = core.E(core.Unauthenticated, "unlock vault", errors.New("the key does not open this vault"))
