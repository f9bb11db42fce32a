package render

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/view"
)

// A Heat is a map of one value for each column of each row: the half-hours of
// the days of a month. The table beside it has one line a row.
type Heat struct {
	Title   string
	X, Y    string   // headings of the table: of the rows, and of their sum
	Columns []string // under the map, spread evenly: "0", "6", "12", "18"
	Rows    []HeatRow
}

// A HeatRow is one row of a heat map.
type HeatRow struct {
	Label string
	Text  string    // what the row comes to, as people write it
	Cells []float64 // NaN for a missing one
}

const (
	shades     = 6
	heatLeft   = 58
	maxHeat    = 62
	heatBottom = 18
	heatGap    = 2 // units: narrower cells run together
)

// HTML draws h in the language of l.
func (h Heat) HTML(l *locale.Locale) (template.HTML, error) {
	if len(h.Rows) == 0 {
		return "", nil
	}
	h.Rows = h.Rows[:min(len(h.Rows), maxHeat)]
	t := grid{Caption: h.Title, Hidden: true, Region: (&painter{l: l}).region(h.Title), Columns: []column{{h.X, false}, {h.Y, true}}}
	for _, r := range h.Rows {
		t.Rows = append(t.Rows, []value{{Text: r.Label}, {Text: r.Text}})
	}
	p := h.plot()
	return execute("heat", drawing{Title: h.Title, About: h.Title, Heat: &p, Grid: t, Figures: l.T("chart.figures")})
}

// heat draws each series as a row. What the shades stand for is told below.
func (g graph) heat() (template.HTML, error) {
	h := Heat{Rows: make([]HeatRow, len(g.series)), Columns: g.columns()}
	for i, s := range g.series {
		h.Rows[i] = HeatRow{Label: Clip(s.Name, nameLetters), Cells: s.Values}
	}
	p := h.plot()
	d := g.drawing()
	d.Heat, d.Legend = &p, g.shadeKeys()
	return execute("heat", d)
}

// columns returns what stands under a map: as many labels as have room, or
// where what they have in common begins.
func (g graph) columns() (all []string) {
	longest, last, from := 1, "", 0
	for _, m := range g.labels {
		longest = max(longest, min(utf8.RuneCountInString(m.Short), maxShort+1))
	}
	each := float64(len(g.labels)) / (width - heatLeft) // labels in a unit
	every := max(1, int(math.Ceil((float64(longest)*letter+labelGap)*each)))
	for i, m := range g.labels {
		text := ""
		switch {
		case every > fewLabels && m.Group != "":
			room := int((float64(utf8.RuneCountInString(m.Group))*letter + labelGap) * each)
			if m.Group != last && i >= from && i+room <= len(g.labels) {
				text, from = m.Group, i+room
			}
			last = m.Group
		case i%every == 0:
			text = Clip(m.Short, maxShort)
		}
		all = append(all, text)
	}
	return all
}

// shadeKeys says what the palest and the darkest shade stand for.
func (g graph) shadeKeys() (keys []key) {
	low, high := -1, -1
	var cells []value
	var values []float64
	for _, s := range g.series {
		cells, values = append(cells, s.Cells...), append(values, s.Values...)
	}
	for i, v := range values {
		if !math.IsNaN(v) && (low < 0 || v < values[low]) {
			low = i
		}
		if !math.IsNaN(v) && (high < 0 || v > values[high]) {
			high = i
		}
	}
	if low < 0 {
		return nil
	}
	keys = []key{{"shade s0", false, g.l.T("chart.lowest", "value", cells[low].Text)}, {"shade s5", false, g.l.T("chart.highest", "value", cells[high].Text)}}
	if slices.ContainsFunc(values, math.IsNaN) {
		keys = append(keys, key{"gap", false, g.l.T("chart.missing")})
	}
	return keys
}

// A heatPlot is a map's geometry: one path a shade, which keeps a month of
// half-hours small.
type heatPlot struct {
	Width, Height float64
	Shades        [shades]string
	Gaps          string  // a line through each cell that has no value
	Labels        []label // of rows
	Marks         []label // of columns
	left, wide    float64 // of the map; of a cell
	high          int     // of a cell
}

func (h Heat) plot() heatPlot {
	columns, longest, values := 1, 0, []float64{0}
	for _, r := range h.Rows {
		columns, longest = max(columns, min(len(r.Cells), view.MaxChart)), max(longest, utf8.RuneCountInString(r.Label))
		for _, v := range r.Cells {
			if v = drawable(v); !math.IsNaN(v) {
				values = append(values, v)
			}
		}
	}
	p := heatPlot{Width: width, left: max(heatLeft, float64(longest)*letter+8), high: min(22, max(7, 160/len(h.Rows)))}
	p.Height = float64(len(h.Rows)*p.high + heatBottom)
	p.wide = (width - p.left) / float64(columns)
	low, high := slices.Min(values), slices.Max(values)
	for i, r := range h.Rows {
		if p.high >= 11 || i%5 == 0 {
			p.Labels = append(p.Labels, label{p.left - 6, float64(i*p.high + p.high/2 + 4), r.Label, "end"})
		}
		cells := make([]int, min(len(r.Cells), columns))
		for j := range cells {
			cells[j] = shadeOf(r.Cells[j], low, high)
		}
		p.row(i, cells)
	}
	for i, text := range h.Columns {
		if text != "" {
			p.Marks = append(p.Marks, label{round(p.left + float64((width-p.left)*float64(i))/float64(len(h.Columns))), p.Height - 5, text, "start"})
		}
	}
	return p
}

// row adds the cells of row i, each by its shade.
func (p *heatPlot) row(i int, cells []int) {
	for j, n := 0, 0; j < len(cells); j += n {
		for n = 1; p.wide < heatGap && j+n < len(cells) && cells[j+n] == cells[j]; {
			n++
		}
		x, wide := round(p.left+float64(p.wide*float64(j))), round(float64(p.wide*float64(n))*.94)
		if p.wide < heatGap {
			wide = round(p.left + float64(p.wide*float64(j+n)) - x)
		}
		if cells[j] < 0 {
			p.Gaps += fmt.Sprintf("M%g %gh%g", x, float64(i*p.high)+float64(p.high)/2, wide)
			continue
		}
		p.Shades[cells[j]] += fmt.Sprintf("M%g %dh%gv%dh-%gz", x, i*p.high, wide, p.high-1, wide)
	}
}

// shadeOf returns the shade of a value, -1 for none.
func shadeOf(v, low, high float64) int {
	if v = drawable(v); math.IsNaN(v) {
		return -1
	}
	if high <= low {
		return 0
	}
	return max(0, min(int((v-low)/(high-low)*shades), shades-1))
}
