package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/connect/connecttest"
)

// addAsker fills in the form of the connector that asks and returns the page
// that it leads to.
func (h *house) addAsker(t *testing.T, p *connecttest.Provider, password string) string {
	t.Helper()
	res := h.post("/sources/new/asker", url.Values{"f-address": {p.URL}, "f-password": {password}, "label": {"My <b>asker"}})
	to := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/sources/") {
		t.Fatalf("got %d to %q: %s", res.StatusCode, to, body(t, res))
	}
	return to
}

// until loads a page again, as a browser does, until it holds text.
func (h *house) until(t *testing.T, path, text string) string {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		res := h.get(path)
		page := body(t, res)
		if strings.Contains(page, text) {
			return page
		}
		if !strings.Contains(page, `http-equiv="refresh"`) || time.Now().After(end) {
			t.Fatalf("%s does not come to hold %q: %s", path, text, page)
		}
	}
}

func TestAsk_from_the_form_to_the_records(t *testing.T) {
	t.Parallel()
	p, h := connecttest.NewProvider(t), newHouse(t, noPace())
	h.setUp(t)
	page := h.addAsker(t, p, connecttest.Password)
	for _, lang := range []string{"en", "fr"} {
		checkPage(t, body(t, h.get(page, header("Cookie", "lang="+lang+"; "+cookie+"="+h.session))), lang)
	}
	asked := h.until(t, page, `action="`+page+`/runs/1/answer"`)
	if text := body(t, h.get(page, header("Cookie", "lang=fr; "+cookie+"="+h.session))); !strings.Contains(text, "Tapez le code envoyé au 06 •• 42") {
		t.Errorf("a French person is not asked in French: %s", text)
	}
	for _, want := range []string{"Type the code sent to 06 •• 42", "It waits until", "is being added", page + "/runs/1/cancel"} {
		if !strings.Contains(asked, want) {
			t.Errorf("the page lacks %q: %s", want, asked)
		}
	}
	if strings.Contains(asked, page+"/run\"") || strings.Contains(asked, page+"/pause") {
		t.Error("a source that waits can be started or paused")
	}
	res := h.post("/sources/new/asker", url.Values{"f-address": {p.URL}, "f-password": {connecttest.Password}})
	if res.StatusCode != http.StatusConflict {
		t.Errorf("the same account again: got %d, want conflict", res.StatusCode)
	}

	h.post("/lock", nil)
	h.keep(t, h.post("/unlock", url.Values{"password": {password}}))
	h.until(t, page, "Type the code sent to 06 •• 42")
	if res := h.post(page+"/runs/1/answer", url.Values{"answer": {connecttest.Code}}); res.Header.Get("Location") != page {
		t.Errorf("got %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	h.until(t, page, "4 records")
	h.until(t, page, "Up to date")
	if n := p.Count("/login"); n != 1 {
		t.Errorf("the provider saw %d sign-ins, want one", n)
	}
	if log := body(t, h.get(page+"/runs/1")); strings.Contains(log, connecttest.Code) {
		t.Error("the run's page tells the code")
	}
}

func TestAsk_wrong_password_shows_the_form_again(t *testing.T) {
	t.Parallel()
	p, h := connecttest.NewProvider(t), openHouse(t)
	page := h.addAsker(t, p, "wrong password")
	form := h.until(t, page, "The name or password was refused")
	checkPage(t, form, "en")
	for _, want := range []string{"Nothing was kept", `action="/sources/new/asker"`, `value="` + p.URL + `"`, "My &lt;b&gt;asker"} {
		if !strings.Contains(form, want) {
			t.Errorf("the page lacks %q: %s", want, form)
		}
	}
	if strings.Contains(form, "wrong password\"") {
		t.Error("the page shows the password")
	}
	for end := time.Now().Add(time.Minute); ; { // the same account may try again, once the source is forgotten
		if sources, err := h.rooms(t).Connect.Sources(t.Context()); err != nil || time.Now().After(end) {
			t.Fatal(err, "it is not forgotten")
		} else if len(sources) == 0 {
			break
		}
	}
	if list := body(t, h.get("/sources")); strings.Contains(list, "asker</bdi>") {
		t.Error("the source was kept")
	}
	h.addAsker(t, p, connecttest.Password)
}

func TestAsk_cancelled_leads_back_to_the_sources(t *testing.T) {
	t.Parallel()
	p, h := connecttest.NewProvider(t), openHouse(t)
	page := h.addAsker(t, p, connecttest.Password)
	h.until(t, page, "Type the code")
	h.post(page+"/runs/1/cancel", nil)
	for end := time.Now().Add(time.Minute); h.get(page).Header.Get("Location") != "/sources"; {
		if time.Now().After(end) {
			t.Fatal(body(t, h.get(page)))
		}
	}
}
