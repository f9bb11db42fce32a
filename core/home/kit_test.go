package home_test

import (
	"bytes"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/connect/connecttest"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/examples/providers"
)

const (
	module   = "github.com/domicile-home/domicile"
	password = "sept hiboux sous un noisetier"
)

// connector loads a connector of the repository, its module built anew.
func connector(tb testing.TB, name string) *program.Program {
	tb.Helper()
	dir := os.DirFS("../../connectors/" + name)
	pkg := fstest.MapFS{}
	err := fs.WalkDir(dir, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".json" {
			return err
		}
		text, err := fs.ReadFile(dir, file)
		pkg[file] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	pkg[name+".wasm"] = &fstest.MapFile{Data: built(tb, name, func() []byte { return sandboxtest.Wasm(tb, module+"/connectors/"+name) })}
	p, err := program.Load(pkg)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// asker loads the connector that asks.
func asker(tb testing.TB) *program.Program {
	return connecttest.Asker(tb, built(tb, "asker", func() []byte { return sandboxtest.Wasm(tb, connecttest.Module) }))
}

var (
	sharing sync.Mutex
	ofAll   *home.Shared
)

// shared returns what the homes of all tests share, as those of one server do:
// the real worker and the real connectors, compiled once.
func shared(tb testing.TB) *home.Shared {
	tb.Helper()
	sharing.Lock()
	defer sharing.Unlock()
	if ofAll != nil {
		return ofAll
	}
	s, err := home.NewShared(home.SharedConfig{Worker: built(tb, "worker", func() []byte { return sandboxtest.Worker(tb) }),
		Programs: []*program.Program{connector(tb, "ondine"), connector(tb, "ofx"), asker(tb)}})
	if err != nil {
		tb.Fatal(err)
	}
	ofAll = s
	return s
}

// partsVariable names the folder in which a test keeps what it built for the
// children that it starts over and over.
const partsVariable = "DOMICILE_TEST_PARTS"

// built returns a part: as the parent built it in a child, else made by build
// and kept for the children.
func built(tb testing.TB, name string, build func() []byte) []byte {
	tb.Helper()
	if dir := os.Getenv(partsVariable); dir != "" {
		part, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			tb.Fatal(err)
		}
		return part
	}
	part := build()
	parts[name] = part
	return part
}

// parts are what was built, by name; sharing guards it.
var parts = map[string][]byte{}

// keepParts writes what was built where a child finds it.
func keepParts(tb testing.TB, dir string) {
	tb.Helper()
	sharing.Lock()
	defer sharing.Unlock()
	for name, part := range parts {
		if err := os.WriteFile(filepath.Join(dir, name), part, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}

// log collects what a home logs.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func config(dir string, l *log) home.Config {
	return home.Config{Dir: dir, Clock: time.Now, Zone: time.UTC, Locale: "en",
		Log: slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))}
}

// openHome opens the folder, closed with the test.
func openHome(tb testing.TB, dir string, s *home.Shared, l *log) *home.Home {
	tb.Helper()
	h, err := home.Open(tb.Context(), config(dir, l), s)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := h.Close(); err != nil {
			tb.Error(err)
		}
	})
	return h
}

// unlocked opens or sets up the home in dir and returns its rooms.
func unlocked(tb testing.TB, dir string, s *home.Shared, l *log) (*home.Home, *web.Rooms) {
	tb.Helper()
	h := openHome(tb, dir, s, l)
	var err error
	if h.State() == home.New {
		_, err = h.SetUp(tb.Context(), password)
	} else {
		err = h.Unlock(tb.Context(), vault.Password(password))
	}
	if err != nil {
		tb.Fatal(err)
	}
	return h, rooms(tb, h)
}

func rooms(tb testing.TB, h *home.Home) *web.Rooms {
	tb.Helper()
	r, err := h.Rooms()
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// operator serves the simulated telco.
func operator(tb testing.TB, c providers.TelcoConfig) (*providers.Telco, string) {
	tb.Helper()
	telco := providers.NewTelco(c)
	server := httptest.NewServer(telco)
	tb.Cleanup(server.Close)
	return telco, server.URL
}

func newTelcoSource(telco *providers.Telco, address string) connect.NewSource {
	return connect.NewSource{Connector: "ondine", Config: map[string]string{"address": address, "username": telco.User()},
		Secrets: map[string]core.Secret{"password": core.Secret(telco.Password())}}
}

// addTelco adds the telco as a source.
func addTelco(tb testing.TB, r *web.Rooms, telco *providers.Telco, address string) connect.Source {
	tb.Helper()
	s, err := r.Connect.Add(tb.Context(), newTelcoSource(telco, address))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// pull runs a source to its end.
func pull(tb testing.TB, r *web.Rooms, s connect.Source) connect.Run {
	tb.Helper()
	id, err := r.Connect.Start(tb.Context(), s.ID, connect.ByPerson)
	if err != nil {
		tb.Fatal(err)
	}
	run, err := r.Connect.Wait(tb.Context(), s.ID, id, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return run
}

// find searches until the index has read the whole journal.
func find(tb testing.TB, r *web.Rooms, text string) query.Found {
	tb.Helper()
	for {
		found, err := r.Query.Search(tb.Context(), query.Search{Text: text, Limit: 50})
		if err != nil {
			tb.Fatal(err)
		}
		if !found.Behind {
			return found
		}
	}
}

// total counts the records of the home.
func total(tb testing.TB, r *web.Rooms) (n int) {
	tb.Helper()
	counts, err := r.Query.Counts(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range counts {
		n += c.Records
	}
	return n
}
