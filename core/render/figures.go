package render

import (
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// chart draws an app's chart with its table.
func (p *painter) chart(name string, c *view.Chart) (template.HTML, error) {
	g := p.graph(name, c)
	switch {
	case len(g.labels) == 0:
		d := g.drawing()
		d.Note = p.l.T("chart.none")
		return execute("figures", d)
	case c.Drawing == view.DrawDonut:
		return g.donut()
	case c.Drawing == view.DrawHeatmap:
		return g.heat()
	case c.Drawing == view.DrawSpark:
		return g.spark()
	}
	return g.html()
}

// graph reads an app's chart.
func (p *painter) graph(name string, c *view.Chart) graph {
	g := graph{title: title(name), named: true, x: title(c.X), y: title(c.Unit), l: p.l,
		kind: map[view.Drawing]Kind{view.DrawLine: Line, view.DrawStacked: Stacked}[c.Drawing]}
	if c.Currency != "" {
		g.y = locale.CurrencySign(c.Currency)
	}
	if g.title == "" {
		g.title = p.l.T("chart.untitled")
	}
	for _, v := range c.Labels {
		short, group := shortOf(p.l, v)
		g.labels = append(g.labels, mark{p.value(v), short, group, v.Text != ""})
	}
	w := writerOf(p.l, c)
	g.write = w.write
	for i := range c.Series {
		g.series = append(g.series, p.series(&c.Series[i], w))
	}
	for _, t := range c.Thresholds {
		g.limits = append(g.limits, limit{title(t.Label), w.as(t.Value).write(t.Value), t.Value})
	}
	g.about = g.tell()
	return g
}

func (p *painter) series(s *view.Series, w writer) series {
	shown := series{Name: title(s.Name), Past: s.Past, Values: floats(s.Values)}
	for i, v := range shown.Values {
		cell := value{Text: missing}
		if !math.IsNaN(v) {
			cell.Text = w.write(v)
		}
		if i < len(s.Why) && !math.IsNaN(v) {
			if cell.Why, cell.WhyLabel = p.why(s.Why[i], cell.Text); cell.Why != "" {
				cell.WhyWords = p.l.T("why.words")
			}
		}
		shown.Cells = append(shown.Cells, cell)
	}
	return shown
}

// tell says a chart's title and where its first series of today stands out.
func (g graph) tell() string {
	text := Apart(g.title)
	at := max(0, slices.IndexFunc(g.series, func(s series) bool { return !s.Past }))
	s, high, low := g.series[at], -1, -1
	for i, v := range s.Values {
		if math.IsNaN(v) {
			continue
		}
		if high < 0 || v > s.Values[high] {
			high = i
		}
		if low < 0 || v < s.Values[low] {
			low = i
		}
	}
	if high < 0 || high == low {
		return text
	}
	return g.l.T("chart.about", "title", text, "high", s.Cells[high].Text, "at", Apart(g.labels[high].Label.Text),
		"low", s.Cells[low].Text, "then", Apart(g.labels[low].Label.Text))
}

// A writer writes the values of a chart, all with as many decimals.
type writer struct {
	l              *locale.Locale
	unit, currency string
	decimals       int
}

// maxDecimals is how many decimals of a measured value are shown.
const maxDecimals = 3

func writerOf(l *locale.Locale, c *view.Chart) writer {
	w := writer{l: l, unit: Plain(c.Unit), currency: c.Currency}
	for _, s := range c.Series {
		for _, v := range s.Values {
			if v != nil {
				w.decimals = max(w.decimals, decimalsOf(*v))
			}
		}
	}
	return w
}

// as returns the writer of a value that stands alone.
func (w writer) as(v float64) writer {
	w.decimals = decimalsOf(v)
	return w
}

// decimalsOf is how many decimals of v are shown.
func decimalsOf(v float64) int {
	if math.Abs(v) >= highest {
		return 0
	}
	_, decimals, _ := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), ".")
	return min(maxDecimals, len(decimals))
}

func (w writer) write(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return missing
	case size >= highest || size != 0 && size < .5/math.Pow10(maxDecimals):
		return w.l.Unit(strconv.FormatFloat(v, 'g', 3, 64), w.unit+w.currency)
	case w.currency != "":
		return w.l.Money(record.Money(strconv.FormatFloat(v, 'f', max(2, w.decimals), 64)), w.currency)
	}
	return w.l.Unit(w.l.Decimal(v, w.decimals), w.unit)
}

// shortOf returns a label as it stands under an axis, and what it has in common
// with its neighbours.
func shortOf(l *locale.Locale, v view.Value) (short, group string) {
	if v.Date.IsZero() {
		return strings.TrimSpace(words(v, l)), ""
	}
	year, month, day := v.Date.Civil()
	switch v.Date.Precision() {
	case record.Year:
		return strconv.Itoa(year), ""
	case record.Month:
		return l.ShortMonth(month), strconv.Itoa(year)
	case record.Day:
		return strconv.Itoa(day), l.ShortMonth(month) + " " + strconv.Itoa(year)
	}
	return v.Date.Instant(nil).Format("15:04"), strconv.Itoa(day) + " " + l.ShortMonth(month)
}
