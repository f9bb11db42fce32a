package render

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"math"
	"sync"

	"github.com/domicile-home/domicile/core/locale"
)

// A Kind is a way to draw a chart.
type Kind string

// The kinds of charts.
const (
	Bars Kind = "bars" // one bar a point, from zero
	Line Kind = "line" // points joined; a missing one breaks the line
)

// A Chart is figures to draw and to tell. Points are drawn from left to right.
type Chart struct {
	Kind   Kind
	Title  string               // what the figures are, in a few words
	X, Y   string               // headings of the table
	Format func(float64) string // writes a value on the axis; nil: a plain number
	Points []Point
}

// A Point is one figure of a chart.
type Point struct {
	Label   string  // in the table: "March 2026"
	Short   string  // under the axis: "Mar"; "" leaves the place empty
	Value   float64 // its height; NaN when there is none
	Text    string  // the value as people write it
	Href    string  // where its records are, a path of the home; "" for none
	Partial bool    // not over yet: drawn lighter
}

// maxPoints bounds what is drawn of a chart; the newest are kept.
const maxPoints = 750

//go:embed chart.html
var files embed.FS

var parts = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(files, "chart.html"))
})

// HTML draws c in the language of l. A chart without points is nothing.
func (c Chart) HTML(l *locale.Locale) (template.HTML, error) {
	if len(c.Points) > maxPoints {
		c.Points = c.Points[len(c.Points)-maxPoints:]
	}
	if len(c.Points) == 0 {
		return "", nil
	}
	if c.Format == nil {
		c.Format = func(f float64) string { return l.Decimal(f, 0) }
	}
	return execute("chart", drawing{Chart: c, L: l, plot: c.plot()})
}

// A drawing is what the template sees.
type drawing struct {
	Chart
	L *locale.Locale
	plot
}

func execute(name string, data any) (template.HTML, error) {
	var buf bytes.Buffer
	if err := parts().ExecuteTemplate(&buf, name, data); err != nil {
		return "", fmt.Errorf("draw %s: %w", name, err)
	}
	return template.HTML(buf.String()), nil // made by the template above, which escapes
}

// The size of a chart in its own units: a phone shows it at about that size, so
// that its text stays readable there.
const (
	width, height       = 360, 168
	left, right         = 46, 4
	top, bottom         = 10, 22
	plotWidth           = width - left - right
	plotHeight          = height - top - bottom
	maxBar              = 30 // units, of one bar's width
	maxLabels, labelGap = 12, 26
)

// A plot is a chart's geometry.
type plot struct {
	Width, Height, Left, Right, Base float64 // Base is where zero stands
	Ticks                            []tick
	Labels                           []label
	Bars                             []bar
	Lines                            []string // points of polylines
	Dots                             []dot
}

type (
	tick struct {
		Y, TextY, X float64
		Text        string
	}
	label struct {
		X, Y float64
		Text string
	}
	bar struct {
		X, Y, W, H float64
		Partial    bool
		Text       string
	}
	dot struct {
		X, Y float64
		Text string
	}
)

func (c Chart) plot() plot {
	s := scaleOf(c.Points)
	p := plot{Width: width, Height: height, Left: left, Right: width - right, Base: s.y(0)}
	for _, v := range s.ticks {
		p.Ticks = append(p.Ticks, tick{Y: s.y(v), TextY: round(s.y(v) + 3.5), X: left - 6, Text: c.Format(v)})
	}
	step := plotWidth / float64(len(c.Points))
	every := max(1, int(math.Ceil(labelGap/step)))
	for i, pt := range c.Points {
		x := round(left + step*(float64(i)+.5))
		if (len(c.Points)-1-i)%every == 0 && pt.Short != "" {
			p.Labels = append(p.Labels, label{x, height - 6, pt.Short})
		}
	}
	if c.Kind == Line {
		p.line(c.Points, s, step)
	} else {
		p.bars(c.Points, s, step)
	}
	return p
}

func (p *plot) bars(points []Point, s scale, step float64) {
	w := min(step*.7, maxBar)
	for i, pt := range points {
		if math.IsNaN(pt.Value) || pt.Value == 0 {
			continue
		}
		y0, y1 := s.y(max(pt.Value, 0)), s.y(min(pt.Value, 0))
		p.Bars = append(p.Bars, bar{X: round(left + step*(float64(i)+.5) - w/2), Y: y0, W: round(w), H: round(max(y1-y0, 1)),
			Partial: pt.Partial, Text: pt.Label + ": " + pt.Text})
	}
}

// maxDots is up to how many points each has a dot of its own.
const maxDots = 40

func (p *plot) line(points []Point, s scale, step float64) {
	var current []byte
	flush := func() {
		if len(current) > 0 {
			p.Lines = append(p.Lines, string(current))
		}
		current = nil
	}
	for i, pt := range points {
		if math.IsNaN(pt.Value) {
			flush()
			continue
		}
		x, y := round(left+step*(float64(i)+.5)), s.y(pt.Value)
		current = fmt.Appendf(current, "%g,%g ", x, y)
		if len(points) <= maxDots {
			p.Dots = append(p.Dots, dot{x, y, pt.Label + ": " + pt.Text})
		}
	}
	flush()
}

// round keeps a tenth of a unit: what an eye sees, and the same bytes on every
// machine.
func round(f float64) float64 { return math.Round(f*10) / 10 }
