package web_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/examples/gallery"
	"github.com/domicile-home/domicile/sdk/record"
)

// billWithFile returns a bill that the telco's connector brought, with its PDF.
func (s *scene) billWithFile(t *testing.T) core.Record {
	t.Helper()
	for r, err := range s.rooms(t).Query.List(t.Context(), query.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Type == record.TypeBill && len(r.Files) > 0 {
			return r
		}
	}
	t.Fatal("no bill has a file")
	return core.Record{}
}

// images returns the images of a page.
func images(t *testing.T, page string) (all []*html.Node) {
	t.Helper()
	for _, n := range elements(t, page) {
		if n.Data == "img" {
			all = append(all, n)
		}
	}
	return all
}

func TestPicture_shows_a_bill_as_the_page_says(t *testing.T) {
	t.Parallel()
	s := household(t)
	bill := s.billWithFile(t)
	shown := images(t, body(t, s.get("/records/"+bill.Ref.String())))
	if len(shown) != 1 || attr(shown[0], "alt") != "Page 1 of 1 of "+bill.Files[0].Name {
		t.Fatalf("%d images", len(shown))
	}
	res := s.get(attr(shown[0], "src"))
	for name, want := range map[string]string{"Content-Type": "image/png", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	picture, err := png.Decode(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	size := picture.Bounds().Size()
	if strconv.Itoa(size.X) != attr(shown[0], "width") || strconv.Itoa(size.Y) != attr(shown[0], "height") || size.X != 1200 {
		t.Errorf("it is %v, and the page says %s by %s", size, attr(shown[0], "width"), attr(shown[0], "height"))
	}
	dark := 0
	for y := range size.Y {
		for x := range size.X {
			if r, g, b, _ := picture.At(x, y).RGBA(); r+g+b < 3*0x4000 {
				dark++
			}
		}
	}
	if dark < 2000 {
		t.Errorf("%d dark pixels: no bill is written so", dark)
	}
}

func TestPicture_turns_the_pages(t *testing.T) {
	t.Parallel()
	s := household(t)
	bill := s.billWithFile(t)
	other := s.keepFile(t, "other.pdf", "application/pdf", twoPages)
	r := s.put(t, s.source, core.Record{Type: record.TypeDocument, ID: "two", Title: "Two files", Data: []byte(`{"kind":"letter"}`),
		Files: []core.FileRef{bill.Files[0], other}})
	links := func(query string) map[string]string {
		found := map[string]string{}
		for _, n := range elements(t, body(t, s.get("/records/"+r.String()+query))) {
			if n.Data == "a" && strings.Contains(attr(n, "href"), "#preview") {
				found[inner(n)], _, _ = strings.Cut(strings.TrimPrefix(attr(n, "href"), "/records/"+r.String()), "#")
			}
			if n.Data == "img" {
				found["img"] = attr(n, "src")
			}
		}
		return found
	}
	first := links("")
	if first["Next page"] != "" || first["img"] != fmt.Sprintf("/files/%s/%d/pages/1", s.source, bill.Files[0].File) {
		t.Errorf("the first file: %v", first)
	}
	second := links(first["Show"])
	if second["img"] != fmt.Sprintf("/files/%s/%d/pages/1", s.source, other.File) || second["Previous page"] != "" || second["Show"] == "" {
		t.Errorf("the second file: %v", second)
	}
	last := links(second["Next page"])
	if last["img"] != fmt.Sprintf("/files/%s/%d/pages/2", s.source, other.File) || last["Next page"] != "" || last["Previous page"] == "" {
		t.Errorf("its last page: %v", last)
	}
	if res := s.get(last["img"]); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/png" {
		t.Errorf("its picture: %d", res.StatusCode)
	}
}

// twoPages is a PDF of two empty pages.
const twoPages = "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]>>endobj\n4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]>>endobj\ntrailer<</Root 1 0 R>>\n"

func TestPicture_is_for_whom_the_file_is(t *testing.T) {
	t.Parallel()
	s := household(t)
	bill := s.billWithFile(t)
	file := fmt.Sprintf("/files/%s/%d", s.source, bill.Files[0].File)
	s.session = ""
	for _, path := range []string{file, file + "/pages/1"} {
		if res := s.get(path); res.StatusCode != http.StatusSeeOther || strings.Contains(body(t, res), "PNG") {
			t.Errorf("%s without a session: %d", path, res.StatusCode)
		}
	}
}

// TestPicture_of_what_is_none holds that a file is drawn as what it says it is,
// or not at all.
func TestPicture_of_what_is_none(t *testing.T) {
	t.Parallel()
	s := household(t)
	for _, tc := range []struct {
		name, mediaType, content, page string
		status                         int
	}{
		{"a page of the web", "text/html", gallery.Page, "1", http.StatusUnprocessableEntity},
		{"a drawing that would run", "image/svg+xml", gallery.SVG, "1", http.StatusUnprocessableEntity},
		{"a page that calls itself a PDF", "application/pdf", gallery.Page, "1", http.StatusUnprocessableEntity},
		{"a drawing that calls itself a PNG", "image/png", gallery.SVG, "1", http.StatusUnprocessableEntity},
		{"half a PDF", "application/pdf", twoPages[:60], "1", http.StatusUnprocessableEntity},
		{"page 0", "application/pdf", twoPages, "0", http.StatusNotFound},
		{"page 3 of 2", "application/pdf", twoPages, "3", http.StatusNotFound},
		{"page -1", "application/pdf", twoPages, "-1", http.StatusNotFound},
		{"a page that is no number", "application/pdf", twoPages, "x", http.StatusNotFound},
		{"a page beyond numbers", "application/pdf", twoPages, "99999999999999999999", http.StatusNotFound},
	} {
		f := s.keepFile(t, "file", tc.mediaType, tc.content)
		res := s.get(fmt.Sprintf("/files/%s/%d/pages/%s", s.source, f.File, tc.page))
		text := []byte(body(t, res))
		if res.StatusCode != tc.status || bytes.Contains(text, []byte("alert(")) || res.Header.Get("Content-Type") == "image/png" {
			t.Errorf("%s: %d %s", tc.name, res.StatusCode, res.Header.Get("Content-Type"))
		}
		r := s.put(t, s.source, core.Record{Type: record.TypeDocument, ID: tc.name, Title: tc.name, Data: []byte(`{"kind":"letter"}`), Files: []core.FileRef{f}})
		page := s.get("/records/" + r.String() + "?page=" + tc.page)
		if tc.page == "1" && page.StatusCode == http.StatusOK {
			if found := images(t, body(t, page)); len(found) > 0 {
				t.Errorf("%s: its record shows an image", tc.name)
			}
		} else if page.StatusCode != http.StatusOK {
			t.Errorf("%s: its record: %d", tc.name, page.StatusCode)
		}
	}
}

// TestPicture_of_a_photo_stands_and_tells_nothing_more holds that a phone's photo
// is shown upright, and that what else its file says stays in the file.
func TestPicture_of_a_photo_stands_and_tells_nothing_more(t *testing.T) {
	t.Parallel()
	const gps, stands = "48.3904N-4.4861W", "\x00\x06"
	tiff := "MM\x00*\x00\x00\x00\x08\x00\x02" + "\x01\x12\x00\x03\x00\x00\x00\x01" + stands + "\x00\x00" + "\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x26" +
		"\x00\x00\x00\x00" + "\x00\x01\x00\x01\x00\x02\x00\x00\x00\x11\x00\x00\x00\x38\x00\x00\x00\x00" + gps + "\x00"
	var stored bytes.Buffer
	if err := jpeg.Encode(&stored, image.NewGray(image.Rect(0, 0, 300, 200)), nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte{0xFF, 0xE1, 0, byte(len(tiff) + 8)}, "Exif\x00\x00"+tiff...)
	photo := slices.Insert(stored.Bytes(), 2, exif...)
	if _, err := jpeg.Decode(bytes.NewReader(photo)); err != nil || !bytes.Contains(photo, []byte(gps)) {
		t.Fatalf("no photo: %v", err)
	}
	s := household(t)
	f := s.keepFile(t, "bill.jpg", "image/jpeg", string(photo))
	r := s.put(t, s.source, core.Record{Type: record.TypeDocument, ID: "photo", Title: "Photo", Data: []byte(`{"kind":"letter"}`), Files: []core.FileRef{f}})
	shown := images(t, body(t, s.get("/records/"+r.String())))
	if len(shown) != 1 || attr(shown[0], "width") != "200" || attr(shown[0], "height") != "300" {
		t.Fatalf("got %d images, %s by %s", len(shown), attr(shown[0], "width"), attr(shown[0], "height"))
	}
	drawn := []byte(body(t, s.get(attr(shown[0], "src"))))
	if config, err := png.DecodeConfig(bytes.NewReader(drawn)); err != nil || config.Width != 200 || config.Height != 300 {
		t.Errorf("got %+v %v", config, err)
	}
	for chunk := drawn[8:]; len(chunk) > 0; chunk = chunk[12+binary.BigEndian.Uint32(chunk):] {
		if kind := string(chunk[4:8]); kind != "IHDR" && kind != "IDAT" && kind != "IEND" {
			t.Errorf("the picture has a chunk %s", kind)
		}
	}
	if bytes.Contains(drawn, []byte(gps)) || bytes.Contains(drawn, []byte("Exif")) {
		t.Error("the picture says where it was made")
	}
}
