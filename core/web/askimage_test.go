package web_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/examples/providers"
)

// addLetters fills in the form for a telco that shows a picture of letters, and
// returns the page that asks for them.
func addLetters(t *testing.T, h *house) (telco *providers.Telco, source, page string) {
	t.Helper()
	telco = providers.NewTelco(providers.TelcoConfig{Seed: 5, Months: 1, Letters: true})
	server := httptest.NewServer(telco)
	t.Cleanup(server.Close)
	res := h.post("/sources/new/ondine", url.Values{"f-address": {server.URL}, "f-username": {telco.User()}, "f-password": {telco.Password()}})
	source = res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(source, "/sources/") {
		t.Fatalf("got %d: %s", res.StatusCode, body(t, res))
	}
	return telco, source, h.until(t, source, "Letters in the picture of Ondine")
}

// picture is the address of the picture that a page shows.
func picture(t *testing.T, page string) string {
	t.Helper()
	m := regexp.MustCompile(`<img class="asked" src="([^"]+)" alt="([^"]+)" width="240" height="48">`).FindStringSubmatch(page)
	if m == nil || !strings.HasPrefix(m[2], "Letters in the ") && !strings.HasPrefix(m[2], "Those were not") {
		t.Fatalf("the page shows no picture, or not what it is for: %s", page)
	}
	return m[1]
}

func TestAskImage_from_the_form_to_the_records(t *testing.T) {
	t.Parallel()
	h := newHouse(t, noPace())
	h.setUp(t)
	telco, source, page := addLetters(t, h)
	for _, lang := range []string{"en", "fr"} {
		checkPage(t, body(t, h.get(source, header("Accept-Language", lang))), lang)
	}
	first := picture(t, page)
	res := h.get(first)
	data := body(t, res)
	if drawn, err := png.Decode(bytes.NewReader([]byte(data))); err != nil || drawn.Bounds().Size() != image.Pt(240, 48) {
		t.Fatalf("got %d %v", res.StatusCode, err)
	}
	for name, want := range map[string]string{"Content-Type": "image/png", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'", "Cross-Origin-Resource-Policy": "same-origin"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	h.post("/lock", nil)
	if res := h.get(first); res.StatusCode == http.StatusOK {
		t.Error("a locked home shows the picture")
	}
	h.keep(t, h.post("/unlock", url.Values{"password": {password}}))
	if again := picture(t, h.until(t, source, "Letters in the picture of Ondine")); again != first {
		t.Errorf("after a lock the picture is at %s, was at %s", again, first)
	}
	h.post(source+"/runs/1/answer", url.Values{"answer": {""}}) // another one
	second := picture(t, h.until(t, source, `class="asked"`))
	if res := h.get(first); second == first || res.StatusCode != http.StatusNotFound {
		t.Errorf("the picture of a question that is over: %d", res.StatusCode)
	}
	h.post(source+"/runs/1/answer", url.Values{"answer": {"wrong"}})
	third := picture(t, h.until(t, source, "Those were not the letters"))
	h.post(source+"/runs/1/answer", url.Values{"answer": {telco.Letters()}})
	h.until(t, source, "Up to date")
	for _, gone := range []string{third, source + "/runs/1/picture/", source + "/runs/9/picture/0"} {
		if res := h.get(gone); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d", gone, res.StatusCode)
		}
	}
	if s := telco.Stats(); s.Pictures != 4 || s.Misread != 1 || s.Logins != 1 { // one in the check, which nobody was there to answer
		t.Errorf("the operator counted %+v", s)
	}
}

func TestAskImage_proves_new_credentials(t *testing.T) {
	t.Parallel()
	h := newHouse(t, noPace())
	h.setUp(t)
	telco, source, _ := addLetters(t, h)
	h.post(source+"/runs/1/answer", url.Values{"answer": {telco.Letters()}})
	h.until(t, source, "Up to date")
	if res := h.post(source+"/secrets", url.Values{"f-password": {telco.Password()}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("got %d: %s", res.StatusCode, body(t, res))
	}
	h.until(t, source, "Letters in the picture of Ondine")
	h.post(source+"/runs/2/answer", url.Values{"answer": {telco.Letters()}})
	h.until(t, source, "Up to date")
}
