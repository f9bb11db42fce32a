package connect_test

import (
	"bytes"
	"log/slog"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/connect/connecttest"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/core/vault"
)

const (
	askPassword = connecttest.Password
	askCode     = connecttest.Code
	askKey      = "trombone-gravier-moufle" // of the vault
)

var (
	askBoxOnce sync.Mutex
	askBox     *sandbox.Box
)

// sharedBox is one for all tests of the file: it lives as long as the process.
func sharedBox(t *testing.T) *sandbox.Box {
	t.Helper()
	askBoxOnce.Lock()
	defer askBoxOnce.Unlock()
	if askBox == nil {
		b, err := sandbox.New(sandbox.Config{Worker: sandboxtest.Worker(t)})
		if err != nil {
			t.Fatal(err)
		}
		askBox = b
	}
	return askBox
}

// An asking home is one whose connector asks.
type asking struct {
	*connect.Connect
	t      *testing.T
	v      *vault.Vault
	path   string
	config connect.Config
	server *connecttest.Provider
	ahead  time.Duration // the home's clock before the real one
	log    bytes.Buffer
}

// newAsking opens a home. It waits for an answer with the worker as long as
// patience says.
func newAsking(t *testing.T, patience time.Duration) *asking {
	t.Helper()
	a := &asking{t: t, server: connecttest.NewProvider(t), path: filepath.Join(t.TempDir(), "vault.db")}
	v, _, err := vault.Create(a.path, askKey, vault.Options{Params: vault.Params{Time: 1, Memory: 64, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	a.v = v
	clock := func() time.Time { return time.Now().Add(a.ahead) }
	in, err := ingest.New(v, clock)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := v.Sealer("programs")
	if err != nil {
		t.Fatal(err)
	}
	box := sharedBox(t)
	cache := sandbox.NewCache(t.TempDir(), sealer)
	a.config = connect.Config{Ledger: connecttest.NoLedger{}, Vault: v, Ingest: in, Box: box, Cache: cache, Extract: extract.New(box, cache),
		Programs: []*program.Program{connecttest.Asker(t, nil)}, Clock: clock, Zone: time.UTC, Locale: "en",
		Logger: slog.New(slog.NewTextHandler(&a.log, nil)), Own: func() []netip.AddrPort { return nil }, Patience: patience}
	a.open()
	t.Cleanup(func() {
		a.Close()
		if err := a.v.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func (a *asking) open() {
	a.t.Helper()
	c, err := connect.New(a.t.Context(), a.config)
	if err != nil {
		a.t.Fatal(err)
	}
	a.Connect = c
}

// reopen locks the home and unlocks it.
func (a *asking) reopen() {
	a.t.Helper()
	a.Close()
	a.v.Lock()
	if err := a.v.Unlock(a.t.Context(), vault.Password(askKey)); err != nil {
		a.t.Fatal(err)
	}
	a.open()
}

func (a *asking) source(password string, config ...string) connect.NewSource {
	n := a.server.Source(password)
	for i := 0; i < len(config); i += 2 {
		n.Config[config[i]] = config[i+1]
	}
	return n
}

// add adds the source and waits for the first question.
func (a *asking) add(config ...string) connect.Source {
	a.t.Helper()
	s, err := a.Add(a.t.Context(), a.source(askPassword, config...))
	if err != nil {
		a.t.Fatal(err)
	}
	a.until(s, 1, isWaiting)
	return s
}

func isWaiting(r connect.Run) bool { return r.State == connect.Waiting }

func hasEnded(r connect.Run) bool { return r.State.HasEnded() }

// until waits until the run is as wanted, which it must become.
func (a *asking) until(s connect.Source, run core.RunID, is func(connect.Run) bool) connect.Run {
	a.t.Helper()
	for {
		r, changed, err := a.Watch(a.t.Context(), s.ID, run)
		if err != nil {
			a.t.Fatal(err)
		}
		if is(r) {
			return r
		}
		if changed == nil {
			a.t.Fatalf("the run ended otherwise: %+v %+v", r, r.Problem)
		}
		<-changed
	}
}

func (a *asking) answer(s connect.Source, run core.RunID, text string) {
	a.t.Helper()
	if err := a.Answer(s.ID, run, text); err != nil {
		a.t.Fatal(err)
	}
}
