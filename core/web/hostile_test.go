package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/examples/gallery"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	attack     = gallery.Markup
	attackFile = "a\"b\r\nSet-Cookie: x=1\r\n\u202Egpj.html"
)

// attackRecords keeps records of every type whose every field holds an enemy's
// text, each with a file.
func attackRecords(t *testing.T, s *scene) (refs []core.Ref) {
	t.Helper()
	file := s.keepFile(t, attackFile, "text/html", gallery.SVG)
	for _, typ := range record.Types() {
		for i, text := range append(gallery.Texts(), "") {
			r := must(gallery.Hostile(typ, text, record.Date(2026, 1, 1+i)))
			r.ID, r.Files = fmt.Sprint(i, r.ID), []core.FileRef{file}
			refs = append(refs, s.put(t, s.source, r))
		}
	}
	return refs
}

func (s *scene) keepFile(t *testing.T, name, mediaType, content string) core.FileRef {
	t.Helper()
	w, err := s.rooms(t).Vault.NewFile(t.Context(), s.source, name, mediaType)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	staged, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	ref := core.FileRef{Name: name, MediaType: mediaType, Size: int64(len(content))}
	s.update(t, s.source, func(space *vault.Space) (err error) {
		ref.File, err = space.PutFile(staged)
		return err
	})
	return ref
}

func TestHostile_records_are_shown_as_text(t *testing.T) {
	t.Parallel()
	s := hostile(t)
	paths := []string{"/", "/timeline", "/search?q=alert", "/search?q=" + url.QueryEscape(attack), "/sources", "/sources/" + s.source.String(), "/timeline?type=" + url.QueryEscape(attack)}
	for _, ref := range s.records {
		paths = append(paths, "/records/"+ref.String())
	}
	shown := 0
	for _, path := range paths {
		text := body(t, s.get(path))
		for _, n := range elements(t, text) {
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: an attribute %s came in", path, a.Key)
				}
			}
			switch n.Data {
			case "script":
				if attr(n, "src") == "" || n.FirstChild != nil {
					t.Errorf("%s: a script came in", path)
				}
			case "img":
				if !isOwnPicture(n) {
					t.Errorf("%s: an image %q came in", path, attr(n, "src"))
				}
			case "b":
				t.Errorf("%s: an element <%s> came in", path, n.Data)
			case "bdi":
				if strings.Contains(inner(n), "<script>") {
					shown++
				}
			}
		}
	}
	if shown < len(s.records) {
		t.Errorf("the text was shown, within <bdi>, %d times only", shown)
	}
}

func TestHostile_titles_leave_room_for_others(t *testing.T) {
	t.Parallel()
	s := hostile(t)
	for _, n := range elements(t, body(t, s.get("/"))) {
		if strings.HasPrefix(attr(n, "class"), "what") {
			if got := len([]rune(inner(n))); got > 201 {
				t.Errorf("a line of %d characters", got)
			}
		}
	}
}

func TestFile_is_a_download_that_no_browser_runs(t *testing.T) {
	t.Parallel()
	s := hostile(t)
	r, err := s.rooms(t).Query.Get(t.Context(), s.records[0])
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/files/%s/%d", s.source, r.Files[0].File)
	res := s.get(path)
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	disposition := res.Header.Get("Content-Disposition")
	if !strings.HasPrefix(disposition, "attachment; filename") || strings.ContainsAny(disposition, "\r\n\u202E") || res.Header.Get("Set-Cookie") != "" {
		t.Errorf("disposition %q", disposition)
	}
	if strings.Contains(disposition, "%E2%80%AE") {
		t.Errorf("the name still reads backwards: %q", disposition)
	}
	if got := body(t, res); got != gallery.SVG {
		t.Errorf("content %q", got)
	}
	if part := s.get(path, header("Range", "bytes=1-3")); part.StatusCode != http.StatusPartialContent || body(t, part) != gallery.SVG[1:4] {
		t.Errorf("a part: %d", part.StatusCode)
	}
}
