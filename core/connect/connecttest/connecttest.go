// Package connecttest has a connector that asks the person, and its provider.
package connecttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/core/vault"
)

// What the provider takes.
const (
	Password = "sept hiboux"
	Code     = "493817"
)

// A Provider asks for a code and counts what it is asked.
type Provider struct {
	*httptest.Server
	mu       sync.Mutex
	seen     map[string]int // requests, by path
	sessions map[string]bool
	picture  []byte
}

// NewProvider returns a provider, closed with the test.
func NewProvider(tb testing.TB) *Provider {
	s := &Provider{seen: map[string]int{}, sessions: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /code", s.code)
	mux.HandleFunc("GET /letter", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "Dear reader") })
	mux.HandleFunc("GET /notice", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "Nothing to keep") })
	mux.HandleFunc("GET /large", func(w http.ResponseWriter, r *http.Request) { w.Write(bytes.Repeat([]byte("x"), 6<<20)) })
	mux.HandleFunc("GET /documents", s.documents)
	mux.HandleFunc("GET /picture", s.show)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen[r.URL.Path]++
		s.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	tb.Cleanup(s.Close)
	return s
}

func (s *Provider) login(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("password") != Password {
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
func (s *Provider) code(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := r.Cookie("session")
	if err != nil || r.FormValue("code") != Code {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	if _, known := s.sessions[c.Value]; !known {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	s.sessions[c.Value] = true
}

func (s *Provider) documents(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, err := r.Cookie("session"); err != nil || !s.sessions[c.Value] {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	json.NewEncoder(w).Encode([]string{"one", "two"})
}

// SetPicture makes data what the connector shows to the person.
func (s *Provider) SetPicture(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.picture = data
}

func (s *Provider) show(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Write(s.picture)
}

// Count returns how often path was asked for.
func (s *Provider) Count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[path]
}

// Source is the account at the provider, with a password.
func (s *Provider) Source(password string) connect.NewSource { return Account(s.URL, password) }

// Account is an account at the provider at address.
func Account(address, password string) connect.NewSource {
	return connect.NewSource{Connector: "asker", Config: map[string]string{"address": address},
		Secrets: map[string]core.Secret{"password": core.Secret(password)}}
}

// Module is the connector's, to be built with [sandboxtest.Wasm].
const Module = "github.com/domicile-home/domicile/core/connect/connecttest/testdata/asker"

// Asker loads the connector with its module, nil for one built anew.
func Asker(tb testing.TB, module []byte) *program.Program {
	tb.Helper()
	if module == nil {
		module = sandboxtest.Wasm(tb, Module)
	}
	_, here, _, _ := runtime.Caller(0)
	pkg := fstest.MapFS{"asker.wasm": {Data: module}}
	for _, file := range []string{"manifest.json", "strings/en.json", "strings/fr.json"} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(here), "testdata/asker", file))
		if err != nil {
			tb.Fatal(err)
		}
		pkg[file] = &fstest.MapFile{Data: text}
	}
	p, err := program.Load(pkg)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// NoLedger is the ledger of tests that look at none; core/home's tests walk the
// real one.
type NoLedger struct{}

// NoteRun implements connect.Ledger.
func (NoLedger) NoteRun(*vault.Tx, connect.Egress) error { return nil }

// NoteCheck implements connect.Ledger.
func (NoLedger) NoteCheck(context.Context, connect.Egress) error { return nil }

// NoteAdded implements connect.Ledger.
func (NoLedger) NoteAdded(*vault.Tx, connect.Source) error { return nil }

// NoteRemoved implements connect.Ledger.
func (NoLedger) NoteRemoved(context.Context) error { return nil }
