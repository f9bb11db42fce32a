package connect_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// letters is a picture of a provider: width by height, red on the left.
func letters(t *testing.T, width, height int) []byte {
	t.Helper()
	i := image.NewRGBA(image.Rect(0, 0, width, height))
	for at := range i.Pix {
		i.Pix[at] = 0xFF
	}
	for y := range height {
		for x := range width / 2 {
			i.Set(x, y, color.RGBA{0xFF, 0, 0, 0xFF})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, i); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// showing adds a source that has answered its code and goes on to show picture.
func (a *asking) showing(picture []byte) connect.Source {
	a.t.Helper()
	a.server.SetPicture(picture)
	s := a.add("picture", "image")
	a.answer(s, 1, askCode)
	return s
}

func showsPicture(r connect.Run) bool {
	return r.State == connect.Waiting && r.Question.Kind == protocol.AskImage
}

func TestAskImage_is_drawn_anew_parked_and_answered(t *testing.T) {
	t.Parallel()
	for name, patience := range map[string]time.Duration{"with its worker": longer, "parked": atOnce} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAsking(t, patience)
			const tail = "<script>alert(1)</script>"
			given := append(letters(t, 60, 20), tail...)
			s := a.showing(given)
			r := a.until(s, 1, showsPicture)
			drawn, err := png.Decode(bytes.NewReader(r.Question.Image))
			if err != nil || drawn.Bounds().Size() != image.Pt(60, 20) || r.Question.Width != 60 || r.Question.Height != 20 || !r.Question.Again {
				t.Fatalf("got %+v %v", r.Question, err)
			}
			if red, green, _, _ := drawn.At(10, 10).RGBA(); red>>8 != 0xFF || green != 0 {
				t.Errorf("got %v", drawn.At(10, 10))
			}
			if bytes.Equal(r.Question.Image, given) || bytes.Contains(r.Question.Image, []byte(tail)) {
				t.Error("the provider's own bytes are shown")
			}
			a.reopen()
			if again := a.until(s, 1, showsPicture); patience == atOnce && !bytes.Equal(again.Question.Image, r.Question.Image) {
				t.Error("the picture did not survive a lock")
			}
			a.server.SetPicture(letters(t, 30, 30))
			a.answer(s, 1, "")
			a.until(s, 1, func(r connect.Run) bool { return showsPicture(r) && r.Question.Width == 30 })
			a.answer(s, 1, "hkxtr")
			if r := a.until(s, 1, hasEnded); r.State != connect.Succeeded {
				t.Errorf("got %s %+v", r.State, r.Problem)
			}
			a.isSettled(s)
			if got := a.server.Count("/picture"); got != 2 {
				t.Errorf("the provider showed %d pictures, want 2", got)
			}
			lines, _, err := a.Log(t.Context(), s.ID, 1)
			if err != nil || slices.ContainsFunc(lines, func(l connect.LogLine) bool { return strings.Contains(l.Message, "hkxtr") }) {
				t.Errorf("the log tells the answer: %v %v", lines, err)
			}
		})
	}
}

func TestAskImage_large_is_shown_smaller(t *testing.T) {
	t.Parallel()
	a := newAsking(t, longer)
	s := a.showing(letters(t, 3000, 300))
	if r := a.until(s, 1, showsPicture); r.Question.Width != 1200 || r.Question.Height != 120 {
		t.Errorf("got %d by %d", r.Question.Width, r.Question.Height)
	}
}

// hostilePictures are what a provider may send in the place of a picture, by
// what they are.
func hostilePictures(t *testing.T) map[string][]byte {
	t.Helper()
	small := letters(t, 8, 8)
	huge := bytes.Clone(small)
	copy(huge[16:], "\x00\x01\x86\xa0\x00\x01\x86\xa0") // says 100,000 by 100,000
	sum := crc32.ChecksumIEEE(huge[12:29])
	copy(huge[29:], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	photo := bytes.Buffer{}
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 100, 100)), nil); err != nil {
		t.Fatal(err)
	}
	endless := bytes.Buffer{}
	frames := &gif.GIF{}
	for range 10_000 {
		frames.Image = append(frames.Image, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black, color.White}))
		frames.Delay = append(frames.Delay, 1)
	}
	if err := gif.EncodeAll(&endless, frames); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"huge":                                 huge,
		"truncated":                            small[:len(small)/2],
		"a JPEG of which half came":            photo.Bytes()[:photo.Len()/2],
		"SVG":                                  []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
		"a PDF that says it is a PNG too late": append([]byte("%PDF-1.7\n"), small...),
		"GIF":                                  endless.Bytes(),
		"a page":                               []byte("<html>"),
		"no bytes":                             {},
		"too large":                            append(small, make([]byte, protocol.MaxAskImage)...),
	}
}

func TestAskImage_hostile_is_refused_with_words(t *testing.T) {
	t.Parallel()
	a := newAsking(t, longer)
	words := map[core.Code]string{protocol.InvalidFile: "the picture of the question: ", protocol.Limit: " of ", protocol.Internal: "wants a picture"}
	for name, picture := range hostilePictures(t) {
		want := protocol.InvalidFile
		switch name {
		case "huge", "too large":
			want = protocol.Limit
		case "no bytes":
			want = protocol.Internal // the connector asked for what makes no sense
		}
		t.Run(name, func(t *testing.T) {
			a.t = t
			s := a.showing(picture)
			r := a.until(s, 1, hasEnded)
			if r.Problem == nil || r.Problem.Code != want || !strings.Contains(r.Problem.Message, words[want]) {
				t.Errorf("got %s %+v, want %s", r.State, r.Problem, want)
			}
			if err := a.Forget(t.Context(), s.ID); err != nil {
				t.Fatal(err)
			}
		})
	}
	a.t = t
	s := a.showing(letters(t, 8, 8))
	a.until(s, 1, showsPicture) // the home goes on
}

func TestAskImage_goes_with_its_kind(t *testing.T) {
	t.Parallel()
	a := newAsking(t, longer)
	a.server.SetPicture(letters(t, 8, 8))
	s := a.add("picture", "otp")
	a.answer(s, 1, askCode)
	if r := a.until(s, 1, hasEnded); r.Problem == nil || !strings.Contains(fmt.Sprint(r.Problem), "a picture goes with kind image") {
		t.Errorf("got %+v", r.Problem)
	}
}
