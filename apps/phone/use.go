package main

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// A month is one of the calendar: year × 12 + month - 1.
type month int

func monthOf(t time.Time) month { return month(t.Year()*12 + int(t.Month()) - 1) }

// parseMonth reads "2026-03".
func parseMonth(text string) (month, bool) {
	t, err := time.Parse("2006-01", text)
	return monthOf(t), err == nil
}

func (m month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1) }

func (m month) record() record.Time { return record.MonthOf(int(m)/12, time.Month(int(m)%12+1)) }

func (m month) value() view.Value { return app.Date(m.record()) }

// A cell is what calls, messages and data alike have in common.
type cell struct {
	line      string
	month     month
	direction string // in or out
	kind      string // voice, sms, mms or data
	country   string // of the other number; "" when the provider does not say
}

func (c cell) isMessage() bool { return c.kind == "sms" || c.kind == "mms" }

// A use is what calls come to.
type use struct {
	count, seconds, bytes int64
	price                 map[string]record.Money // out of plan, by currency
	bases                 []string
}

// plus adds o up.
func (u use) plus(o use) use {
	sum := use{u.count + o.count, u.seconds + o.seconds, u.bytes + o.bytes, map[string]record.Money{}, slices.Clone(u.bases)}
	for _, all := range []map[string]record.Money{u.price, o.price} {
		for currency, m := range all {
			if total, err := sum.price[currency].Add(m); err == nil {
				sum.price[currency] = total
			}
		}
	}
	for _, b := range o.bases {
		if len(sum.bases) < view.MaxChart {
			sum.bases = append(sum.bases, b)
		}
	}
	return sum
}

func (u use) why() *view.Why { return &view.Why{Bases: u.bases} }

// in returns what u cost beyond the plan in a currency.
func (u use) in(currency string) record.Money {
	if m := u.price[currency]; m != "" {
		return m
	}
	return "0"
}

// A log is what was used, by cell.
type log map[cell]use

// parts are what a log is asked for by.
func parts() []string { return []string{"line", protocol.ByMonth, "direction", "kind", "country"} }

// add counts the groups of one sum in: of seconds, bytes or price.
func (l log) add(sum string, groups []protocol.Group) {
	for _, g := range groups {
		m, ok := parseMonth(g.Key[1])
		if !ok {
			continue
		}
		at := cell{g.Key[0], m, g.Key[2], g.Key[3], g.Key[4]}
		u := l[at]
		u.count = int64(g.Count)
		if len(u.bases) == 0 {
			u.bases = []string{g.Basis}
		}
		for _, s := range g.Sums {
			u = u.summed(sum, s)
		}
		l[at] = u
	}
}

// summed counts one sum in.
func (u use) summed(sum string, s protocol.Sum) use {
	if sum == "price" {
		if s.Value.Sign() != 0 && len(s.Unit) == 3 {
			return u.plus(use{price: map[string]record.Money{s.Unit: s.Value}})
		}
		return u
	}
	n, scale, err := s.Value.Parts()
	switch {
	case err != nil || scale > 0:
	case sum == "seconds":
		u.seconds += n
	case sum == "bytes":
		u.bytes += n
	}
	return u
}

// of adds up the cells that fit.
func (l log) of(fits func(cell) bool) (sum use) {
	for _, at := range l.cells() {
		if fits(at) {
			sum = sum.plus(l[at])
		}
	}
	return sum
}

// cells returns the cells in order.
func (l log) cells() (all []cell) {
	for at := range l {
		all = append(all, at)
	}
	slices.SortFunc(all, func(x, y cell) int {
		return cmp.Or(cmp.Compare(x.line, y.line), cmp.Compare(x.month, y.month), cmp.Compare(x.kind, y.kind),
			cmp.Compare(x.country, y.country), cmp.Compare(x.direction, y.direction))
	})
	return all
}

// lines returns the person's numbers.
func (l log) lines() (all []string) {
	for _, at := range l.cells() {
		if !slices.Contains(all, at.line) {
			all = append(all, at.line)
		}
	}
	return all
}

// latest is the last month that any call is of.
func (l log) latest() (m month) {
	for at := range l {
		m = max(m, at.month)
	}
	return m
}

// currency is the one that most was paid in, "" without any price.
func (l log) currency() string {
	sum := l.of(func(cell) bool { return true })
	best := ""
	for _, c := range []string{"EUR", "GBP", "USD", "CHF"} {
		if _, ok := sum.price[c]; ok && best == "" {
			best = c
		}
	}
	for c := range sum.price {
		if best == "" {
			best = c
		}
	}
	return best
}

// home is the country that most calls and messages are with; "" when none says.
func (l log) home() (best string) {
	counts := map[string]int64{}
	for at, u := range l {
		if at.country != "" {
			counts[at.country] += u.count
		}
	}
	for country, n := range counts {
		if n > counts[best] || n == counts[best] && country < best {
			best = country
		}
	}
	return best
}

// isAbroad reports whether a cell is with another country than home.
func (c cell) isAbroad(home string) bool { return c.country != "" && c.country != home }

// mulDiv returns a × b / c to the nearest, and false when that is no int64. None
// is negative.
func mulDiv(a, b, c int64) (int64, bool) {
	if a < 0 || b < 0 || c <= 0 {
		return 0, false
	}
	high, low := bits.Mul64(uint64(a), uint64(b))
	low, carry := bits.Add64(low, uint64(c)/2, 0)
	if high += carry; high >= uint64(c) {
		return 0, false
	}
	q, _ := bits.Div64(high, low, uint64(c))
	return int64(q), q <= 1<<63-1
}

// centsOf is an amount that is not negative, to the nearest cent.
func centsOf(m record.Money) (int64, bool) {
	c, scale, err := m.Parts()
	if err != nil {
		return 0, false
	}
	d := int64(1)
	for range scale {
		d *= 10
	}
	return mulDiv(c, 100, d)
}

// moneyOf is an amount of cents, "0" for one that is too large to write.
func moneyOf(cents int64) record.Money {
	m, err := record.MoneyOf(cents, 2)
	if err != nil {
		return "0"
	}
	return m
}

// minutes writes seconds as whole minutes, begun ones counted.
func minutes(seconds int64) view.Value {
	return app.Number(record.Decimal(strconv.FormatInt((seconds+59)/60, 10)), "min")
}

// volume writes bytes in GB, or in MB below one.
func volume(bytes int64) view.Value {
	if bytes < 1e9 {
		return app.Number(record.Decimal(strconv.FormatInt((bytes+5e5)/1e6, 10)), "MB")
	}
	n, err := record.MoneyOf((bytes+5e7)/1e8, 1)
	if err != nil {
		return view.Value{Text: "–"}
	}
	return app.Number(n, "GB")
}

// number writes a count.
func number(n int64) view.Value { return app.Number(record.Decimal(strconv.FormatInt(n, 10)), "") }
