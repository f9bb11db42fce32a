package main

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// A glyph is one character of a page. Its place is in points, y upwards.
type glyph struct {
	r                        rune    // 0 for white space, which ends a word
	x, y                     float32 // the start of its baseline
	left, bottom, right, top float32
	angle                    float32 // radians, of the text's direction, clockwise
}

// Proportions of the height of the text.
const (
	wordGap   = 0.15 // more between two glyphs is a space
	spaceGap  = 0.05 // less is none, even where the content has a space
	columnGap = 0.90 // more between two words is a column
	overlap   = 0.50 // a glyph that starts further back starts a word
	lineDrift = 0.40 // less between two baselines is one line
	blankGap  = 2.00 // more between two lines is a blank line
)

// A word is a run of glyphs without a gap.
type word struct {
	text       []byte
	x, y, end  float32 // start and end on its baseline
	size       float32
	afterSpace bool
}

// layoutPage puts glyphs, which come in the order of the page's content, in
// reading order: lines from top to bottom, words from left to right, so that a
// row of a table is one line. One space parts words and two spaces columns.
// Text in another direction than most of the page, such as the small print in
// a margin, comes last.
func layoutPage(glyphs []glyph) string {
	var b strings.Builder
	for _, turned := range byDirection(glyphs) {
		writeLines(&b, lines(words(turned)))
	}
	return b.String()
}

// byDirection parts glyphs by the angle of their text, the commonest first,
// each part turned to run from left to right.
func byDirection(glyphs []glyph) [][]glyph {
	const steps = 72 // of five degrees
	parts, last := map[int][]glyph{}, 0
	for _, g := range glyphs {
		if g.r != 0 {
			last = ((int(math.Round(float64(g.angle)*steps/(2*math.Pi))) % steps) + steps) % steps
		}
		parts[last] = append(parts[last], g)
	}
	angles := make([]int, 0, len(parts))
	for a := range parts {
		angles = append(angles, a)
	}
	slices.SortFunc(angles, func(a, b int) int {
		return cmp.Or(cmp.Compare(len(parts[b]), len(parts[a])), cmp.Compare(a, b))
	})
	all := make([][]glyph, 0, len(angles))
	for _, a := range angles {
		turn(parts[a], 2*math.Pi*float64(a)/steps)
		all = append(all, parts[a])
	}
	return all
}

// turn rotates glyphs about the origin.
func turn(glyphs []glyph, angle float64) {
	if angle == 0 {
		return
	}
	s, c := math.Sincos(angle)
	sin, cos := float32(s), float32(c)
	for i := range glyphs {
		g := &glyphs[i]
		g.x, g.y = g.x*cos-g.y*sin, g.x*sin+g.y*cos
		x := [4]float32{g.left*cos - g.bottom*sin, g.left*cos - g.top*sin, g.right*cos - g.bottom*sin, g.right*cos - g.top*sin}
		y := [4]float32{g.left*sin + g.bottom*cos, g.left*sin + g.top*cos, g.right*sin + g.bottom*cos, g.right*sin + g.top*cos}
		g.left, g.right = slices.Min(x[:]), slices.Max(x[:])
		g.bottom, g.top = slices.Min(y[:]), slices.Max(y[:])
	}
}

// words joins the glyphs that follow each other closely on one baseline.
func words(glyphs []glyph) []word {
	var all []word
	space := true
	for _, g := range glyphs {
		if g.r == 0 {
			space = true
			continue
		}
		size := max(g.top-g.bottom, 1)
		if n := len(all) - 1; !space && n >= 0 && all[n].takes(g) {
			all[n].text = utf8.AppendRune(all[n].text, g.r)
			all[n].end = max(all[n].end, g.right)
			continue
		}
		all = append(all, word{text: utf8.AppendRune(nil, g.r), x: g.left, y: g.y, end: g.right, size: size, afterSpace: space})
		space = false
	}
	return all
}

// takes reports whether g continues w.
func (w *word) takes(g glyph) bool {
	gap := g.left - w.end
	return max(g.y-w.y, w.y-g.y) < lineDrift*w.size && gap < wordGap*w.size && gap > -overlap*w.size
}

// A line is the words of one baseline, from left to right.
type line []word

// lines gathers words by baseline, from top to bottom.
func lines(all []word) []line {
	slices.SortStableFunc(all, func(a, b word) int { return cmp.Compare(b.y, a.y) })
	var out []line
	for _, w := range all {
		if n := len(out) - 1; n >= 0 && out[n][0].y-w.y < lineDrift*min(out[n][0].size, w.size) {
			out[n] = append(out[n], w)
			continue
		}
		out = append(out, line{w})
	}
	for _, l := range out {
		slices.SortStableFunc(l, func(a, b word) int { return cmp.Compare(a.x, b.x) })
	}
	return out
}

// writeLines writes each line, and a blank one where the page leaves room.
func writeLines(b *strings.Builder, all []line) {
	for i, l := range all {
		if i > 0 && all[i-1][0].y-l[0].y > blankGap*max(all[i-1][0].size, l[0].size) {
			b.WriteByte('\n')
		}
		for j := range l {
			if j > 0 {
				b.WriteString(between(l[j-1], l[j]))
			}
			b.Write(l[j].text)
		}
		b.WriteByte('\n')
	}
}

// between returns what parts two words of a line.
func between(a, b word) string {
	gap := b.x - a.end
	switch size := max(a.size, b.size); {
	case gap > columnGap*size:
		return "  "
	case gap > wordGap*size, b.afterSpace && gap > spaceGap*size:
		return " "
	}
	return ""
}

// cutText returns text, at most n bytes of it, cut between characters.
func cutText(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
