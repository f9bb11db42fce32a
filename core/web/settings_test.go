package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

// settled is a home that was set up by its link, with a known password.
func settled(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, noPace())
	h.setUp(t)
	return h
}

// told lists the kinds of the ledger's lines, newest first.
func (h *house) told(t *testing.T) (kinds []ledger.Kind) {
	t.Helper()
	page, err := h.rooms(t).Ledger.List(t.Context(), ledger.Filter{}, "", ledger.MaxPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Entries {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// beside returns what a page says beside a field.
func beside(tb testing.TB, page, field string) string {
	tb.Helper()
	for _, n := range elements(tb, page) {
		if attr(n, "id") == field+"-wrong" {
			return inner(n)
		}
	}
	return ""
}

func TestSettings_change_the_password(t *testing.T) {
	t.Parallel()
	h := settled(t)
	other, _, err := h.rooms(t).Auth.Open(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		form   url.Values
		field  string
		status int
	}{
		{url.Values{"old": {"wrong"}, "password": {newPass}, "again": {newPass}}, "old", http.StatusForbidden},
		{url.Values{"old": {password}, "password": {"azertyuiop"}, "again": {"azertyuiop"}}, "password", http.StatusBadRequest},
		{url.Values{"old": {password}, "password": {"short"}, "again": {"short"}}, "password", http.StatusBadRequest},
		{url.Values{"old": {password}, "password": {newPass}, "again": {"another"}}, "again", http.StatusBadRequest},
	} {
		res := h.post("/settings/password", tc.form)
		text := body(t, res)
		checkPage(t, text, "en")
		if res.StatusCode != tc.status || beside(t, text, tc.field) == "" {
			t.Errorf("%v: %d, %q beside %s", tc.form, res.StatusCode, beside(t, text, tc.field), tc.field)
		}
		if strings.Contains(text, newPass) || strings.Contains(text, "azertyuiop") {
			t.Error("the page repeats a password")
		}
	}
	if text := beside(t, body(t, h.post("/settings/password", url.Values{"old": {password}, "password": {"azertyuiop"}, "again": {"x"}})), "password"); !strings.Contains(text, "guess it in less than a day") {
		t.Errorf("the time to guess: %q", text)
	}
	res := h.post("/settings/password", url.Values{"old": {password}, "password": {newPass}, "again": {newPass}})
	if text := body(t, res); res.StatusCode != http.StatusOK || !strings.Contains(text, "Guessing it would take") {
		t.Fatalf("%d %.300s", res.StatusCode, text)
	}
	if res := h.get("/settings"); res.StatusCode != http.StatusOK {
		t.Errorf("this session ended too: %d", res.StatusCode)
	}
	if _, err := h.rooms(t).Auth.Check(t.Context(), other); core.CodeOf(err) != core.Unauthenticated {
		t.Errorf("another session lives on: %v", err)
	}
	if kinds := h.told(t); !slices.Contains(kinds, ledger.Password) || !slices.Contains(kinds, ledger.Refused) {
		t.Errorf("told %v", kinds)
	}
	h.Lock()
	for key, want := range map[string]core.Code{password: core.Unauthenticated, newPass: ""} {
		if err := h.Unlock(t.Context(), vault.Password(core.Secret(key))); core.CodeOf(err) != want {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestSettings_make_a_recovery_key_and_check_that_it_was_kept(t *testing.T) {
	t.Parallel()
	h := settled(t)
	if res := h.post("/settings/recovery", url.Values{"recovery-password": {"wrong"}}); res.StatusCode != http.StatusForbidden || beside(t, body(t, res), "recovery-password") == "" {
		t.Errorf("with a wrong password: %d", res.StatusCode)
	}
	text := body(t, h.post("/settings/recovery", url.Values{"recovery-password": {password}}))
	checkPage(t, text, "en")
	form, key := url.Values{}, ""
	for _, n := range elements(t, text) {
		if attr(n, "type") == "hidden" {
			form.Set(attr(n, "name"), attr(n, "value"))
		}
		if attr(n, "class") == "key" {
			key = inner(n)
		}
	}
	groups := strings.Split(key, "-")
	if len(groups) != 11 {
		t.Fatalf("key %q", key)
	}
	var a, b int
	if _, err := fmt.Sscan(form.Get("a"), &a); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(form.Get("b"), &b); err != nil {
		t.Fatal(err)
	}
	form.Set("first", groups[a-1])
	form.Set("second", groups[a-1])
	res := h.post("/settings/recovery/check", form)
	again := body(t, res)
	checkPage(t, again, "en")
	if res.StatusCode != http.StatusBadRequest || strings.Contains(again, groups[b-1]) {
		t.Errorf("a wrong group: %d", res.StatusCode)
	}
	form.Set("first", " "+strings.ToLower(strings.ReplaceAll(groups[a-1], "O", "0"))+" ")
	form.Set("second", groups[b-1])
	if res := h.post("/settings/recovery/check", form); res.Header.Get("Location") != "/settings?done=recovery" {
		t.Errorf("the right groups: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	h.Lock()
	if err := h.Unlock(t.Context(), vault.Recovery(core.Secret(key))); err != nil {
		t.Error(err)
	}
	if kinds := h.told(t); !slices.Contains(kinds, ledger.Recovery) {
		t.Errorf("told %v", kinds)
	}
}

func TestSettings_make_show_once_and_revoke_a_token(t *testing.T) {
	t.Parallel()
	h := settled(t)
	form := url.Values{"name": {"calendar <b>"}, "scope": {"sources:read", "records:read"}, "life": {"30"}, "token-password": {password}}
	for field, change := range map[string]url.Values{
		"token-password": {"token-password": {"wrong"}}, "name": {"name": {" "}}, "scopes": {"scope": {}}, "life": {"life": {"9999"}},
	} {
		wrong := url.Values{}
		for name, values := range form {
			wrong[name] = values
		}
		for name, values := range change {
			wrong[name] = values
		}
		text := body(t, h.post("/settings/tokens", wrong))
		checkPage(t, text, "en")
		if beside(t, text, field) == "" {
			t.Errorf("nothing beside %s", field)
		}
		if field != "name" && !strings.Contains(text, `value="calendar &lt;b&gt;"`) {
			t.Errorf("%s: the name that was typed is lost", field)
		}
	}
	text := body(t, h.post("/settings/tokens", form))
	checkPage(t, text, "en")
	secret := regexp.MustCompile(`domicile_[A-Za-z0-9_-]{43}`).FindString(text)
	if secret == "" {
		t.Fatalf("no token is shown: %.500s", text)
	}
	if again := body(t, h.get("/settings")); strings.Contains(again, secret) || !strings.Contains(again, "calendar &lt;b&gt;") {
		t.Error("the token is shown again, or not listed")
	}
	if res := h.ask("GET", "/sources", core.Secret(secret), nil); res.StatusCode != http.StatusOK {
		t.Errorf("the token opens nothing: %d", res.StatusCode)
	}
	if res := h.ask("GET", "/search?q=x", core.Secret(secret), nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("the token opens more than it may: %d", res.StatusCode)
	}
	list := mustTokens(t, h)
	if len(list) != 1 || !slices.Equal(list[0].Scopes, []auth.Scope{auth.RecordsRead, auth.SourcesRead}) {
		t.Fatalf("%+v", list)
	}
	if res := h.post("/settings/tokens/"+list[0].ID+"/revoke", nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("revoke: %d", res.StatusCode)
	}
	if res := h.ask("GET", "/sources", core.Secret(secret), nil); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", res.StatusCode)
	}
	if kinds := h.told(t); kinds[0] != ledger.TokenRevoked || !slices.Contains(kinds, ledger.TokenMade) || !slices.Contains(kinds, ledger.Use) {
		t.Errorf("told %v", kinds)
	}
	if text := body(t, h.get("/activity?token="+list[0].ID)); !strings.Contains(text, "calendar &lt;b&gt;") || !strings.Contains(text, "was revoked") {
		t.Error("the activity does not tell of the token")
	}
}

func TestSettings_list_and_end_sessions(t *testing.T) {
	t.Parallel()
	h := settled(t)
	var opened []core.Secret
	for _, device := range []string{"Phone", "Tablet", "<i>"} {
		token, _, err := h.rooms(t).Auth.Open(t.Context(), device)
		if err != nil {
			t.Fatal(err)
		}
		opened = append(opened, token)
	}
	text := body(t, h.get("/settings"))
	checkPage(t, text, "en")
	if !strings.Contains(text, "Phone") || !strings.Contains(text, "&lt;i&gt;") || strings.Count(text, "this one") != 1 {
		t.Error("the sessions are not all shown")
	}
	first, err := h.rooms(t).Auth.Check(t.Context(), opened[0])
	if err != nil {
		t.Fatal(err)
	}
	h.post("/settings/sessions/"+first.ID+"/revoke", nil)
	if _, err := h.rooms(t).Auth.Check(t.Context(), opened[0]); core.CodeOf(err) != core.Unauthenticated {
		t.Errorf("a session that was ended: %v", err)
	}
	if _, err := h.rooms(t).Auth.Check(t.Context(), opened[1]); err != nil {
		t.Errorf("another session: %v", err)
	}
	h.post("/settings/sessions/others/revoke", nil)
	if left := h.rooms(t).Auth.List(); len(left) != 1 {
		t.Errorf("%d sessions left", len(left))
	}
	if res := h.get("/settings"); res.StatusCode != http.StatusOK {
		t.Errorf("this one: %d", res.StatusCode)
	}
	if kinds := h.told(t); len(slices.DeleteFunc(kinds, func(k ledger.Kind) bool { return k != ledger.SessionEnded })) != 3 {
		t.Error("not each end is told")
	}
}

func TestSettings_theme_key_file_and_space(t *testing.T) {
	t.Parallel()
	h := settled(t)
	for value, want := range map[string]string{"dark": "theme=dark;", "light": "theme=light;", "system": "theme=; ", attack: "theme=; "} {
		set := h.post("/settings/theme", url.Values{"theme": {value}}).Header.Get("Set-Cookie")
		if !strings.HasPrefix(set, want) || !strings.Contains(set, "HttpOnly") {
			t.Errorf("%s: %q", value, set)
		}
	}
	if text := body(t, h.get("/settings", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "theme", Value: "dark"}) })); !strings.Contains(text, `value="dark" selected`) {
		t.Error("the theme is not shown as it is set")
	}
	if _, err := h.rooms(t).Vault.AddKeyFile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := body(t, h.get("/settings")); !strings.Contains(text, "A key file opens this home") {
		t.Error("the key file is not shown")
	}
	h.post("/settings/key-file/remove", nil)
	if text := body(t, h.get("/settings")); !strings.Contains(text, "There is no key file") {
		t.Error("the key file is still there")
	}
	if res := h.post("/settings/compact", nil); res.Header.Get("Location") != "/settings?done=compact" {
		t.Errorf("compact: %d", res.StatusCode)
	}
	if kinds := h.told(t); kinds[0] != ledger.Setting || kinds[1] != ledger.Setting {
		t.Errorf("told %v", kinds)
	}
}

func TestSettings_slow_down_who_guesses_with_a_borrowed_session(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	h.site = anotherSite(t, h)
	waits := 0
	for range 6 {
		text := body(t, h.post("/settings/recovery", url.Values{"recovery-password": {"wrong"}}))
		if strings.Contains(beside(t, text, "recovery-password"), "Wait") {
			waits++
		}
	}
	if waits < 2 {
		t.Errorf("%d of 6 guesses had to wait", waits)
	}
}
