package vault

import (
	"sync"

	"github.com/domicile-home/domicile/core"
)

// A Renewing seals for one purpose with the current key of the caches: once a
// source was dropped, which ends a [Sealer], with the next one. What was sealed
// before is then [core.Damaged]. Make one with [Vault.Renewing].
type Renewing struct {
	vault   *Vault
	purpose string
	mu      sync.Mutex
	now     *Sealer
}

// Renewing returns the sealer of one purpose, for as long as the vault is
// unlocked. It returns Locked.
func (v *Vault) Renewing(purpose string) (*Renewing, error) {
	s, err := v.Sealer(purpose)
	return &Renewing{vault: v, purpose: purpose, now: s}, err
}

// Seal is [Sealer.Seal]. It returns nil once the vault is locked.
func (r *Renewing) Seal(name string, plain []byte) []byte {
	s := r.sealer()
	if sealed := s.Seal(name, plain); sealed != nil {
		return sealed
	}
	if s, err := r.renew(s); err == nil {
		return s.Seal(name, plain)
	}
	return nil
}

// Open is [Sealer.Open]. It returns Locked once the vault is locked.
func (r *Renewing) Open(dst []byte, name string, sealed []byte) ([]byte, error) {
	s := r.sealer()
	plain, err := s.Open(dst, name, sealed)
	if core.CodeOf(err) != core.Locked {
		return plain, err
	}
	if s, err = r.renew(s); err != nil {
		return nil, err
	}
	return s.Open(dst, name, sealed)
}

func (r *Renewing) sealer() *Sealer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// renew puts another sealer in the place of one that has ended, unless somebody
// did.
func (r *Renewing) renew(ended *Sealer) (*Sealer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now != ended {
		return r.now, nil
	}
	s, err := r.vault.Sealer(r.purpose)
	if err != nil {
		return nil, err
	}
	r.now = s
	return s, nil
}
