package search

import (
	"math"
	"strings"

	"github.com/domicile-home/domicile/sdk/record"
)

// An Amount is a number in ten-thousandths. Further decimals are cut off, and
// what exceeds it is held at its limit.
type Amount int64

// The least and the greatest Amount.
const (
	MinAmount Amount = math.MinInt64
	MaxAmount Amount = math.MaxInt64
)

const amountDecimals = 4

// AmountOf returns m as an Amount and false when it is none.
func AmountOf(m record.Money) (Amount, bool) {
	coefficient, scale, err := m.Parts()
	if err != nil {
		return 0, false
	}
	for ; scale > amountDecimals; scale-- {
		coefficient /= 10
	}
	for ; scale < amountDecimals; scale++ {
		switch {
		case coefficient > math.MaxInt64/10:
			return MaxAmount, true
		case coefficient < math.MinInt64/10:
			return MinAmount, true
		}
		coefficient *= 10
	}
	return Amount(coefficient), true
}

// size returns the amount without its sign.
func (a Amount) size() Amount {
	if a < 0 {
		return -max(a, -MaxAmount) // the least has no opposite
	}
	return a
}

// ParseAmount reads an amount as people write it: "12,30", "-12.30", "1 234". It
// returns false for what is none.
func ParseAmount(text string) (Amount, bool) {
	text = strings.ReplaceAll(text, "−", "-")
	digits, isNegative := strings.CutPrefix(text, "-")
	digits = strings.TrimRight(strings.TrimPrefix(digits, "+"), "€$£ ")
	s := scanner{text: digits}
	if !s.next() || s.start != 0 || s.end != len(digits) {
		return 0, false
	}
	whole, decimals, hasPoint := strings.Cut(string(s.term), ".")
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if hasPoint {
		whole += "." + decimals[:min(len(decimals), amountDecimals)]
	}
	amount, ok := AmountOf(record.Money(whole))
	if isNegative {
		amount = -amount
	}
	return amount, ok
}
