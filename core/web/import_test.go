package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
)

// An upload is a file of a form.
type upload struct {
	name    string
	content []byte
}

// upload sends files in one form; cut leaves so many bytes of its end out.
func (h *house) upload(tb testing.TB, cut int, files ...upload) *http.Response {
	tb.Helper()
	return h.uploadTo(tb, "/import", cut, files...)
}

// uploadTo sends them to another page than that of imports.
func (h *house) uploadTo(tb testing.TB, path string, cut int, files ...upload) *http.Response {
	tb.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for _, f := range files {
		part, err := w.CreateFormFile("file", f.name)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := part.Write(f.content); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	form.Truncate(form.Len() - cut)
	r := httptest.NewRequest("POST", path, &form)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return h.send(r, header("Sec-Fetch-Site", "same-origin"))
}

// rows returns the rows of a page's table, as text.
func rows(tb testing.TB, page string) (all []string) {
	tb.Helper()
	for _, n := range elements(tb, page) {
		if n.Data == "tr" && n.Parent.Data == "tbody" {
			all = append(all, strings.Join(strings.Fields(inner(n)), " "))
		}
	}
	return all
}

// waiting returns the ids of the files that a page offers to import.
func waiting(tb testing.TB, page string) (ids []string) {
	tb.Helper()
	seen := map[string]bool{}
	for _, n := range elements(tb, page) {
		if id := attr(n, "value"); attr(n, "name") == "preview" && !seen[id] {
			seen[id], ids = true, append(ids, id)
		}
	}
	return ids
}

// previews returns what a page says of each file, as text.
func previews(tb testing.TB, page string) (all []string) {
	tb.Helper()
	for _, n := range elements(tb, page) {
		if attr(n, "class") == "card" && attr(n.Parent, "class") == "previews" {
			all = append(all, strings.Join(strings.Fields(inner(n)), " "))
		}
	}
	return all
}

func (h *house) transactions(tb testing.TB) int {
	tb.Helper()
	counts, err := h.rooms(tb).Query.Counts(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return counts.OfType("transaction")
}

func TestImport_shows_what_a_file_holds_before_anything_comes_in(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	res := h.upload(t, 0, upload{"releve.ofx", demoStatement(t)})
	text := body(t, res)
	checkPage(t, text, "en")
	got := previews(t, text)
	if res.StatusCode != 200 || len(got) != 1 || !strings.Contains(got[0], "13 new records") || !strings.Contains(got[0], "Bank line × 11") {
		t.Fatalf("%d: %q", res.StatusCode, got)
	}
	if n := h.transactions(t); n != 0 {
		t.Errorf("%d transactions came in by themselves", n)
	}
	ids := waiting(t, text)
	if len(ids) != 1 {
		t.Fatalf("ids %q", ids)
	}
	res = h.post("/import/accept", url.Values{"preview": ids})
	if res.StatusCode != http.StatusSeeOther || !strings.Contains(res.Header.Get("Location"), "/runs/1") {
		t.Fatalf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	text = body(t, h.get(res.Header.Get("Location")))
	if !strings.Contains(text, "13 new records") || !strings.Contains(text, "releve.ofx") {
		t.Error("the run's page does not say what came in")
	}
	text = body(t, h.upload(t, 0, upload{"releve.ofx", demoStatement(t)}))
	if got := previews(t, text); len(got) != 1 || !strings.Contains(got[0], "Nothing new") {
		t.Errorf("the same file again: %q", got)
	}
	text = body(t, h.post("/import/accept", url.Values{"preview": ids}))
	checkPage(t, text, "en")
	if !strings.Contains(text, "does not wait any more") {
		t.Error("the same preview was accepted twice")
	}
}

func TestImport_put_away_leaves_nothing(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	ids := waiting(t, body(t, h.upload(t, 0, upload{"releve.ofx", demoStatement(t)})))
	if res := h.post("/import/put-away", url.Values{"preview": ids}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
	sources, err := h.rooms(t).Connect.Sources(t.Context())
	if err != nil || len(sources) != 0 {
		t.Errorf("sources %v, %v", sources, err)
	}
	if text := body(t, h.post("/import/accept", url.Values{"preview": ids})); !strings.Contains(text, "does not wait any more") {
		t.Error("what was put away was imported")
	}
}

func TestImport_refuses_what_nobody_reads(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	for _, f := range []upload{{attack + ".bin", []byte("nothing known")}, {"empty.ofx", nil}} {
		res := h.upload(t, 0, f)
		text := body(t, res)
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "Nothing here can read this file") {
			t.Errorf("%s: %d", f.name, res.StatusCode)
		}
		checkPage(t, text, "en")
	}
	if res := h.upload(t, 0); res.StatusCode != http.StatusBadRequest || !strings.Contains(body(t, res), "No file was chosen.") {
		t.Errorf("no file: %d", res.StatusCode)
	}
}

func TestImport_of_several_files_says_what_each_became(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	good := demoStatement(t)
	broken := bytes.Replace(good, []byte("-61.40"), []byte("sixty"), 1)
	other := bytes.ReplaceAll(good, []byte("<FITID>"), []byte("<FITID>X"))
	res := h.upload(t, 0, upload{"unknown.bin", []byte("?")}, upload{"broken.ofx", broken}, upload{"good.ofx", good}, upload{"other.ofx", other}, upload{attack, []byte("?")})
	text := body(t, res)
	checkPage(t, text, "en")
	got := previews(t, text)
	if res.StatusCode != 200 || len(got) != 5 {
		t.Fatalf("%d, %q", res.StatusCode, got)
	}
	for i, want := range [][]string{{"unknown.bin", "Nothing here can read"}, {"broken.ofx", "cannot be read"}, {"good.ofx", "13 new records"}, {"other.ofx", "13 new records"}, {"onerror=alert(2)", "Nothing here"}} {
		for _, part := range want {
			if !strings.Contains(got[i], part) {
				t.Errorf("%q lacks %q", got[i], part)
			}
		}
	}
	text = body(t, h.post("/import/accept", url.Values{"preview": waiting(t, text)}))
	checkPage(t, text, "en")
	if list := rows(t, text); len(list) != 2 || !strings.Contains(list[0], "good.ofx") || !strings.Contains(list[1], "Finished") || !strings.Contains(text, "Files read: 2 of 2.") {
		t.Errorf("rows %q", list)
	}
	if n := h.transactions(t); n != 22 {
		t.Errorf("%d transactions", n)
	}
}

func TestImport_cut_short_shows_what_came(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	res := h.upload(t, 300, upload{"good.ofx", demoStatement(t)}, upload{"cut.bin", bytes.Repeat([]byte("x"), 200)})
	text := body(t, res)
	checkPage(t, text, "en")
	if res.StatusCode != 400 || !strings.Contains(text, "13 new records") || !strings.Contains(text, "cut short") || len(waiting(t, text)) != 1 {
		t.Errorf("%d, %q", res.StatusCode, previews(t, text))
	}
}

func TestImport_takes_so_many_files_and_says_which_not(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	var files []upload
	for i := range 52 {
		files = append(files, upload{fmt.Sprintf("f%02d.bin", i), []byte("?")})
	}
	text := body(t, h.upload(t, 0, files...))
	checkPage(t, text, "en")
	if got := previews(t, text); len(got) != 50 || !strings.Contains(text, "Only the first 50 files") {
		t.Errorf("%d files", len(got))
	}
}

func TestSource_is_paused_undone_and_removed_from_its_page(t *testing.T) {
	t.Parallel()
	s := household(t)
	path := "/sources/" + s.source.String()
	if res := s.post(path+"/pause", nil); res.StatusCode != 303 {
		t.Errorf("pause: %d", res.StatusCode)
	}
	if text := body(t, s.get("/sources")); !strings.Contains(text, "Paused") {
		t.Error("the list does not say that it is paused")
	}
	if res := s.post(path+"/resume", nil); res.StatusCode != 303 {
		t.Errorf("resume: %d", res.StatusCode)
	}
	if res := s.post(path+"/runs/1/undo", nil); res.StatusCode != 303 {
		t.Errorf("undo: %d %s", res.StatusCode, body(t, res))
	}
	if text := body(t, s.get(path+"/runs/1")); !strings.Contains(text, "Undone") || strings.Contains(text, "/undo") {
		t.Error("the run does not say that it was undone")
	}
	if res := s.post(path+"/runs/1/answer", nil); res.StatusCode != 404 {
		t.Errorf("an answer that nobody waits for: %d", res.StatusCode)
	}
	if res := s.post(path+"/remove", nil); res.StatusCode != 303 || s.get(path).StatusCode != 200 {
		t.Errorf("removed without being sure: %d", res.StatusCode)
	}
	if res := s.post(path+"/remove", map[string][]string{"sure": {"yes"}}); res.StatusCode != 303 || s.get(path).StatusCode != 404 {
		t.Errorf("remove: %d", res.StatusCode)
	}
	if _, err := s.rooms(t).Connect.Source(t.Context(), s.source); core.CodeOf(err) != core.NotFound {
		t.Errorf("the source is still there: %v", err)
	}
}
