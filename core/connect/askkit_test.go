package connect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/core/vault"
)

const (
	askPassword = "sept hiboux"
	askCode     = "493817"
	askKey      = "trombone-gravier-moufle"
)

// askServer is a provider that asks for a code and counts what it is asked.
type askServer struct {
	*httptest.Server
	mu       sync.Mutex
	seen     map[string]int // requests, by path
	sessions map[string]bool
}

func newAskServer(t *testing.T) *askServer {
	s := &askServer{seen: map[string]int{}, sessions: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /code", s.code)
	mux.HandleFunc("GET /letter", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "Dear reader") })
	mux.HandleFunc("GET /notice", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "Nothing to keep") })
	mux.HandleFunc("GET /large", func(w http.ResponseWriter, r *http.Request) { w.Write(bytes.Repeat([]byte("x"), 6<<20)) })
	mux.HandleFunc("GET /documents", s.documents)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen[r.URL.Path]++
		s.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *askServer) login(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("password") != askPassword {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprintf("s%d", len(s.sessions))
	s.sessions[id] = false
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/"})
}

// code opens the session that the cookie of the sign-in names.
func (s *askServer) code(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := r.Cookie("session")
	if err != nil || r.FormValue("code") != askCode {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	if _, known := s.sessions[c.Value]; !known {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	s.sessions[c.Value] = true
}

func (s *askServer) documents(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, err := r.Cookie("session"); err != nil || !s.sessions[c.Value] {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	json.NewEncoder(w).Encode([]string{"one", "two"})
}

func (s *askServer) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[path]
}

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

// askProgram loads the connector of testdata, its manifest edited.
func askProgram(t *testing.T, edit func(string) string) *program.Program {
	t.Helper()
	pkg := fstest.MapFS{"asker.wasm": {Data: sandboxtest.Wasm(t, "./testdata/asker")}}
	dir := os.DirFS("testdata/asker")
	err := fs.WalkDir(dir, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".json" {
			return err
		}
		text, err := fs.ReadFile(dir, file)
		if edit != nil && file == "manifest.json" {
			text = []byte(edit(string(text)))
		}
		pkg[file] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := program.Load(pkg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// An asking home is one whose connector asks.
type asking struct {
	*connect.Connect
	t      *testing.T
	v      *vault.Vault
	path   string
	config connect.Config
	server *askServer
	ahead  time.Duration // the home's clock before the real one
	log    bytes.Buffer
}

// newAsking opens a home. It waits for an answer with the worker as long as
// patience says.
func newAsking(t *testing.T, patience time.Duration) *asking {
	t.Helper()
	a := &asking{t: t, server: newAskServer(t), path: filepath.Join(t.TempDir(), "vault.db")}
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
	a.config = connect.Config{Vault: v, Ingest: in, Box: box, Cache: cache, Extract: extract.New(box, cache),
		Programs: []*program.Program{askProgram(t, nil)}, Clock: clock, Zone: time.UTC, Locale: "en",
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
	n := connect.NewSource{Connector: "asker", Config: map[string]string{"address": a.server.URL},
		Secrets: map[string]core.Secret{"password": core.Secret(password)}}
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
