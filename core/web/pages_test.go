package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/sdk/record"
)

// A scene is a home in some state, with a source, a run and records to show.
// What it lacks is zero.
type scene struct {
	*house
	source  core.SourceID
	run     core.RunID
	records []core.Ref
}

func nothingYet(t *testing.T) *scene { return &scene{house: openHouse(t)} }

// household has a telco, an imported statement and a deleted record.
func household(t *testing.T) *scene {
	s := &scene{house: openHouse(t)}
	s.bring(t, "releve.ofx", demoStatement(t))
	src, _ := s.addTelco(t, "", 2)
	s.source, s.run = src.ID, 1
	var all []core.Record
	for r, err := range s.rooms(t).Query.List(t.Context(), query.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	seen := map[record.Type]bool{}
	for _, r := range all {
		if !seen[r.Type] {
			seen[r.Type] = true
			s.records = append(s.records, r.Ref)
		}
	}
	s.records = append(s.records, s.deleted(t, src.ID))
	return s
}

func (s *scene) deleted(t *testing.T, id core.SourceID) core.Ref {
	r := s.put(t, id, core.Record{Type: record.TypeDocument, ID: "gone", Title: "Letter that went", Data: []byte(`{"kind":"letter"}`)})
	s.update(t, id, func(space *vault.Space) error {
		_, _, err := space.DeleteRecord(r.Seq, core.Provenance{Run: 1, Connector: "ondine", Version: "1"})
		return err
	})
	return r
}

func (s *scene) update(t *testing.T, id core.SourceID, f func(*vault.Space) error) {
	t.Helper()
	err := s.rooms(t).Vault.Update(t.Context(), func(tx *vault.Tx) error {
		space, err := tx.Space(id)
		if err != nil {
			return err
		}
		return f(space)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *scene) put(t *testing.T, id core.SourceID, r core.Record) (ref core.Ref) {
	t.Helper()
	s.update(t, id, func(space *vault.Space) error {
		kept, _, err := space.PutRecord(r)
		ref = kept.Ref
		return err
	})
	return ref
}

// hostile has a source, records and files named and filled by an enemy.
func hostile(t *testing.T) *scene {
	s := &scene{house: openHouse(t)}
	src, _ := s.addTelco(t, attack, 1)
	s.source, s.run = src.ID, 1
	s.records = attackRecords(t, s)
	return s
}

const plenty = 1200

// many has more records than pages of a list hold.
func many(t *testing.T) *scene {
	s := &scene{house: openHouse(t)}
	src, _ := s.addTelco(t, "Ondine", 1)
	s.source, s.run = src.ID, 1
	s.update(t, src.ID, func(space *vault.Space) error {
		for i := range plenty {
			r, _, err := space.PutRecord(core.Record{Type: record.TypeTransaction, ID: fmt.Sprint(i), Title: fmt.Sprintf("Line %d", i),
				Time: record.Date(2020, 1, 1+i), Data: fmt.Appendf(nil, `{"amount":"%d.10","currency":"EUR","label":"line"}`, -i)})
			if err != nil {
				return err
			}
			s.records = append(s.records[:0], r.Ref)
		}
		return nil
	})
	return s
}

// someHead is a head of another ledger.
const someHead = "1-0000000000000000000000000000000000000000000000000000000000000000"

// A target is a page asked for, and the status that it answers with.
type target struct {
	method, path string
	form         url.Values
	status       int
}

func seen(path string) target { return target{"GET", path, nil, http.StatusOK} }

// targets are the addresses that show a page in a scene; none when the scene
// has nothing for it.
func targets() map[string]func(*scene) []target {
	return map[string]func(*scene) []target{
		"home": func(*scene) []target { return []target{seen("/")} },
		"timeline": func(s *scene) []target {
			all := []target{seen("/timeline"), seen("/timeline?type=bill&dense=1"), seen("/timeline?from=1999-01&until=1999-02"), seen("/timeline?from=2020-02"),
				{"GET", "/timeline?until=march", nil, http.StatusBadRequest}}
			if s.source != (core.SourceID{}) {
				all = append(all, seen("/timeline?source="+s.source.String()))
			}
			return all
		},
		"search": func(*scene) []target {
			return []target{seen("/search"), seen("/search?q=forfait"), seen("/search?q=" + url.QueryEscape(attack)),
				seen("/search?q=nothing-has-this-word"), seen("/search?q=" + url.QueryEscape(`amount:x before:y "`))}
		},
		"record": func(s *scene) (all []target) {
			for _, ref := range s.records {
				all = append(all, seen("/records/"+ref.String()))
			}
			return all
		},
		"sources": func(*scene) []target { return []target{seen("/sources")} },
		"source": func(s *scene) []target {
			if s.run == 0 {
				return nil
			}
			return []target{seen("/sources/" + s.source.String())}
		},
		"run": func(s *scene) []target {
			if s.run == 0 {
				return nil
			}
			return []target{seen(fmt.Sprintf("/sources/%s/runs/%d", s.source, s.run))}
		},
		"add": func(*scene) []target {
			wrong := url.Values{"f-address": {"ftp://" + attack}, "f-username": {attack}, "label": {attack}}
			return []target{seen("/sources/new/ondine"), {"POST", "/sources/new/ondine", wrong, http.StatusBadRequest}}
		},
		"offline": func(*scene) []target { return []target{seen("/offline")} },
		"import": func(*scene) []target {
			return []target{seen("/import"), {"POST", "/import", url.Values{}, http.StatusBadRequest}}
		},
		"activity": func(s *scene) []target {
			return []target{seen("/activity"), seen("/activity?kind=run"), seen("/activity?token=none"), seen("/activity?verify=1&head=" + someHead),
				seen("/activity?head=" + url.QueryEscape(attack)), seen("/activity?source=" + s.source.String()), seen("/activity?day=2001-02-03"),
				{"GET", "/activity?day=" + attackPath, nil, http.StatusBadRequest}, {"GET", "/activity?source=x", nil, http.StatusBadRequest}}
		},
		"settings": func(*scene) []target {
			return []target{seen("/settings"), seen("/settings?done=recovery"), seen("/settings?done=" + attackPath),
				{"POST", "/settings/password", url.Values{"old": {"x"}, "password": {"azertyuiop"}, "again": {"x"}}, http.StatusBadRequest},
				{"POST", "/settings/password", url.Values{"old": {"x"}, "password": {password}, "again": {password}}, http.StatusForbidden},
				{"POST", "/settings/tokens", url.Values{"name": {attack}, "scope": {attack}, "life": {attack}, "token-password": {"x"}}, http.StatusForbidden}}
		},
		"recovery": func(*scene) []target {
			wrong := url.Values{"a": {"1"}, "b": {"2"}, "first": {attack}, "second": {attack}, "salt": {attack}, "digest": {attack}}
			return []target{{"POST", "/settings/recovery/check", wrong, http.StatusBadRequest}}
		},
		"problem": func(*scene) []target {
			return []target{{"GET", "/nowhere", nil, http.StatusNotFound}, {"GET", "/records/nothing", nil, http.StatusNotFound},
				{"GET", "/sources/" + attackPath, nil, http.StatusNotFound}, {"GET", "/timeline?source=x", nil, http.StatusNotFound},
				{"DELETE", "/sources", nil, http.StatusMethodNotAllowed}}
		},
		"unlock": func(*scene) []target {
			return []target{seen("/unlock"), {"POST", "/unlock", url.Values{"password": {"wrong"}}, http.StatusUnauthorized}}
		},
		// Of a home that is set up there is nothing of these to see: the
		// first run has its own test.
		"setup": func(*scene) []target { return nil },
		// A sign-in at a provider has its own tests too.
		"signin": func(*scene) []target { return nil },
		"landed": func(*scene) []target {
			return []target{{"GET", "/oauth/callback/x?state=y", nil, http.StatusForbidden}}
		},
		"sheet": func(*scene) []target { return nil },
	}
}

func TestPages_each_has_a_case(t *testing.T) {
	t.Parallel()
	cases := targets()
	for _, name := range web.PageNames() {
		if cases[name] == nil {
			t.Errorf("no case shows the page %s", name)
		}
	}
	if len(cases) != len(web.PageNames()) {
		t.Errorf("%d cases for %d pages", len(cases), len(web.PageNames()))
	}
}

func TestPages_render_in_every_state_and_language(t *testing.T) {
	t.Parallel()
	for name, scene := range map[string]func(*testing.T) *scene{
		"nothing yet": nothingYet, "household": household, "hostile": hostile, "many": many,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scene(t)
			for page, find := range targets() {
				for _, to := range find(s) {
					for _, lang := range []string{"en", "fr"} {
						s.show(t, page, to, lang)
					}
				}
			}
		})
	}
}

func (s *scene) show(t *testing.T, page string, to target, lang string) string {
	t.Helper()
	r := httptest.NewRequest(to.method, to.path, strings.NewReader(to.form.Encode()))
	if to.method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res := s.send(r, header("Accept-Language", lang))
	text := body(t, res)
	if res.StatusCode != to.status {
		t.Errorf("%s %s %s (%s): %d, want %d", page, to.method, to.path, lang, res.StatusCode, to.status)
		return text
	}
	if !t.Run(page+" "+to.path+" "+lang, func(t *testing.T) { checkPage(t, text, lang) }) {
		t.Logf("%.2000s", text)
	}
	return text
}

func TestPages_of_first_run(t *testing.T) {
	t.Parallel()
	h := newHouse(t, noPace())
	link := "/setup?token=" + string(h.token)
	for _, lang := range []string{"en", "fr"} {
		said := header("Accept-Language", lang)
		shown := h.get(link, said)
		checkPage(t, body(t, shown), lang)
		for _, form := range []url.Values{
			{"password": {"azertyuiop"}, "again": {"azertyuiop"}},
			{"password": {password}, "again": {"another"}},
		} {
			form.Set("token", string(h.token))
			refused := h.post("/setup", form, said)
			if refused.StatusCode != http.StatusBadRequest {
				t.Errorf("%v: %d", form, refused.StatusCode)
			}
			text := body(t, refused)
			checkPage(t, text, lang)
			if !strings.Contains(text, `role="alert"`) || strings.Contains(text, form.Get("password")) {
				t.Errorf("the refusal does not say why, or repeats the password")
			}
		}
	}
	res := h.post("/setup", url.Values{"token": {string(h.token)}, "password": {password}, "again": {password}}, header("Accept-Language", "fr"))
	text := body(t, res)
	checkPage(t, text, "fr")
	if !strings.Contains(text, `class="key"`) {
		t.Errorf("no recovery key on the sheet: %d", res.StatusCode)
	}
}

func TestTimeline_walks_from_the_newest_to_the_end(t *testing.T) {
	t.Parallel()
	s := many(t)
	path, lines, pages := "/timeline?type=transaction", 0, 0
	for path != "" {
		text := body(t, s.get(path))
		path = ""
		pages++
		for _, n := range elements(t, text) {
			if attr(n, "class") == "line" {
				lines++
			}
			if attr(n, "rel") == "next" {
				path = attr(n, "href")
			}
		}
		if end := strings.Contains(text, "End of the list"); end != (path == "") {
			t.Fatalf("page %d: the end is said %t, next page %q", pages, end, path)
		}
	}
	if lines != plenty || pages != plenty/100 {
		t.Errorf("%d lines on %d pages, want %d", lines, pages, plenty)
	}
}

func TestTimeline_is_bounded_by_months(t *testing.T) {
	t.Parallel()
	s := many(t)
	var months []string
	for _, n := range elements(t, body(t, s.get("/timeline?from=2021-02&until=2021-03&type=transaction"))) {
		if n.Data == "h2" {
			months = append(months, inner(n))
		}
	}
	if want := []string{"March 2021", "February 2021"}; !slices.Equal(months, want) {
		t.Errorf("months %v, want %v", months, want)
	}
}

func TestRecord_leads_to_what_it_names_and_where_it_comes_from(t *testing.T) {
	t.Parallel()
	s := household(t)
	found := map[string]bool{}
	for _, ref := range s.records {
		r, err := s.rooms(t).Query.Get(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		text := body(t, s.get("/records/"+ref.String()))
		for l, other := range must(s.rooms(t).Query.Linked(t.Context(), r)) {
			found[l.Rel] = true
			if !strings.Contains(text, "/records/"+other.Ref.String()) {
				t.Errorf("%s does not lead to its %s", r.Type, l.Rel)
			}
		}
		for _, f := range r.Files {
			if !strings.Contains(text, fmt.Sprintf("/files/%s/%d", ref.Source, f.File)) {
				t.Errorf("%s does not offer its file %s", r.Type, f.Name)
			}
		}
		if r.Deleted && !strings.Contains(text, "Letter that went") {
			t.Error("a deleted record does not say what it was")
		}
		if !strings.Contains(text, "/sources/"+ref.Source.String()) {
			t.Errorf("%s does not lead to its source", r.Type)
		}
	}
	if !found["contract"] || !found["bank-account"] {
		t.Errorf("links seen: %v", found)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
