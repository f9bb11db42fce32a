package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/examples/gallery"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// withApps is an empty home with made-up apps, each allowed what it asks for.
func withApps(t *testing.T, all ...gallery.App) *scene {
	t.Helper()
	var ready []*program.Program
	for _, a := range all {
		if a.Reads == nil {
			a.Name, a.About, a.Purpose = "App "+a.ID, "About", "Purpose"
			a.Reads = []protocol.Read{{Type: record.TypeBill, Fields: []string{"time", "vendor", "amount", "currency"}, Granularity: protocol.Records}}
		}
		ready = append(ready, must(a.Program()))
	}
	s := &scene{house: openHouse(t, ready...)}
	for _, p := range ready {
		s.allow(t, p.Manifest.ID)
	}
	return s
}

func (s *scene) allow(t *testing.T, id string) {
	t.Helper()
	s.redirects(t, s.post("/apps/"+id+"/grant", asShown(t, body(t, s.get("/apps/"+id+"/grant")))), "/apps/"+id)
}

func TestApp_that_fails_is_told_of_and_costs_nothing(t *testing.T) {
	t.Parallel()
	s := withApps(t, gallery.App{ID: "broken", End: gallery.Crashes}, gallery.App{ID: "slow", End: gallery.Spins}, gallery.App{ID: "silent", End: gallery.Ends},
		gallery.App{ID: "wrong", End: gallery.Ends, Lines: []string{`{"op":"view","view":{"title":"<script>","nodes":[{"kind":"html"}]}}`}})
	for id, want := range map[string]struct {
		status int
		says   string
	}{
		"broken": {http.StatusBadGateway, "stopped before it showed anything"}, "slow": {http.StatusGatewayTimeout, "took too long or too much"},
		"silent": {http.StatusBadGateway, "stopped before"}, "wrong": {http.StatusBadGateway, "stopped before"},
	} {
		ways := []*http.Response{s.get("/apps/" + id + "?of=2026")}
		if id == "broken" {
			ways = append(ways, s.post("/apps/"+id, url.Values{"of": {"2026"}}))
		}
		for i, res := range ways {
			page := body(t, res)
			checkPage(t, page, "en")
			if res.StatusCode != want.status || !strings.Contains(page, want.says) || !strings.Contains(page, "Nothing is lost") {
				t.Errorf("%s: %d, without %q: %.2000s", id, res.StatusCode, want.says, page)
			}
			if again := linkTo(t, page, "/apps/"+id+"?"); i == 0 && again != "/apps/"+id+"?of=2026" {
				t.Errorf("%s: trying again leads to %q", id, again)
			}
		}
	}
	if story := plain(t, body(t, s.get("/activity?app=broken"))); !strings.Contains(story, "App broken read nothing and showed nothing") {
		t.Errorf("%s", story)
	}
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("an app's fault is no error of the home: %s", s.log)
	}
}

func TestApp_with_nothing_to_read_says_so(t *testing.T) {
	t.Parallel()
	s := withApps(t, gallery.Watch())
	s.says(t, "/apps/watch", "There is nothing for it to read yet", "Reads bills since ", "€44.33")
	s.says(t, "/apps/watch/why/1", "0 records", "The records behind it are no longer there")
}

func TestApp_that_asks_for_more_goes_on_with_what_it_has(t *testing.T) {
	t.Parallel()
	s := withApps(t, gallery.Watch())
	g := must(s.rooms(t).Apps.Granted(t.Context(), "watch"))
	if strings.Contains(body(t, s.get("/apps/watch")), "asks for more") {
		t.Error("it has all that it asks for")
	}
	p, _ := s.rooms(t).Apps.Program("watch")
	p.Manifest.SHA256 = strings.Repeat("0", 64) // another program by now
	p.Manifest.Reads[0].Fields = append(slices.Clone(p.Manifest.Reads[0].Fields), "number")
	for path, want := range map[string]string{"/apps": "asks for more", "/apps/watch/grant": "Of each: date, title, vendor, number"} {
		s.says(t, path, want)
	}
	if now := must(s.rooms(t).Apps.Granted(t.Context(), "watch")); len(now.Reads[0].Fields) != len(g.Reads[0].Fields) {
		t.Error("it was given more")
	}
}

func TestHome_says_what_apps_say_until_it_is_put_away(t *testing.T) {
	t.Parallel()
	s := withApps(t, gallery.Watch())
	s.addTelco(t, "", 1)
	if err := s.rooms(t).Apps.Background(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := s.says(t, "/", "A bill rose by a third", "Watch.", "Your last bill was €44.33.", "Nothing was billed twice.")
	if href := linkTo(t, page, "/apps/watch/views/"); href != "/apps/watch/views/risen?by=33" {
		t.Errorf("the alert leads to %q", href)
	}
	name := ""
	for _, n := range elements(t, page) {
		if attr(n, "name") == "alert" {
			name = attr(n, "value")
		}
	}
	s.redirects(t, s.post("/apps/watch/away", url.Values{"alert": {"another"}}), "/")
	s.says(t, "/", "A bill rose by a third")
	for range 2 {
		s.redirects(t, s.post("/apps/watch/away", url.Values{"alert": {name}}), "/")
	}
	if page := s.says(t, "/", "Nothing was billed twice."); strings.Contains(page, "A bill rose") {
		t.Error("what was put away is back")
	}
	s.redirects(t, s.post("/apps/watch/pause", nil), "/apps/watch")
	if page := s.says(t, "/"); strings.Contains(page, "Your last bill") {
		t.Error("a paused app speaks")
	}
}
