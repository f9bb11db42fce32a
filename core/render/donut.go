package render

import (
	"fmt"
	"html/template"
	"math"
	"slices"
)

const (
	donutHeight = 200
	donutRadius = 62
	donutHole   = 38
	maxSlices   = 8 // of a donut, the others together
)

// A donutPlot is a donut's geometry.
type donutPlot struct {
	Width, Height float64
	Slices        []shape
	Labels        []label
	Leads         []string // lines from slices to their labels
	Whole         string   // what the parts come to, in the middle
	X, Y          float64
}

// A part is one slice.
type part struct {
	name  string
	share float64
}

// donut draws the parts of a whole, each named beside its slice. What has parts
// below zero, or none above, is a table.
func (g graph) donut() (template.HTML, error) {
	s := g.series[0]
	whole := 0.0
	for _, v := range s.Values {
		if v = drawable(v); v < 0 {
			return g.noDonut()
		} else if v > 0 {
			whole += v
		}
	}
	if whole == 0 {
		return g.noDonut()
	}
	d := g.drawing()
	d.Legend = nil
	d.Grid.Columns = append(d.Grid.Columns, column{g.l.T("chart.share"), true})
	var parts []part
	for i, v := range s.Values {
		share := 0.0
		if v = drawable(v); v > 0 {
			share = v / whole
			parts = append(parts, part{g.labels[i].Label.Text, share})
		}
		d.Grid.Rows[i] = append(d.Grid.Rows[i], value{Text: g.percent(share)})
	}
	p := g.slices(largest(parts, g.l.T("chart.others")))
	p.Whole, p.X, p.Y = g.write(whole), width/2, donutHeight/2+4
	d.Donut = &p
	return execute("donut", d)
}

func (g graph) percent(share float64) string {
	decimals := 0
	if share > 0 && share < .0995 {
		decimals = 1
	}
	return g.l.Unit(g.l.Decimal(share*100, decimals), "%")
}

func (g graph) noDonut() (template.HTML, error) {
	d := g.drawing()
	d.Note = g.l.T("chart.no-donut")
	return execute("figures", d)
}

// largest puts the smallest of many parts together.
func largest(parts []part, others string) []part {
	if len(parts) <= maxSlices {
		return parts
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		switch {
		case a.share > b.share:
			return -1
		case a.share < b.share:
			return 1
		}
		return 0
	})
	rest := part{name: others}
	for _, p := range parts[maxSlices-1:] {
		rest.share += p.share
	}
	return append(parts[:maxSlices-1], rest)
}

// slices lays the parts out, from the top and clockwise.
func (g graph) slices(parts []part) donutPlot {
	p := donutPlot{Width: width, Height: donutHeight}
	var right, left []lead
	from := 0.0
	for i, part := range parts {
		to := min(1, from+part.share)
		if i == len(parts)-1 {
			to = 1
		}
		p.Slices = append(p.Slices, shape{fmt.Sprintf("d%d", i%4), slice(from, to)})
		l := lead{text: within(part.name, 12) + " " + g.percent(part.share)}
		l.fromX, l.fromY = onCircle((from+to)/2, donutRadius+2)
		_, l.y = onCircle((from+to)/2, donutRadius+12)
		if (from+to)/2 <= .5 {
			right = append(right, l)
		} else {
			left = append(left, l)
		}
		from = to
	}
	slices.Reverse(left) // which went upwards
	p.side(right, width/2+donutRadius+16, "start")
	p.side(left, width/2-donutRadius-16, "end")
	return p
}

// A lead is a label and the slice to which it leads.
type lead struct {
	text            string
	fromX, fromY, y float64
}

// side writes the labels of one side, from the top down.
func (p *donutPlot) side(side []lead, x float64, anchor string) {
	apart(side)
	gap := 4.0
	if anchor == "end" {
		gap = -4
	}
	for _, l := range side {
		p.Labels = append(p.Labels, label{x, round(l.y + 4), l.text, anchor})
		p.Leads = append(p.Leads, fmt.Sprintf("%g,%g %g,%g %g,%g", l.fromX, l.fromY, x-2*gap, round(l.y), x-gap/2, round(l.y)))
	}
}

// apart moves the labels of one side, from the top down, so that none covers
// another and all stay in the picture.
func apart(side []lead) {
	for i := range side {
		least := 8.0
		if i > 0 {
			least = side[i-1].y + rowHeight + 1
		}
		side[i].y = max(side[i].y, least)
	}
	for i := len(side) - 1; i >= 0; i-- {
		most := float64(donutHeight - 10)
		if i+1 < len(side) {
			most = side[i+1].y - rowHeight - 1
		}
		side[i].y = min(side[i].y, most)
	}
}

// onCircle returns the point of a circle around the donut's middle, turn being
// from 0 to 1 from the top.
func onCircle(turn, radius float64) (x, y float64) {
	sin, cos := math.Sincos(2 * math.Pi * turn)
	return round(width/2 + float64(radius*sin)), round(donutHeight/2 - float64(radius*cos))
}

// slice returns the path of a piece of the ring.
func slice(from, to float64) string {
	if to-from > .9999 { // an arc cannot end where it begins
		return ring(donutRadius, 1) + ring(donutHole, 0)
	}
	large := 0
	if to-from > .5 {
		large = 1
	}
	ax, ay := onCircle(from, donutRadius)
	bx, by := onCircle(to, donutRadius)
	cx, cy := onCircle(to, donutHole)
	dx, dy := onCircle(from, donutHole)
	return fmt.Sprintf("M%g %gA%d %d 0 %d 1 %g %gL%g %gA%d %d 0 %d 0 %g %gz", ax, ay, donutRadius, donutRadius, large, bx, by, cx, cy, donutHole, donutHole, large, dx, dy)
}

// ring returns a whole circle, drawn clockwise when sweep is 1.
func ring(radius, sweep int) string {
	return fmt.Sprintf("M%d %dA%d %d 0 1 %d %d %dA%d %d 0 1 %d %d %dz", width/2, donutHeight/2-radius, radius, radius, sweep, width/2, donutHeight/2+radius,
		radius, radius, sweep, width/2, donutHeight/2-radius)
}
