package render

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"sync"

	"github.com/domicile-home/domicile/core/locale"
)

// A Kind is a way to draw a chart.
type Kind string

// The kinds of charts.
const (
	Bars    Kind = "bars"    // one bar a point, from zero
	Line    Kind = "line"    // points joined; a missing one breaks the line
	Stacked Kind = "stacked" // the values of several series on top of each other
)

// A Chart is one series of figures to draw and to tell. Points are drawn from
// left to right.
type Chart struct {
	Kind   Kind
	Title  string               // what the figures are, in a few words
	X, Y   string               // headings of the table
	Format func(float64) string // writes a value on the axis; nil: as its steps want
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

//go:embed chart.html view.html
var files embed.FS

var parts = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(files, "*.html"))
})

// HTML draws c in the language of l. A chart without points is nothing.
func (c Chart) HTML(l *locale.Locale) (template.HTML, error) {
	if len(c.Points) > maxPoints {
		c.Points = c.Points[len(c.Points)-maxPoints:]
	}
	if len(c.Points) == 0 {
		return "", nil
	}
	g := graph{kind: c.Kind, title: c.Title, about: c.Title, x: c.X, y: c.Y, format: c.Format, l: l}
	var s series
	for i, pt := range c.Points {
		if pt.Text == "" {
			pt.Text = missing
		}
		if pt.Partial {
			s.Partial = i + 1
		}
		g.labels = append(g.labels, mark{Label: value{Text: pt.Label, Href: pt.Href}, Short: pt.Short})
		s.Values, s.Cells = append(s.Values, pt.Value), append(s.Cells, value{Text: pt.Text})
	}
	g.series = []series{s}
	return g.html()
}

// missing stands in a table where there is no figure.
const missing = "–"

// maxDrawn is how many bytes one drawing may take.
const maxDrawn = 16 << 20

var errTooLarge = errors.New("too large to be drawn")

// A page is what is drawn so far, up to a bound.
type page struct{ bytes.Buffer }

func (p *page) Write(b []byte) (int, error) {
	if p.Len()+len(b) > maxDrawn {
		return 0, errTooLarge
	}
	return p.Buffer.Write(b)
}

func execute(name string, data any) (template.HTML, error) {
	var drawn page
	if err := parts().ExecuteTemplate(&drawn, name, data); err != nil {
		return "", fmt.Errorf("draw %s: %w", name, err)
	}
	return template.HTML(drawn.String()), nil // made by the template above, which escapes
}
