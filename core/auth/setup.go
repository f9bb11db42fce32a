package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"sync"

	"github.com/domicile-home/domicile/core"
)

// A Setup is the right to set a new home up: a link printed once in the
// terminal, so that whoever reaches a server first does not own the home. Only
// the hash of its token is kept, in memory: a restart makes another link.
type Setup struct {
	mu   sync.Mutex
	hash [sha256.Size]byte
	used bool
}

// NewSetup returns a Setup and its token, 256 random bits as 43 characters that
// a URL takes as they are.
func NewSetup() (*Setup, core.Secret) {
	token := newToken()
	return &Setup{hash: hashToken(token)}, token
}

// Check reports whether token is the right one and not spent: the page may be
// shown. It returns unauthenticated.
func (s *Setup) Check(token core.Secret) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.check(token)
}

// Spend is Check, and ends the right when do returns nil. Only one caller at a
// time runs do. It returns unauthenticated, or do's error.
func (s *Setup) Spend(token core.Secret, do func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(token); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	s.used = true
	return nil
}

func (s *Setup) check(token core.Secret) error {
	hash := hashToken(token)
	if subtle.ConstantTimeCompare(hash[:], s.hash[:]) != 1 || s.used {
		return core.E(core.Unauthenticated, "set up", errors.New("wrong or spent link"))
	}
	return nil
}

// newToken returns 256 random bits as text.
func newToken() core.Secret {
	var b [32]byte
	rand.Read(b[:])
	return core.Secret(base64.RawURLEncoding.EncodeToString(b[:]))
}

// hashToken is what is kept of a token. It has 256 bits of its own, so a plain
// hash is enough.
func hashToken(token core.Secret) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }
