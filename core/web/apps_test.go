package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// allowed is a household that allows Bills what it asks for.
func allowed(t *testing.T) *scene {
	t.Helper()
	s := household(t)
	s.redirects(t, s.post("/apps/bills/grant", asShown(t, body(t, s.get("/apps/bills/grant")))), "/apps/bills")
	return s
}

func (s *scene) redirects(tb testing.TB, res *http.Response, want string) {
	tb.Helper()
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != want {
		tb.Fatalf("%d to %q, want %q: %.2000s", res.StatusCode, got, want, body(tb, res))
	}
}

func TestApps_from_asking_to_taking_back(t *testing.T) {
	t.Parallel()
	s := household(t)
	s.says(t, "/apps", "Not allowed yet", "Asks to read bills and bank lines since ", "cannot send anything")
	s.redirects(t, s.get("/apps/bills"), "/apps/bills/grant")
	s.says(t, "/apps/bills/grant", "Today: 2 bills since ", "Of each: date, title, vendor", "Not: tax, other data", "To show what you were billed")
	s.redirects(t, s.post("/apps/bills/grant", asShown(t, body(t, s.get("/apps/bills/grant")))), "/apps/bills")
	page := s.says(t, "/apps/bills", "Reads bills and bank lines since ", "Billed in the last twelve months: €75.71")
	s.says(t, linkTo(t, page, "/apps/bills/why/"), "€75.71", "2 records", "Total €75.71", "Ondine Télécom, octobre 2026")
	if ref := linkTo(t, page, "/records/"); ref != "" {
		s.says(t, ref, "Where it comes from")
	}
	s.redirects(t, s.post("/apps/bills/pause", nil), "/apps/bills")
	s.says(t, "/apps/bills", "Paused", "It reads nothing and shows nothing")
	s.redirects(t, s.get("/apps/bills/why/1"), "/apps/bills")
	s.redirects(t, s.post("/apps/bills/resume", nil), "/apps/bills")
	s.redirects(t, s.post("/apps/bills/revoke", nil), "/apps")
	s.redirects(t, s.get("/apps/bills"), "/apps/bills/grant")
	s.redirects(t, s.post("/apps/bills/revoke", nil), "/apps") // nothing to take back, and nothing to tell
	story := s.says(t, "/activity?app=bills", "You allowed Bills to read bills and bank lines since ", "Bills read 2 bills and 11 bank lines to show its page.", "You paused Bills.", "You resumed Bills.",
		"You took back what Bills could read; what it had kept was erased.")
	if strings.Contains(plain(t, story), "Ondine Télécom brought") || strings.Count(story, "You took back") != 1 {
		t.Error("the story of one app tells of others, or twice")
	}
}

// says asks for a page and reports what it does not say.
func (s *scene) says(t *testing.T, path string, words ...string) string {
	t.Helper()
	page := body(t, s.get(path))
	checkPage(t, page, "en")
	text := plain(t, page)
	for _, want := range words {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not say %q: %.1500s", path, want, text)
		}
	}
	return page
}

// linkTo returns the first address of a page that begins so, "" for none.
func linkTo(tb testing.TB, page, begin string) string {
	tb.Helper()
	for _, n := range elements(tb, page) {
		if href := attr(n, "href"); strings.HasPrefix(href, begin) {
			return href
		}
	}
	return ""
}

func TestGrant_gives_what_was_chosen_and_no_more(t *testing.T) {
	t.Parallel()
	s := allowed(t)
	form := asShown(t, body(t, s.get("/apps/bills/grant")))
	form["field-bill"] = []string{"time", "title", "lines", "extra"} // of which two were never asked for
	form.Set("since-bill-day", "2026-10-15")
	form.Set("sources-bill", "some")
	form.Set("source-bill", s.source.String())
	form.Set("until-day", "2099-12-31")
	form.Set("look", "1")
	seen := body(t, s.post("/apps/bills/grant", form))
	checkPage(t, seen, "en")
	for _, want := range []string{"what Bills kept for itself will be erased", "Today: 1 bill since 15 October 2026", "Until 31 December 2099"} {
		if !strings.Contains(strings.NewReplacer("\u2068", "", "\u2069", "").Replace(seen), want) {
			t.Errorf("the look does not say %q", want)
		}
	}
	if g := s.granted(t); len(g.Reads[0].Fields) < 5 {
		t.Error("looking changed the grant")
	}
	s.redirects(t, s.post("/apps/bills/grant", asShown(t, seen)), "/apps/bills")
	g := s.granted(t)
	if got := strings.Join(g.Reads[0].Fields, " "); got != "vendor amount currency time title" {
		t.Errorf("fields %s", got)
	}
	if a := g.Reads[0]; a.From.String() != "2026-10-15" || len(a.Sources) != 1 || a.Sources[0] != s.source || g.Until.String() != "2099-12-31" || a.Granularity != protocol.Records {
		t.Errorf("granted %+v", g)
	}
	s.says(t, "/apps/bills", "Reads bills since 15 October 2026", "Active until 31 December 2099", "Billed in the last twelve months: €44.33")
	if page := body(t, s.get("/apps/bills")); !strings.Contains(page, "from 1 source only") {
		t.Error("the app's page does not say from how many sources")
	}
	s.says(t, "/activity?app=bills", "You allowed Bills to read bills since 15 October 2026 and bank lines since ", ", until 31 December 2099.")
}

func (s *scene) granted(t *testing.T) apps.Grant {
	t.Helper()
	return must(s.rooms(t).Apps.Granted(t.Context(), "bills"))
}

func TestGrant_says_what_is_wrong_beside_it_and_gives_nothing(t *testing.T) {
	t.Parallel()
	s := household(t)
	shown := asShown(t, body(t, s.get("/apps/bills/grant")))
	for name, tc := range map[string]struct {
		field, value string
		status       int
		says         string
	}{
		"not a day":         {"since-bill-day", "yesterday", http.StatusBadRequest, "A day is written as"},
		"a month":           {"until-day", "2030-01", http.StatusBadRequest, "A day is written as"},
		"too early":         {"since-bill-day", "1999-01-01", http.StatusBadRequest, "It asks for nothing before"},
		"no bound":          {"since-bill", "", http.StatusBadRequest, "It asks for nothing before"},
		"over":              {"until-day", "2020-01-01", http.StatusBadRequest, "This day is over."},
		"no source":         {"sources-bill", "some", http.StatusBadRequest, "Choose at least one source"},
		"a source of none":  {"source-bill", "x", http.StatusBadRequest, "Choose at least one source"},
		"another programme": {"module", "another", http.StatusConflict, "has changed meanwhile"},
	} {
		form := url.Values{}
		for key := range shown {
			form[key] = shown[key]
		}
		if form.Set(tc.field, tc.value); tc.field == "source-bill" {
			form.Set("sources-bill", "some")
		}
		res := s.post("/apps/bills/grant", form)
		page := body(t, res)
		checkPage(t, page, "en")
		if res.StatusCode != tc.status || !strings.Contains(page, tc.says) {
			t.Errorf("%s: %d, without %q", name, res.StatusCode, tc.says)
		}
		if name == "not a day" && asShown(t, page).Get("since-bill") != shown.Get("since-bill") {
			t.Error("a day that is none undid what was chosen")
		}
		if g := s.granted(t); g.App != "" {
			t.Fatalf("%s: granted %+v", name, g)
		}
	}
	shown.Set("close-bill", "hourly") // as it asks, for want of sense
	s.redirects(t, s.post("/apps/bills/grant", shown), "/apps/bills")
	if g := s.granted(t); g.Reads[0].Granularity != protocol.Records {
		t.Errorf("%+v", g)
	}
}

func TestApp_addresses_are_its_own(t *testing.T) {
	t.Parallel()
	s := allowed(t)
	for path, want := range map[string]int{
		"/apps/bills?still=1&cursor=x&view=y": http.StatusOK, "/apps/bills/views/by-year?k=v": http.StatusOK,
		"/apps/bills?K=v": http.StatusNotFound, "/apps/bills/views/X": http.StatusNotFound, "/apps/bills/views/grant/why/1": http.StatusOK,
		"/apps/bills/why/0": http.StatusNotFound, "/apps/bills/why/9999": http.StatusNotFound, "/apps/bills/why/x": http.StatusNotFound,
		"/apps/nothing": http.StatusNotFound, "/apps/nothing/grant": http.StatusNotFound, "/apps/ondine": http.StatusNotFound,
	} {
		if res := s.get(path); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
	s.redirects(t, s.post("/apps/bills/views/month", url.Values{"of": {"2026-10"}, "note": {""}}), "/apps/bills/views/month?of=2026-10")
	page, err := s.rooms(t).Ledger.List(t.Context(), ledger.Filter{App: "bills"}, "", 1)
	if err != nil || len(page.Entries) != 1 || page.Entries[0].Mode != string(protocol.ModeAction) {
		t.Errorf("the form was not sent in mode action: %+v, %v", page.Entries, err)
	}
	if res := s.post("/apps/bills", url.Values{"Bad name": {"x"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("a bad name: %d", res.StatusCode)
	}
	if res := s.post("/apps/bills/revoke", nil, header("Sec-Fetch-Site", "cross-site")); res.StatusCode != http.StatusForbidden || s.granted(t).App == "" {
		t.Errorf("another site: %d", res.StatusCode)
	}
}

// asShown returns a page's forms as a browser would send them untouched.
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

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
