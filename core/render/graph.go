package render

import (
	"html/template"
	"math"
	"strings"

	"github.com/domicile-home/domicile/core/locale"
)

// A graph is figures by labels: what every drawing of them starts from, and
// the table beside it.
type graph struct {
	kind   Kind
	title  string
	about  string // for those who listen: the title, and what stands out
	named  bool   // the title is shown, and the axes have theirs
	x, y   string // what the labels are, what the values are
	labels []mark
	series []series
	limits []limit
	format func(float64) string // beside the axis; nil: as its steps want
	write  func(float64) string // as a figure of it
	l      *locale.Locale
}

// A mark is one label: in the table, under the axis, and what several have in
// common, such as their year.
type mark struct {
	Label        value
	Short, Group string
	Word         bool // neither a date nor a number
}

type series struct {
	Name    string
	Values  []float64
	Cells   []value
	Partial int // 1 + the place of a value that is not over yet; 0: none
	Past    bool
}

// A limit is a line across.
type limit struct {
	Name, Text string
	Value      float64
}

// A key is a line of the legend.
type key struct {
	Class string
	Line  bool // a line, not an area
	Name  string
}

// Striped reports whether an area has stripes.
func (k key) Striped() bool { return striped(k.Class) }

// A drawing is what the template of charts sees.
type drawing struct {
	Title, About string
	Named        bool
	Note         string // why it is drawn that way
	Plot         plot
	Heat         *heatPlot
	Donut        *donutPlot
	Legend       []key
	Grid         grid
	Figures      string // the words that open the table
	Dense        bool
}

// drawing returns g's frame, without a plot.
func (g graph) drawing() drawing {
	return drawing{Title: g.title, About: g.about, Named: g.named, Legend: g.legend(), Grid: g.grid(), Figures: g.l.T("chart.figures"), Dense: len(g.labels) >= dense}
}

func (g graph) html() (template.HTML, error) {
	d := g.drawing()
	d.Plot = g.plot()
	return execute("chart", d)
}

// grid returns the figures as a table: a row a label, a column a series.
func (g graph) grid() grid {
	t := grid{Caption: g.title, Hidden: true, Region: (&painter{l: g.l}).region(g.title), Columns: []column{{Title: g.x}}}
	for _, s := range g.series {
		name := s.Name
		if name == "" {
			name = g.y
		}
		t.Columns = append(t.Columns, column{name, true})
	}
	for i, m := range g.labels {
		row := []value{m.Label}
		for _, s := range g.series {
			row = append(row, s.Cells[i])
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// legend tells the series from each other, and the lines across.
func (g graph) legend() (keys []key) {
	if len(g.series) > 1 {
		for i, class := range g.classes() {
			keys = append(keys, key{class, g.kind == Line || g.kind == Stacked && g.series[i].Past, g.series[i].Name})
		}
	}
	for _, line := range g.limits {
		keys = append(keys, key{"limit", true, strings.TrimSpace(line.Name + " " + line.Text)})
	}
	return keys
}

// styles is how many looks series have before they come again.
const styles = 6

// classes returns the look of each series: those to compare with stand back.
func (g graph) classes() (all []string) {
	now, past := 0, 0
	for _, s := range g.series {
		if s.Past {
			all = append(all, []string{"p0", "p1", "p2"}[past%3])
			past++
			continue
		}
		all = append(all, []string{"k0", "k1", "k2", "k3", "k4", "k5"}[now%styles])
		now++
	}
	return all
}

// tip says one figure.
func (g graph) tip(s series, i int) string {
	text := within(g.labels[i].Label.Text, 60)
	if len(g.series) > 1 && s.Name != "" {
		text += ", " + within(s.Name, 60)
	}
	return text + ": " + within(s.Cells[i].Text, 60)
}

// sums returns what the values of each label come to, above and below zero: the
// ends of a stack.
func (g graph) sums() (ends []float64) {
	for i := range g.labels {
		var above, below float64
		for _, s := range g.series {
			v := drawable(s.Values[i])
			switch {
			case math.IsNaN(v):
			case s.Past:
				ends = append(ends, v)
			case v > 0:
				above += v
			default:
				below += v
			}
		}
		ends = append(ends, above, below)
	}
	return ends
}

// spread returns every height that the plot has to hold.
func (g graph) spread() (all []float64) {
	if g.kind == Stacked {
		all = g.sums()
	} else {
		for _, s := range g.series {
			all = append(all, s.Values...)
		}
	}
	for _, line := range g.limits {
		all = append(all, line.Value)
	}
	return all
}
