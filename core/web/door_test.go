package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/web"
)

func TestDoor_knows_only_its_own_names(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	for name, want := range map[string]int{
		"127.0.0.1:8420": 200, "localhost": 200, "[::1]:8420": 200, "HOME.example:443": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421, "home.example.evil": 421, "192.168.1.9": 421, "": 421, "0.0.0.0": 421,
	} {
		changes := []change{host(name)}
		if res := h.get("/unlock", changes...); res.StatusCode != want {
			t.Errorf("GET as %q: %d, want %d", name, res.StatusCode, want)
		}
		if res := h.get("/healthz", changes...); res.StatusCode != 200 || body(t, res) != "ok\n" {
			t.Errorf("healthz as %q: %d", name, res.StatusCode)
		}
	}
}

func TestDoor_refuses_forms_of_other_sites(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	for _, tc := range []struct {
		site, origin string
		want         int
	}{
		{"same-origin", "http://127.0.0.1:8420", 303},
		{"none", "", 303},
		{"", "http://127.0.0.1:8420", 303},
		{"cross-site", "https://evil.example", 403},
		{"same-site", "http://127.0.0.1:9999", 403},
		{"", "https://evil.example", 403},
		{"", "null", 403},
		{"cross-site", "", 403},
	} {
		res := h.post("/language", url.Values{"lang": {"fr"}}, header("Sec-Fetch-Site", tc.site), header("Origin", tc.origin), header("Accept-Language", "fr"))
		if res.StatusCode != tc.want {
			t.Errorf("%+v: %d", tc, res.StatusCode)
		}
		if tc.want == 403 {
			checkPage(t, body(t, res), "fr")
		}
	}
	for _, r := range web.SiteRoutes() {
		if r.Method != "POST" {
			continue
		}
		if res := h.post(filled(r.Path), nil, header("Sec-Fetch-Site", "cross-site")); res.StatusCode != 403 {
			t.Errorf("%s from another site: %d", r.Path, res.StatusCode)
		}
	}
	if h.State() != home.Unlocked {
		t.Error("another site locked the home")
	}
}

// filled puts something in the places of a route.
func filled(path string) string {
	return strings.NewReplacer(":source", "1111111111111111", ":connector", "ondine", ":run", "1", ":ref", "1111111111111111-1", ":file", "1", ":name", "x").Replace(path)
}

func TestSetup_needs_the_link_and_works_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Now)
	form := url.Values{"password": {password}, "again": {password}}
	for _, token := range []string{"", "wrong", string(h.token) + "x"} {
		if res := h.get("/setup?token=" + token); res.StatusCode != 403 {
			t.Errorf("link %q: %d", token, res.StatusCode)
		}
		form.Set("token", token)
		if res := h.post("/setup", form); res.StatusCode != 403 || len(res.Cookies()) != 0 {
			t.Errorf("form with %q: %d", token, res.StatusCode)
		}
	}
	if h.State() != home.New {
		t.Fatal("set up without the link")
	}
	h.setUp(t)
	first := h.session
	form.Set("token", string(h.token))
	if res := h.post("/setup", form); res.StatusCode != 303 || len(res.Cookies()) != 0 {
		t.Errorf("the second time: %d, %v", res.StatusCode, res.Cookies())
	}
	if res := h.get("/setup?token=" + string(h.token)); res.StatusCode != 303 {
		t.Errorf("the link, once used: %d", res.StatusCode)
	}
	if h.session = first; h.get("/").StatusCode != 200 {
		t.Error("the first session ended")
	}
}

func TestSession_cookie_stays_with_this_site(t *testing.T) {
	t.Parallel()
	h := newHouse(t, noPace())
	h.setUp(t)
	planted := "planted-by-someone-else"
	h.session = planted
	if res := h.get("/"); res.StatusCode != 303 {
		t.Errorf("a planted session is let in: %d", res.StatusCode)
	}
	res := h.post("/unlock", url.Values{"password": {password}})
	if len(res.Cookies()) != 1 {
		t.Fatalf("cookies %v", res.Cookies())
	}
	c := res.Cookies()[0]
	if c.Name != "__Host-domicile" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie %+v", c)
	}
	if c.Value == planted || len(c.Value) < 40 {
		t.Errorf("the session %q", c.Value)
	}
	if res := h.get("/"); res.StatusCode != 303 {
		t.Error("the planted session was adopted")
	}
	lang := h.post("/language", url.Values{"lang": {"fr"}, "back": {"/search"}}).Cookies()[0]
	if lang.Name != "lang" || lang.Value != "fr" || !lang.Secure || !lang.HttpOnly || lang.SameSite != http.SameSiteLaxMode {
		t.Errorf("language cookie %+v", lang)
	}
	withLang := func(r *http.Request) { r.AddCookie(lang) }
	if text := body(t, h.get("/unlock", withLang, header("Accept-Language", "en"))); !strings.Contains(text, `lang="fr"`) {
		t.Error("the chosen language is not spoken")
	}
}

func TestLock_ends_every_session_and_closes_every_room(t *testing.T) {
	t.Parallel()
	h := newHouse(t, noPace())
	h.setUp(t)
	if res := h.get("/"); res.StatusCode != 200 {
		t.Fatalf("signed in: %d", res.StatusCode)
	}
	res := h.post("/lock", nil)
	if res.StatusCode != 303 || h.State() != home.Locked {
		t.Fatalf("lock: %d, %s", res.StatusCode, h.State())
	}
	closed := func(why string) {
		t.Helper()
		outside := map[string]bool{"/healthz": true, "/static/:name": true, "/setup": true, "/unlock": true, "/language": true,
			"/manifest.webmanifest": true, "/sw.js": true, "/offline": true,
			"/oauth/callback/:connector": true} // the provider sends the browser there without its session: see oauth_test.go
		seen := 0
		for _, r := range web.SiteRoutes() {
			if outside[r.Path] {
				continue
			}
			seen++
			res := h.send(httptest.NewRequest(r.Method, filled(r.Path), nil), header("Sec-Fetch-Site", "same-origin"))
			if res.StatusCode != 303 || !strings.HasPrefix(res.Header.Get("Location"), "/unlock") {
				t.Errorf("%s: %s %s: %d to %q", why, r.Method, r.Path, res.StatusCode, res.Header.Get("Location"))
			}
		}
		if seen < 20 {
			t.Errorf("only %d routes seen", seen)
		}
	}
	closed("locked")
	if res := h.post("/unlock", url.Values{"password": {password}}); res.StatusCode != 303 {
		t.Fatalf("unlock: %d", res.StatusCode)
	}
	closed("a session of before the lock")
	h.session = ""
	closed("no session")
}

func TestUnlock_opens_with_either_key_and_tells_neither_wrong_one(t *testing.T) {
	t.Parallel()
	h := newHouse(t, noPace())
	res := h.post("/setup", url.Values{"token": {string(h.token)}, "password": {password}, "again": {password}})
	for _, n := range elements(t, body(t, res)) {
		if attr(n, "class") == "key" {
			h.recovery = inner(n)
		}
	}
	h.post("/lock", nil)
	for name, form := range map[string]url.Values{
		"wrong password": {"password": {"glycines sous la pluie"}}, "nothing": {}, "wrong recovery": {"recovery": {"AAAAA-BBBBB"}},
	} {
		res := h.post("/unlock", form)
		if res.StatusCode != 401 || len(res.Cookies()) != 0 || !strings.Contains(body(t, res), "That key does not open this home.") {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	if res := h.post("/unlock", url.Values{"recovery": {strings.ToLower(h.recovery)}, "back": {"/sources"}}); res.StatusCode != 303 || res.Header.Get("Location") != "/sources" {
		t.Errorf("recovery: %d", res.StatusCode)
	}
}

func TestUnlock_delay_grows_with_wrong_passwords(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	now.Store(time.Now().Unix())
	h := newHouse(t, func() time.Time { return time.Unix(now.Load(), 0) })
	h.setUp(t)
	h.session = ""
	var waits []int64
	for len(waits) < 4 {
		try := func(p string) *http.Response { return h.post("/unlock", url.Values{"password": {p}}) }
		for strings.Contains(body(t, try("wrong")), "That key does not open") {
		}
		if res := try(password); res.StatusCode != 401 {
			t.Fatalf("the right password, too early: %d", res.StatusCode)
		}
		start := now.Load()
		for !strings.Contains(body(t, try("wrong")), "That key does not open") {
			if now.Add(1) > start+3600 {
				t.Fatal("the wait does not end")
			}
		}
		waits = append(waits, now.Load()-start)
	}
	for i := 1; i < len(waits); i++ {
		if waits[i] <= waits[i-1] {
			t.Errorf("waits %v do not grow", waits)
		}
	}
}

func TestForms_cannot_send_their_owner_elsewhere(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	for _, back := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "/\t/evil.example", "javascript:alert(1)", "evil", "/\r\nX: 1", ""} {
		res := h.post("/language", url.Values{"lang": {"fr"}, "back": {back}})
		if got := res.Header.Get("Location"); got != "/" {
			t.Errorf("back %q leads to %q", back, got)
		}
		page := body(t, h.get("/unlock?back="+url.QueryEscape(back)))
		for _, n := range elements(t, page) {
			if attr(n, "name") == "back" && attr(n, "value") != "/" && attr(n, "value") != "/unlock" {
				t.Errorf("back %q is kept as %q", back, attr(n, "value"))
			}
		}
	}
}

func TestForms_that_are_too_large_or_broken_are_refused(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	large := url.Values{"lang": {"fr"}, "back": {"/" + strings.Repeat("x", 1<<20)}}
	if res := h.post("/language", large); res.StatusCode != http.StatusRequestEntityTooLarge || len(res.Cookies()) != 0 {
		t.Errorf("large: %d", res.StatusCode)
	}
	r := httptest.NewRequest("POST", "/language", strings.NewReader("lang=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if res := h.send(r, header("Sec-Fetch-Site", "same-origin")); res.StatusCode != 400 {
		t.Errorf("broken: %d", res.StatusCode)
	}
}

func TestResponses_all_have_the_policy_and_stay_in_no_cache(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	check := func(what string, res *http.Response) {
		t.Helper()
		csp := res.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: policy %q lacks %s", what, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", what, csp)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", what, name, got)
			}
		}
	}
	for _, session := range []string{h.session, ""} {
		h.session = session
		for _, r := range web.SiteRoutes() {
			if r.Path == "/lock" || r.Path == "/static/:name" {
				continue
			}
			res := h.send(httptest.NewRequest(r.Method, filled(r.Path), nil), header("Sec-Fetch-Site", "same-origin"))
			check(fmt.Sprintf("%s %s, %d", r.Method, r.Path, res.StatusCode), res)
		}
	}
	check("another host", h.get("/", host("evil.example")))
	check("another site", h.post("/lock", nil, header("Sec-Fetch-Site", "cross-site")))
	check("no page", h.get("/nowhere"))
	for _, n := range elements(t, body(t, h.get("/unlock"))) {
		if n.Data != "link" || attr(n, "rel") == "manifest" {
			continue
		}
		res := h.get(attr(n, "href"))
		if res.StatusCode != 200 || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || res.Header.Get("Content-Type") == "" {
			t.Errorf("%s: %d, %v", attr(n, "href"), res.StatusCode, res.Header)
		}
	}
}

func TestLog_holds_nothing_of_what_is_asked_or_kept(t *testing.T) {
	t.Parallel()
	s := &scene{house: openHouse(t)}
	src, _ := s.addTelco(t, "zanzibarlabel", 1)
	s.source, s.run = src.ID, 1
	ref := s.put(t, src.ID, core.Record{Type: "bill", ID: "x", Title: "zanzibartitle", Data: []byte(`{"label":"zanzibardata"}`)})
	for _, path := range []string{"/search?q=zanzibarquery", "/timeline?type=zanzibartype&cursor=zanzibarcursor", "/records/" + ref.String() + "?x=zanzibarparam",
		"/timeline?source=zanzibarsource", "/sources/zanzibarpath", "/unlock?back=/zanzibarback", "/setup?token=zanzibartoken"} {
		s.get(path)
	}
	s.post("/unlock", url.Values{"password": {"zanzibarpassword"}, "back": {"/zanzibarback"}})
	s.post("/sources/new/ondine", url.Values{"f-password": {"zanzibarsecret"}, "f-username": {"zanzibaruser"}, "f-address": {"zanzibaraddress"}})
	s.post("/sources/"+src.ID.String()+"/secrets", url.Values{"f-password": {"zanzibarsecret"}})
	s.call(t, "GET", "/search?q=zanzibarquery", nil, nil)
	s.call(t, "GET", "/records/zanzibar", nil, nil)
	if text := s.log.String(); strings.Contains(text, "zanzibar") {
		t.Errorf("the log holds it: %s", text)
	}
}

func TestListen_refuses_other_machines_without_TLS(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Now)
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0", "home.example:0", "nonsense"} {
		err := h.Serve(t.Context(), home.Listen{Address: address}, func(string) { t.Errorf("%s is served", address) })
		if core.CodeOf(err) != core.Invalid {
			t.Errorf("%s: %v", address, err)
		}
	}
}
