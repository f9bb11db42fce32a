package render

import (
	"math"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/core/locale"
)

// A scale maps values to heights in the plot.
type scale struct {
	low, high   float64
	ticks       []float64 // round values, the lowest first
	decimals    int       // that tell one tick from the next
	top, height float64   // of the plot, in units
}

// ticksWanted is about how many lines a chart has.
const ticksWanted = 3

// The sizes that are drawn as they are; what is larger or smaller is drawn as
// these.
const (
	highest = 1e15
	lowest  = 1e-9
)

// drawable returns a value that can be drawn, NaN for none.
func drawable(v float64) float64 {
	switch {
	case math.IsNaN(v):
		return v
	case v != 0 && math.Abs(v) < lowest:
		return math.Copysign(lowest, v)
	}
	return max(-highest, min(highest, v))
}

// scaleOf returns the scale that holds zero and every value, between round
// numbers.
func scaleOf(values []float64) scale {
	var low, high float64
	for _, v := range values {
		if v = drawable(v); !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if low == high {
		high = 1
	}
	step, exponent := roundUp((high - low) / ticksWanted)
	s := scale{low: math.Floor(low/step) * step, high: math.Ceil(high/step) * step, decimals: max(0, -exponent)}
	for n := 0; n <= 3*ticksWanted; n++ {
		v := s.low + float64(float64(n)*step)
		if v > s.high+step/2 {
			break
		}
		if math.Abs(v) < step/2 {
			v = 0
		}
		s.ticks = append(s.ticks, v)
	}
	return s
}

// roundUp returns the next number that is 1, 2 or 5 times a power of ten, and
// that power. It reads the power from the number's text, which is the same on
// every machine.
func roundUp(f float64) (step float64, exponent int) {
	_, power, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	exponent, _ = strconv.Atoi(power) // always a number, as written above
	for _, m := range []float64{1, 2, 5, 10} {
		step, _ = strconv.ParseFloat(strconv.FormatFloat(m, 'f', 0, 64)+"e"+power, 64)
		if f <= step {
			if m == 10 {
				exponent++
			}
			return step, exponent
		}
	}
	return step, exponent
}

// y is where v stands, in units from the top.
func (s scale) y(v float64) float64 {
	v = min(max(drawable(v), s.low), s.high)
	return round(s.top + float64(s.height*(s.high-v))/(s.high-s.low))
}

// tickText writes a value beside the axis: in thousands or millions where the
// digits would take too much room.
func (s scale) tickText(l *locale.Locale, v float64) string {
	size := max(math.Abs(s.low), math.Abs(s.high))
	switch {
	case size >= 1e12:
		return strconv.FormatFloat(v, 'e', 0, 64)
	case size >= 1e8:
		return l.Unit(l.Decimal(v/1e6, 0), "M")
	case size >= 1e5:
		return l.Unit(l.Decimal(v/1e3, 0), "k")
	}
	return l.Decimal(v, s.decimals)
}

// round keeps a tenth of a unit: what an eye sees, and the same bytes on every
// machine.
func round(f float64) float64 { return math.Round(f*10) / 10 }
