package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/examples/providers"
)

// beginCode presses the button and returns the address and the code that the
// page then shows.
func (e *tenant) beginCode(t *testing.T) (address, code, page string) {
	t.Helper()
	if res := e.post(e.source+"/code", nil); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != e.source {
		t.Fatalf("got %d to %q: %s", res.StatusCode, res.Header.Get("Location"), body(t, res))
	}
	page = body(t, e.get(e.source))
	m := regexp.MustCompile(`<a href="([^"]+)" rel="noreferrer">([^<]+)</a>.*<bdi class="typed">([^<]+)</bdi>`).FindStringSubmatch(page)
	if m == nil || m[1] != m[2] {
		t.Fatalf("the page shows no address in full, or no code: %s", page)
	}
	return html.UnescapeString(m[1]), m[3], page
}

// enter types the code on the supplier's page.
func (e *tenant) enter(t *testing.T, address, code, decision string) {
	t.Helper()
	res, err := http.PostForm(address, url.Values{"code": {code}, "username": {e.energy.User()}, "password": {e.energy.Password()}, "decision": {decision}})
	if err != nil {
		t.Fatal(err)
	}
	if text := body(t, res); !strings.Contains(text, `id="fait"`) {
		t.Fatalf("got %d %s", res.StatusCode, text)
	}
}

func TestCode_from_the_button_to_the_records(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	for _, lang := range []string{"en", "fr"} {
		page := body(t, e.get(e.source, header("Accept-Language", lang)))
		checkPage(t, page, lang)
		if !strings.Contains(page, `action="`+e.source+`/code"`) || !strings.Contains(page, `action="`+e.source+`/sign-in"`) {
			t.Errorf("the page does not offer both ways: %s", page)
		}
	}
	address, code, page := e.beginCode(t)
	for _, want := range []string{`<svg class="qr"`, `http-equiv="refresh"`, `action="` + e.source + `/code/cancel"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
	if strings.Contains(page, e.source+`/sign-in"`) || strings.Contains(page, e.source+`/code"`) {
		t.Error("a second sign-in can be begun")
	}
	for _, lang := range []string{"en", "fr"} {
		checkPage(t, body(t, e.get(e.source, header("Accept-Language", lang))), lang)
	}
	if first := body(t, e.get("/")); !strings.Contains(first, "Waits for you to sign in with a code") {
		t.Errorf("the first page does not say so: %s", first)
	}
	e.post("/lock", nil)
	e.keep(t, e.post("/unlock", url.Values{"password": {password}}))
	if page := body(t, e.get(e.source)); !strings.Contains(page, ">"+code+"<") {
		t.Errorf("the code is lost with a lock: %s", page)
	}
	e.enter(t, address, code, "allow")
	e.until(t, e.source, "Up to date")
	if s := e.energy.Stats(); s.Devices != 1 || s.Logins != 1 {
		t.Errorf("the supplier counted %+v", s)
	}
	if said := body(t, e.get("/activity?kind=check")); !strings.Contains(said, "was let in by the provider of") {
		t.Errorf("the ledger does not tell: %s", said)
	}
}

func TestCode_that_comes_to_nothing_says_so(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	address, code, _ := e.beginCode(t)
	e.enter(t, address, code, "deny")
	page := e.until(t, e.source, "The sign-in was refused")
	checkPage(t, page, "en")
	if !strings.Contains(page, `action="`+e.source+`/code"`) || strings.Contains(page, code) {
		t.Errorf("the page offers no other try, or shows the code still: %s", page)
	}
	e.energy.SetFault(providers.Fault{Kind: providers.CodeExpired})
	e.beginCode(t)
	e.until(t, e.source, "It took too long")
	e.energy.SetFault(providers.Fault{Kind: providers.Maintenance})
	res := e.post(e.source+"/code", nil)
	if page := body(t, res); res.StatusCode != http.StatusBadGateway || !strings.Contains(page, "problem") || strings.Contains(page, "It took too long") {
		t.Errorf("got %d: %s", res.StatusCode, page)
	}
	e.energy.SetFault(providers.Fault{})
	e.beginCode(t)
	e.post(e.source+"/code/cancel", nil)
	if page := body(t, e.get(e.source)); strings.Contains(page, "typed") || strings.Contains(page, `role="alert"`) {
		t.Errorf("cancelled: %s", page)
	}
	if res := e.post(e.source+"/code", nil, header("Sec-Fetch-Site", "cross-site")); res.StatusCode != http.StatusForbidden {
		t.Errorf("begun by another site: got %d", res.StatusCode)
	}
}
