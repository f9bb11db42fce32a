package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// A tariffPack is the content of the reference pack electricity-tariffs, as
// docs/packs.md has it.
type tariffPack struct {
	Currency string   `json:"currency"`
	MadeUp   bool     `json:"made_up"` // an example: nobody sells this
	Tariffs  []tariff `json:"tariffs"`
}

// A tariff is one offer, tax included.
type tariff struct {
	ID           string                  `json:"id"`
	Supplier     string                  `json:"supplier"`
	Offer        string                  `json:"offer"`
	From         record.Time             `json:"from"`         // first day that its prices hold
	Subscription map[string]record.Money `json:"subscription"` // a month, by power in kVA
	Prices       []price                 `json:"prices"`       // the first that fits holds; the last fits always
}

// A price is that of a kWh, at some hours of the clock of some weekdays.
type price struct {
	Name  string         `json:"name"` // base, peak, off-peak, weekend or night
	Price record.Decimal `json:"price"`
	Days  []int          `json:"days,omitempty"`  // 1 is Monday; none: all
	Hours []string       `json:"hours,omitempty"` // "22:00-06:00"; none: all
}

const (
	maxTariffs = 100
	maxPrices  = 10
	maxPrice   = 100 // of a kWh, in the currency: more is a mistake
)

// check reports what is wrong with a pack.
func (p tariffPack) check() error {
	if len(p.Currency) != 3 || len(p.Tariffs) == 0 || len(p.Tariffs) > maxTariffs {
		return errors.New("electricity-tariffs: no currency, no tariff, or too many")
	}
	for _, t := range p.Tariffs {
		if err := t.check(); err != nil {
			return fmt.Errorf("electricity-tariffs: %s: %w", t.ID, err)
		}
	}
	return nil
}

func (t tariff) check() error {
	if t.ID == "" || t.Supplier == "" || t.Offer == "" || t.From.IsZero() || len(t.Prices) == 0 || len(t.Prices) > maxPrices {
		return errors.New("no id, supplier, offer, day or price")
	}
	for _, m := range t.Subscription {
		if c, ok := centsOf(m); !ok || c < 0 || c > 1e7 {
			return fmt.Errorf("subscription %q", m)
		}
	}
	for i, p := range t.Prices {
		c, scale, err := p.Price.Parts()
		if err != nil || c < 0 || scale > 6 || c > maxPrice*1_000_000 {
			return fmt.Errorf("price %q", p.Price)
		}
		if i == len(t.Prices)-1 && (len(p.Days) > 0 || len(p.Hours) > 0) {
			return errors.New("the last price does not hold at all hours")
		}
		for _, text := range p.Hours {
			if _, _, ok := minutesOf(text); !ok {
				return fmt.Errorf("hours %q", text)
			}
		}
	}
	return nil
}

// minutesOf reads "22:00-06:00" as minutes of the day; the end is left out.
func minutesOf(text string) (from, to int, ok bool) {
	a, b, found := strings.Cut(text, "-")
	start, err := time.Parse("15:04", a)
	if b == "24:00" {
		b = "00:00"
	}
	end, err2 := time.Parse("15:04", b)
	return start.Hour()*60 + start.Minute(), end.Hour()*60 + end.Minute(), found && err == nil && err2 == nil && a != b
}

// fits reports whether p holds in a minute of a weekday. A range across midnight
// is read on each day by itself: of Saturday's 22:00-06:00 the small hours are
// those of Saturday.
func (p price) fits(day, minute int) bool {
	if len(p.Days) > 0 && !slices.Contains(p.Days, day) {
		return false
	}
	if len(p.Hours) == 0 {
		return true
	}
	return slices.ContainsFunc(p.Hours, func(text string) bool {
		from, to, ok := minutesOf(text)
		switch {
		case !ok:
			return false
		case from < to:
			return from <= minute && minute < to
		}
		return minute >= from || minute < to
	})
}

// shares returns how many minutes of an hour each price holds for.
func (t tariff) shares(day, hour int) []int {
	shares := make([]int, len(t.Prices))
	for minute := hour * 60; minute < hour*60+60; minute++ {
		if i := slices.IndexFunc(t.Prices, func(p price) bool { return p.fits(day, minute) }); i >= 0 {
			shares[i]++
		}
	}
	return shares
}

// A charge is what one price of a tariff comes to.
type charge struct {
	name  string
	q     quantity
	cents int64
}

// An estimate is what a tariff comes to.
type estimate struct {
	tariff       tariff
	subscription int64 // cents
	charges      []charge
	total        int64
}

// cost returns what w would have cost over some months at a power; false when
// the tariff does not offer it. Each price is rounded to the cent once. An hour
// in which two prices hold is shared by its minutes.
func (t tariff) cost(w *week, kva string, months int) (e estimate, ok bool) {
	monthly, ok := centsOf(t.Subscription[kva])
	if !ok {
		return e, false
	}
	e = estimate{tariff: t, subscription: monthly * int64(months), charges: make([]charge, len(t.Prices))}
	for day := 1; day <= 7; day++ {
		for at := range w[day] {
			left := w[day][at].q
			for i, minutes := range t.shares(day, at) {
				part, ok := mulDiv(int64(w[day][at].q), int64(minutes), 60)
				if !ok {
					return e, false
				}
				part = min(part, int64(left))
				left -= quantity(part)
				e.charges[i].q += quantity(part)
			}
			e.charges[len(e.charges)-1].q += left // what rounding left
		}
	}
	e.total = e.subscription
	for i, p := range t.Prices {
		c := &e.charges[i]
		c.name = p.Name
		if c.cents, ok = costOf(c.q, p.Price); !ok {
			return e, false
		}
		e.total += c.cents
	}
	return e, true
}

// costOf is what q costs at a price of a kWh, to the nearest cent.
func costOf(q quantity, price record.Decimal) (cents int64, ok bool) {
	c, scale, err := price.Parts()
	if err != nil {
		return 0, false
	}
	d := int64(unit)
	for range scale {
		d *= 10
	}
	return mulDiv(int64(q), c*100, d)
}

// estimates returns what each tariff of the pack comes to, the cheapest first.
func (p tariffPack) estimates(w *week, kva string, months int) (all []estimate) {
	for _, t := range p.Tariffs {
		if e, ok := t.cost(w, kva, months); ok {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(x, y estimate) int { return int(x.total - y.total) })
	return all
}

// powers returns the powers that any tariff of the pack offers, in order.
func (p tariffPack) powers() (all []string) {
	for _, t := range p.Tariffs {
		for kva := range t.Subscription {
			if !slices.Contains(all, kva) {
				all = append(all, kva)
			}
		}
	}
	slices.SortFunc(all, func(x, y string) int {
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(x, y)
	})
	return all
}
