package connect_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
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
	password = core.Secret("correct horse battery staple") // of the vault
	secret   = "motdepasse-zirconium"                      // at the provider
	pin      = "9341-quetzal"                              // that the connector sees
)

var (
	sharing sync.Mutex
	ofAll   *sandbox.Box
)

// box returns the one of all tests, as a process has one: programs compile once.
func box(tb testing.TB) *sandbox.Box {
	tb.Helper()
	sharing.Lock()
	defer sharing.Unlock()
	if ofAll == nil {
		b, err := sandbox.New(sandbox.Config{Worker: sandboxtest.Worker(tb)})
		if err != nil {
			tb.Fatal(err)
		}
		ofAll = b
	}
	return ofAll
}

const manifest = `{"protocol":1,"kind":"connector","id":"guest","version":"1.0.0","name":"name","description":"name","authors":["A"],
	"licence":"Apache-2.0","runtime":"wasm","module":"guest.wasm","lan":true,"produces":["document","transaction"],"interactive":["otp","columns"],"fields":[
	{"name":"address","kind":"address","label":"name","required":true},
	{"name":"user","kind":"text","label":"name","required":true,"account":true},
	{"name":"password","kind":"secret","label":"name","required":true,"use":[{"host":"","method":"POST","path":"/login","place":"form","name":"password"}]},
	{"name":"pin","kind":"secret","label":"name","reveal":true}],
	"accepts":[{"media_type":"text/plain","extensions":[".guest"],"detect":[{"header":"GUEST"}]},
	{"media_type":"application/zip","extensions":[".zip"],"detect":[{"zip_entry":"january.txt"}]}],"languages":["en","fr"]}`

// guest is the connector of testdata/guest.
func guest(tb testing.TB) *program.Program {
	tb.Helper()
	text := &fstest.MapFile{Data: []byte(`{"name":"Guest","code":"The code that you were sent"}`)}
	p, err := program.Load(fstest.MapFS{"manifest.json": {Data: []byte(manifest)}, "strings/en.json": text, "strings/fr.json": text,
		"guest.wasm": {Data: sandboxtest.Wasm(tb, "./testdata/guest")}})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// A provider says what the guest does, and holds a request to /hang until
// release.
type provider struct {
	url     string
	mu      sync.Mutex
	steps   string
	states  []string // as the guest sent them, run by run
	given   string   // the latest password
	hanging chan struct{}
	release chan struct{}
}

func newProvider(tb testing.TB) *provider {
	tb.Helper()
	p := &provider{hanging: make(chan struct{}, 10), release: make(chan struct{})}
	server := httptest.NewServer(p)
	tb.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// says sets the steps of the next runs.
func (p *provider) says(steps string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steps = steps
}

// state is what the latest run began with.
func (p *provider) state() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.states[len(p.states)-1]
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/hang" {
		p.hanging <- struct{}{}
		select {
		case <-p.release:
		case <-r.Context().Done():
		}
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch r.URL.Path {
	case "/login":
		if p.given = r.FormValue("password"); p.given != secret {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, p.given)
		}
	case "/steps":
		p.states = append(p.states, r.FormValue("state"))
		io.WriteString(w, p.steps)
	case "/echo":
		io.WriteString(w, p.given)
	case "/file":
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "a file")
	}
}

// A world is a Connect over a real vault, and a provider.
type world struct {
	*connect.Connect
	vault    *vault.Vault
	path     string
	provider *provider
	log      *bytes.Buffer
}

var cheap = vault.Options{Params: vault.Params{Time: 1, Memory: 64, Threads: 1}}

func newWorld(t *testing.T) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vault.db")
	v, _, err := vault.Create(path, password, cheap)
	if err != nil {
		t.Fatal(err)
	}
	return furnish(t, &world{vault: v, path: path, provider: newProvider(t)})
}

// furnish opens the rooms over the world's vault; they close with the test.
func furnish(t *testing.T, w *world) *world {
	t.Helper()
	sealer, err := w.vault.Sealer("programs")
	if err != nil {
		t.Fatal(err)
	}
	in, err := ingest.New(w.vault, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	cache := sandbox.NewCache(filepath.Join(t.TempDir(), "programs"), sealer)
	w.log = &bytes.Buffer{}
	w.Connect, err = connect.New(t.Context(), connect.Config{Ledger: connecttest.NoLedger{},
		Vault: w.vault, Ingest: in, Box: box(t), Cache: cache, Extract: extract.New(box(t), cache), Programs: []*program.Program{guest(t)},
		Clock: time.Now, Zone: time.UTC, Locale: "en", Logger: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Own: func() []netip.AddrPort { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Close()
		if err := w.vault.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// account is what the person fills in for one user at the provider.
func (w *world) account(user string) connect.NewSource {
	return connect.NewSource{Connector: "guest", Config: map[string]string{"address": w.provider.url, "user": user},
		Secrets: map[string]core.Secret{"password": secret, "pin": pin}}
}

func (w *world) add(t *testing.T, user string) connect.Source {
	t.Helper()
	s, err := w.tryAdd(t, w.account(user))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tryAdd adds a source and waits for the run that proves it.
func (w *world) tryAdd(t *testing.T, n connect.NewSource) (connect.Source, error) {
	t.Helper()
	w.provider.says("")
	s, err := w.Add(t.Context(), n)
	if err != nil {
		return s, err
	}
	run, err := w.Wait(t.Context(), s.ID, s.LastRun, nil)
	if failed, ok := w.FailedAdd(s.ID); ok {
		run, err = failed.Run, nil
	}
	return s, errors.Join(err, problem(run))
}

// problem is a run's problem as an error, or nil.
func problem(r connect.Run) error {
	if r.Problem == nil {
		return nil
	}
	return core.E(r.Problem.Code, "run", errors.New(r.Problem.Message))
}

// change proves new secrets by a run.
func (w *world) change(t *testing.T, s connect.Source, secrets map[string]core.Secret) error {
	t.Helper()
	w.provider.says("")
	id, err := w.SetSecrets(t.Context(), s.ID, secrets)
	if err != nil {
		return err
	}
	return problem(w.end(t, s.ID, id))
}

// start begins a run with these steps.
func (w *world) start(t *testing.T, s connect.Source, steps string) core.RunID {
	t.Helper()
	w.provider.says(steps)
	id, err := w.Start(t.Context(), s.ID, connect.ByPerson)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// end waits for the end of a run.
func (w *world) end(t *testing.T, s core.SourceID, run core.RunID) connect.Run {
	t.Helper()
	r, err := w.Wait(t.Context(), s, run, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pull runs the steps to their end.
func (w *world) pull(t *testing.T, s connect.Source, steps string) connect.Run {
	t.Helper()
	return w.end(t, s.ID, w.start(t, s, steps))
}

// until watches a run until it is in the state.
func (w *world) until(t *testing.T, s connect.Source, run core.RunID, state connect.State) connect.Run {
	t.Helper()
	for {
		r, changed, err := w.Watch(t.Context(), s.ID, run)
		if err != nil {
			t.Fatal(err)
		}
		if r.State == state {
			return r
		}
		if changed == nil {
			t.Fatalf("ended %s (%+v) before it was %s", r.State, r.Problem, state)
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// records counts the records of a source.
func (w *world) records(t *testing.T, id core.SourceID) (n int) {
	t.Helper()
	err := w.vault.View(t.Context(), func(tx *vault.Tx) error {
		space, err := tx.Space(id)
		if err != nil {
			return err
		}
		for r, err := range space.Records(0) {
			if err != nil {
				return err
			}
			if !r.Deleted {
				n++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// code fails unless err has the code.
func code(t *testing.T, what string, err error, want core.Code) {
	t.Helper()
	if got := core.CodeOf(err); got != want {
		t.Errorf("%s: got %v, want code %q", what, err, want)
	}
}

// image opens a copy of the vault's file as it stands, as another home.
func (w *world) image(t *testing.T) *world {
	t.Helper()
	text, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "vault.db")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(path, cheap)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	return furnish(t, &world{vault: v, path: path, provider: w.provider})
}
