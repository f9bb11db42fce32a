package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/sdk/record"
)

// billAt brings a bill home as a run does, at an amount.
func (s *scene) billAt(t *testing.T, id, amount string) core.Ref {
	t.Helper()
	r := record.Record{Type: record.TypeBill, ID: id, Time: record.Date(2026, 2, 3), Title: "Internet " + id,
		Data: fmt.Appendf(nil, `{"vendor":"Ondine","amount":%q,"currency":"EUR","issued":"2026-02-03"}`, amount)}
	_, err := s.rooms(t).Connect.Ingest.Commit(t.Context(), ingest.Batch{Source: s.source, Records: []ingest.Staged{{Record: r}},
		Provenance: core.Provenance{Run: 1, Connector: "ondine", Version: "1.0.0"}})
	if err != nil {
		t.Fatal(err)
	}
	return must(s.rooms(t).Query.ByID(t.Context(), s.source, record.Key{Type: r.Type, ID: id})).Ref
}

// asSent is the form of a page as a browser sends it when nothing is changed.
func asSent(t *testing.T, text string) url.Values {
	t.Helper()
	form := url.Values{}
	for _, n := range elements(t, text) {
		switch name := attr(n, "name"); {
		case name == "" || name == "back" || name == "lang":
		case n.Data == "input":
			form.Set(name, attr(n, "value"))
		case n.Data == "textarea":
			form.Set(name, strings.ReplaceAll(strings.TrimPrefix(inner(n), "\n"), "\n", "\r\n"))
		case n.Data == "select":
			for o := n.FirstChild; o != nil; o = o.NextSibling {
				for _, a := range o.Attr {
					if a.Key == "selected" {
						form.Set(name, attr(o, "value"))
					}
				}
			}
			if !form.Has(name) && n.FirstChild != nil {
				form.Set(name, attr(n.FirstChild, "value"))
			}
		}
	}
	return form
}

func (s *scene) redirected(t *testing.T, res *http.Response, to string) {
	t.Helper()
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != to {
		t.Errorf("%d to %q, want %q: %.300s", res.StatusCode, res.Header.Get("Location"), to, body(t, res))
	}
}

func TestCorrect_by_form(t *testing.T) {
	t.Parallel()
	s := household(t)
	path := "/records/" + s.billAt(t, "b", "30.00").String()
	french := header("Cookie", cookie+"="+s.session+"; lang=fr")
	form := asSent(t, body(t, s.get(path+"/correct", french)))
	if form.Get("data/amount") != "30,00" || form.Get("was-data/amount") != `"30.00"` {
		t.Fatalf("the form has %v", form)
	}
	form.Set("data/amount", "1 029,90")
	form.Set("data/due", "2026-02-20")
	s.redirected(t, s.post(path+"/correct", form, french), path)
	page := body(t, s.get(path))
	for _, want := range []string{"€1,029.90", "€30.00", "20 February 2026", "corrected", "You say:", "Take all corrections back", "ondine 1.0.0"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "The source has changed") {
		t.Error("the source has changed nothing")
	}
	if list := body(t, s.get("/timeline?least=1000&most=1100")); !strings.Contains(list, "Internet b") {
		t.Error("the timeline does not go by the corrected amount")
	}
	s.billAt(t, "b", "30.00")
	s.billAt(t, "b", "31.00")
	for _, at := range []string{path, "/"} {
		if !strings.Contains(body(t, s.get(at)), "The source has changed what you corrected") {
			t.Errorf("%s does not tell that the source changed the field", at)
		}
	}
	s.redirected(t, s.post(path+"/keep", url.Values{}), path)
	if page := body(t, s.get(path)); strings.Contains(page, "The source has changed") || !strings.Contains(page, "€1,029.90") {
		t.Error("keeping the correction does not")
	}
	s.redirected(t, s.post(path+"/take-back", url.Values{"field": {"data/amount"}}), path)
	if page := body(t, s.get(path)); strings.Contains(page, "€1,029.90") || !strings.Contains(page, "€31.00") || !strings.Contains(page, "20 February 2026") {
		t.Error("taking one back is not")
	}
	s.redirected(t, s.post(path+"/take-back", url.Values{}), path)
	if page := body(t, s.get(path)); strings.Contains(page, "20 February 2026") || strings.Contains(page, "You say:") {
		t.Error("taking all back is not")
	}
}

func TestCorrect_changes_what_was_changed_alone(t *testing.T) {
	t.Parallel()
	s := household(t)
	for _, ref := range s.records {
		r := must(s.rooms(t).Query.Get(t.Context(), ref))
		if r.Deleted {
			continue
		}
		for _, lang := range []string{"en", "fr"} {
			path := "/records/" + ref.String()
			said := header("Cookie", cookie+"="+s.session+"; lang="+lang)
			s.redirected(t, s.post(path+"/correct", asSent(t, body(t, s.get(path+"/correct", said))), said), path)
		}
		if now := must(s.rooms(t).Query.Get(t.Context(), ref)); now.Revision != r.Revision {
			t.Errorf("saving what stands makes revision %d of %s %s: %+v", now.Revision, r.Type, r.ID, now.Corrected)
		}
	}
	ref := s.billAt(t, "meanwhile", "30.00")
	path := "/records/" + ref.String()
	form := asSent(t, body(t, s.get(path+"/correct")))
	s.billAt(t, "meanwhile", "31.00")
	form.Set("data/vendor", "Someone")
	s.redirected(t, s.post(path+"/correct", form), path)
	if r := must(s.rooms(t).Query.Get(t.Context(), ref)); !strings.Contains(string(r.Data), `"amount":"31.00"`) || len(r.Corrected) != 1 {
		t.Errorf("a form made before the run: %s, %+v", r.Data, r.Corrected)
	}
}

func TestCorrect_says_what_is_wrong_and_keeps_what_was_typed(t *testing.T) {
	t.Parallel()
	s := household(t)
	ref := s.billAt(t, "b", "30.00")
	path := "/records/" + ref.String()
	for lang, want := range map[string][]string{
		"en": {"Nothing is saved yet", "An amount is written 12.30.", "A date is written 2026-03-15.", "This field needs a value.", "does not have the form"},
		"fr": {"Rien n’est encore enregistré", "Un montant s’écrit 12,30.", "Une date s’écrit 2026-03-15", "Ce champ doit avoir une valeur.", "n’a pas la forme"},
	} {
		said := header("Cookie", cookie+"="+s.session+"; lang="+lang)
		form := asSent(t, body(t, s.get(path+"/correct", said)))
		for name, typed := range map[string]string{"data/amount": "thirty", "data/due": "tomorrow", "data/vendor": "", "data/currency": `e"><b>`} {
			form.Set(name, typed)
		}
		res := s.post(path+"/correct", form, said)
		text := body(t, res)
		checkPage(t, text, lang)
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", lang, res.StatusCode)
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the page lacks %q", lang, w)
			}
		}
		again := asSent(t, text)
		for name := range form {
			if again.Get(name) != form.Get(name) {
				t.Errorf("%s: %s held %q, holds %q", lang, name, form.Get(name), again.Get(name))
			}
		}
	}
	if r := must(s.rooms(t).Query.Get(t.Context(), ref)); r.Revision != 1 {
		t.Errorf("revision %d of what was refused", r.Revision)
	}
}

func TestTags_by_form(t *testing.T) {
	t.Parallel()
	s := household(t)
	ref := s.billAt(t, "b", "30.00")
	path := "/records/" + ref.String()
	s.redirected(t, s.post(path+"/tag", url.Values{"tags": {"Maison, à payer, maison"}}), path)
	s.redirected(t, s.post(path+"/tag", url.Values{"tags": {`<script>alert(1)</script>`}}), path)
	s.billAt(t, "b", "31.00")
	for _, at := range []string{path, "/timeline?tag=A+PAYER", "/export?format=csv&tag=maison", "/export?format=json&tag=maison"} {
		text := body(t, s.get(at))
		if !strings.Contains(text, "Maison") || !strings.Contains(text, "à payer") || strings.Contains(text, "<script>alert") != strings.HasPrefix(at, "/export?format=csv") {
			t.Errorf("%s: %.600s", at, text)
		}
	}
	if text := body(t, s.get("/timeline?tag=nothing")); strings.Contains(text, "Internet b") {
		t.Error("a tag that it has not shows it")
	}
	found := ""
	for t.Context().Err() == nil && !strings.Contains(found, "Internet b") { // once the index has read it
		found = body(t, s.get("/search?q="+url.QueryEscape("tag:mai")+"&typing=1"))
	}
	if !strings.Contains(found, `<bdi class="tag">Maison</bdi>`) {
		t.Errorf("found without its tags: %.600s", found)
	}
	s.redirected(t, s.post(path+"/untag", url.Values{"tag": {"Maison"}}), path)
	if r := must(s.rooms(t).Query.Get(t.Context(), ref)); slices.Contains(r.Tags, "Maison") || len(r.Tags) != 2 {
		t.Errorf("left %q", r.Tags)
	}
	for typed, want := range map[string]string{"": "Write at least one tag.", "!?": "A tag needs a letter", strings.Repeat("x", 51): "at most 50 characters", strings.Repeat("a,", 40): "at most 32 tags"} {
		res := s.post(path+"/tag", url.Values{"tags": {typed}})
		text := body(t, res)
		checkPage(t, text, "en")
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(text, want) || asSent(t, text).Get("tags") != typed {
			t.Errorf("%q: %d, %.300s", typed, res.StatusCode, text)
		}
	}
}

func TestOwn_part_is_refused_to_other_sites_and_of_what_is_gone(t *testing.T) {
	t.Parallel()
	s := household(t)
	path := "/records/" + s.billAt(t, "b", "30.00").String()
	for _, form := range []string{"/tag", "/untag", "/correct", "/take-back", "/keep"} {
		if res := s.post(path+form, url.Values{"tags": {"x"}}, header("Sec-Fetch-Site", "cross-site")); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another site: %d", form, res.StatusCode)
		}
		if res := s.post("/records/00000000000000ff-1"+form, url.Values{"tags": {"x"}}); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s of nothing: %d", form, res.StatusCode)
		}
		if res := s.post("/records/none"+form, url.Values{"tags": {"x"}}); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s of no record: %d", form, res.StatusCode)
		}
	}
	s.redirected(t, s.post(path+"/delete", nil), path)
	s.redirected(t, s.get(path+"/correct"), path)
	for _, form := range []string{"/tag", "/correct"} {
		if res := s.post(path+form, url.Values{"tags": {"x"}, "title": {"y"}}); res.StatusCode != http.StatusConflict {
			t.Errorf("%s of what is deleted: %d", form, res.StatusCode)
		}
	}
}
