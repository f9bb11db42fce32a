package home_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// beginDevice begins a sign-in by a code and returns what the person is shown.
func (w *works) beginDevice() connect.DeviceSignIn {
	w.t.Helper()
	if err := w.rooms.Connect.BeginDeviceSignIn(w.t.Context(), w.src.ID); err != nil {
		w.t.Fatal(err)
	}
	d := w.device()
	if d == nil || d.Ended != "" || d.Code == "" {
		w.t.Fatalf("got %+v", d)
	}
	return *d
}

func (w *works) device() *connect.DeviceSignIn {
	w.t.Helper()
	d, err := w.rooms.Connect.DeviceSignIn(w.t.Context(), w.src.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// enter types the code on the supplier's page, as the person does.
func (w *works) enter(d connect.DeviceSignIn, decision string) {
	w.t.Helper()
	res, err := http.PostForm(d.Address, url.Values{"code": {d.Code}, "username": {w.energy.User()}, "password": {w.energy.Password()}, "decision": {decision}})
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if text, err := io.ReadAll(res.Body); err != nil || !bytes.Contains(text, []byte(`id="fait"`)) {
		w.t.Fatalf("got %d %s %v", res.StatusCode, text, err)
	}
}

// eventually waits for what the home does by itself.
func (w *works) eventually(what string, is func() bool) {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); {
		if time.Now().After(end) {
			w.t.Fatal("it does not come to this: " + what)
		}
		time.Sleep(20 * time.Millisecond) // the supplier is real, and so is its interval
	}
}

// signedIn waits for the run that follows a sign-in.
func (w *works) signedIn() connect.Run {
	w.t.Helper()
	before := w.src.LastRun
	w.eventually("a run starts", func() bool {
		src, err := w.rooms.Connect.Source(w.t.Context(), w.src.ID)
		w.src = src
		return err != nil || src.LastRun > before
	})
	run, err := w.rooms.Connect.Wait(w.t.Context(), w.src.ID, w.src.LastRun, nil)
	if err != nil || w.src.Adding || w.device() != nil {
		w.t.Fatalf("got %+v %+v %v", w.src, w.device(), err)
	}
	return run
}

// endedAs waits until the sign-in has come to nothing, and checks that the home
// then leaves the supplier alone.
func (w *works) endedAs(want core.Code) {
	w.t.Helper()
	w.eventually("the sign-in ends", func() bool { d := w.device(); return d == nil || d.Ended != "" })
	if d := w.device(); d == nil || d.Ended != want || d.Code != "" {
		w.t.Errorf("got %+v, want %s", d, want)
	}
	if ids := w.rooms.Connect.SigningIn(); len(ids) > 0 {
		w.eventually("nobody waits any more", func() bool { return len(w.rooms.Connect.SigningIn()) == 0 })
	}
	if len(w.tokens) > 0 {
		w.t.Error("a token was given")
	}
}

func TestDevice_from_the_code_to_records_and_renewals(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	d := w.beginDevice()
	if d.Address != w.server.URL+"/device" || len(d.Code) != 9 || d.Until.Sub(w.clock()) > 15*time.Minute {
		t.Errorf("got %+v", d)
	}
	if _, err := w.rooms.Connect.Start(t.Context(), w.src.ID, connect.ByPerson); core.CodeOf(err) != protocol.AuthExpired {
		t.Errorf("before signing in: got %v, want auth_expired", err)
	}
	w.eventually("the home asks again and again", func() bool { return w.energy.Stats().Polls > 1 })
	if again := w.beginDevice(); again != d {
		t.Errorf("begun while it waits: got %+v, want %+v", again, d)
	}
	w.enter(d, "allow")
	w.good(w.signedIn())
	w.wait(time.Hour)
	w.good(w.pull())
	if s := w.energy.Stats(); s.Refreshes != 1 || s.Devices != 1 || s.Requests-s.Pages-s.PDFs-s.Curves > 10+s.Polls {
		t.Errorf("the supplier counted %+v", s)
	}
	w.tellsNothing()
	checks := lines(t, w.rooms, ledger.Filter{Kind: ledger.Check})
	if len(checks) != 2 || checks[1].Outcome != "waiting" || checks[1].Egress[0].Requests != 1 || checks[0].Outcome != "succeeded" || checks[0].Egress[0].Requests != w.energy.Stats().Polls {
		t.Errorf("the ledger says %+v", checks)
	}
}

func TestDevice_waits_through_lock_restart_and_kill(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	d := w.beginDevice()
	same := func(after string) {
		t.Helper()
		if got := w.device(); got == nil || *got != d {
			t.Fatalf("after a %s: got %+v, want %+v", after, got, d)
		}
		polls := w.energy.Stats().Polls
		w.eventually("it asks on after a "+after, func() bool { return w.energy.Stats().Polls > polls })
	}
	w.home.Lock()
	if err := w.home.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	w.rooms = rooms(t, w.home)
	same("lock")
	if err := w.home.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	same("restart")
	killed, err := os.ReadFile(filepath.Join(w.dir, home.Vault)) // as it lies on the disk while the home waits
	if err != nil {
		t.Fatal(err)
	}
	if err := w.home.Close(); err != nil {
		t.Fatal(err)
	}
	w.dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(w.dir, home.Vault), killed, 0o600); err != nil {
		t.Fatal(err)
	}
	w.open()
	same("kill")
	w.home.Lock()
	w.enter(d, "allow") // meanwhile
	if err := w.home.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	w.rooms = rooms(t, w.home)
	w.good(w.signedIn())
	if s := w.energy.Stats(); s.Devices != 1 || s.Logins != 1 {
		t.Errorf("the supplier counted %+v, want one request for codes", s)
	}
	w.tellsNothing()
}

func TestDevice_comes_to_nothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(*works, connect.DeviceSignIn)
		want core.Code
	}{
		"refused":                 {func(w *works, d connect.DeviceSignIn) { w.enter(d, "deny") }, protocol.ActionNeeded},
		"over, as the home knows": {func(w *works, d connect.DeviceSignIn) { w.wait(16 * time.Minute) }, protocol.AuthExpired},
		"over, as the supplier says": {func(w *works, d connect.DeviceSignIn) {
			w.energy.SetFault(providers.Fault{Kind: providers.CodeExpired})
		}, protocol.AuthExpired},
		"another's code":               {func(w *works, d connect.DeviceSignIn) { w.says(`{"error":"invalid_grant"}`) }, protocol.AuthExpired},
		"a client nobody knows":        {func(w *works, d connect.DeviceSignIn) { w.says(`{"error":"invalid_client"}`) }, protocol.AuthFailed},
		"an error that no RFC foresaw": {func(w *works, d connect.DeviceSignIn) { w.says(`{"error":"<b>"}`) }, protocol.SourceChanged},
		"no JSON":                      {func(w *works, d connect.DeviceSignIn) { w.says(`<html>`) }, protocol.SourceChanged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorks(t)
			c.do(w, w.beginDevice())
			w.endedAs(c.want)
			w.energy.SetFault(providers.Fault{})
			w.says("")
			w.enter(w.beginDevice(), "allow")
			w.good(w.signedIn())
			w.tellsNothing()
		})
	}
}

// says makes the supplier's replies about tokens and codes that text, or what
// they are for "".
func (w *works) says(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.change = func([]byte) []byte { return []byte(text) }
	if text == "" {
		w.change = nil
	}
}

func TestDevice_keeps_the_supplier_s_pace(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	d := w.beginDevice()
	w.enter(d, "allow")
	w.energy.SetFault(providers.Fault{Kind: providers.SlowDown, Times: 1})
	began := time.Now()
	w.good(w.signedIn())
	if took := time.Since(began); took < 6*time.Second || w.energy.Stats().Polls != 2 {
		t.Errorf("after a slow_down it asked again within %v, %d times in all", took, w.energy.Stats().Polls)
	}
}

func TestDevice_outlives_a_supplier_that_is_down(t *testing.T) {
	t.Parallel()
	for _, kind := range []providers.FaultKind{providers.Error500, providers.Maintenance, providers.Cut, providers.Pending} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorks(t)
			d := w.beginDevice()
			w.enter(d, "allow")
			w.energy.SetFault(providers.Fault{Kind: kind, Times: 1})
			w.good(w.signedIn())
			if s := w.energy.Stats(); s.Devices != 1 {
				t.Errorf("the supplier counted %+v", s)
			}
		})
	}
}

func TestDevice_can_be_cancelled_and_forgotten(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	d := w.beginDevice()
	if err := w.rooms.Connect.CancelDeviceSignIn(t.Context(), w.src.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.device(); got != nil || len(w.rooms.Connect.SigningIn()) > 0 {
		t.Errorf("cancelled: got %+v", got)
	}
	w.enter(d, "allow") // too late: nobody asks
	if begun := w.begin(); begun.URL == "" {
		t.Error("the other flow cannot be begun")
	}
	next := w.beginDevice()
	if next.Code == d.Code {
		t.Error("the cancelled code is shown again")
	}
	begun := w.begin() // the code flow voids it
	if got := w.device(); got != nil {
		t.Errorf("void: got %+v", got)
	}
	to := consent(t, w.energy, begun.URL, "allow")
	w.beginDevice() // and the other way round
	if _, err := w.rooms.Connect.Land(t.Context(), connect.Landing{URL: to, Binding: begun.Binding}); core.CodeOf(err) != core.Forbidden {
		t.Errorf("a void landing: got %v", err)
	}
	if err := w.rooms.Connect.Forget(t.Context(), w.src.ID); err != nil {
		t.Fatal(err)
	}
	if ids := w.rooms.Connect.SigningIn(); len(ids) > 0 || len(w.tokens) > 0 {
		t.Errorf("the home still waits for %v", ids)
	}
	if _, err := w.rooms.Connect.DeviceSignIn(t.Context(), w.src.ID); core.CodeOf(err) != core.NotFound {
		t.Errorf("got %v, want not_found", err)
	}
}

func TestDevice_begun_by_many_at_once_is_begun_once(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := w.rooms.Connect.BeginDeviceSignIn(t.Context(), w.src.ID); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if s := w.energy.Stats(); s.Devices != 1 {
		t.Errorf("the supplier counted %+v", s)
	}
}

func TestDevice_address_that_no_person_should_be_sent_to(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	at := func(address string) error {
		w.mu.Lock()
		w.change = func(reply []byte) []byte {
			var all map[string]any
			if json.Unmarshal(reply, &all) != nil || all["verification_uri"] == nil {
				return reply
			}
			all["verification_uri"] = address
			text, err := json.Marshal(all)
			if err != nil {
				t.Error(err)
			}
			return text
		}
		w.mu.Unlock()
		return w.rooms.Connect.BeginDeviceSignIn(t.Context(), w.src.ID)
	}
	for _, address := range []string{"", "/device", "//evil.example/device", "javascript:alert(1)", "data:text/html,x", "http://evil.example/device", "http://127.0.0.1:1/device",
		"http://localhost/device", "https://me@evil.example/", "https://", "https:evil.example", "https://evil.example/\u202egpj", "https://évil.example/", "https://evil.example/\nx",
		"https://evil.example/" + strings.Repeat("long", 250), "ftp://evil.example/", w.server.URL[:len(w.server.URL)-1] + "/device", "http://[::1%25x]/"} {
		if err := at(address); core.CodeOf(err) != protocol.SourceChanged {
			t.Errorf("%q: got %v, want source_changed", address, err)
		}
		if d := w.device(); d != nil {
			t.Errorf("%q is shown: %+v", address, d)
		}
	}
	const elsewhere = "https://elsewhere.example/device?from=home"
	if err := at(elsewhere); err != nil {
		t.Fatal(err)
	}
	if d := w.device(); d.Address != elsewhere {
		t.Errorf("got %+v", d)
	}
	for _, e := range lines(t, w.rooms, ledger.Filter{Kind: ledger.Check}) {
		for _, h := range e.Egress {
			if "http://"+h.Name != w.server.URL {
				t.Errorf("the home spoke to %s", h.Name)
			}
		}
	}
	if s := w.energy.Stats(); s.Requests != s.Devices+s.Polls {
		t.Errorf("the home asked for more than codes: %+v", s)
	}
}
