package vault

import (
	"crypto/cipher"
	"encoding/hex"
	"sync"

	"github.com/domicile-home/domicile/core"
)

// A Sealer seals what other rooms keep beside the vault and can rebuild: the
// search index, compiled programs. It ends when the vault is locked, and for
// good when a source is dropped, for its key goes then and with it every cache
// sealed before: ask for a new one and start afresh.
type Sealer struct {
	mu    sync.RWMutex
	vault vaultID
	aead  cipher.AEAD // nil when it has ended
	names []byte
}

const nameSize = 16 // bytes of a keyed name

// Sealer returns the sealer of one purpose: "index", "wasm". It returns Locked.
func (v *Vault) Sealer(purpose string) (*Sealer, error) {
	v.gate.RLock()
	defer v.gate.RUnlock()
	s, err := v.session()
	if err != nil {
		return nil, err
	}
	return s.sealer(purpose), nil
}

func (s *session) sealer(name string) *Sealer {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := s.ring[cacheRing].key
	made := &Sealer{vault: s.vault, aead: s.aead(key, forCache+purpose(name)), names: s.derived(key, forName+purpose(name))}
	s.sealers = append(s.sealers, made)
	return made
}

// Seal returns the sealed form of plain, which opens only under the same name.
// It returns nil once the sealer has ended.
func (s *Sealer) Seal(name string, plain []byte) []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.aead == nil {
		return nil
	}
	return seal(make([]byte, 0, len(plain)+overhead), s.aead, plain, s.vault.aad(sealCache, []byte(name)...))
}

// Open appends to dst what Seal sealed under name. It returns Damaged for
// anything else, and Locked once the sealer has ended.
func (s *Sealer) Open(dst []byte, name string, sealed []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.aead == nil {
		return nil, core.E(core.Locked, "open cache", nil)
	}
	plain, err := unseal(dst, s.aead, sealed, s.vault.aad(sealCache, []byte(name)...))
	if err != nil {
		return nil, core.E(core.Damaged, "open cache", err)
	}
	return plain, nil
}

// Name returns a file name for clear that tells nothing of it: 32 hexadecimal
// digits. It returns "" once the sealer has ended.
func (s *Sealer) Name(clear string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.aead == nil {
		return ""
	}
	return hex.EncodeToString(mac(s.names, []byte(clear))[:nameSize])
}

// end forgets the keys.
func (s *Sealer) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	zeroAEAD(s.aead)
	clear(s.names)
	s.aead = nil
}
