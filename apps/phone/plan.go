package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/domicile-home/domicile/sdk/record"
)

// A planPack is the content of the reference pack phone-plans, as docs/packs.md
// has it.
type planPack struct {
	Currency string `json:"currency"`
	MadeUp   bool   `json:"made_up"` // an example: nobody sells this
	Home     string `json:"home"`    // country whose numbers the allowances are for
	Zones    []zone `json:"zones"`
	Plans    []plan `json:"plans"`
}

// A zone is some other countries.
type zone struct {
	ID        string   `json:"id"`
	Countries []string `json:"countries"`
}

// A plan is one offer, tax included. An allowance that is nil has no limit.
type plan struct {
	ID       string           `json:"id"`
	Operator string           `json:"operator"`
	Offer    string           `json:"offer"`
	From     record.Time      `json:"from"`
	Price    record.Money     `json:"price"` // a month
	Minutes  *int64           `json:"voice_minutes"`
	Messages *int64           `json:"messages"`
	Data     *int64           `json:"data_mb"`
	Beyond   rates            `json:"beyond"`
	Abroad   map[string]rates `json:"abroad"` // by zone; one that is not there cannot be called
}

// Rates are prices of one; "" for what cannot be had.
type rates struct {
	Minute  record.Decimal `json:"voice_minute"`
	Message record.Decimal `json:"message"`
	MB      record.Decimal `json:"data_mb"`
}

const (
	maxPlans     = 100
	maxAllowance = 1e9
)

// check reports what is wrong with a pack.
func (p planPack) check() error {
	if len(p.Currency) != 3 || len(p.Home) != 2 || len(p.Plans) == 0 || len(p.Plans) > maxPlans || len(p.Zones) > maxPlans {
		return errors.New("phone-plans: no currency, home or plan, or too many")
	}
	for _, of := range p.Plans {
		if err := of.check(); err != nil {
			return fmt.Errorf("phone-plans: %s: %w", of.ID, err)
		}
	}
	return nil
}

func (p plan) check() error {
	if p.ID == "" || p.Operator == "" || p.Offer == "" || p.From.IsZero() {
		return errors.New("no id, operator, offer or day")
	}
	if n, ok := centsOf(p.Price); !ok || n > 1e6 {
		return fmt.Errorf("price %q", p.Price)
	}
	for _, n := range []*int64{p.Minutes, p.Messages, p.Data} {
		if n != nil && (*n < 0 || *n > maxAllowance) {
			return fmt.Errorf("allowance %d", *n)
		}
	}
	all := []rates{p.Beyond}
	for _, r := range p.Abroad {
		all = append(all, r)
	}
	for _, r := range all {
		for _, price := range []record.Decimal{r.Minute, r.Message, r.MB} {
			if n, ok := centsOf(price); price != "" && (!ok || n > 1e5) {
				return fmt.Errorf("price %q", price)
			}
		}
	}
	return nil
}

// zoneOf returns the zone of a country, "" for none.
func (p planPack) zoneOf(country string) string {
	for _, z := range p.Zones {
		if slices.Contains(z.Countries, country) {
			return z.ID
		}
	}
	return ""
}

// A need is what one line used in one month: what it sent out, and data.
type need struct {
	seconds, messages, bytes int64            // at home
	abroad                   map[string]hails // by country
}

// Hails are calls and messages to another country.
type hails struct{ seconds, messages int64 }

// needs returns what a line needed in each of the n months up to last, and the
// months that have any use.
func (l log) needs(line, home string, last month, n int) (all []need, used int) {
	byMonth := map[month]*need{}
	for at, u := range l {
		if at.line != line || at.direction != "out" || at.month > last || at.month <= last-month(n) {
			continue
		}
		if byMonth[at.month] == nil {
			byMonth[at.month] = &need{abroad: map[string]hails{}}
		}
		own := byMonth[at.month]
		far := own.abroad[at.country]
		switch isFar := at.isAbroad(home); {
		case at.kind == "data":
			own.bytes += u.bytes
		case at.kind == "voice" && isFar:
			far.seconds += u.seconds
		case at.kind == "voice":
			own.seconds += u.seconds
		case isFar:
			far.messages += u.count
		default:
			own.messages += u.count
		}
		if at.isAbroad(home) && at.kind != "data" {
			own.abroad[at.country] = far
		}
	}
	for m := last - month(n) + 1; m <= last; m++ {
		if own := byMonth[m]; own != nil {
			all = append(all, *own)
		}
	}
	return all, len(all)
}

// A quote is what a plan would have cost over some months.
type quote struct {
	plan    plan
	cents   int64
	extra   int64 // of which beyond the price
	within  int   // months that the price alone covered
	stopped int   // months in which the plan stops: an allowance used up, or a country that cannot be called
}

// cost returns what a plan would have cost, month by month: each month's use of
// each kind is rounded to the cent once.
func (p planPack) cost(of plan, months []need) (q quote) {
	price, _ := centsOf(of.Price)
	q.plan = of
	for _, n := range months {
		extra, goes := p.extra(of, n)
		q.cents += price + extra
		q.extra += extra
		switch {
		case !goes:
			q.stopped++
		case extra == 0:
			q.within++
		}
	}
	return q
}

// extra is what one month costs beyond the price; false where the plan stops.
func (p planPack) extra(of plan, n need) (cents int64, goes bool) {
	goes = true
	charge := func(used, per int64, price record.Decimal) {
		c, ok := chargeOf(used, per, price)
		cents, goes = cents+c, goes && ok
	}
	charge(over(n.seconds, of.Minutes, 60), 60, of.Beyond.Minute)
	charge(over(n.messages, of.Messages, 1), 1, of.Beyond.Message)
	charge(over(n.bytes, of.Data, 1_000_000), 1_000_000, of.Beyond.MB)
	for country, far := range n.abroad {
		zone := of.Abroad[p.zoneOf(country)]
		charge(far.seconds, 60, zone.Minute)
		charge(far.messages, 1, zone.Message)
	}
	return cents, goes
}

// over is how much of used exceeds an allowance of so many times per.
func over(used int64, allowed *int64, per int64) int64 {
	if allowed == nil {
		return 0
	}
	return max(0, used-*allowed*per)
}

// chargeOf is what used costs at a price of per; false where there is no price.
func chargeOf(used, per int64, price record.Decimal) (cents int64, ok bool) {
	if used == 0 {
		return 0, true
	}
	c, scale, err := price.Parts()
	if err != nil {
		return 0, false
	}
	d := per
	for range scale {
		d *= 10
	}
	return mulDiv(used, c*100, d)
}

// quotes returns every plan of the pack: those that never stop first, then the
// cheapest.
func (p planPack) quotes(months []need) (all []quote) {
	for _, of := range p.Plans {
		all = append(all, p.cost(of, months))
	}
	slices.SortStableFunc(all, func(x, y quote) int {
		return cmp.Or(cmp.Compare(min(x.stopped, 1), min(y.stopped, 1)), cmp.Compare(x.cents, y.cents))
	})
	return all
}

// covering returns the cheapest plan whose price alone covers every month.
func covering(all []quote) (best quote, ok bool) {
	for _, q := range all {
		if q.stopped == 0 && q.extra == 0 && (!ok || q.cents < best.cents) {
			best, ok = q, true
		}
	}
	return best, ok
}
