package web_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
)

// makeToken makes a token with scopes.
func (h *house) makeToken(t *testing.T, life time.Duration, scopes ...auth.Scope) (core.Secret, auth.Token) {
	t.Helper()
	secret, token, err := h.rooms(t).Tokens.Make(t.Context(), auth.NewToken{Name: "calendar", Scopes: scopes, Life: life},
		func(*vault.Tx, auth.Token) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return secret, token
}

// ask asks the API over the network, as a program with a token does.
func (h *house) ask(method, path string, token core.Secret, in io.Reader, changes ...change) *http.Response {
	r := httptest.NewRequest(method, "/api/v1"+path, in)
	r.Host = "127.0.0.1:8420"
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+string(token))
	}
	for _, c := range changes {
		c(r)
	}
	w := httptest.NewRecorder()
	h.site.ServeHTTP(w, r)
	return w.Result()
}

// uses lists the ledger's lines of tokens, newest first.
func (h *house) uses(t *testing.T) []ledger.Entry {
	t.Helper()
	page, err := h.rooms(t).Ledger.List(t.Context(), ledger.Filter{Kind: ledger.Use}, "", ledger.MaxPage)
	if err != nil {
		t.Fatal(err)
	}
	return page.Entries
}

const month = 30 * 24 * time.Hour

// apiPlaces fills the places of the API's addresses with what a scene has.
func apiPlaces(s *scene, bill core.Record) func(string) string {
	return strings.NewReplacer(":ref", bill.Ref.String(), ":source", bill.Ref.Source.String(), ":file", fmt.Sprint(bill.Files[0].File), ":run", "1").Replace
}

// someBill returns a record with a file.
func (s *scene) someBill(t *testing.T) core.Record {
	t.Helper()
	for r, err := range s.rooms(t).Query.List(t.Context(), query.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Files) > 0 {
			return r
		}
	}
	t.Fatal("no record has a file")
	return core.Record{}
}

func TestToken_opens_what_its_scopes_say_and_nothing_else(t *testing.T) {
	t.Parallel()
	s := household(t)
	fill := apiPlaces(s, s.someBill(t))
	for route, needs := range web.Endpoints() {
		method, path, _ := strings.Cut(route, " ")
		path = fill(path)
		if method == "POST" && strings.HasSuffix(path, "import") {
			path += "?name=x.bin"
		}
		allowed, _ := s.makeToken(t, month, needs...)
		res := s.ask(method, path, allowed, strings.NewReader("?"))
		if res.StatusCode == http.StatusForbidden || res.StatusCode == http.StatusUnauthorized {
			t.Errorf("%s with its scopes: %d %s", route, res.StatusCode, body(t, res))
		}
		for _, missing := range needs {
			others := slices.DeleteFunc(auth.Scopes(), func(one auth.Scope) bool { return one == missing })
			secret, _ := s.makeToken(t, month, others...)
			res := s.ask(method, path, secret, strings.NewReader("?"))
			if text := body(t, res); res.StatusCode != http.StatusForbidden || !strings.Contains(text, `"code":"forbidden"`) ||
				!strings.Contains(res.Header.Get("WWW-Authenticate"), "insufficient_scope") {
				t.Errorf("%s without %s: %d %s", route, missing, res.StatusCode, text)
			}
		}
		for _, one := range mustTokens(t, s.house) {
			if err := s.rooms(t).Tokens.Revoke(t.Context(), one.ID, func(*vault.Tx, auth.Token) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	if found := s.uses(t); len(found) < 2*len(web.Endpoints()) {
		t.Errorf("%d lines in the ledger", len(found))
	}
}

func mustTokens(t *testing.T, h *house) []auth.Token {
	t.Helper()
	list, err := h.rooms(t).Tokens.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestToken_hostile_ones_open_nothing(t *testing.T) {
	t.Parallel()
	s := household(t)
	good, token := s.makeToken(t, month, auth.Scopes()...)
	for name, bad := range map[string]string{
		"empty": "", "another": "domicile_" + strings.Repeat("A", 43), "without its prefix": strings.TrimPrefix(string(good), "domicile_"),
		"cut": string(good)[:len(good)-1], "longer": string(good) + "A", "very long": "domicile_" + strings.Repeat("x", 10_000),
		"zeros": "domicile_\x00\x00", "its hash": token.ID, "in quotes": `"` + string(good) + `"`, "in another case": strings.ToUpper(string(good)),
		"two": string(good) + "," + string(good), "a session": s.session,
	} {
		h := &house{Home: s.Home, site: anotherSite(t, s.house), log: s.log} // a pace of its own
		for _, r := range []*http.Response{
			h.ask("GET", "/records", "", nil, header("Authorization", "Bearer "+bad)),
			h.ask("GET", "/records", "", nil, header("Authorization", "Basic "+bad)),
		} {
			text := body(t, r)
			if r.StatusCode != http.StatusUnauthorized || !strings.Contains(text, `"code":"unauthenticated"`) || r.Header.Get("WWW-Authenticate") == "" ||
				r.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %d %s", name, r.StatusCode, text)
			}
			if len(bad) > 8 && strings.Contains(text, bad) {
				t.Errorf("%s: the answer repeats the token", name)
			}
		}
	}
	for name, res := range map[string]*http.Response{
		"a session's cookie":     s.ask("GET", "/records", "", nil, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: cookie, Value: s.session}) }),
		"a token as a cookie":    s.ask("GET", "/records", "", nil, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: cookie, Value: string(good)}) }),
		"a token in the address": s.ask("GET", "/records?access_token="+string(good), "", nil),
		"two headers":            s.ask("GET", "/records", good, nil, func(r *http.Request) { r.Header.Add("Authorization", "Bearer "+string(good)) }),
	} {
		if res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	if res := s.ask("GET", "/records", good, nil); res.StatusCode != http.StatusOK {
		t.Errorf("the right one after all those: %d", res.StatusCode)
	}
	for _, path := range []string{"/status", "/verify", "/setup", "/password", "/key-file", "/sources/x/runs/1/undo"} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			if res := s.ask(method, path, good, strings.NewReader("{}")); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s over the network: %d", method, path, res.StatusCode)
			}
		}
	}
	if strings.Contains(s.log.String(), string(good)) {
		t.Error("the log holds a token")
	}
}

// anotherSite serves the same home with attempts of its own.
func anotherSite(t *testing.T, h *house) http.Handler {
	t.Helper()
	setup, _ := auth.NewSetup()
	site, err := web.NewSite(web.SiteConfig{Home: h.Home, Setup: setup, Attempts: auth.NewAttempts(time.Now), Hosts: nil, Zone: time.UTC, Log: h.Log})
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func TestToken_wrong_ones_slow_down_and_good_ones_do_not(t *testing.T) {
	t.Parallel()
	s := household(t)
	now := time.Now()
	setup, _ := auth.NewSetup()
	attempts := auth.NewAttempts(func() time.Time { return now })
	site, err := web.NewSite(web.SiteConfig{Home: s.Home, Setup: setup, Attempts: attempts, Zone: time.UTC, Log: s.Log})
	if err != nil {
		t.Fatal(err)
	}
	s.site = site
	good, _ := s.makeToken(t, month, auth.SourcesRead)
	for n := range 6 {
		want := http.StatusUnauthorized
		if n >= 3 {
			want = http.StatusTooManyRequests
		}
		res := s.ask("GET", "/sources", core.Secret(fmt.Sprint("domicile_wrong", n)), nil)
		if res.StatusCode != want || (want == http.StatusTooManyRequests) != (res.Header.Get("Retry-After") != "") {
			t.Errorf("wrong token %d: %d, Retry-After %q", n, res.StatusCode, res.Header.Get("Retry-After"))
		}
		if res := s.ask("GET", "/sources", good, nil); res.StatusCode != http.StatusOK {
			t.Errorf("the right token after %d wrong ones: %d", n, res.StatusCode)
		}
	}
	if _, err := attempts.Begin(addressOfTests()); err != nil {
		t.Errorf("wrong tokens hold back the password: %v", err)
	}
}

func TestToken_ends_when_it_expires_is_revoked_or_the_home_locks(t *testing.T) {
	t.Parallel()
	s := household(t)
	short, _ := s.makeToken(t, time.Nanosecond, auth.SourcesRead)
	if res := s.ask("GET", "/sources", short, nil); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("an expired token: %d", res.StatusCode)
	}
	secret, token := s.makeToken(t, month, auth.SourcesRead)
	kept, _ := s.makeToken(t, month, auth.SourcesRead)
	if res := s.ask("GET", "/sources", secret, nil); res.StatusCode != http.StatusOK {
		t.Fatalf("a good token: %d", res.StatusCode)
	}
	if err := s.rooms(t).Tokens.Revoke(t.Context(), token.ID, func(*vault.Tx, auth.Token) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if res := s.ask("GET", "/sources", secret, nil); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", res.StatusCode)
	}
	s.Lock()
	for _, tok := range []core.Secret{kept, "domicile_wrong", ""} {
		res := s.ask("GET", "/sources", tok, nil)
		if text := body(t, res); res.StatusCode != http.StatusLocked || !strings.Contains(text, `"code":"locked"`) {
			t.Errorf("while locked: %d %s", res.StatusCode, text)
		}
	}
}

func TestAPI_is_not_reached_by_another_name(t *testing.T) {
	t.Parallel()
	s := household(t)
	good, _ := s.makeToken(t, month, auth.Scopes()...)
	for _, name := range []string{"evil.example", "127.0.0.1.evil.example", "home.example.evil.example", ""} {
		res := s.ask("GET", "/records", good, nil, host(name))
		if text := body(t, res); res.StatusCode != http.StatusMisdirectedRequest || strings.Contains(text, `"records"`) {
			t.Errorf("as %q: %d %.80s", name, res.StatusCode, text)
		}
	}
	if res := s.ask("GET", "/records", good, nil, host("home.example:8420")); res.StatusCode != http.StatusOK {
		t.Errorf("by its own name: %d", res.StatusCode)
	}
}

func TestAPI_speaks_the_callers_language(t *testing.T) {
	t.Parallel()
	s := household(t)
	for lang, want := range map[string]string{"fr": "Ce jeton", "en": "This token", "de": "This token"} {
		res := s.ask("GET", "/records", "domicile_x", nil, header("Accept-Language", lang))
		if text := body(t, res); !strings.Contains(text, want) || res.Header.Get("Content-Language") == "" {
			t.Errorf("%s: %s", lang, text)
		}
	}
}

func TestAPI_answers_304_until_something_changes(t *testing.T) {
	t.Parallel()
	s := household(t)
	bill := s.someBill(t)
	good, _ := s.makeToken(t, month, auth.RecordsRead, auth.FilesRead)
	fill := apiPlaces(s, bill)
	for _, path := range []string{"/records", "/records/:ref", "/files/:source/:file"} {
		path = fill(path)
		first := s.ask("GET", path, good, nil)
		tag := first.Header.Get("ETag")
		if first.StatusCode != http.StatusOK || tag == "" {
			t.Fatalf("%s: %d, tag %q", path, first.StatusCode, tag)
		}
		for _, named := range []string{tag, `"x", ` + tag, "*"} {
			if res := s.ask("GET", path, good, nil, header("If-None-Match", named)); res.StatusCode != http.StatusNotModified || body(t, res) != "" {
				t.Errorf("%s, If-None-Match %s: %d", path, named, res.StatusCode)
			}
		}
		if res := s.ask("GET", path, good, nil, header("If-None-Match", `"another"`)); res.StatusCode != http.StatusOK {
			t.Errorf("%s, another tag: %d", path, res.StatusCode)
		}
		if strings.HasPrefix(path, "/files") {
			continue
		}
		bill.Title += "!"
		s.put(t, bill.Ref.Source, bill)
		if res := s.ask("GET", path, good, nil, header("If-None-Match", tag)); res.StatusCode != http.StatusOK || res.Header.Get("ETag") == tag {
			t.Errorf("%s after a change: %d, tag %s", path, res.StatusCode, res.Header.Get("ETag"))
		}
	}
	if res := s.ask("GET", fill("/files/:source/:file"), good, nil, header("Range", "bytes=0-3")); res.StatusCode != http.StatusPartialContent || body(t, res) != "%PDF" {
		t.Errorf("a part of a file: %d", res.StatusCode)
	}
}

func TestAPI_each_use_is_a_line_that_holds_no_text(t *testing.T) {
	t.Parallel()
	s := household(t)
	bill := s.someBill(t)
	good, token := s.makeToken(t, month, auth.Scopes()...)
	fill := apiPlaces(s, bill)
	for _, tc := range []struct {
		method, path string
		in           string
		want         ledger.Entry
	}{
		{"GET", "/records?type=bill&limit=2", "", ledger.Entry{Route: "GET /records", Types: []string{"bill"}, Records: 2, Source: bill.Ref.Source}},
		{"GET", "/records/:ref", "", ledger.Entry{Route: "GET /records/:ref", Types: []string{"bill"}, Records: 1, Source: bill.Ref.Source}},
		{"GET", "/records/0000000000000001-1", "", ledger.Entry{Route: "GET /records/:ref", Outcome: "not_found"}},
		{"GET", "/files/:source/:file", "", ledger.Entry{Route: "GET /files/:source/:file", Source: bill.Ref.Source}},
		{"GET", "/sources", "", ledger.Entry{Route: "GET /sources"}},
		{"POST", "/sources/:source/runs", "", ledger.Entry{Route: "POST /sources/:source/runs", Source: bill.Ref.Source}},
		{"POST", "/import?name=x.bin", "?", ledger.Entry{Route: "POST /import"}},
		{"GET", "/search?q=nothinghasthisword", "", ledger.Entry{Route: "GET /search"}},
	} {
		before := len(s.uses(t))
		body(t, s.ask(tc.method, fill(tc.path), good, strings.NewReader(tc.in)))
		all := s.uses(t)
		if len(all) != before+1 {
			t.Errorf("%s %s wrote %d lines", tc.method, tc.path, len(all)-before)
			continue
		}
		got := all[0]
		if got.Token != token.ID || got.Name != "calendar" || got.Route != tc.want.Route || !slices.Equal(got.Types, tc.want.Types) || got.Records != tc.want.Records ||
			got.Source != tc.want.Source || got.Outcome != tc.want.Outcome {
			t.Errorf("%s %s wrote %+v", tc.method, tc.path, got)
		}
		if text := fmt.Sprint(got); strings.Contains(text, bill.Title) || strings.Contains(text, "nothinghas") {
			t.Errorf("the line holds a text: %s", text)
		}
	}
	if seen := mustTokens(t, s.house)[0].Seen; time.Since(seen) > time.Minute {
		t.Errorf("last use %s", seen)
	}
}

func TestAPI_walks_all_records_by_cursor(t *testing.T) {
	t.Parallel()
	s := many(t)
	good, _ := s.makeToken(t, month, auth.RecordsRead)
	seen, cursor := map[core.Ref]bool{}, ""
	for pages := 0; pages < 20; pages++ {
		var page struct {
			Records []core.Record
			Next    string
		}
		decode(t, s.ask("GET", "/records?type=transaction&limit=250&cursor="+cursor, good, nil), &page)
		for _, r := range page.Records {
			if seen[r.Ref] {
				t.Errorf("%s came twice", r.Ref)
			}
			seen[r.Ref] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != plenty {
		t.Errorf("%d records, want %d", len(seen), plenty)
	}
	if res := s.ask("GET", "/records?cursor=x", good, nil); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a cursor that is none: %d", res.StatusCode)
	}
}

func TestAPI_imports_and_runs_with_a_token(t *testing.T) {
	t.Parallel()
	s := &scene{house: openHouse(t)}
	good, _ := s.makeToken(t, month, auth.ImportWrite, auth.SourcesRead, auth.SourcesRun)
	run, _ := last[connect.Run](t, s.ask("POST", "/import?name=releve.ofx", good, bytes.NewReader(demoStatement(t)),
		header("Content-Type", "application/x-www-form-urlencoded"))) // what curl says of any data
	if run.State != connect.Succeeded || run.Counts.Added != 13 {
		t.Errorf("import %+v", run)
	}
	src, telco := s.addTelco(t, "", 1)
	res := s.ask("POST", "/sources/"+src.ID.String()+"/runs", good, nil, header("Prefer", "respond-async"))
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusAccepted || at == "" {
		t.Fatalf("%d, at %q", res.StatusCode, at)
	}
	path := strings.TrimPrefix(at, "/api/v1")
	for run = (connect.Run{}); !run.State.HasEnded() && t.Context().Err() == nil; {
		decode(t, s.ask("GET", path, good, nil), &run)
	}
	if run.State != connect.Succeeded {
		t.Errorf("%+v", run)
	}
	text := body(t, s.ask("GET", "/sources", good, nil))
	if strings.Contains(text, telco.User()) || strings.Contains(text, src.Config["address"]) {
		t.Errorf("a token reads the account: %s", text)
	}
}
