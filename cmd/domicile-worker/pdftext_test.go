package main

import (
	"math"
	"strings"
	"testing"
)

// typed places text on a baseline, 10 points high and 5 wide a character.
func typed(x, y float32, text string) []glyph {
	var out []glyph
	for _, r := range text {
		g := glyph{r: r, x: x, y: y, left: x, right: x + 5, bottom: y - 2, top: y + 8}
		if r == ' ' {
			g = glyph{}
		}
		out = append(out, g)
		x += 5
	}
	return out
}

func page(parts ...[]glyph) []glyph {
	var all []glyph
	for _, p := range parts {
		all = append(append(all, p...), glyph{})
	}
	return all
}

// turned rotates glyphs by quarters, counter-clockwise, about a point.
func turnedBy(quarters int, glyphs []glyph) []glyph {
	angle := float64(quarters) * math.Pi / 2
	turn(glyphs, angle)
	for i := range glyphs {
		glyphs[i].angle = float32(2*math.Pi - angle)
	}
	return glyphs
}

func TestLayoutPage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		glyphs []glyph
		want   string
	}{
		{"nothing", nil, ""},
		{"white space only", []glyph{{}, {}}, ""},
		{"words", typed(0, 100, "un deux"), "un deux\n"},
		{"a column", page(typed(0, 100, "un"), typed(25, 100, "deux")), "un  deux\n"},
		{"a space by its width only", page(typed(0, 100, "un")[:2], typed(13, 100, "deux")), "un deux\n"},
		{"pieces of a word that touch", page(typed(10, 100, "deux"), typed(0, 100, "un")), "undeux\n"},
		{"a word that goes on without white space", append(typed(0, 100, "un"), typed(10, 100, "deux")...), "undeux\n"},
		{"the same place twice", append(typed(0, 100, "un"), typed(0, 100, "un")...), "unun\n"},
		{"a drifting baseline", page(typed(0, 100, "un"), typed(40, 98, "deux"), typed(90, 96.5, "trois")), "un  deux  trois\n"},
		{"two lines", page(typed(0, 88, "b"), typed(0, 100, "a")), "a\nb\n"},
		{"a gap between lines", page(typed(0, 70, "b"), typed(0, 100, "a")), "a\n\nb\n"},
		{"turned text comes last", page(turnedBy(1, typed(0, -5, "marge")), typed(0, 100, "corps de page")), "corps de page\nmarge\n"},
		{"a page upside down", turnedBy(2, page(typed(0, 100, "un deux"), typed(0, 88, "trois"))), "un deux\ntrois\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := layoutPage(tc.glyphs); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestReadable(t *testing.T) {
	t.Parallel()
	for r, want := range map[rune]string{'a': "a", '€': "€", ' ': "", '\u00a0': "", '\r': "", 0: "", 2: "-", '\uFB01': "fi", '\uFB03': "ffi",
		0xFFFE: "", 0xD800: "", -1: "", 0x110000: "", '\u00ad': ""} {
		if got := readable(r); got != want {
			t.Errorf("%U: got %q, want %q", r, got, want)
		}
	}
}

func TestCutText(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "", 1: "a", 2: "a", 3: "aé", 4: "aéb", 9: "aéb"} {
		if got := cutText("aéb", n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

// FuzzLayoutPage holds that no glyph is lost or made up, wherever it stands.
func FuzzLayoutPage(f *testing.F) {
	f.Add([]byte("abc def"), 1.0, 2.0, 0.1)
	f.Add([]byte("x"), math.NaN(), math.Inf(1), -7.0)
	f.Fuzz(func(t *testing.T, text []byte, dx, dy, angle float64) {
		var glyphs []glyph
		want := map[rune]int{}
		for i, c := range text {
			x, y := finite(dx*float64(i%17)), finite(dy*float64(i/7))
			g := glyph{r: rune(c), x: x, y: y, left: x, right: x + finite(dx), bottom: y, top: y + finite(dy), angle: finite(angle * float64(i%3))}
			if readable(g.r) == "" {
				g = glyph{}
			} else {
				want[g.r]++
			}
			glyphs = append(glyphs, g)
		}
		for _, r := range layoutPage(glyphs) {
			if r != ' ' && r != '\n' {
				want[r]--
			}
		}
		for r, n := range want {
			if n != 0 {
				t.Fatalf("%d of %q lost", n, r)
			}
		}
	})
}

func BenchmarkLayoutPage(b *testing.B) {
	var glyphs []glyph
	for y := range 60 {
		glyphs = append(glyphs, page(typed(0, float32(y*12), strings.Repeat("mot ", 15)))...)
	}
	b.ReportAllocs()
	for b.Loop() {
		layoutPage(append([]glyph(nil), glyphs...))
	}
}
