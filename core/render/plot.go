package render

import (
	"math"
	"unicode/utf8"
)

// The size of a chart in its own units: a phone shows it at about that size, so
// that its text stays readable there.
const (
	width      = 360
	plotHeight = 136
	rightEdge  = 4
	topEdge    = 10
	rowHeight  = 13  // of a line of text
	letter     = 5.8 // about the width of one
	maxBar     = 30  // of one bar
	labelGap   = 6   // between labels
	maxShort   = 12  // letters of a label under the axis
	fewLabels  = 9   // one in more than so many labels says little
)

// A plot is a chart's geometry.
type plot struct {
	Width, Height, Left, Right float64
	Axis                       stroke // where zero stands
	Ticks                      []tick
	Labels                     []label
	Bars                       []bar
	Shapes                     []shape
	Lines                      []shape // points of polylines
	Dots                       []dot
	Limits                     []limitLine

	scale
	step float64 // from one label to the next
}

type (
	tick struct {
		Y, TextY, X float64
		Text        string
	}
	label struct {
		X, Y   float64
		Text   string
		Anchor string
	}
	bar struct {
		X, Y, W, H, Round float64
		Class             string
		Text              string
	}
	shape struct{ Class, Path string }
	dot   struct {
		X, Y  float64
		Class string
		Text  string
	}
	stroke    struct{ X1, X2, Y1, Y2 float64 }
	limitLine struct {
		stroke
		label
	}
)

// plot lays g out: the axes around, the series within.
func (g graph) plot() plot {
	if g.lies() {
		return g.rows()
	}
	s := scaleOf(g.spread())
	s.top, s.height = topEdge, plotHeight
	if g.named && g.y != "" {
		s.top += rowHeight
	}
	p := plot{Width: width, Right: width - rightEdge, scale: s}
	p.axis(g)
	p.Axis = stroke{p.Left, p.Right, s.y(0), s.y(0)}
	p.step = (p.Right - p.Left) / float64(max(1, len(g.labels)))
	p.under(g)
	switch g.kind {
	case Line:
		p.lines(g, nil)
	case Stacked:
		p.stack(g)
	default:
		p.bars(g)
	}
	p.limits(g)
	return p
}

// axis writes the values beside the plot and makes room for them.
func (p *plot) axis(g graph) {
	longest := 0
	for _, v := range p.ticks {
		text := p.tickText(g.l, v)
		if g.format != nil {
			text = g.format(v)
		}
		longest = max(longest, utf8.RuneCountInString(text))
		p.Ticks = append(p.Ticks, tick{Y: p.y(v), TextY: round(p.y(v) + 3.5), Text: text})
	}
	p.Left = min(max(30, float64(longest)*letter+10), width/3)
	for i := range p.Ticks {
		p.Ticks[i].X = p.Left - 6
	}
	if g.named && g.y != "" {
		p.Labels = append(p.Labels, label{0, topEdge, Clip(g.y, 40), "start"})
	}
}

// x is the middle of the place of label i.
func (p *plot) x(i int) float64 { return round(p.Left + float64(p.step*(float64(i)+.5))) }

// under writes the labels below the plot, as many as have room, what they have
// in common below them, and what they are. Where few of them have room, what
// they have in common is enough.
func (p *plot) under(g graph) {
	longest := 0
	for _, m := range g.labels {
		longest = max(longest, min(utf8.RuneCountInString(m.Short), maxShort+1))
	}
	every := max(1, int(math.Ceil((float64(longest)*letter+labelGap)/p.step)))
	y := p.top + p.height + 16
	if every > fewLabels && p.groups(g, y) {
		every = len(g.labels) + 1
	}
	for i, m := range g.labels {
		if (len(g.labels)-1-i)%every == 0 && m.Short != "" && every <= len(g.labels) {
			p.Labels = append(p.Labels, inside(label{p.x(i), y, Clip(m.Short, maxShort), "middle"}))
		}
	}
	if every <= fewLabels && p.groups(g, y+rowHeight) {
		y += rowHeight
	}
	if g.named && g.x != "" {
		y += rowHeight
		p.Labels = append(p.Labels, label{p.Right, y, Clip(g.x, 50), "end"})
	}
	p.Height = y + 6
}

// groups writes once what neighbours have in common, where that begins.
func (p *plot) groups(g graph, y float64) (any bool) {
	from, last := 0.0, ""
	for i, m := range g.labels {
		if m.Group == last {
			continue
		}
		last = m.Group
		x := round(p.Left + float64(p.step*float64(i)))
		room := float64(utf8.RuneCountInString(m.Group))*letter + labelGap
		if m.Group == "" || x < from || x+room > width+labelGap {
			continue
		}
		from, any = x+room, true
		p.Labels = append(p.Labels, label{x, y, m.Group, "start"})
	}
	return any
}

// inside keeps a label in the picture.
func inside(l label) label {
	half := float64(utf8.RuneCountInString(l.Text)) * letter / 2
	switch {
	case l.X+half > width:
		l.X, l.Anchor = width, "end"
	case l.X-half < 0:
		l.X, l.Anchor = 0, "start"
	}
	return l
}

// limits draws the lines across, each with its name above it; names that would
// cover each other stand in the legend only.
func (p *plot) limits(g graph) {
	var taken []float64
	for _, line := range g.limits {
		y := p.y(line.Value)
		name := label{p.Right, round(y - 3), Clip(line.Name, 36), "end"}
		for _, other := range taken {
			if math.Abs(other-name.Y) < rowHeight-2 {
				name.Text = ""
			}
		}
		if name.Text != "" {
			taken = append(taken, name.Y)
		}
		p.Limits = append(p.Limits, limitLine{stroke{p.Left, p.Right, y, y}, name})
	}
}
