// Package home puts the rooms together: it opens a folder as a home, unlocks
// and locks it, and serves its pages and its API.
//
// A home starts locked. Unlocking opens every room over the vault and starts
// its followers; locking ends sessions, runs and followers, closes the rooms
// and drops the keys. Many homes may live in one process; what is costly and
// holds nothing personal is [Shared].
package home

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
)

// The files of a home's folder.
const (
	Vault   = "vault.db"
	Cache   = "cache"
	Socket  = "domicile.sock"
	Acme    = "acme"
	Ballast = "ballast"
)

// A SharedConfig holds what every home of a process works with.
type SharedConfig struct {
	Worker   []byte // the worker program, for this machine
	Programs []*program.Program
}

// Shared is what homes of one process share. It holds nothing personal.
type Shared struct {
	programs []*program.Program
	box      *sandbox.Box
}

// NewShared starts what homes share. Close it after the last home.
func NewShared(c SharedConfig) (*Shared, error) {
	box, err := sandbox.New(sandbox.Config{Worker: c.Worker})
	if err != nil {
		return nil, err
	}
	return &Shared{c.Programs, box}, nil
}

// With returns s with more programs. Both work with the one worker of s: close s
// alone.
func (s *Shared) With(more ...*program.Program) *Shared {
	return &Shared{append(slices.Clip(s.programs), more...), s.box}
}

// Close releases the worker and its memory.
func (s *Shared) Close() error { return s.box.Close() }

// Probe attacks the sandbox of this machine from inside and says what held.
func (s *Shared) Probe(ctx context.Context) ([]sandbox.ProbeResult, error) { return s.box.Probe(ctx) }

// A Config describes one home. Every member is required.
type Config struct {
	Dir    string
	Clock  core.Clock
	Zone   *time.Location
	Locale string // "en" or "fr": what connectors are told
	Log    *slog.Logger
}

// A Home is one person's home. It is safe for concurrent use.
type Home struct {
	Config
	shared   *Shared
	setup    *auth.Setup
	token    core.Secret // of setup, printed once
	attempts *auth.Attempts

	mu    sync.RWMutex
	vault *vault.Vault   // nil while there is none
	open  *rooms         // nil while locked
	wrong map[string]int // keys tried in vain while locked, by way

	ownMu sync.Mutex // held briefly, also while mu is
	own   []netip.AddrPort
}

// Open opens the folder, making it when it does not exist. The home is new, or
// locked. Codes: conflict when another process holds the vault, damaged.
func Open(ctx context.Context, c Config, shared *Shared) (*Home, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, core.E(core.Invalid, "open home", err)
	}
	h := &Home{Config: c, shared: shared, attempts: auth.NewAttempts(c.Clock), wrong: map[string]int{}}
	h.setup, h.token = auth.NewSetup()
	v, err := vault.Open(h.path(Vault), h.options())
	switch core.CodeOf(err) {
	case "":
		h.vault = v
	case core.NotFound:
	default:
		return nil, err
	}
	return h, nil
}

// Scratch makes an unlocked home with a random password that nobody knows.
func Scratch(ctx context.Context, c Config, shared *Shared) (*Home, error) {
	h, err := Open(ctx, c, shared)
	if err != nil {
		return nil, err
	}
	password := core.Secret(rand.Text())
	options := vault.Options{Clock: c.Clock, Params: vault.Params{Time: 1, Memory: 8, Threads: 1}} // the password needs no stretching
	if _, err := h.create(ctx, password, options); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (h *Home) path(name string) string { return filepath.Join(h.Dir, name) }

// State says whether the home is new, locked or unlocked.
func (h *Home) State() web.State {
	h.mu.RLock()
	defer h.mu.RUnlock()
	switch {
	case h.vault == nil:
		return New
	case h.open == nil:
		return Locked
	default:
		return Unlocked
	}
}

// A State is where a home stands.
type State = web.State

// The states of a home.
const (
	New      = web.New
	Locked   = web.Locked
	Unlocked = web.Unlocked
)

// SetUp makes the vault and leaves the home unlocked. Codes: conflict when
// there is one, invalid for a weak password.
func (h *Home) SetUp(ctx context.Context, password core.Secret) (vault.RecoveryKey, error) {
	if err := auth.CheckPassword(password); err != nil {
		return "", err
	}
	return h.create(ctx, password, h.options())
}

func (h *Home) options() vault.Options {
	return vault.Options{Clock: h.Clock, Ballast: h.path(Ballast)}
}

func (h *Home) create(ctx context.Context, password core.Secret, o vault.Options) (vault.RecoveryKey, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.vault != nil {
		return "", core.E(core.Conflict, "set up", errors.New("this home is set up already"))
	}
	v, recovery, err := vault.Create(h.path(Vault), password, o)
	if err != nil {
		return "", err
	}
	h.vault = v
	h.open, err = h.furnish(ctx, v)
	return recovery, err
}

// Unlock opens every room. It does nothing when the home is unlocked with the
// same key. Codes: unauthenticated, damaged, not_found when the home is new.
func (h *Home) Unlock(ctx context.Context, key vault.Key) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.vault == nil {
		return core.E(core.NotFound, "unlock", errors.New("this home is not set up"))
	}
	if err := h.vault.Unlock(ctx, key); err != nil {
		h.noteWrong(ctx, key, err)
		return err
	}
	if h.open != nil {
		return nil
	}
	open, err := h.furnish(ctx, h.vault)
	if err != nil {
		h.vault.Lock()
		return err
	}
	h.open = open
	h.noteUnlock(ctx, key)
	return nil
}

// Lock ends sessions, runs and followers, and drops the keys.
func (h *Home) Lock() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open == nil {
		return
	}
	if err := h.open.close(); err != nil {
		h.Log.Error("lock", "error", err)
	}
	h.open = nil
	h.vault.Lock()
}

// Rooms returns the rooms of the unlocked home. Codes: locked, not_found when
// the home is new.
func (h *Home) Rooms() (*web.Rooms, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	switch {
	case h.vault == nil:
		return nil, core.E(core.NotFound, "enter", errors.New("this home is not set up"))
	case h.open == nil:
		return nil, core.E(core.Locked, "enter", nil)
	}
	return &h.open.Rooms, nil
}

// Close locks the home and releases its files.
func (h *Home) Close() error {
	h.Lock()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.vault == nil {
		return nil
	}
	err := h.vault.Close()
	h.vault = nil
	if err != nil {
		return fmt.Errorf("close home: %w", err)
	}
	return nil
}
