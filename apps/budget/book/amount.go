package book

import (
	"slices"
	"strings"

	"github.com/domicile-home/domicile/sdk/record"
)

// An Amount is a sum of money in ten-thousandths of its currency's unit, exactly.
type Amount int64

const (
	unit  Amount = 10_000
	cent         = unit / 100
	scale        = 4
	most  Amount = 1e14 // of one line: so many lines as a book holds cannot overflow
)

// Parse reads an amount. It returns false for none, for one of more than four
// decimals that count, and for ten milliards or more.
func Parse(m record.Money) (Amount, bool) {
	n, decimals, err := m.Parts()
	if err != nil {
		return 0, false
	}
	for ; decimals > scale; decimals-- {
		if n%10 != 0 {
			return 0, false
		}
		n /= 10
	}
	for ; decimals < scale; decimals++ {
		if n >= int64(most) || n <= -int64(most) {
			return 0, false
		}
		n *= 10
	}
	a := Amount(n)
	return a, a > -most && a < most
}

// Money returns a as it is written: with two decimals, more only where they
// count.
func (a Amount) Money() record.Money {
	m, err := record.MoneyOf(int64(a), scale)
	if err != nil { // a sum of amounts in bounds has at most 15 digits
		return "0"
	}
	text := string(m)
	for strings.HasSuffix(text, "0") && len(text)-strings.IndexByte(text, '.') > 3 {
		text = text[:len(text)-1]
	}
	return record.Money(text)
}

// Drawn is a for a chart, where a pixel is enough.
func (a Amount) Drawn() float64 { return float64(a) / float64(unit) }

// Abs returns a without its sign.
func (a Amount) Abs() Amount { return max(a, -a) }

// Median returns the amount in the middle, or the mean of the two there to the
// cent; 0 of none.
func Median(all []Amount) Amount {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	mean := (sorted[middle-1] + sorted[middle]) / 2
	return (mean + cent/2*sign(mean)) / cent * cent
}

func sign(a Amount) Amount {
	if a < 0 {
		return -1
	}
	return 1
}
