// Package connect owns the sources of a home and runs their connectors from
// start to end: it answers each request of the confined program, commits what
// was emitted together with the cursor, and keeps the run's row, log and list
// of connections in the source's own space.
//
// A source runs at most once at a time. Whatever ends a run, what was saved
// before stays and what was not is dropped. A run that asks the person is
// parked after a while: the answer resumes it by replaying its frames, without
// a second request to the provider. A source whose connector asks is proved by
// its first run, and forgotten when that brings nothing.
package connect

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/vault"
)

// A Config holds what a Connect works with. Every member but Patience is
// required.
type Config struct {
	Vault    *vault.Vault // unlocked
	Ingest   *ingest.Ingest
	Box      *sandbox.Box
	Cache    *sandbox.Cache // compiled programs of this home
	Extract  *extract.Extractor
	Programs []*program.Program // connectors; others are left out
	Ledger   Ledger
	Clock    core.Clock
	Zone     *time.Location
	Locale   string // "en" or "fr"
	Logger   *slog.Logger
	Own      func() []netip.AddrPort // the home's listeners, refused to every source
	Patience time.Duration           // that a question waits with its worker, before the run is parked; 0: a minute
}

// A Connect runs the sources of one unlocked home. It is safe for concurrent
// use. Close it before the vault is locked.
type Connect struct {
	Config
	pace   *fetch.Pace
	mu     sync.Mutex
	active map[core.SourceID]*active
	looks  map[core.SourceID]*look
	failed []FailedAdd // the latest, oldest first
	closed bool
	wg     sync.WaitGroup
	held   held
}

// New returns a Connect. A run that waits for an answer goes on waiting; others
// that a crash left unfinished are marked failed.
func New(ctx context.Context, c Config) (*Connect, error) {
	c.Programs = slices.DeleteFunc(slices.Clone(c.Programs), (*program.Program).IsApp)
	for _, p := range c.Programs {
		if err := fetch.CheckManifest(p.Manifest); err != nil {
			return nil, fmt.Errorf("connector %s: %w", p.Manifest.ID, err)
		}
	}
	x := &Connect{Config: c, pace: fetch.NewPace(c.Clock), active: map[core.SourceID]*active{}, looks: map[core.SourceID]*look{}}
	if err := x.sweep(ctx); err != nil {
		x.Close()
		return nil, err
	}
	return x, nil
}

// Close cancels every run and waits for their end. A run that waits for an
// answer, and a sign-in by a code, are there again after the next New.
func (c *Connect) Close() {
	c.mu.Lock()
	c.closed = true
	for _, a := range c.active {
		a.cancel(errClosing)
	}
	for _, l := range c.looks {
		l.cancel(errClosing)
	}
	c.mu.Unlock()
	c.wg.Wait()
}

// Program returns the program of that id, or false.
func (c *Connect) Program(id string) (*program.Program, bool) {
	for _, p := range c.Programs {
		if p.Manifest.ID == id {
			return p, true
		}
	}
	return nil, false
}
