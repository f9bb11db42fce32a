package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
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
	From         record.Time             `json:"from"`           // first day that its prices hold
	Until        record.Time             `json:"until,omitzero"` // last day whose Dates are known; zero: it has none
	Subscription map[string]record.Money `json:"subscription"`   // a month, by power in kVA
	Prices       []price                 `json:"prices"`         // the first that fits holds; the last fits always
}

// A price is that of a kWh, at some hours of the clock of some days.
type price struct {
	Name  string         `json:"name"`            // base, peak, off-peak, weekend or night
	Label string         `json:"label,omitempty"` // for people, in place of the name
	Price record.Decimal `json:"price"`
	Days  []int          `json:"days,omitempty"`  // 1 is Monday; none: all
	Dates []string       `json:"dates,omitempty"` // "2026-01-14" or "2026-11-01/2027-03-31"; none: all
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
		if i == len(t.Prices)-1 && len(p.Days)+len(p.Dates)+len(p.Hours) > 0 {
			return errors.New("the last price does not hold at all hours")
		}
		if len(p.Dates) > 0 && t.Until.IsZero() {
			return errors.New("nobody knows until when its dates are known")
		}
	}
	return nil
}

// rates are the prices' hours, named by their places.
func (t tariff) rates() []protocol.Rate {
	all := make([]protocol.Rate, len(t.Prices))
	for i, p := range t.Prices {
		all[i] = protocol.Rate{Name: strconv.Itoa(i), Days: p.Days, Dates: p.Dates, Hours: p.Hours}
	}
	return all
}

// A charge is what one price of a tariff comes to.
type charge struct {
	used  total
	cents int64
}

// An estimate is what a tariff comes to.
type estimate struct {
	tariff       tariff
	subscription int64 // cents
	charges      []charge
	used         total
	total        int64
}

// cost returns what was used at each price would have cost over some months at a
// power; false when the tariff does not offer it. Each price is rounded to the
// cent once.
func (t tariff) cost(used []total, kva string, months int) (e estimate, ok bool) {
	monthly, ok := centsOf(t.Subscription[kva])
	if !ok {
		return e, false
	}
	e = estimate{tariff: t, subscription: monthly * int64(months)}
	e.total = e.subscription
	for i, p := range t.Prices {
		c := charge{used: used[i]}
		if c.cents, ok = costOf(c.used.q, p.Price); !ok {
			return e, false
		}
		e.charges = append(e.charges, c)
		e.used = e.used.plus(c.used)
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
