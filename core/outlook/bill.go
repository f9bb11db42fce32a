package outlook

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

// A bill is what counts of a bill record.
type bill struct {
	record.Bill
	ref core.Ref
	day time.Time // issued
}

// readBills returns the bills of the months looked back on, the oldest first.
// Those that cannot be read, or are known less exactly than to the day, say
// nothing here.
func readBills(ctx context.Context, r *query.Reader, day time.Time) ([]bill, error) {
	records, err := newest(ctx, r, record.TypeBill, since(day), maxBills)
	if err != nil {
		return nil, err
	}
	var bills []bill
	for _, rec := range records {
		b := bill{ref: rec.Ref}
		if json.Unmarshal(rec.Data, &b.Bill) != nil {
			continue
		}
		issued := b.Issued
		if issued.IsZero() {
			issued = rec.Time
		}
		var ok bool
		if b.day, ok = civil(issued); ok && !b.day.After(day) {
			bills = append(bills, b)
		}
	}
	slices.Reverse(bills)
	slices.SortStableFunc(bills, func(a, b bill) int { return a.day.Compare(b.day) })
	return bills, nil
}

// A Spending is what was billed month by month in one currency.
type Spending struct {
	Currency string
	Months   []MonthTotal // thirteen, up to this month
	Usual    record.Money // what a month came to: the middle one of the last twelve whole months that had a bill
}

// A MonthTotal is what a month's bills come to.
type MonthTotal struct {
	Year  int
	Month time.Month
	Total record.Money // "" when there was no bill
	Bills int
}

// monthsShown is a year and the same month of the year before.
const monthsShown = 13

func spending(bills []bill, day time.Time) []Spending {
	byCurrency := map[string]*Spending{}
	first := day.AddDate(0, 1-monthsShown, 1-day.Day())
	for _, b := range bills {
		if b.day.Before(first) {
			continue
		}
		s := byCurrency[b.Currency]
		if s == nil {
			s = &Spending{Currency: b.Currency, Months: emptyMonths(first)}
			byCurrency[b.Currency] = s
		}
		m := &s.Months[(b.day.Year()-first.Year())*12+int(b.day.Month())-int(first.Month())]
		if sum, err := m.Total.Add(b.Amount); err == nil {
			m.Total, m.Bills = sum, m.Bills+1
		}
	}
	var all []Spending
	for _, s := range byCurrency {
		s.Usual = middle(s.Months[1 : monthsShown-1])
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b Spending) int {
		return cmp.Or(cmp.Compare(b.bills(), a.bills()), cmp.Compare(a.Currency, b.Currency))
	})
	return all
}

func (s Spending) bills() (n int) {
	for _, m := range s.Months {
		n += m.Bills
	}
	return n
}

func emptyMonths(first time.Time) []MonthTotal {
	months := make([]MonthTotal, monthsShown)
	for i := range months {
		at := first.AddDate(0, i, 0)
		months[i].Year, months[i].Month = at.Year(), at.Month()
	}
	return months
}

func middle(months []MonthTotal) record.Money {
	var totals []record.Money
	for _, m := range months {
		if m.Bills > 0 {
			totals = append(totals, m.Total)
		}
	}
	return median(totals)
}

// median returns the middle amount, the lower of two; "" of none.
func median(amounts []record.Money) record.Money {
	if len(amounts) == 0 {
		return ""
	}
	sorted := slices.SortedFunc(slices.Values(amounts), func(a, b record.Money) int { return cmp.Compare(Float(a), Float(b)) })
	return sorted[(len(sorted)-1)/2]
}

// Float returns an amount as a number to draw or to compare by, never to add
// up; 0 for what is no amount.
func Float(m record.Money) float64 {
	c, scale, err := m.Parts()
	if err != nil {
		return 0
	}
	f := float64(c)
	for range scale {
		f /= 10
	}
	return f
}
