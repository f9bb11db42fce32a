package extract_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/go-pdf/fpdf"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func measure(tb testing.TB, s *extract.Session, data []byte, page int) (extract.Sheet, error) {
	tb.Helper()
	return s.Measure(tb.Context(), bytes.NewReader(data), int64(len(data)), page)
}

// draw draws a page and holds that it is as large as it was measured.
func draw(tb testing.TB, s *extract.Session, data []byte, page int) (*image.RGBA, error) {
	tb.Helper()
	picture, err := s.Draw(tb.Context(), bytes.NewReader(data), int64(len(data)), page)
	if err != nil {
		return nil, err
	}
	sheet, err := measure(tb, s, data, page)
	if size := picture.Bounds().Size(); err != nil || size != image.Pt(sheet.Width, sheet.Height) {
		tb.Errorf("drawn as %v, measured as %+v, %v", size, sheet, err)
	}
	return picture, err
}

func wantColour(tb testing.TB, p *image.RGBA, x, y int, want color.RGBA) {
	tb.Helper()
	got := p.RGBAAt(x, y)
	for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B)} {
		if d < -8 || d > 8 || got.A != 0xFF {
			tb.Errorf("at %d, %d: got %v, want %v", x, y, got, want)
			return
		}
	}
}

var (
	white = color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}
	red   = color.RGBA{0xFF, 0, 0, 0xFF}
	blue  = color.RGBA{0, 0, 0xFF, 0xFF}
)

// redAndBlue returns a PDF with a red bar at the top left of its first page, and
// a blue one on the second.
func redAndBlue(tb testing.TB) []byte {
	tb.Helper()
	p := newPDF()
	for _, c := range []color.RGBA{red, blue} {
		p.AddPage()
		p.SetFillColor(int(c.R), int(c.G), int(c.B))
		p.Rect(0, 0, 50, 20, "F")
	}
	return written(tb, p)
}

func TestDraw_shows_the_page_asked_for(t *testing.T) {
	t.Parallel()
	s, data := newSession(t), redAndBlue(t)
	for page, colour := range []color.RGBA{red, blue} {
		p, err := draw(t, s, data, page)
		if err != nil {
			t.Fatal(err)
		}
		if size := p.Bounds().Size(); size.X != 1200 || size.Y < 1690 || size.Y > 1700 {
			t.Errorf("a page of A4 is %v", size)
		}
		wantColour(t, p, 10, 10, colour)
		wantColour(t, p, 600, 800, white)
	}
	if sheet, err := measure(t, s, data, 1); err != nil || sheet.Pages != 2 {
		t.Errorf("got %+v, %v", sheet, err)
	}
	for _, page := range []int{-1, 2, 1 << 40} {
		_, err := draw(t, s, data, page)
		wantCode(t, err, core.NotFound)
	}
	if text, err := pdfText(t, s, bill(t)); err != nil || text.Pages[0] != "Facture 42\n" {
		t.Errorf("the helper does not go on: %v", err)
	}
}

func encodedPNG(tb testing.TB, i image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, i); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func encodedJPEG(tb testing.TB, i image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, i, &jpeg.Options{Quality: 95}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// halves returns an image whose left is red and whose right is clear.
func halves(width, height int) *image.NRGBA {
	i := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width / 2 {
			i.Set(x, y, red)
		}
	}
	return i
}

func TestDraw_shows_images(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	opaque := image.NewRGBA(image.Rect(0, 0, 40, 20))
	for at := range opaque.Pix {
		opaque.Pix[at] = 0xFF
	}
	for x := range 20 * 20 {
		opaque.Set(x%20, x/20, red)
	}
	for _, tc := range []struct {
		name string
		data []byte
		want image.Point
	}{
		{"a small PNG as it is, on white", encodedPNG(t, halves(40, 20)), image.Pt(40, 20)},
		{"a wide PNG smaller", encodedPNG(t, halves(3000, 30)), image.Pt(1200, 12)},
		{"a tall PNG smaller", encodedPNG(t, halves(80, 8000)), image.Pt(40, 4000)},
		{"a JPEG", encodedJPEG(t, opaque), image.Pt(40, 20)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, err := draw(t, s, tc.data, 0)
			if err != nil {
				t.Fatal(err)
			}
			size := p.Bounds().Size()
			if size != tc.want {
				t.Errorf("got %v, want %v", size, tc.want)
			}
			wantColour(t, p, size.X/4, size.Y/2, red)
			wantColour(t, p, 3*size.X/4, size.Y/2, white)
		})
	}
}

// boxed returns a PDF by hand, whose page is as large as box says and shows what
// content draws.
func boxed(box, content string) []byte {
	return fmt.Appendf(nil, "%%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n"+
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R>>endobj\n4 0 obj<</Length %d>>stream\n%s\nendstream endobj\ntrailer<</Root 1 0 R>>\n",
		box, len(content), content)
}

func TestDraw_keeps_within_its_bounds(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for box, want := range map[string]image.Point{
		"0 0 100 100":             image.Pt(300, 300),
		"0 0 14400 14400":         image.Pt(1200, 1200),
		"0 0 14400 1":             image.Pt(1200, 1),
		"0 0 1 14400":             image.Pt(1, 4000),
		"0 0 1000 4000":           image.Pt(821, 3286),
		"-1e30 -1e30 1e30 1e30":   {},
		"0 0 1e-30 1e-30":         {},
		"0 0 2147483647 21474836": {},
	} {
		p, err := draw(t, s, boxed(box, ""), 0)
		switch {
		case err != nil && !refused(err):
			t.Errorf("%s: %v", box, err)
		case err == nil && want != image.Point{} && p.Bounds().Size() != want:
			t.Errorf("%s: got %v, want %v", box, p.Bounds().Size(), want)
		case err != nil && want != image.Point{}:
			t.Errorf("%s: %v", box, err)
		}
	}
}

func TestDraw_refuses(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	locked := newPDF()
	locked.SetProtection(fpdf.CnProtectPrint, "secret", "owner")
	locked.AddPage()
	small := encodedPNG(t, halves(4, 4))
	huge := bytes.Clone(small) // says that it is far larger than it is: its header is not checked by its decoder before
	copy(huge[16:], "\x00\x00\xff\xff\x00\x00\xff\xff")
	for _, tc := range []struct {
		name string
		data []byte
		code core.Code
	}{
		{"nothing", nil, protocol.InvalidFile},
		{"a page that is none", []byte("<html>"), protocol.InvalidFile},
		{"a locked PDF", written(t, locked), protocol.InvalidFile},
		{"half a PDF", bill(t)[:len(bill(t))/4], protocol.InvalidFile},
		{"no image", []byte("GIF89a"), protocol.InvalidFile},
		{"an empty image", nil, protocol.InvalidFile},
		{"half an image", small[:len(small)/2], protocol.InvalidFile},
		{"an image that unpacks to gigabytes", resummed(huge), protocol.Limit},
		{"a drawing that would run", []byte("<svg/>"), protocol.InvalidFile},
	} {
		_, err := draw(t, s, tc.data, 0)
		if got := core.CodeOf(err); got != tc.code {
			t.Errorf("%s: got %v", tc.name, err)
		}
	}
	if _, err := draw(t, s, small, 0); err != nil {
		t.Errorf("the session does not go on: %v", err)
	}
}

// resummed mends the check sum of a PNG's header.
func resummed(data []byte) []byte {
	sum := crc32.ChecksumIEEE(data[12:29])
	return append(append(data[:29:29], byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum)), data[33:]...)
}

// TestDraw_ends_a_page_that_takes_for_ever holds that a page costs what a helper
// may cost, and no more.
func TestDraw_ends_a_page_that_takes_for_ever(t *testing.T) {
	t.Parallel()
	newSession(t) // makes the extractor
	s := sessionOf(t, shared.x.Bounded(2*time.Second))
	slow := boxed("0 0 4000 4000", strings.Repeat("1 0 0 rg 0 0 4000 4000 re 4000 0 0 4000 2000 2000 c f* ", 200_000))
	start := time.Now()
	_, err := draw(t, s, slow, 0)
	wantCode(t, err, protocol.Limit)
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestDraw_outlives_damage cuts and changes PDFs and images at random: every one
// is drawn or refused, and the session goes on.
func TestDraw_outlives_damage(t *testing.T) {
	t.Parallel()
	s, r := newSession(t), rand.New(rand.NewPCG(1, 2))
	samples := [][]byte{redAndBlue(t), bill(t), encodedPNG(t, halves(60, 60)), encodedJPEG(t, halves(60, 60))}
	drawn, turned := 0, 0
	for range 150 {
		switch _, err := draw(t, s, damaged(r, samples[r.IntN(len(samples))]), 0); {
		case err == nil:
			drawn++
		case refused(err), core.CodeOf(err) == core.NotFound: // a PDF that lost its pages
			turned++
		default:
			t.Fatalf("%v", err)
		}
	}
	if t.Logf("%d drawn, %d refused", drawn, turned); drawn == 0 || turned == 0 {
		t.Error("no real trial")
	}
	if _, err := draw(t, s, bill(t), 0); err != nil {
		t.Error(err)
	}
}

// TestDraw_of_bills_made_by_others holds that every page of theirs shows
// something.
func TestDraw_of_bills_made_by_others(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, name := range append(corpus(t, "pdf-bills/invoice2data/*.pdf"), corpus(t, "einvoice/zugferd-corpus-fx/*.pdf")...) {
		data := readFile(t, name)
		sheet, err := measure(t, s, data, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for page := range min(sheet.Pages, 3) {
			p, err := draw(t, s, data, page)
			if err != nil {
				t.Errorf("%s, page %d: %v", name, page, err)
			} else if blank(p) && page == 0 {
				t.Errorf("%s: its first page shows nothing", name)
			}
		}
	}
}

func blank(p *image.RGBA) bool {
	for _, v := range p.Pix {
		if v != 0xFF {
			return false
		}
	}
	return true
}

func BenchmarkDraw(b *testing.B) {
	s, data := newSession(b), bigBill(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Draw(b.Context(), bytes.NewReader(data), int64(len(data)), 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMeasure(b *testing.B) {
	s, data := newSession(b), bigBill(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Measure(b.Context(), bytes.NewReader(data), int64(len(data)), 0); err != nil {
			b.Fatal(err)
		}
	}
}
