// Package apps grants apps what they may read and runs them.
//
// An app runs in a confined worker without network or files. It reads what the
// person granted, through core/query and nowhere else, and its only exit is a
// view, which the home draws. What it read is noted in the ledger in the same
// breath as it is shown. Its state is small, private and erased when its grant
// is taken back or narrowed.
//
// Given the same records, grant, day and params an app shows the same: its
// clock, its randomness and the names that it knows records by are fixed.
package apps

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/vault"
)

// rows is the keyspace of this room, in the home's own space: the first byte
// says what follows, the app's id is the rest.
const (
	rows vault.Keyspace = 'a'

	rowGrant = 'g' // a Grant
	rowState = 's' // what the app saved
	rowSaid  = 'l' // what it last said in the background
	rowFile  = 'f' // the signed file in which it came
)

// A Config holds what Apps works with. Every member is required.
type Config struct {
	Vault    *vault.Vault // unlocked
	Box      *sandbox.Box
	Cache    *sandbox.Cache
	Programs []*program.Program // built-in apps; others are left out
	Packs    *pack.Shelf
	Ledger   *ledger.Ledger
	Clock    core.Clock
	Zone     *time.Location
	Logger   *slog.Logger
}

// Apps are the apps of one unlocked home. It is safe for concurrent use. Close
// it before the vault is locked.
type Apps struct {
	Config
	mu        sync.Mutex
	prepared  map[string]*sandbox.Program // by app
	installed map[string]Installed        // by app
	waiting   []waiting                   // to be installed, the oldest first
	ctx       context.Context             // ends with Close
	cancel    context.CancelCauseFunc
	wg        sync.WaitGroup
}

// New returns the apps of a home. It returns locked and damaged.
func New(ctx context.Context, c Config) (*Apps, error) {
	a := &Apps{Config: c, prepared: map[string]*sandbox.Program{}, installed: map[string]Installed{}}
	a.Programs = slices.DeleteFunc(slices.Clone(c.Programs), func(p *program.Program) bool { return !p.IsApp() })
	a.ctx, a.cancel = context.WithCancelCause(context.Background())
	return a, a.restore(ctx)
}

// Close ends every run and waits for it.
func (a *Apps) Close() {
	a.mu.Lock()
	a.cancel(core.E(core.Locked, "close apps", nil))
	a.mu.Unlock()
	a.wg.Wait()
	for _, p := range a.prepared {
		p.Close()
	}
}

// Program returns the app of that id, or false.
func (a *Apps) Program(id string) (*program.Program, bool) {
	all := a.All()
	i := slices.IndexFunc(all, func(p *program.Program) bool { return p.Manifest.ID == id })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

func (a *Apps) program(id string) (*program.Program, error) {
	p, ok := a.Program(id)
	if !ok {
		return nil, core.E(core.NotFound, "find app", errors.New(id))
	}
	return p, nil
}

// prepare compiles an app once.
func (a *Apps) prepare(ctx context.Context, p *program.Program) (*sandbox.Program, error) {
	id := p.Manifest.ID
	a.mu.Lock()
	ready := a.prepared[id]
	a.mu.Unlock()
	if ready != nil && hex.EncodeToString(ready.Hash[:]) == p.Manifest.SHA256 {
		return ready, nil
	}
	ready, err := a.Box.Prepare(ctx, sandbox.Module{SHA256: p.Manifest.SHA256, Read: p.Wasm}, a.Cache)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.prepared[id] = ready
	return ready, nil
}

// enter counts a run in, and returns a context that ends with it or with Close.
func (a *Apps) enter(ctx context.Context) (context.Context, func(), error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ctx.Err() != nil {
		return nil, nil, context.Cause(a.ctx)
	}
	a.wg.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(a.ctx, func() { cancel(context.Cause(a.ctx)) })
	return ctx, func() {
		stop()
		cancel(nil)
		a.wg.Done()
	}, nil
}
