// Package act sends what the person signed, and keeps what came of it.
//
// An app proposes an act by its id and choices among those that its manifest
// declares; it never supplies bytes. The home fills the template, the person
// sees the exact bytes and the recipient, and signs. What was signed is kept,
// with its line of the ledger, before anything is sent; then the bytes go
// through core/fetch, once, to the recipient and nowhere else. The answer, or
// the silence, is kept with the receipt. Taking back is an act too.
//
// An act that the machine's end cut off is never sent again by itself: nobody
// knows whether it arrived, and it says so.
package act

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

// A Signer checks that it is the person who signs. The password is one; a
// passkey would answer the digest as its challenge.
type Signer interface {
	// Sign checks a proof for a draft of that digest and returns what is kept of
	// it. It returns [core.Unauthenticated] for a wrong one.
	Sign(ctx context.Context, of Digest, proof core.Secret) (Signature, error)
}

// A Signature is what is kept of how an act was signed.
type Signature struct {
	Way   string `json:"way"`             // "password"
	Proof []byte `json:"proof,omitempty"` // that others can check; a password leaves none
}

// A Config holds what Acts works with. Every member is required but the last two.
type Config struct {
	Vault  *vault.Vault // unlocked
	Ledger *ledger.Ledger
	Signer Signer
	Clock  core.Clock
	Own    func() []netip.AddrPort // the home's listeners, never reached
	Log    *slog.Logger

	Resolver *net.Resolver  // nil: the system's
	Roots    *x509.CertPool // nil: the system's
}

// Acts are the acts of one unlocked home. It is safe for concurrent use. Close
// it before the vault is locked.
type Acts struct {
	Config
	ctx    context.Context // ends with Close
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	sending map[ID]chan struct{} // closed when what came of it is kept
}

// New returns the acts of a home. It sends nothing.
func New(c Config) *Acts {
	a := &Acts{Config: c, sending: map[ID]chan struct{}{}}
	a.ctx, a.cancel = context.WithCancelCause(context.Background())
	return a
}

// Close cuts off what is being sent, and waits until what came of it is kept.
func (a *Acts) Close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.cancel(core.E(core.Locked, "close acts", nil))
	a.wg.Wait()
}

// begin counts an act as being sent. It returns conflict when it is already.
func (a *Acts) begin(id ID) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return context.Cause(a.ctx)
	}
	if a.sending[id] != nil {
		return core.E(core.Conflict, "sign act", errors.New("this is being sent"))
	}
	a.sending[id] = make(chan struct{})
	a.wg.Add(1)
	return nil
}

func (a *Acts) end(id ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.sending[id])
	delete(a.sending, id)
	a.wg.Done()
}

// inSending returns what is closed when the act has ended, nil when it has.
func (a *Acts) inSending(id ID) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sending[id]
}
