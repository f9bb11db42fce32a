package render

import (
	"fmt"
	"math"
)

const (
	maxRects  = 400 // bars that can each be pointed at
	maxDots   = 40  // points that each have a dot of their own
	minBar    = 1.2 // units, under which bars are drawn otherwise
	stripeGap = 4   // units between the stripes of a bar
)

// bars draws the series beside each other. Where there are too many for bars
// to be told apart, several become lines, and one becomes an area.
func (p *plot) bars(g graph) {
	n := float64(len(g.series))
	w := min(p.step*.72/n, maxBar)
	switch {
	case w < minBar && n > 1:
		p.lines(g, nil)
		return
	case w < minBar:
		p.areas(g)
		return
	}
	b := p.boxes(g, w)
	for k, s := range g.series {
		for i, v := range s.Values {
			b.add(k, i, p.x(i)-float64(n*w)/2+float64(float64(k)*w), 0, v)
		}
	}
	b.done()
}

// stack draws the series on top of each other, what is below zero downwards;
// what they are compared with is a line.
func (p *plot) stack(g graph) {
	if w := min(p.step*.72, maxBar); w < minBar {
		p.areas(g)
	} else {
		p.piles(g, w)
	}
	p.lines(g, func(s series) bool { return s.Past })
}

func (p *plot) piles(g graph, w float64) {
	b := p.boxes(g, w)
	above, below := make([]float64, len(g.labels)), make([]float64, len(g.labels))
	for k, s := range g.series {
		for i, v := range s.Values {
			if v = drawable(v); math.IsNaN(v) || s.Past {
				continue
			}
			from := &above[i]
			if v < 0 {
				from = &below[i]
			}
			b.add(k, i, p.x(i)-w/2, *from, v)
			*from += v
		}
	}
	b.done()
}

// boxes are bars in the making.
type boxes struct {
	p       *plot
	g       graph
	w       float64
	classes []string
	single  bool // each can be pointed at
	round   float64
	paths   map[string][]byte
	stripes string
}

func (p *plot) boxes(g graph, w float64) *boxes {
	return &boxes{p: p, g: g, w: w, classes: g.classes(), single: len(g.series)*len(g.labels) <= maxRects, paths: map[string][]byte{}, round: corner(g, w)}
}

// corner is how round the corners of a bar are: not at all where bars meet.
func corner(g graph, w float64) float64 {
	if g.kind == Stacked || w < 6 {
		return 0
	}
	return 2
}

// add draws value v of series k at label i, standing on from.
func (b *boxes) add(k, i int, x, from, v float64) {
	if v = drawable(v); math.IsNaN(v) || v == 0 {
		return
	}
	y0, y1 := b.p.y(max(from, from+v)), b.p.y(min(from, from+v))
	one := bar{X: round(x), Y: y0, W: round(b.w), H: round(max(y1-y0, 1)), Round: b.round, Class: b.classes[k], Text: b.g.tip(b.g.series[k], i)}
	if striped(one.Class) && one.W >= 3 {
		b.stripes += stripes(one)
	}
	if !b.single {
		b.paths[one.Class] = fmt.Appendf(b.paths[one.Class], "M%g %gh%gv%gh-%gz", one.X, one.Y, one.W, one.H, one.W)
		return
	}
	if b.g.series[k].Partial == i+1 {
		one.Class += " partial"
	}
	b.p.Bars = append(b.p.Bars, one)
}

// stripes returns lines over a bar.
func stripes(b bar) string {
	var path []byte
	for y := b.Y + stripeGap; y < b.Y+b.H; y += stripeGap {
		path = fmt.Appendf(path, "M%g %gh%g", b.X, round(y), b.W)
	}
	return string(path)
}

// striped reports whether a look has stripes.
func striped(class string) bool { return class == "k2" || class == "k5" }

func (b *boxes) done() {
	seen := map[string]bool{}
	for _, class := range b.classes {
		if path := b.paths[class]; len(path) > 0 && !seen[class] {
			seen[class] = true
			b.p.Shapes = append(b.p.Shapes, shape{"bar " + class, string(path)})
		}
	}
	if b.stripes != "" {
		b.p.Shapes = append(b.p.Shapes, shape{"stripes", b.stripes})
	}
}

// lines joins the points of each series that is wanted; nil wants all.
func (p *plot) lines(g graph, wanted func(series) bool) {
	for k, class := range g.classes() {
		if wanted == nil || wanted(g.series[k]) {
			p.line(g, g.series[k], class)
		}
	}
}

// line joins points; a missing one breaks the line. A point without neighbours
// is a dot.
func (p *plot) line(g graph, s series, class string) {
	var run []byte
	dotted := len(s.Values) <= maxDots && len(g.series) <= styles
	for i, v := range s.Values {
		if math.IsNaN(v) {
			continue
		}
		first, last := i == 0 || math.IsNaN(s.Values[i-1]), i+1 == len(s.Values) || math.IsNaN(s.Values[i+1])
		x, y := p.x(i), p.y(v)
		run = fmt.Appendf(run, "%g,%g ", x, y)
		if dotted || first && last {
			p.Dots = append(p.Dots, dot{x, y, class, g.tip(s, i)})
		}
		if last {
			p.Lines = append(p.Lines, shape{class, string(run)})
			run = nil
		}
	}
}
