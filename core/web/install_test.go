package web_test

import (
	"crypto/ed25519"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/examples/gallery"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// parcels is an app that comes as a file, and asks for these fields of bills.
func parcels(fields ...string) gallery.App {
	return gallery.App{ID: "parcels", Name: "Parcels", About: "What was ordered.", Purpose: "To know what was paid.", End: gallery.Ends,
		Reads: []protocol.Read{{Type: record.TypeBill, Fields: fields, Period: "P12M", Granularity: protocol.Records}},
		Lines: []string{`{"op":"view","view":{"title":"Ordered","nodes":[]}}`}}
}

func appFile(t *testing.T, a gallery.App, version string, seed byte) upload {
	t.Helper()
	return upload{"parcels.app", must(a.Signed(version, "A workshop", seed))}
}

// look sends a file and returns the page that shows it.
func (s *scene) look(t *testing.T, file upload, words ...string) string {
	t.Helper()
	res := s.uploadTo(t, "/install", 0, file)
	page := body(t, res)
	checkPage(t, page, "en")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%d: %.1500s", res.StatusCode, plain(t, page))
	}
	for _, want := range words {
		if !strings.Contains(strings.NewReplacer("\u2068", "", "\u2069", "").Replace(html.UnescapeString(page)), want) {
			t.Errorf("the page does not say %q: %.2500s", want, plain(t, page))
		}
	}
	return page
}

func TestInstall_shows_everything_and_then_gives_nothing(t *testing.T) {
	t.Parallel()
	s := nothingYet(t)
	first := parcels("time", "vendor", "amount", "currency")
	page := s.look(t, appFile(t, first, "1.0.0", 3), "What was ordered.", "bills since ", "Of each: date, vendor, amount and currency.", "To know what was paid.",
		"Parcels cannot send anything: it has no network", "2 standard functions of WASI and nothing else", "wasi_snapshot_preview1.fd_write", "A workshop",
		"ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1")
	if _, ok := s.rooms(t).Apps.Program("parcels"); ok {
		t.Fatal("looking installed it")
	}
	s.redirects(t, s.post("/install/accept", asShown(t, page)), "/apps?installed=parcels")
	s.says(t, "/apps?installed=parcels", "Parcels is installed", "nothing, if you never did")
	if g := must(s.rooms(t).Apps.Granted(t.Context(), "parcels")); g.App != "" {
		t.Errorf("installing granted %+v", g)
	}
	s.redirects(t, s.get("/apps/parcels"), "/apps/parcels/grant")
	s.redirects(t, s.post("/apps/parcels/grant", asShown(t, body(t, s.get("/apps/parcels/grant")))), "/apps/parcels")

	later := parcels("time", "amount", "currency", "number")
	later.Reads[0].Period, later.Packs = "P24M", []string{tariffs}
	page = s.look(t, appFile(t, later, "1.1.0", 3), "Version 1.1.0 takes the place of version 1.0.0", "You allowed it to read bills since ", "It would now ask for bills since ",
		"Of bills it would ask for more: number.", "Of bills it asks for less, without: vendor.", "It reads the reference pack Electricity tariffs too.")
	before := must(s.rooms(t).Apps.Granted(t.Context(), "parcels"))
	s.redirects(t, s.post("/install/accept", asShown(t, page)), "/apps?installed=parcels")
	if after := must(s.rooms(t).Apps.Granted(t.Context(), "parcels")); !slices.Equal(after.Reads[0].Fields, before.Reads[0].Fields) || after.Reads[0].From != before.Reads[0].From {
		t.Errorf("the new version widened its grant: %+v, was %+v", after, before)
	}
	s.look(t, appFile(t, later, "1.1.0", 3), "This very app is installed already")

	s.says(t, "/apps/parcels/remove", "Parcels goes, with its settings", "You allowed it to read bills since ")
	s.redirects(t, s.post("/apps/parcels/remove", nil), "/apps?removed=1")
	s.says(t, "/apps?removed=1", "The app was removed")
	if res := s.get("/apps/parcels"); res.StatusCode != http.StatusNotFound {
		t.Errorf("removed: %d", res.StatusCode)
	}
	s.says(t, "/activity", "was removed, with all that it kept.")
}

func TestInstall_refuses_in_words(t *testing.T) {
	t.Parallel()
	s := nothingYet(t)
	first := parcels("time")
	page := s.look(t, appFile(t, first, "2.0.0", 3))
	s.redirects(t, s.post("/install/accept", asShown(t, page)), "/apps?installed=parcels")
	builtIn := first
	builtIn.ID = "bills"
	torn := appFile(t, first, "3.0.0", 3)
	torn.content[len(torn.content)-1]++
	for name, tc := range map[string]struct {
		file   upload
		status int
		says   string
	}{
		"another signer": {appFile(t, first, "3.0.0", 4), http.StatusConflict, "signed by another key"},
		"older":          {appFile(t, first, "1.0.0", 3), http.StatusConflict, "the same or a later version"},
		"built in":       {appFile(t, builtIn, "9.0.0", 3), http.StatusConflict, "came with this home"},
		"torn":           {torn, http.StatusBadRequest, "no app, or it was changed"},
		"a pack":         {upload{"x", sealed("1", "2026", 0)}, http.StatusBadRequest, "no app, or it was changed"},
		"a connector":    {connectorFile(t), http.StatusBadRequest, "a connector, not an app"},
		"too large":      {upload{"x", make([]byte, signed.MaxContent+signed.MaxHeader+1)}, http.StatusRequestEntityTooLarge, "too large"},
	} {
		res := s.uploadTo(t, "/install", 0, tc.file)
		page := body(t, res)
		checkPage(t, page, "en")
		if res.StatusCode != tc.status || !strings.Contains(plain(t, page), tc.says) {
			t.Errorf("%s: %d, without %q: %.900s", name, res.StatusCode, tc.says, plain(t, page))
		}
	}
	if res := s.post("/install/accept", url.Values{"file": {"x"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("what does not wait: %d", res.StatusCode)
	}
	page = s.look(t, appFile(t, first, "3.0.0", 3))
	s.redirects(t, s.post("/install/put-away", asShown(t, page)), "/apps")
	if res := s.post("/install/accept", asShown(t, page)); res.StatusCode != http.StatusNotFound {
		t.Errorf("put away, and accepted: %d", res.StatusCode)
	}
	if p, _ := s.rooms(t).Apps.Program("parcels"); p.Manifest.Version != "2.0.0" {
		t.Errorf("version %s", p.Manifest.Version)
	}
	for _, path := range []string{"/apps/bills/remove", "/apps/nothing/remove"} {
		if res := s.get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		if res := s.post(path, nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("remove %s: %d", path, res.StatusCode)
		}
	}
}

// connectorFile is a connector in a signed file.
func connectorFile(t *testing.T) upload {
	t.Helper()
	content, p, err := program.Pack(packageIn(t, "connectors/ofx"))
	if err != nil {
		t.Fatal(err)
	}
	h := signed.Header{Format: program.Format, ID: "ofx", Version: p.Manifest.Version, Date: record.YearOf(2026), Publisher: "x", Licence: "Apache-2.0"}
	return upload{"ofx.app", must(signed.Seal(h, content, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))))}
}
