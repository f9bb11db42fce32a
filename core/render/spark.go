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
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if len(values) < 2 || low > high {
		return "", nil
	}
	span := max(high-low, math.SmallestNonzeroFloat64)
	if high == low {
		span = 1
	}
	var points []byte
	var last dot
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		last.X = round(pad + (w-2*pad)*float64(i)/float64(len(values)-1))
		last.Y = round(pad + (h-2*pad)*(high-v)/span)
		points = fmt.Appendf(points, "%g,%g ", last.X, last.Y)
	}
	return execute("spark", struct {
		Points string
		Last   dot
	}{string(points), last})
}
