package outlook

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Usage is what the meters of one measure count month by month.
type Usage struct {
	Measure string
	Unit    string // of Months
	Months  []MonthUse
}

// A MonthUse is what a month's readings come to; NaN without any.
type MonthUse struct {
	Year  int
	Month time.Month
	Value float64
}

// consumption is what a first page shows of series: what is used, not what is
// measured besides (an index, a temperature).
const consumption = ".consumption"

func usage(ctx context.Context, r *query.Reader, day time.Time) ([]Usage, error) {
	records, err := newest(ctx, r, record.TypeSeries, since(day), maxSeries)
	if err != nil {
		return nil, err
	}
	first := day.AddDate(0, 1-monthsShown, 1-day.Day())
	all := map[string]*Usage{}
	for _, rec := range records {
		var s record.Series
		if json.Unmarshal(rec.Data, &s) != nil || len(s.Measure) <= len(consumption) || s.Measure[len(s.Measure)-len(consumption):] != consumption {
			continue
		}
		year, month, _ := rec.Time.Civil()
		i := (year-first.Year())*12 + int(month) - int(first.Month())
		if rec.Time.IsZero() || i < 0 || i >= monthsShown {
			continue
		}
		value, unit := sum(s)
		key := s.Measure + "\x00" + unit
		if all[key] == nil {
			all[key] = &Usage{Measure: s.Measure, Unit: unit, Months: noUse(first)}
		}
		if at := &all[key].Months[i]; math.IsNaN(at.Value) {
			at.Value = value
		} else if !math.IsNaN(value) {
			at.Value += value
		}
	}
	var list []Usage
	for _, u := range all {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b Usage) int { return cmp.Or(cmp.Compare(a.Measure, b.Measure), cmp.Compare(a.Unit, b.Unit)) })
	return list, nil
}

func noUse(first time.Time) []MonthUse {
	months := make([]MonthUse, monthsShown)
	for i := range months {
		at := first.AddDate(0, i, 0)
		months[i] = MonthUse{at.Year(), at.Month(), math.NaN()}
	}
	return months
}

// sum adds the values of a series up, Wh in kWh.
func sum(s record.Series) (value float64, unit string) {
	value, n := 0.0, 0
	for _, v := range s.Values {
		if v != nil {
			value, n = value+float64(*v), n+1
		}
	}
	if n == 0 {
		value = math.NaN()
	}
	value /= math.Pow10(s.Scale)
	if s.Unit == "Wh" {
		return value / 1000, "kWh"
	}
	return value, s.Unit
}
