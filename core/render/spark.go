package render

import (
	"fmt"
	"html/template"
	"math"
)

// Spark draws values as a small line without axes, to stand beside a figure
// that says the same in words; it is hidden from those who listen.
func Spark(values []float64) (template.HTML, error) {
	const w, h, pad = 120, 28, 3
	if len(values) > maxPoints {
		values = values[len(values)-maxPoints:]
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v = drawable(v); !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if len(values) < 2 || low > high {
		return "", nil
	}
	span := high - low
	if span == 0 {
		span = 1
	}
	var runs []string
	var last dot
	for i, v := range values {
		if v = drawable(v); math.IsNaN(v) {
			continue
		}
		last.X = round(pad + float64((w-2*pad)*float64(i))/float64(len(values)-1))
		last.Y = round(pad + float64((h-2*pad)*(high-v))/span)
		if i == 0 || math.IsNaN(values[i-1]) {
			runs = append(runs, fmt.Sprintf("%g,%g", last.X, last.Y)) // twice, so that it is seen when alone
		}
		runs[len(runs)-1] += fmt.Sprintf(" %g,%g", last.X, last.Y)
	}
	return execute("spark", struct {
		Runs []string
		Last dot
	}{runs, last})
}

// spark draws the first series as a small line that tells itself, beside its
// last value.
func (g graph) spark() (template.HTML, error) {
	line, err := Spark(g.series[0].Values)
	if err != nil {
		return "", err
	}
	d := struct {
		drawing
		Line template.HTML
		Last value
	}{drawing: g.drawing(), Line: line}
	d.Legend = nil
	for i, v := range g.series[0].Values {
		if !math.IsNaN(v) {
			d.Last = g.series[0].Cells[i]
		}
	}
	return execute("sparkline", d)
}
