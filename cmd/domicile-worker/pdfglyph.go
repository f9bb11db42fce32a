package main

import (
	"fmt"
	"math"
	"unicode"

	"github.com/tetratelabs/wazero/api"
)

// pageText returns the text of an open page in reading order, and whether it
// is all of it.
func (g *pdfGuest) pageText(page uint64) (text string, whole bool, err error) {
	handle, err := g.handle("FPDFText_LoadPage", page)
	if err != nil {
		return "", true, nil // a page without content
	}
	n, err := g.number("FPDFText_CountChars", handle)
	if err != nil {
		return "", false, err
	}
	glyphs, err := g.glyphs(handle, min(n, maxPageGlyphs))
	if err != nil {
		return "", false, err
	}
	_, err = g.call("FPDFText_ClosePage", handle)
	return layoutPage(glyphs), n <= maxPageGlyphs, err
}

// A glyphCall calls one exported function over and over without allocating.
type glyphCall struct {
	g     *pdfGuest
	f     api.Function
	stack [4]uint64
}

func (c *glyphCall) do(args ...uint64) (uint64, error) {
	copy(c.stack[:], args)
	if err := c.f.CallWithStack(c.g.ctx, c.stack[:]); err != nil {
		return 0, fmt.Errorf("read text: %w", firstLine(err))
	}
	return c.stack[0], nil
}

// glyphs reads n characters of a text page.
func (g *pdfGuest) glyphs(text uint64, n int) ([]glyph, error) {
	call := func(name string) *glyphCall { return &glyphCall{g: g, f: g.module.ExportedFunction(name)} }
	unicodeOf, generated, origin := call("FPDFText_GetUnicode"), call("FPDFText_IsGenerated"), call("FPDFText_GetCharOrigin")
	box, angle := call("FPDFText_GetLooseCharBox"), call("FPDFText_GetCharAngle")
	out := make([]glyph, 0, n)
	for i := range uint64(n) {
		r, err := unicodeOf.do(text, i)
		if err != nil {
			return nil, err
		}
		made, err := generated.do(text, i)
		if err != nil {
			return nil, err
		}
		letters := readable(rune(api.DecodeU32(r)))
		if len(letters) == 0 || api.DecodeI32(made) == 1 {
			out = append(out, glyph{})
			continue
		}
		if _, err := origin.do(text, i, uint64(g.scratch), uint64(g.scratch+8)); err != nil {
			return nil, err
		}
		if _, err := box.do(text, i, uint64(g.scratch+16)); err != nil {
			return nil, err
		}
		turned, err := angle.do(text, i)
		if err != nil {
			return nil, err
		}
		at := g.place(finite(float64(api.DecodeF32(turned))))
		for _, at.r = range letters {
			out = append(out, at)
		}
	}
	return out, nil
}

// place reads the origin and box that the last calls left in scratch.
func (g *pdfGuest) place(angle float32) glyph {
	m := g.module.Memory()
	double := func(at uint32) float32 { v, _ := m.ReadFloat64Le(g.scratch + at); return finite(v) }
	float := func(at uint32) float32 { v, _ := m.ReadFloat32Le(g.scratch + at); return finite(float64(v)) }
	return glyph{x: double(0), y: double(8), left: float(16), top: float(20), right: float(24), bottom: float(28), angle: angle}
}

// finite replaces what no page can hold: it would break the sorting.
func finite(v float64) float32 {
	if math.IsNaN(v) || math.Abs(v) > 1e6 {
		return 0
	}
	return float32(v)
}

// readable returns the characters to keep for r, none for white space and for
// what has no meaning in text. pdfium marks a hyphen at a line's end as U+0002.
func readable(r rune) string {
	switch {
	case r == 2:
		return "-"
	case r >= 0xFB00 && r <= 0xFB06:
		return [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}[r-0xFB00]
	case unicode.IsSpace(r), unicode.IsControl(r), r == 0xFFFE, r == 0xFFFF, r == 0xAD, !isScalar(r):
		return ""
	}
	return string(r)
}

func isScalar(r rune) bool { return r > 0 && r <= unicode.MaxRune && (r < 0xD800 || r > 0xDFFF) }
