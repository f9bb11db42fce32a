package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/examples/gallery"
)

func TestSearch_is_saved_opened_and_forgotten(t *testing.T) {
	t.Parallel()
	s := nothingYet(t)
	const text = "forfait type:bill"
	res := s.post("/search/save", url.Values{"q": {text}, "name": {gallery.Markup[:50]}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/search?q=forfait+type%3Abill" {
		t.Fatalf("%d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	saved := func(path string) (links, names int) {
		page := body(t, s.get(path))
		checkPage(t, page, "en")
		for _, n := range elements(t, page) {
			if n.Data == "a" && attr(n, "href") == "/search?q=forfait+type%3Abill" && inner(n) == gallery.Markup[:50] {
				links++
			}
			if n.Data == "input" && attr(n, "name") == "name" && attr(n, "type") == "hidden" {
				names++
			}
		}
		return links, names
	}
	for _, path := range []string{"/search", res.Header.Get("Location")} {
		if links, names := saved(path); links != 1 || names != 1 {
			t.Errorf("%s: %d links, %d to forget", path, links, names)
		}
	}
	if page := body(t, s.get(res.Header.Get("Location"))); !strings.Contains(page, "Saved as") || strings.Contains(page, `action="/search/save"`) {
		t.Error("a saved search can be saved again")
	}
	if bad := s.post("/search/save", url.Values{"q": {" "}}); bad.StatusCode != http.StatusBadRequest {
		t.Errorf("an empty search: %d", bad.StatusCode)
	}
	if res := s.post("/search/forget", url.Values{"name": {gallery.Markup[:50]}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("forget: %d", res.StatusCode)
	}
	if links, names := saved("/search"); links+names != 0 {
		t.Errorf("forgotten: %d links", links)
	}
	s.session = ""
	if res := s.post("/search/save", url.Values{"q": {"x"}}); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/unlock") {
		t.Errorf("without a session: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
}
