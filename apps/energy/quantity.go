package main

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// A quantity is exact: in millionths of a kWh, or of a cubic metre.
type quantity int64

const unit quantity = 1_000_000

// A fluid is what quantities are of: they are added up only with their like. How
// many kWh a cubic metre of gas holds differs from place to place and month to
// month, so the app never turns one into the other.
type fluid string

const (
	kilowattHours fluid = "kWh"
	cubicMetres   fluid = "m3"
)

// quantityOf reads a sum of a series in its unit. Mean powers are worth their
// step: step is 0 for what has no fixed length.
func quantityOf(value record.Decimal, unit string, step time.Duration) (quantity, fluid, bool) {
	c, scale, err := value.Parts()
	if err != nil {
		return 0, "", false
	}
	numerator, of := int64(1), kilowattHours
	switch unit {
	case "Wh":
		numerator = 1_000
	case "kWh":
		numerator = 1_000_000
	case "MWh":
		numerator = 1_000_000_000
	case "W", "kW":
		if step <= 0 || step%time.Second != 0 {
			return 0, "", false
		}
		numerator = 1_000 * int64(step/time.Second)
		if unit == "kW" {
			numerator *= 1_000
		}
	case "m3", "m³":
		numerator, of = 1_000_000, cubicMetres
	default:
		return 0, "", false
	}
	denominator := int64(1)
	if unit == "W" || unit == "kW" {
		denominator = 3600
	}
	for range scale {
		denominator *= 10
	}
	q, ok := mulDiv(c, numerator, denominator)
	return quantity(q), of, ok
}

// mulDiv returns a × b / c to the nearest, halves away from zero, and false when
// that is no int64. b and c are positive.
func mulDiv(a, b, c int64) (int64, bool) {
	size := uint64(max(a, -a))
	high, low := bits.Mul64(size, uint64(b))
	low, carry := bits.Add64(low, uint64(c)/2, 0)
	high += carry
	if a == -a && a != 0 || high >= uint64(c) {
		return 0, false
	}
	q, _ := bits.Div64(high, low, uint64(c))
	if q > 1<<63-1 {
		return 0, false
	}
	if a < 0 {
		return -int64(q), true
	}
	return int64(q), true
}

// value writes q with one decimal, and none from 1000 on.
func (q quantity) value(of fluid) view.Value {
	decimals, size := 1, int64(10)
	if q >= 1000*unit || q <= -1000*unit {
		decimals, size = 0, 1
	}
	n, _ := mulDiv(int64(q), size, int64(unit))
	d, err := record.MoneyOf(n, decimals)
	if err != nil {
		return view.Value{Text: "–"}
	}
	return app.Number(d, string(of))
}

// point is q for a drawing.
func (q quantity) point() *float64 {
	f := float64(q) / float64(unit)
	return &f
}

// stepOf returns how long a step is; 0 for days and months, which differ.
func stepOf(step string) time.Duration {
	text, ok := strings.CutPrefix(step, "PT")
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(strings.ToLower(text))
	if err != nil {
		return 0
	}
	return d
}

// A month is one of the calendar: year × 12 + month - 1.
type month int

func monthOf(t time.Time) month { return month(t.Year()*12 + int(t.Month()) - 1) }

// parseMonth reads "2026-03".
func parseMonth(text string) (month, bool) {
	t, err := time.Parse("2006-01", text)
	return monthOf(t), err == nil
}

func (m month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1) }

// first is midnight UTC of the first day, for counting days.
func (m month) first() time.Time {
	return time.Date(int(m)/12, time.Month(int(m)%12+1), 1, 0, 0, 0, 0, time.UTC)
}

func (m month) days() int { return m.first().AddDate(0, 1, -1).Day() }

func (m month) record() record.Time { return record.MonthOf(int(m)/12, time.Month(int(m)%12+1)) }

func (m month) value() view.Value { return app.Date(m.record()) }

// percent returns how much a is above b, in whole per cent, signed.
func percent(a, b quantity) (view.Value, int, bool) {
	if b <= 0 {
		return view.Value{}, 0, false
	}
	n, ok := mulDiv(int64(a-b), 100, int64(b))
	if !ok {
		return view.Value{}, 0, false
	}
	return app.Number(record.Decimal(strconv.FormatInt(n, 10)), "%"), int(n), true
}
