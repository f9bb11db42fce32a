package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/connect/connecttest"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/examples/providers"
)

const (
	module    = "github.com/domicile-home/domicile"
	password  = "sept hiboux sous un noisetier"
	statement = "../../cmd/domicile/demo/releve-karim.ofx"
	cookie    = "__Host-domicile"
)

// shared is what the homes of all tests share: the real worker and the real
// connectors, compiled once.
var shared = sync.OnceValue(func() *home.Shared {
	tb := &outliving{}
	s, err := home.NewShared(home.SharedConfig{Worker: sandboxtest.Worker(tb),
		Programs: []*program.Program{connector(tb, "ondine"), connector(tb, "ofx"), connector(tb, "mesinfos"), connector(tb, "table"), connector(tb, "embruns"), connector(tb, "armor"), connecttest.Asker(tb, nil), load(tb, "apps/bills")}})
	if err != nil {
		tb.Fatal(err)
	}
	return s
})

// outliving stands for the whole test process: what it starts ends with it.
type outliving struct{ testing.TB }

func (*outliving) Helper()                           {}
func (*outliving) Context() context.Context          { return context.Background() }
func (*outliving) Fatal(args ...any)                 { panic(args) }
func (*outliving) Fatalf(format string, args ...any) { panic(format) }

func connector(tb testing.TB, name string) *program.Program { return load(tb, "connectors/"+name) }

// load loads a program of the repository, its module built anew.
func load(tb testing.TB, folder string) *program.Program {
	p, err := program.Load(packageIn(tb, folder))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func packageIn(tb testing.TB, folder string) fs.FS {
	dir, name := os.DirFS("../../"+folder), path.Base(folder)
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
	pkg[name+".wasm"] = &fstest.MapFile{Data: sandboxtest.Wasm(tb, module+"/"+folder)}
	return pkg
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

// A house is a home with its pages.
type house struct {
	*home.Home
	site     http.Handler
	token    core.Secret // of first set-up
	session  string      // a session's cookie, "" before sign-in
	recovery string
	log      *log
}

// newHouse makes a home that is not set up. The clock is that of the attempts.
func newHouse(tb testing.TB, clock core.Clock) *house {
	tb.Helper()
	l := &log{}
	h, err := home.Open(tb.Context(), configIn(tb.TempDir(), l), shared())
	if err != nil {
		tb.Fatal(err)
	}
	return furnish(tb, h, l, clock)
}

// openHouse makes an unlocked home, with a session. Its password is cheap to
// check and known to nobody.
func openHouse(tb testing.TB, more ...*program.Program) *house {
	tb.Helper()
	l := &log{}
	h, err := home.Scratch(tb.Context(), configIn(tb.TempDir(), l), shared().With(more...))
	if err != nil {
		tb.Fatal(err)
	}
	house := furnish(tb, h, l, noPace())
	token, _, err := house.rooms(tb).Auth.Open(tb.Context(), "test")
	if err != nil {
		tb.Fatal(err)
	}
	house.session = string(token)
	return house
}

func configIn(dir string, l *log) home.Config {
	return home.Config{Dir: dir, Clock: time.Now, Zone: time.UTC, Locale: "en",
		Log: slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))}
}

func furnish(tb testing.TB, h *home.Home, l *log, clock core.Clock) *house {
	tb.Helper()
	tb.Cleanup(func() {
		if err := h.Close(); err != nil {
			tb.Error(err)
		}
	})
	setup, token := auth.NewSetup()
	site, err := web.NewSite(web.SiteConfig{Home: h, Setup: setup, Attempts: auth.NewAttempts(clock),
		Hosts: []string{"home.example"}, Clock: time.Now, Zone: time.UTC, Log: h.Log, Done: stopped()})
	if err != nil {
		tb.Fatal(err)
	}
	return &house{Home: h, site: site, token: token, log: l}
}

// stopped is a server that has stopped: no stream goes on.
func stopped() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

func (h *house) rooms(tb testing.TB) *web.Rooms {
	tb.Helper()
	r, err := h.Rooms()
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// A change alters a request before it is sent.
type change func(*http.Request)

func header(name, value string) change { return func(r *http.Request) { r.Header.Set(name, value) } }

func host(name string) change { return func(r *http.Request) { r.Host = name } }

// get asks for a page as the signed-in browser does.
func (h *house) get(path string, changes ...change) *http.Response {
	return h.send(httptest.NewRequest("GET", path, nil), changes...)
}

// post sends a form.
func (h *house) post(path string, form url.Values, changes ...change) *http.Response {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.send(r, append([]change{header("Sec-Fetch-Site", "same-origin")}, changes...)...)
}

func (h *house) send(r *http.Request, changes ...change) *http.Response {
	r.Host = "127.0.0.1:8420"
	if h.session != "" {
		r.AddCookie(&http.Cookie{Name: cookie, Value: h.session})
	}
	for _, c := range changes {
		c(r)
	}
	w := httptest.NewRecorder()
	h.site.ServeHTTP(w, r)
	return w.Result()
}

// keep takes the session's cookie of an answer, as a browser does.
func (h *house) keep(tb testing.TB, res *http.Response) {
	tb.Helper()
	for _, c := range res.Cookies() {
		if c.Name == cookie {
			h.session = c.Value
			return
		}
	}
	tb.Fatalf("no session in the answer %d", res.StatusCode)
}

// setUp sets the home up by its one-time link.
func (h *house) setUp(tb testing.TB) {
	tb.Helper()
	res := h.post("/setup", url.Values{"token": {string(h.token)}, "password": {password}, "again": {password}})
	if res.StatusCode != http.StatusOK {
		tb.Fatalf("set up: %d", res.StatusCode)
	}
	h.keep(tb, res)
}

func body(tb testing.TB, res *http.Response) string {
	tb.Helper()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// call speaks to the API and decodes the answer into out when it is not nil.
func (h *house) call(tb testing.TB, method, path string, in, out any) *http.Response {
	tb.Helper()
	var text io.Reader = http.NoBody
	switch in := in.(type) {
	case nil:
	case io.Reader:
		text = in
	default:
		encoded, err := json.Marshal(in)
		if err != nil {
			tb.Fatal(err)
		}
		text = bytes.NewReader(encoded)
	}
	w := httptest.NewRecorder()
	h.API().ServeHTTP(w, httptest.NewRequest(method, "/api/v1"+path, text))
	res := w.Result()
	if out != nil {
		if err := json.NewDecoder(res.Body).Decode(out); err != nil {
			tb.Fatalf("%s %s: %d, %v", method, path, res.StatusCode, err)
		}
	}
	return res
}

// addTelco adds a simulated telco under a label and runs it.
func (h *house) addTelco(tb testing.TB, label string, months int) (connect.Source, *providers.Telco) {
	tb.Helper()
	telco := providers.NewTelco(providers.TelcoConfig{Seed: 5, Months: months, Delay: 100 * time.Millisecond, Pause: time.Second})
	server := httptest.NewServer(telco)
	tb.Cleanup(server.Close)
	r := h.rooms(tb)
	s, err := r.Connect.Add(tb.Context(), connect.NewSource{Connector: "ondine", Label: label,
		Config:  map[string]string{"address": server.URL, "username": telco.User()},
		Secrets: map[string]core.Secret{"password": core.Secret(telco.Password())}})
	if err != nil {
		tb.Fatal(err)
	}
	if run := h.pull(tb, s.ID); run.State != connect.Succeeded {
		tb.Fatalf("%+v %+v", run, run.Problem)
	}
	return s, telco
}

// pull runs a source to its end.
func (h *house) pull(tb testing.TB, id core.SourceID) connect.Run {
	tb.Helper()
	r := h.rooms(tb)
	run, err := r.Connect.Start(tb.Context(), id, connect.ByPerson)
	if err != nil {
		tb.Fatal(err)
	}
	ended, err := r.Connect.Wait(tb.Context(), id, run, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return ended
}

// bring imports a file to the end of its run.
func (h *house) bring(tb testing.TB, name string, content []byte) connect.Run {
	tb.Helper()
	r := h.rooms(tb)
	id, run, err := r.Connect.Import(tb.Context(), name, bytes.NewReader(content))
	if err != nil {
		tb.Fatal(err)
	}
	ended, err := r.Connect.Wait(tb.Context(), id, run, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return ended
}

func demoStatement(tb testing.TB) []byte {
	tb.Helper()
	text, err := os.ReadFile(statement)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// noPace is a clock by which no wrong password is ever recent.
func noPace() core.Clock {
	var mu sync.Mutex
	now := time.Now()
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(24 * time.Hour)
		return now
	}
}

// decode reads a good answer's JSON into out.
func decode(tb testing.TB, res *http.Response, out any) {
	tb.Helper()
	text := body(tb, res)
	if res.StatusCode >= 300 {
		tb.Fatalf("%d %s", res.StatusCode, text)
	}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		tb.Fatalf("%v: %s", err, text)
	}
}

// addressOfTests is where the requests of httptest come from.
func addressOfTests() netip.Addr { return netip.MustParseAddr("192.0.2.1") }
