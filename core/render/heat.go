package render

import (
	"fmt"
	"html/template"
	"math"

	"github.com/domicile-home/domicile/core/locale"
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
	heatCell   = 7 // units, of a cell's height
	maxHeat    = 62
	maxCells   = 96
	heatBottom = 18
)

// HTML draws h in the language of l.
func (h Heat) HTML(l *locale.Locale) (template.HTML, error) {
	if len(h.Rows) == 0 {
		return "", nil
	}
	h.Rows = h.Rows[:min(len(h.Rows), maxHeat)]
	return execute("heat", heatDrawing{Heat: h, L: l, heatPlot: h.plot()})
}

type heatDrawing struct {
	Heat
	L *locale.Locale
	heatPlot
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
	columns, high := 0, 0.0
	for _, r := range h.Rows {
		columns = max(columns, min(len(r.Cells), maxCells))
		for _, v := range r.Cells {
			if !math.IsNaN(v) {
				high = max(high, v)
			}
		}
	}
	p := heatPlot{Width: width, Height: float64(len(h.Rows)*heatCell + heatBottom)}
	w := (width - heatLeft) / float64(max(columns, 1))
	var paths [shades][]byte
	for i, r := range h.Rows {
		if i%5 == 0 {
			p.Labels = append(p.Labels, label{heatLeft - 6, float64(i*heatCell) + heatCell, r.Label})
		}
		for j, v := range r.Cells[:min(len(r.Cells), maxCells)] {
			if math.IsNaN(v) {
				continue
			}
			shade := shadeOf(v, high)
			paths[shade] = fmt.Appendf(paths[shade], "M%g %dh%gv%dh-%gz", round(heatLeft+w*float64(j)), i*heatCell, round(w*.94), heatCell-1, round(w*.94))
		}
	}
	for i, path := range paths {
		p.Shades[i] = string(path)
	}
	for i, text := range h.Columns {
		p.Marks = append(p.Marks, label{round(heatLeft + (width-heatLeft)*float64(i)/float64(len(h.Columns))), p.Height - 5, text})
	}
	return p
}

func shadeOf(v, high float64) int {
	if high <= 0 || v <= 0 {
		return 0
	}
	return min(int(v/high*shades), shades-1)
}
