package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/examples/packs"
)

const tariffs = "electricity-tariffs"

func sealed(version, date string, seed byte) []byte {
	return must(packs.Seal(tariffs, version, date, seed))
}

// publisher serves a simulated publisher of packs.
func publisher(t *testing.T) (*packs.Publisher, string) {
	t.Helper()
	p := must(packs.NewPublisher())
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, server.URL
}

func (s *scene) held(t *testing.T) []pack.Held {
	t.Helper()
	return must(s.rooms(t).Packs.List(t.Context()))
}

func TestPacks_come_as_files_and_go(t *testing.T) {
	t.Parallel()
	s := nothingYet(t)
	s.says(t, "/packs", "No reference pack yet", "Nothing is fetched before you ask.")
	s.redirects(t, s.uploadTo(t, "/packs", 0, upload{"x.pack", sealed("2026.11", "2026-11", 0)}), "/packs?done=added")
	page := s.says(t, "/packs?done=added", "The pack is here", "Electricity tariffs", "Here since today")
	for _, want := range []string{"November 2026", packs.Author, "2026.11", "CC0-1.0", s.held(t)[0].SHA256} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "/fetch") {
		t.Error("a pack that came as a file can be fetched")
	}
	for name, tc := range map[string]struct {
		file   []byte
		status int
		says   string
	}{
		"no pack":        {[]byte("x"), http.StatusBadRequest, "no reference pack, or it was changed"},
		"changed":        {append(sealed("2026.12", "2026-12", 0), ' '), http.StatusBadRequest, "no reference pack, or it was changed"},
		"another signer": {sealed("2026.12", "2026-12", 1), http.StatusConflict, "signed by another key"},
		"earlier":        {sealed("2026.10", "2026-10", 0), http.StatusConflict, "the same or a later version"},
		"older":          {sealed("2026.12", "2026-10", 0), http.StatusConflict, "of an earlier date"},
		"too large":      {make([]byte, pack.MaxContent+signed.MaxHeader+1), http.StatusRequestEntityTooLarge, "too large"},
	} {
		res := s.uploadTo(t, "/packs", 0, upload{"x.pack", tc.file})
		page := body(t, res)
		checkPage(t, page, "en")
		if res.StatusCode != tc.status || !strings.Contains(plain(t, page), tc.says) || !strings.Contains(page, `role="alert"`) {
			t.Errorf("%s: %d, without %q", name, res.StatusCode, tc.says)
		}
	}
	if res := s.uploadTo(t, "/packs", 200, upload{"x.pack", sealed("2026.12", "2026-12", 0)}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("cut: %d", res.StatusCode)
	}
	if res := s.uploadTo(t, "/packs", 0); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no file: %d", res.StatusCode)
	}
	if all := s.held(t); len(all) != 1 || all[0].Version != "2026.11" {
		t.Errorf("kept %+v", all)
	}
	s.redirects(t, s.post("/packs/"+tariffs+"/remove", nil), "/packs") // without being sure
	if len(s.held(t)) != 1 {
		t.Error("removed without being sure")
	}
	s.redirects(t, s.post("/packs/"+tariffs+"/remove", url.Values{"sure": {"yes"}}), "/packs?done=removed")
	s.says(t, "/packs?done=removed", "The pack was removed", "No reference pack yet")
	if res := s.post("/packs/"+tariffs+"/remove", url.Values{"sure": {"yes"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("removed twice: %d", res.StatusCode)
	}
}

func TestPacks_are_fetched_from_an_address_that_the_person_gives(t *testing.T) {
	t.Parallel()
	s := nothingYet(t)
	s.bring(t, "releve.ofx", demoStatement(t))
	p, at := publisher(t)
	address := at + "/" + tariffs + packs.Suffix
	res := s.post("/packs/follow", url.Values{"address": {address + "?me=1"}})
	page := body(t, res)
	checkPage(t, page, "en")
	if res.StatusCode != http.StatusBadRequest || asShown(t, page).Get("address") != address+"?me=1" || !strings.Contains(page, `aria-invalid="true"`) || len(p.Visits()) != 0 {
		t.Errorf("a query: %d, %d requests: %.800s", res.StatusCode, len(p.Visits()), plain(t, page))
	}
	s.redirects(t, s.post("/packs/follow", url.Values{"address": {address}}), "/packs?done=followed")
	s.says(t, "/packs?done=followed", "Compare its key below", "Fetched today at ", "Next time ")
	p.Publish(tariffs, sealed("2026.12", "2026-12", 1))
	s.redirects(t, s.post("/packs/"+tariffs+"/fetch", nil), "/packs")
	s.says(t, "/packs", "Could not be fetched today at ", "signed by another key", "The pack that is here stays, and can be used.")
	s.says(t, "/", "Electricity tariffs", "signed by another key", "See what to do")
	p.Break(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) })
	s.redirects(t, s.post("/packs/"+tariffs+"/fetch", nil), "/packs")
	s.says(t, "/packs", "The address leads elsewhere")
	p.Break(nil)
	p.Publish(tariffs, sealed("2026.12", "2026-12", 0))
	s.redirects(t, s.post("/packs/"+tariffs+"/fetch", nil), "/packs?done=fetched")
	p.Break(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	for failed := range 2 { // a server that is down for once is nobody's trouble
		if page := plain(t, s.says(t, "/")); strings.Contains(page, "Electricity tariffs") {
			t.Errorf("after %d failures the first page says: %s", failed, page)
		}
		s.redirects(t, s.post("/packs/"+tariffs+"/fetch", nil), "/packs")
	}
	s.says(t, "/", "Electricity tariffs", "did not give a pack")
	p.Break(nil)
	if got := s.held(t)[0].Version; got != "2026.12" {
		t.Errorf("version %s", got)
	}
	s.redirects(t, s.post("/packs/"+tariffs+"/pause", nil), "/packs")
	if page := s.says(t, "/packs", "Fetching is paused"); strings.Contains(plain(t, page), "Next time") {
		t.Error("paused, and yet there is a next time")
	}
	s.redirects(t, s.post("/packs/"+tariffs+"/resume", nil), "/packs")
	s.redirects(t, s.post("/packs/"+tariffs+"/unfollow", nil), "/packs")
	if page := s.says(t, "/packs", "Here since today"); strings.Contains(page, "/fetch") || len(p.Visits()) != 6 {
		t.Errorf("%d requests", len(p.Visits()))
	}
	story := plain(t, s.says(t, "/activity?kind=pack-fetched", "asked for the reference pack Electricity tariffs and got it."))
	for _, want := range []string{"kept none: it may not take the place", strings.TrimPrefix(at, "http://")} {
		if !strings.Contains(story, want) {
			t.Errorf("the story does not tell %q: %s", want, story)
		}
	}
}
