package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// quantile returns the value below which the share q of values lies.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(math.Round(q*float64(len(sorted)-1)))]
}

func median(values []float64) float64 { return quantile(values, 0.5) }

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// ratios divides a by b, one by one: what was measured in the same round.
func ratios(a, b []float64) []float64 {
	all := make([]float64, min(len(a), len(b)))
	for i := range all {
		all[i] = a[i] / b[i]
	}
	return all
}

// grouped sums values in n groups, in order.
func grouped(values []float64, n int) []float64 {
	groups := make([]float64, n)
	for i, v := range values {
		groups[i*n/len(values)] += v
	}
	return groups
}

// seconds shows a time with three digits.
func seconds(s float64) string {
	switch {
	case math.IsNaN(s):
		return "–"
	case s < 1e-3:
		return digits(s*1e6) + " µs"
	case s < 1:
		return digits(s*1e3) + " ms"
	default:
		return digits(s) + " s"
	}
}

// megabytes shows bytes in millions.
func megabytes(bytes float64) string { return digits(bytes/1e6) + " MB" }

// digits shows a number with three significant digits at least.
func digits(n float64) string {
	switch {
	case n >= 100:
		return fmt.Sprintf("%.0f", n)
	case n >= 10:
		return fmt.Sprintf("%.1f", n)
	default:
		return fmt.Sprintf("%.2f", n)
	}
}

// times shows a ratio with the middle half of the rounds.
func times(ratio float64, rounds []float64) string {
	if math.IsNaN(ratio) {
		return "–"
	}
	text := fmt.Sprintf("%.2f×", ratio)
	if len(rounds) > 2 {
		text += fmt.Sprintf(" (%.2f–%.2f)", quantile(rounds, 0.25), quantile(rounds, 0.75))
	}
	return text
}

// timed returns how many seconds f took.
func timed(f func() error) (float64, error) {
	start := time.Now()
	err := f()
	return time.Since(start).Seconds(), err
}
