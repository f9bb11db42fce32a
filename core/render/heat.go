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
	h := Heat{}
	for _, s := range g.series {
		h.Rows = append(h.Rows, HeatRow{Label: Clip(s.Name, 9), Cells: s.Values})
	}
	longest := 1
	for _, m := range g.labels {
		longest = max(longest, min(utf8.RuneCountInString(m.Short), maxShort+1))
	}
	room := int(math.Ceil((float64(longest)*letter + labelGap) * float64(len(g.labels)) / (width - heatLeft)))
	for i, m := range g.labels {
		text := ""
		if i%max(1, room) == 0 {
			text = Clip(m.Short, maxShort)
		}
		h.Columns = append(h.Columns, text)
	}
	p := h.plot()
	d := g.drawing()
	d.Heat, d.Legend = &p, g.shadeKeys()
	return execute("heat", d)
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
	return []key{{"shade s0", false, g.l.T("chart.lowest", "value", cells[low].Text)}, {"shade s5", false, g.l.T("chart.highest", "value", cells[high].Text)}}
}

// A heatPlot is a map's geometry: one path a shade, which keeps a month of
// half-hours small.
type heatPlot struct {
	Width, Height float64
	Shades        [shades]string
	Labels        []label // of rows
	Marks         []label // of columns
}

func (h Heat) plot() heatPlot {
	columns, values := 1, []float64{0}
	for _, r := range h.Rows {
		columns = max(columns, min(len(r.Cells), view.MaxChart))
		for _, v := range r.Cells {
			if v = drawable(v); !math.IsNaN(v) {
				values = append(values, v)
			}
		}
	}
	low, high := slices.Min(values), slices.Max(values)
	cell := min(22, max(7, 160/len(h.Rows)))
	p := heatPlot{Width: width, Height: float64(len(h.Rows)*cell + heatBottom)}
	w := (width - heatLeft) / float64(columns)
	var paths [shades][]byte
	for i, r := range h.Rows {
		if cell >= 11 || i%5 == 0 {
			p.Labels = append(p.Labels, label{heatLeft - 6, float64(i*cell + cell/2 + 4), r.Label, "end"})
		}
		cells := r.Cells[:min(len(r.Cells), columns)]
		for j := 0; j < len(cells); {
			shade, n := shadeOf(cells[j], low, high), 1
			for w < 2 && j+n < len(cells) && shadeOf(cells[j+n], low, high) == shade { // too narrow to be told apart
				n++
			}
			if shade >= 0 {
				wide := round(float64(w*float64(n)) * .94)
				paths[shade] = fmt.Appendf(paths[shade], "M%g %dh%gv%dh-%gz", round(heatLeft+float64(w*float64(j))), i*cell, wide, cell-1, wide)
			}
			j += n
		}
	}
	for i, path := range paths {
		p.Shades[i] = string(path)
	}
	for i, text := range h.Columns {
		if text != "" {
			p.Marks = append(p.Marks, label{round(heatLeft + (width-heatLeft)*float64(i)/float64(len(h.Columns))), p.Height - 5, text, "start"})
		}
	}
	return p
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
