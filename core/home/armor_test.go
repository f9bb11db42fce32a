package home_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const redirect = "http://127.0.0.1:8420/oauth/callback/armor"

// works is an energy supplier and a home with a source there, on one clock that
// tests put forward.
type works struct {
	t      *testing.T
	began  time.Time
	ahead  atomic.Int64 // nanoseconds that the test put the clock forward
	energy *providers.Energy
	server *httptest.Server
	home   *home.Home
	rooms  *web.Rooms
	src    connect.Source
	log    log
	dir    string

	mu      sync.Mutex
	tokens  []string            // that the supplier gave
	devices []string            // device codes
	change  func([]byte) []byte // what comes of its replies; nil: nothing
}

// clock is in March 2026.
func (w *works) clock() time.Time {
	return time.Date(2026, 3, 15, 8, 0, 0, 0, time.UTC).Add(time.Duration(w.ahead.Load())).Add(time.Since(w.began))
}

func (w *works) wait(d time.Duration) { w.ahead.Add(int64(d)) }

func newWorks(t *testing.T) *works {
	t.Helper()
	w := &works{t: t, began: time.Now(), dir: t.TempDir()}
	w.energy = providers.NewEnergy(providers.EnergyConfig{Seed: 11, Months: 2, Clock: w.clock, Pause: time.Second, Interval: time.Second})
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.server.Close)
	w.open()
	var err error
	w.src, err = w.rooms.Connect.Add(t.Context(), connect.NewSource{Connector: "armor", Config: map[string]string{"address": w.server.URL}})
	if err != nil || !w.src.Adding {
		t.Fatalf("got %+v %v", w.src, err)
	}
	return w
}

// serve notes the tokens and device codes that the supplier gives.
func (w *works) serve(out http.ResponseWriter, r *http.Request) {
	if !slices.Contains([]string{"/token", "/device_authorization"}, r.URL.Path) {
		w.energy.ServeHTTP(out, r)
		return
	}
	got := httptest.NewRecorder()
	w.energy.ServeHTTP(got, r)
	var reply struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Device  string `json:"device_code"`
	}
	isJSON := json.Unmarshal(got.Body.Bytes(), &reply) == nil
	w.mu.Lock()
	if isJSON && reply.Access != "" {
		w.tokens = append(w.tokens, reply.Access, reply.Refresh)
	}
	if isJSON && reply.Device != "" {
		w.devices = append(w.devices, reply.Device)
	}
	change := w.change
	w.mu.Unlock()
	if change != nil {
		got.Body = bytes.NewBuffer(change(got.Body.Bytes()))
	}
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(got.Code)
	out.Write(got.Body.Bytes())
}

func (w *works) open() {
	w.t.Helper()
	c := config(w.dir, &w.log)
	c.Clock = w.clock
	h, err := home.Open(w.t.Context(), c, workers(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := h.Close(); err != nil {
			w.t.Error(err)
		}
	})
	if h.State() == home.New {
		_, err = h.SetUp(w.t.Context(), password)
	} else {
		err = h.Unlock(w.t.Context(), vault.Password(password))
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.home, w.rooms = h, rooms(w.t, h)
}

// workers is what the homes of one test share: the supplier's connector alone.
func workers(t *testing.T) *home.Shared {
	t.Helper()
	sharing.Lock()
	defer sharing.Unlock()
	s, err := home.NewShared(home.SharedConfig{Worker: built(t, "worker", func() []byte { return sandboxtest.Worker(t) }),
		Programs: []*program.Program{connector(t, "armor")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (w *works) begin() connect.SignIn {
	w.t.Helper()
	begun, err := w.rooms.Connect.BeginSignIn(w.t.Context(), w.src.ID, redirect)
	if err != nil {
		w.t.Fatal(err)
	}
	return begun
}

// consent signs in at the supplier as the person does and returns where it
// sends the browser.
func consent(t *testing.T, energy *providers.Energy, address, decision string) *url.URL {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	text, err := io.ReadAll(page.Body)
	if err != nil {
		t.Fatal(err)
	}
	request := regexp.MustCompile(`name="request" value="([^"]+)"`).FindSubmatch(text)
	if request == nil {
		t.Fatalf("no form at %s: %d %s", address, page.StatusCode, text)
	}
	site, _, _ := strings.Cut(address, "/authorize")
	res, err := client.PostForm(site+"/authorize", url.Values{"request": {string(request[1])}, "username": {energy.User()}, "password": {energy.Password()}, "decision": {decision}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || !to.Query().Has("state") {
		t.Fatalf("got %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	return to
}

// signIn signs in and waits for the run that follows.
func (w *works) signIn() connect.Run {
	w.t.Helper()
	begun := w.begin()
	to := consent(w.t, w.energy, begun.URL, "allow")
	if id, err := w.rooms.Connect.Land(w.t.Context(), connect.Landing{URL: to, Binding: begun.Binding}); err != nil || id != w.src.ID {
		w.t.Fatalf("got %s %v", id, err)
	}
	src, err := w.rooms.Connect.Source(w.t.Context(), w.src.ID)
	if err != nil || src.Adding {
		w.t.Fatalf("got %+v %v", src, err)
	}
	run, err := w.rooms.Connect.Wait(w.t.Context(), w.src.ID, src.LastRun, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

func (w *works) pull() connect.Run { return pull(w.t, w.rooms, w.src) }

func (w *works) ended(r connect.Run, want core.Code) {
	w.t.Helper()
	if r.Problem == nil || r.Problem.Code != want {
		w.t.Errorf("run %d: got %s %+v, want %s", r.ID, r.State, r.Problem, want)
	}
}

func (w *works) good(r connect.Run) {
	w.t.Helper()
	if r.State != connect.Succeeded {
		w.t.Fatalf("run %d: got %s %+v", r.ID, r.State, r.Problem)
	}
}

func TestOAuth_from_sign_in_to_records_and_renewals(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	if _, err := w.rooms.Connect.Start(t.Context(), w.src.ID, connect.ByPerson); core.CodeOf(err) != protocol.AuthExpired {
		t.Errorf("before signing in: got %v, want auth_expired", err)
	}
	run := w.signIn()
	w.good(run)
	counts := map[record.Type]int{}
	for r, err := range w.rooms.Query.List(t.Context(), query.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		counts[r.Type]++
		if r.Type == record.TypeBill && len(r.Files) != 1 {
			t.Errorf("bill %s has %d files", r.ID, len(r.Files))
		}
	}
	if counts[record.TypeContract] != 1 || counts[record.TypeBill] != len(w.energy.Bills()) || counts[record.TypeSeries] != 3 {
		t.Errorf("got %v", counts)
	}
	again := w.pull()
	if w.good(again); again.Counts.Added+again.Counts.Updated != 0 {
		t.Errorf("the second run: %+v", again.Counts)
	}
	if n := w.energy.Stats().Refreshes; n != 0 {
		t.Errorf("%d renewals while the token was good", n)
	}
	for n := 1; n <= 3; n++ { // each refresh token is good once
		w.wait(time.Hour)
		w.good(w.pull())
		if got := w.energy.Stats().Refreshes; got != n {
			t.Errorf("got %d renewals, want %d", got, n)
		}
		if n == 2 { // the rotated token is on disk
			if err := w.home.Close(); err != nil {
				t.Fatal(err)
			}
			w.open()
		}
	}
	w.tellsNothing()
}

// tellsNothing checks that no token is in the home's log, a run's, the list of
// connections, the program's exchanges or, in clear, the folder.
func (w *works) tellsNothing() {
	w.t.Helper()
	said := w.log.String()
	src, err := w.rooms.Connect.Source(w.t.Context(), w.src.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for run := core.RunID(1); run <= src.LastRun; run++ {
		lines, hops, err := w.rooms.Connect.Log(w.t.Context(), src.ID, run)
		if err != nil {
			w.t.Fatal(err)
		}
		said += fmt.Sprintf("%+v %+v", lines, hops)
	}
	file, err := os.ReadFile(filepath.Join(w.dir, home.Vault))
	if err != nil {
		w.t.Fatal(err)
	}
	said += string(file)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.tokens) == 0 {
		w.t.Error("no token was given")
	}
	for _, token := range slices.Concat(w.tokens, w.devices) {
		if strings.Contains(said, token) {
			w.t.Errorf("token %s is told", token)
		}
	}
}

func TestOAuth_token_refused_is_renewed_once(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	w.good(w.signIn())
	w.energy.SetFault(providers.Fault{Kind: providers.SessionExpired}) // every token is refused, and no renewal granted
	w.ended(w.pull(), protocol.AuthExpired)
	requests := w.energy.Stats()
	w.ended(w.pull(), protocol.AuthExpired)
	if now := w.energy.Stats(); now.Requests != requests.Requests {
		t.Errorf("a source that is signed out made %d requests", now.Requests-requests.Requests)
	}
	w.energy.SetFault(providers.Fault{})
	w.ended(w.pull(), protocol.AuthExpired)
	w.good(w.signIn())
	w.tellsNothing()
}

func TestOAuth_consent_ends(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	w.good(w.signIn())
	w.wait(91 * 24 * time.Hour)
	w.ended(w.pull(), protocol.ConsentExpired)
	w.good(w.signIn())
	w.energy.EndConsent() // earlier than promised
	w.ended(w.pull(), protocol.ConsentExpired)
}

func TestOAuth_landing_that_is_not_the_end_of_the_sign_in(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	begun := w.begin()
	to := consent(t, w.energy, begun.URL, "allow")
	with := func(name, value string) *url.URL {
		u := *to
		q := u.Query()
		q.Set(name, value)
		u.RawQuery = q.Encode()
		return &u
	}
	other := *to
	other.Path = "/oauth/callback/other"
	elsewhere := *to
	elsewhere.Host = "evil.example"
	for name, l := range map[string]connect.Landing{
		"another browser, with the whole address": {URL: to, Binding: "guess"},
		"no cookie":                    {URL: to},
		"another state":                {URL: with("state", "guess"), Binding: begun.Binding},
		"no state":                     {URL: with("state", ""), Binding: begun.Binding},
		"another connector's address":  {URL: &other, Binding: begun.Binding},
		"pasted from another site":     {URL: &elsewhere, Pasted: true},
		"pasted of another connector":  {URL: &other, Pasted: true},
		"pasted with an unknown state": {URL: with("state", "guess"), Pasted: true},
	} {
		if _, err := w.rooms.Connect.Land(t.Context(), l); core.CodeOf(err) != core.Forbidden {
			t.Errorf("%s: got %v, want forbidden", name, err)
		}
	}
	if len(w.tokens) > 0 {
		t.Error("a code was redeemed")
	}
	if _, err := w.rooms.Connect.Land(t.Context(), connect.Landing{URL: to, Binding: begun.Binding}); err != nil {
		t.Errorf("the true one: %v", err)
	}
	if _, err := w.rooms.Connect.Land(t.Context(), connect.Landing{URL: to, Binding: begun.Binding}); core.CodeOf(err) != core.Forbidden {
		t.Errorf("the true one again: got %v, want forbidden", err)
	}
	if _, err := w.rooms.Connect.Wait(t.Context(), w.src.ID, 1, nil); err != nil {
		t.Error(err)
	}
}

func TestOAuth_landing_too_late_refused_or_with_a_spent_code(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	land := func(l connect.Landing) error {
		_, err := w.rooms.Connect.Land(t.Context(), l)
		return err
	}
	begun := w.begin()
	to := consent(t, w.energy, begun.URL, "deny")
	if err := land(connect.Landing{URL: to, Binding: begun.Binding}); core.CodeOf(err) != protocol.ActionNeeded {
		t.Errorf("refused: got %v", err)
	}
	begun = w.begin()
	to = consent(t, w.energy, begun.URL, "allow")
	again := w.begin() // the one before is void
	if err := land(connect.Landing{URL: to, Binding: begun.Binding}); core.CodeOf(err) != core.Forbidden {
		t.Errorf("void: got %v", err)
	}
	q := to.Query()
	stolen := consent(t, w.energy, again.URL, "allow")
	mixed := stolen.Query()
	mixed.Set("code", q.Get("code")) // another sign-in's code: PKCE does not fit
	stolen.RawQuery = mixed.Encode()
	if err := land(connect.Landing{URL: stolen, Binding: again.Binding}); core.CodeOf(err) != protocol.AuthExpired || strings.Contains(err.Error(), q.Get("code")) {
		t.Errorf("another's code: got %v", err)
	}
	begun = w.begin()
	to = consent(t, w.energy, begun.URL, "allow")
	w.wait(11 * time.Minute)
	if err := land(connect.Landing{URL: to, Binding: begun.Binding}); core.CodeOf(err) != protocol.AuthExpired {
		t.Errorf("late: got %v", err)
	}
	if len(w.tokens) > 0 {
		t.Error("a token was given")
	}
}

func TestOAuth_sign_in_survives_a_restart_and_a_source_without_one_is_forgotten(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	begun := w.begin()
	to := consent(t, w.energy, begun.URL, "allow")
	if err := w.home.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	if id, err := w.rooms.Connect.Land(t.Context(), connect.Landing{URL: to, Pasted: true}); err != nil || id != w.src.ID {
		t.Fatalf("got %s %v", id, err)
	}
	if r, err := w.rooms.Connect.Wait(t.Context(), w.src.ID, 1, nil); err != nil || r.State != connect.Succeeded {
		t.Errorf("got %+v %+v %v", r, r.Problem, err)
	}
	other, err := w.rooms.Connect.Add(t.Context(), connect.NewSource{Connector: "armor", Config: map[string]string{"address": "http://127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	if at, err := w.rooms.Next(t.Context(), other.ID); err != nil || !at.IsZero() {
		t.Errorf("it runs by itself at %v %v without a sign-in", at, err)
	}
	if err := w.home.Close(); err != nil {
		t.Fatal(err)
	}
	w.wait(25 * time.Hour)
	w.open()
	sources, err := w.rooms.Connect.Sources(t.Context())
	if err != nil || slices.ContainsFunc(sources, func(s connect.Source) bool { return s.ID == other.ID }) || len(sources) != 1 {
		t.Errorf("got %+v %v, want the one that is signed in", sources, err)
	}
}
