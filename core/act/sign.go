package act

import (
	"context"
	"errors"
	"fmt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

// A Signing is what the person gives to sign a draft.
type Signing struct {
	Proof core.Secret // for the Signer
	Allow bool        // the draft's address, where it goes to one
}

// Sign checks that it is the person who signs, keeps what was signed with its
// line of the ledger, and then begins to send it; Settle waits for what comes of
// it. A draft is sent once, however often it is signed. What was begun goes on
// when ctx ends.
//
// Codes: unauthenticated for a wrong proof, forbidden without leave for the
// address, conflict when the draft was signed before or what it takes back was
// taken back already, not_found when that is gone, locked.
func (a *Acts) Sign(ctx context.Context, d Draft, s Signing) error {
	const op = "sign act"
	if at, ok := d.Address(); ok && !s.Allow {
		return core.E(core.Forbidden, op, fmt.Errorf("address %s was not allowed", at))
	}
	signature, err := a.Signer.Sign(ctx, d.Digest(), s.Proof)
	if err != nil {
		return err
	}
	r := Receipt{ID: d.ID, Withdraws: d.Withdraws, App: d.App, Version: d.Version, Module: d.Module, Act: d.Act, Words: d.Words, Undo: d.Undo,
		Body: d.Body, Digest: d.Digest().String(), Signature: signature, At: a.Clock().UTC().Round(0), State: Sending}
	if err := a.begin(r.ID); err != nil {
		return err
	}
	if err := a.keepSigned(ctx, r); err != nil {
		a.end(r.ID)
		return err
	}
	go func() {
		defer a.end(r.ID)
		a.send(a.ctx, r)
	}()
	return nil
}

// keepSigned writes the receipt and the ledger's line, in one transaction.
func (a *Acts) keepSigned(ctx context.Context, r Receipt) error {
	return a.Vault.Update(ctx, func(tx *vault.Tx) error {
		_, err := a.read(tx, r.ID)
		switch {
		case err == nil:
			return core.E(core.Conflict, "sign act", errors.New("this was signed before"))
		case core.CodeOf(err) != core.NotFound:
			return err
		}
		if r.Withdraws != (ID{}) {
			if err := a.markWithdrawn(tx, r); err != nil {
				return err
			}
		}
		if err := write(tx, r); err != nil {
			return err
		}
		return a.Ledger.Add(tx, r.entry(ledger.ActSigned, r.Signature.Way))
	})
}

// markWithdrawn notes with the first act that r takes it back. A withdrawal may
// be repeated until the recipient has taken one.
func (a *Acts) markWithdrawn(tx *vault.Tx, r Receipt) error {
	first, err := a.read(tx, r.Withdraws)
	if err != nil {
		return err
	}
	for _, id := range first.Withdrawals {
		before, err := a.read(tx, id)
		if err != nil {
			return err
		}
		if before.State == Sending || before.Answer.IsGood() {
			return core.E(core.Conflict, "sign withdrawal", errors.New("this was taken back already"))
		}
	}
	first.Withdrawals = append(first.Withdrawals, r.ID)
	return write(tx, first)
}

// entry is the ledger's line of an act.
func (r Receipt) entry(kind ledger.Kind, way string) ledger.Entry {
	return ledger.Entry{Kind: kind, App: r.App, Module: r.Module, Act: r.Act.ID, Receipt: r.ID.String(), Digest: r.Digest, What: ledger.Clip(r.Host()), Way: way}
}
