package render

import (
	"math"
	"unicode/utf8"
)

// The bounds of bars that lie: names of many letters stand beside them.
const (
	maxRows      = 40
	maxRowLooks  = 4 // series
	nameLetters  = 18
	valueLetters = 15
)

// lies reports whether g is better drawn as bars that lie: words of which the
// longest has no room under an upright bar.
func (g graph) lies() bool {
	if g.kind != Bars && g.kind != "" || len(g.labels) > maxRows || len(g.series) > maxRowLooks {
		return false
	}
	longest := 0
	for _, m := range g.labels {
		if !m.Word {
			return false
		}
		longest = max(longest, utf8.RuneCountInString(m.Short))
	}
	return float64(longest)*letter+labelGap > (width-40)/float64(len(g.labels))
}

// rows lays g out as bars that lie, each with its name before it and its value
// behind it.
func (g graph) rows() plot {
	names, values := 0, 0
	for i, m := range g.labels {
		names = max(names, utf8.RuneCountInString(m.Short))
		for _, s := range g.series {
			values = max(values, utf8.RuneCountInString(s.Cells[i].Text))
		}
	}
	p := plot{Width: width, Left: min(nameLetters+1, float64(names))*letter + 8, scale: scaleOf(g.spread())}
	p.Right = width - min(valueLetters, float64(values))*letter - 8
	thick := 15.0
	if len(g.series) > 1 {
		thick = 12
	}
	p.step = thick*float64(len(g.series)) + 11
	top := 2.0
	if len(g.limits) > 0 {
		top += rowHeight
	}
	for i, m := range g.labels {
		y := top + float64(p.step*float64(i)) + 5
		p.Labels = append(p.Labels, label{p.Left - 6, round(y + float64(thick*float64(len(g.series)))/2 + 4), Clip(m.Short, nameLetters), "end"})
		for k := range g.series {
			p.rowBar(g, k, i, y+float64(thick*float64(k)), thick)
		}
	}
	p.Height = round(top + float64(p.step*float64(len(g.labels))) + 4)
	p.Axis = stroke{p.across(0), p.across(0), top, p.Height}
	for _, line := range g.limits {
		x := p.across(line.Value)
		p.Limits = append(p.Limits, limitLine{stroke{x, x, top, p.Height}, inside(label{x, top - 4, Clip(line.Name, 30), "middle"})})
	}
	return p
}

// across is where v stands from the left.
func (p *plot) across(v float64) float64 {
	v = min(max(drawable(v), p.low), p.high)
	return round(p.Left + float64((p.Right-p.Left)*(v-p.low))/(p.high-p.low))
}

func (p *plot) rowBar(g graph, k, i int, y, thick float64) {
	s := g.series[k]
	v := s.Values[i]
	if math.IsNaN(v) {
		return
	}
	x0, x1 := p.across(min(v, 0)), p.across(max(v, 0))
	class := g.classes()[k]
	if v != 0 {
		b := bar{X: x0, Y: round(y), W: round(max(x1-x0, 1)), H: thick - 2, Round: 2, Class: class, Text: g.tip(s, i)}
		p.Bars = append(p.Bars, b)
		if striped(class) {
			p.Shapes = append(p.Shapes, shape{"stripes", stripes(b)})
		}
	}
	p.Labels = append(p.Labels, label{x1 + 5, round(y + thick/2 + 3), Clip(s.Cells[i].Text, valueLetters), "start"})
}
