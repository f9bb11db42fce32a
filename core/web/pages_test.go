package web_test

import (
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/examples/gallery"
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

func TestPages_each_has_a_case(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, c := range gallery.Cases() {
		shown[c.Page] = true
		if !slices.Contains(web.PageNames(), c.Page) {
			t.Errorf("there is no page %s", c.Page)
		}
	}
	for _, name := range web.PageNames() {
		if !shown[name] {
			t.Errorf("no case of the gallery shows the page %s", name)
		}
	}
}

func TestPages_render_in_every_state_and_language(t *testing.T) {
	t.Parallel()
	for _, lang := range locale.Langs() {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			g := openGallery(t, lang)
			for i, c := range gallery.Cases() {
				t.Run(c.Page+", "+c.State, func(t *testing.T) { showCase(t, c, g.URL(i), lang) })
			}
		})
	}
}

// openGallery opens the gallery in a folder whose name leaves room for that of
// a socket.
func openGallery(t *testing.T, lang locale.Lang) *gallery.Gallery {
	t.Helper()
	dir, err := os.MkdirTemp("", "gallery-")
	if err != nil {
		t.Fatal(err)
	}
	g, err := gallery.Open(t.Context(), gallery.Config{Dir: dir, Source: os.DirFS("../.."), Shared: shared(), Lang: lang, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func showCase(t *testing.T, c gallery.Case, url string, lang locale.Lang) {
	t.Helper()
	res, err := http.DefaultTransport.RoundTrip(must(http.NewRequestWithContext(t.Context(), "GET", url, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text := body(t, res)
	if res.StatusCode != c.Code() {
		t.Fatalf("%s: %d, want %d", url, res.StatusCode, c.Code())
	}
	checkPage(t, text, string(lang))
	if says := locale.New(lang).T(c.Says); c.Says != "" && !strings.Contains(html.UnescapeString(text), says) {
		t.Errorf("the page does not say %s: %q", c.Says, says)
	}
	if t.Failed() {
		t.Logf("%.2000s", text)
	}
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
