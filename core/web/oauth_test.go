package web_test

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/examples/providers"
)

// A tenant has a home and an account at the energy supplier.
type tenant struct {
	*house
	energy *providers.Energy
	source string // its page's path
}

func newTenant(t *testing.T) *tenant {
	t.Helper()
	s, err := home.NewShared(home.SharedConfig{Worker: sandboxtest.Worker(t), Programs: []*program.Program{connector(t, "armor")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	l := &log{}
	h, err := home.Open(t.Context(), configIn(t.TempDir(), l), s)
	if err != nil {
		t.Fatal(err)
	}
	e := &tenant{house: furnish(t, h, l, noPace()), energy: providers.NewEnergy(providers.EnergyConfig{Seed: 5, Months: 1, Interval: time.Second, Delay: 100 * time.Millisecond, Pause: time.Second})}
	e.setUp(t)
	server := httptest.NewServer(e.energy)
	t.Cleanup(server.Close)
	res := e.post("/sources/new/armor", url.Values{"f-address": {server.URL}})
	if e.source = res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(e.source, "/sources/") {
		t.Fatalf("got %d %q: %s", res.StatusCode, e.source, body(t, res))
	}
	return e
}

// begin opens the page that leads to the supplier and returns its link, and the
// cookie that the browser keeps.
func (e *tenant) begin(t *testing.T) (link string, kept *http.Cookie) {
	t.Helper()
	res := e.post(e.source+"/sign-in", nil)
	page := body(t, res)
	m := regexp.MustCompile(`<a class="button" href="([^"]+)" rel="noreferrer">`).FindStringSubmatch(page)
	if res.StatusCode != http.StatusOK || m == nil {
		t.Fatalf("got %d: %s", res.StatusCode, page)
	}
	checkPage(t, strings.Replace(page, m[1], "/", 1), "en") // the one link that may lead elsewhere
	for _, c := range res.Cookies() {
		if c.Name == cookie+"-oauth" {
			kept = c
		}
	}
	if kept == nil || kept.SameSite != http.SameSiteLaxMode || !kept.HttpOnly || !kept.Secure || kept.MaxAge > 600 || kept.MaxAge <= 0 || kept.Path != "/" {
		t.Fatalf("got cookie %+v", kept)
	}
	return html.UnescapeString(m[1]), kept
}

// consent answers the supplier's page and returns where the browser is sent.
func (e *tenant) consent(t *testing.T, link, decision string) *url.URL {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := client.Get(link)
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
		t.Fatalf("no form at %s: %s", link, text)
	}
	site, _, _ := strings.Cut(link, "?")
	res, err := client.PostForm(site, url.Values{"request": {string(request[1])}, "username": {e.energy.User()}, "password": {e.energy.Password()}, "decision": {decision}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || to.Query().Get("state") == "" {
		t.Fatalf("got %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	return to
}

// arrive comes to the callback as a browser does from another site: without the
// session.
func (e *tenant) arrive(at *url.URL, kept *http.Cookie, changes ...change) *http.Response {
	session := e.session
	e.session = ""
	defer func() { e.session = session }()
	return e.get(at.RequestURI(), append(changes, func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if kept != nil {
			r.AddCookie(&http.Cookie{Name: kept.Name, Value: kept.Value})
		}
	})...)
}

func TestSignIn_at_the_provider_and_back(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	for _, lang := range []string{"en", "fr"} {
		page := body(t, e.get(e.source, header("Accept-Language", lang)))
		checkPage(t, page, lang)
		if !strings.Contains(page, `action="`+e.source+`/sign-in"`) || strings.Contains(page, `action="`+e.source+`/run"`) {
			t.Errorf("the page does not ask to sign in: %s", page)
		}
	}
	link, kept := e.begin(t)
	to := e.consent(t, link, "allow")
	if to.Path != "/oauth/callback/armor" || to.Host != "127.0.0.1:8420" {
		t.Errorf("sent back to %s", to)
	}
	res := e.arrive(to, kept)
	page := body(t, res)
	checkPage(t, page, "en")
	if res.StatusCode != http.StatusOK || res.Header.Get("Refresh") != "1; url="+e.source || res.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("got %d %q: %s", res.StatusCode, res.Header.Get("Refresh"), page)
	}
	code := to.Query().Get("code")
	if strings.Contains(page, code) || strings.Contains(page, to.Query().Get("state")) {
		t.Error("the page repeats the code or the state")
	}
	shown := e.until(t, e.source, "Up to date")
	checkPage(t, shown, "en")
	if res := e.arrive(to, kept); res.StatusCode != http.StatusForbidden {
		t.Errorf("the same landing again: got %d", res.StatusCode)
	}
	if log := e.log.String(); strings.Contains(log, code) || strings.Contains(log, kept.Value) {
		t.Error("the log tells the code or the cookie")
	}
	e.energy.EndConsent()
	e.post(e.source+"/run", nil)
	if page := e.until(t, e.source, "Your consent at the provider has ended"); !strings.Contains(page, "Sign in at Énergie d&#39;Armor") {
		t.Errorf("the page does not offer to mend it: %s", page)
	}
}

func TestSignIn_landing_of_others(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	link, kept := e.begin(t)
	to := e.consent(t, link, "allow")
	stranger := &http.Cookie{Name: kept.Name, Value: "stranger"}
	other := *to
	other.Path = "/oauth/callback/ondine"
	open := *to
	q := open.Query()
	q.Set("state", "guess")
	q.Set("back", "//evil.example")
	q.Set("redirect_uri", "https://evil.example")
	open.RawQuery = q.Encode()
	for name, res := range map[string]*http.Response{
		"no cookie": e.arrive(to, nil), "another cookie": e.arrive(to, stranger), "another connector": e.arrive(&other, kept), "open": e.arrive(&open, kept),
	} {
		text := body(t, res)
		checkPage(t, text, "en")
		if res.StatusCode != http.StatusForbidden || res.Header.Get("Location") != "" || res.Header.Get("Refresh") != "" || strings.Contains(text, "evil") {
			t.Errorf("%s: got %d %v", name, res.StatusCode, res.Header)
		}
	}
	if res := e.arrive(to, kept, host("evil.example")); res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another name: got %d", res.StatusCode)
	}
	if res := e.post(e.source+"/sign-in", nil, header("Sec-Fetch-Site", "cross-site")); res.StatusCode != http.StatusForbidden {
		t.Errorf("begun by another site: got %d", res.StatusCode)
	}
	if n := e.energy.Stats().Requests; n != 2 {
		t.Errorf("the supplier saw %d requests, want the person's two", n)
	}
}

func TestSignIn_refused_says_so(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	link, kept := e.begin(t)
	res := e.arrive(e.consent(t, link, "deny"), kept, header("Accept-Language", "fr"))
	page := body(t, res)
	checkPage(t, page, "fr")
	if !strings.Contains(page, "La connexion a été refusée") || !strings.Contains(page, `href="`+e.source+`"`) {
		t.Errorf("got %d: %s", res.StatusCode, page)
	}
}

func TestSignIn_landing_pasted(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	link, _ := e.begin(t)
	to := e.consent(t, link, "allow")
	paste := func(text string) *http.Response { return e.post(e.source+"/landing", url.Values{"landing": {text}}) }
	elsewhere := *to
	elsewhere.Host = "evil.example"
	for _, text := range []string{"", "https://127.0.0.1:8420/", elsewhere.String(), "%zz", "javascript:alert(1)"} {
		res := paste(text)
		page := body(t, res)
		checkPage(t, page, "en")
		if res.StatusCode != http.StatusForbidden || !strings.Contains(page, `role="alert"`) {
			t.Errorf("%q: got %d", text, res.StatusCode)
		}
	}
	if res := paste(to.String()); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != e.source {
		t.Errorf("got %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	e.until(t, e.source, "Up to date")
}

func TestSignIn_landing_on_a_locked_home_waits_for_its_key(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	link, kept := e.begin(t)
	to := e.consent(t, link, "allow")
	e.post("/lock", nil)
	res := e.arrive(to, kept)
	page := body(t, res)
	checkPage(t, page, "en")
	if res.StatusCode != http.StatusLocked || !strings.Contains(page, "Unlock it in another tab") || res.Header.Get("Location") != "" {
		t.Errorf("got %d: %s", res.StatusCode, page)
	}
	e.keep(t, e.post("/unlock", url.Values{"password": {password}}))
	if res := e.arrive(to, kept); res.StatusCode != http.StatusOK {
		t.Errorf("after unlocking: got %d %s", res.StatusCode, body(t, res))
	}
	e.until(t, e.source, "Up to date")
}
