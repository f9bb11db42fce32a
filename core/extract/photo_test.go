package extract_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"testing"
)

// gps stands for where a photo was made.
const gps = "48.3904N-4.4861W"

// photo returns a JPEG whose EXIF says that it stands as orientation, and where
// it was made. Upright it is 60 by 20: red on the left, blue at the bottom right.
func photo(tb testing.TB, orientation byte) []byte {
	tb.Helper()
	const width, height = 60, 20
	size := image.Pt(width, height)
	if orientation >= 5 {
		size = image.Pt(height, width)
	}
	stored := image.NewRGBA(image.Rectangle{Max: size})
	for y := range height {
		for x := range width {
			at, colour := map[byte]image.Point{1: {x, y}, 2: {width - 1 - x, y}, 3: {width - 1 - x, height - 1 - y}, 4: {x, height - 1 - y},
				5: {y, x}, 6: {y, width - 1 - x}, 7: {height - 1 - y, width - 1 - x}, 8: {height - 1 - y, x}}[orientation], white
			switch {
			case x < width/3:
				colour = red
			case x > 2*width/3 && y > height/2:
				colour = blue
			}
			stored.Set(at.X, at.Y, colour)
		}
	}
	tiff := "MM\x00*\x00\x00\x00\x08\x00\x02" + "\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(orientation) + "\x00\x00" + // Orientation
		"\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x26" + "\x00\x00\x00\x00" + // the GPS directory, at 38
		"\x00\x01\x00\x01\x00\x02\x00\x00\x00\x11\x00\x00\x00\x38\x00\x00\x00\x00" + gps + "\x00"
	body := encodedJPEG(tb, stored)
	segment := append([]byte{0xFF, 0xE1, 0, byte(len(tiff) + 8)}, "Exif\x00\x00"+tiff...)
	return append(append(body[:2:2], segment...), body[2:]...)
}

func TestDraw_stands_photos_upright(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for orientation := byte(1); orientation <= 8; orientation++ {
		t.Run(fmt.Sprint(orientation), func(t *testing.T) {
			t.Parallel()
			data := photo(t, orientation)
			if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil || !bytes.Contains(data, []byte(gps)) {
				t.Fatalf("no photo: %v", err)
			}
			p, err := draw(t, s, data, 0)
			if err != nil {
				t.Fatal(err)
			}
			if size := p.Bounds().Size(); size != image.Pt(60, 20) {
				t.Fatalf("got %v", size)
			}
			wantColour(t, p, 4, 4, red)
			wantColour(t, p, 4, 16, red)
			wantColour(t, p, 30, 10, white)
			wantColour(t, p, 55, 4, white)
			wantColour(t, p, 55, 16, blue)
		})
	}
}

// TestDraw_stands_large_photos_upright holds that what is turned keeps within the
// bounds of what is seen.
func TestDraw_stands_large_photos_upright(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	wide := image.NewGray(image.Rect(0, 0, 3000, 1500))
	data := encodedJPEG(t, wide)
	segment := photo(t, 6)
	end := bytes.Index(segment, []byte(gps)) + len(gps) + 1
	turned := append(append(data[:2:2], segment[2:end]...), data[2:]...)
	for name, want := range map[string]image.Point{string(data): image.Pt(1200, 600), string(turned): image.Pt(1161, 2323)} {
		p, err := draw(t, s, []byte(name), 0)
		if err != nil {
			t.Fatal(err)
		}
		if size := p.Bounds().Size(); size != want {
			t.Errorf("got %v, want %v", size, want)
		}
	}
}
