package home

import (
	"context"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/act"
	"github.com/domicile-home/domicile/core/vault"
)

// signer takes the password as a signature. Wrong ones are noted as at the door.
type signer struct{ h *Home }

// Sign implements act.Signer.
func (s signer) Sign(ctx context.Context, _ act.Digest, proof core.Secret) (act.Signature, error) {
	if err := s.h.Unlock(ctx, vault.Password(proof)); err != nil {
		return act.Signature{}, err
	}
	return act.Signature{Way: "password"}, nil
}
