package render

import "math"

// A scale maps values to heights in the plot.
type scale struct {
	low, high float64
	ticks     []float64 // round values, the lowest first
}

// ticksWanted is about how many lines a chart has.
const ticksWanted = 3

// scaleOf returns the scale that holds zero and every value, between round
// numbers.
func scaleOf(points []Point) scale {
	var low, high float64
	for _, p := range points {
		if !math.IsNaN(p.Value) && !math.IsInf(p.Value, 0) {
			low, high = min(low, p.Value), max(high, p.Value)
		}
	}
	if low == high {
		high = 1
	}
	step := roundUp((high - low) / ticksWanted)
	s := scale{low: math.Floor(low/step) * step, high: math.Ceil(high/step) * step}
	for n := 0; ; n++ {
		v := s.low + float64(n)*step
		if v > s.high+step/2 {
			return s
		}
		s.ticks = append(s.ticks, v)
	}
}

// roundUp returns the next number that is 1, 2 or 5 times a power of ten.
func roundUp(f float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(f)))
	for _, m := range []float64{1, 2, 5} {
		if f <= m*power {
			return m * power
		}
	}
	return 10 * power
}

// y is where v stands, in units from the top.
func (s scale) y(v float64) float64 {
	return round(top + plotHeight*(s.high-min(max(v, s.low), s.high))/(s.high-s.low))
}
