package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestApps_from_asking_to_taking_back(t *testing.T) {
	t.Parallel()
	s := household(t)
	if text := plain(t, body(t, s.get("/apps"))); !strings.Contains(text, "Bills") || !strings.Contains(text, "Not allowed yet") {
		t.Errorf("%s", text)
	}
	if res := s.get("/apps/bills"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/apps/bills/grant" {
		t.Errorf("without a grant: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	page := body(t, s.get("/apps/bills/grant"))
	checkPage(t, page, "en")
	t.Log(plain(t, page))
	res := s.post("/apps/bills/grant", asShown(t, page))
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/apps/bills" {
		t.Fatalf("%d %.3000s", res.StatusCode, body(t, res))
	}
	page = body(t, s.get("/apps/bills"))
	checkPage(t, page, "en")
	t.Log(plain(t, page))
	why := ""
	for _, n := range elements(t, page) {
		if href := attr(n, "href"); strings.Contains(href, "/why/") {
			why = href
		}
	}
	page = body(t, s.get(why))
	checkPage(t, page, "en")
	t.Log(why, plain(t, page))
	t.Log(plain(t, body(t, s.get("/activity?app=bills"))))
}

// asShown returns a page's consent form as a browser would send it untouched.
func asShown(tb testing.TB, page string) url.Values {
	tb.Helper()
	form := url.Values{}
	for _, n := range elements(tb, page) {
		name := attr(n, "name")
		switch {
		case n.Data == "input" && name != "":
			if kind := attr(n, "type"); kind != "checkbox" && kind != "radio" || has(n, "checked") {
				form.Add(name, attr(n, "value"))
			}
		case n.Data == "option" && has(n, "selected"):
			form.Add(attr(n.Parent, "name"), attr(n, "value"))
		}
	}
	return form
}
