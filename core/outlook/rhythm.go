package outlook

import (
	"cmp"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// A rhythm is the bills of one contract at one provider, and how often they
// come.
type rhythm struct {
	vendor string
	bills  []bill // the oldest first
	months int    // between two bills; 0: no rhythm
}

// enough is how many bills in step make a rhythm.
const enough = 3

// rhythms groups bills by provider, contract and currency. Refunds are not in
// step with bills.
func rhythms(bills []bill) []rhythm {
	type key struct{ vendor, contract, currency string }
	groups := map[key]*rhythm{}
	var order []key
	for _, b := range bills {
		if b.IsRefund {
			continue
		}
		k := key{b.Vendor, b.Contract, b.Currency}
		if groups[k] == nil {
			groups[k] = &rhythm{vendor: b.Vendor}
			order = append(order, k)
		}
		groups[k].bills = append(groups[k].bills, b)
	}
	var all []rhythm
	for _, k := range order {
		g := groups[k]
		g.months = step(g.bills)
		all = append(all, *g)
	}
	return all
}

// step returns how many months lie between the latest bills, when they agree.
func step(bills []bill) int {
	if len(bills) < enough {
		return 0
	}
	recent := bills[max(0, len(bills)-6):]
	votes := map[int]int{}
	for i := 1; i < len(recent); i++ {
		days := recent[i].day.Sub(recent[i-1].day).Hours() / 24
		for _, months := range []int{1, 2, 3, 6, 12} {
			if slack := 6 + 2*float64(months); days > 30.4*float64(months)-slack && days < 30.4*float64(months)+slack {
				votes[months]++
				break
			}
		}
	}
	for months, n := range votes {
		if n >= enough-1 && n*4 >= (len(recent)-1)*3 {
			return months
		}
	}
	return 0
}

func (r rhythm) last() bill { return r.bills[len(r.bills)-1] }

// next is when the bill after the last one is to be expected. The day is that
// of the last bill, or the last of a shorter month.
func (r rhythm) next() time.Time {
	last := r.last().day
	first := last.AddDate(0, r.months, 1-last.Day())
	return first.AddDate(0, 0, min(last.Day(), first.AddDate(0, 1, -1).Day())-1)
}

// grace is how late a bill may be before it is missing.
func (r rhythm) grace() time.Duration {
	return time.Duration(8+4*r.months) * 24 * time.Hour
}

// usual is what the latest bills came to.
func (r rhythm) usual() record.Money {
	var amounts []record.Money
	for _, b := range r.bills[max(0, len(r.bills)-5):] {
		amounts = append(amounts, b.Amount)
	}
	return median(amounts)
}

// A What says what an event is.
type What string

// What there is to come.
const (
	Due      What = "due"      // a bill is to be paid, or will be debited
	Expected What = "expected" // a bill should come, by the rhythm of those before
	Ends     What = "ends"     // a contract ends
)

// An Event is something to come.
type Event struct {
	What     What
	Day      time.Time // midnight in UTC
	Vendor   string
	Amount   record.Money // of Expected, about
	Currency string
	Ref      core.Ref // the record that says so: of Expected, the last bill
}

// How far ahead is looked.
const (
	aheadBills     = 45 * 24 * time.Hour
	aheadContracts = 92 * 24 * time.Hour
)

// coming returns the next thing to come of a contract's bills: the last bill
// when it is still to be paid, else the one to expect.
func (r rhythm) coming(day time.Time) (Event, bool) {
	last := r.last()
	if due, ok := civil(last.Due); ok && !due.Before(day) {
		return Event{Due, due, r.vendor, last.Amount, last.Currency, last.ref}, true
	}
	if r.months == 0 {
		return Event{}, false
	}
	next := r.next()
	if next.Before(day) || next.Sub(day) > aheadBills {
		return Event{}, false
	}
	return Event{Expected, next, r.vendor, r.usual(), last.Currency, last.ref}, true
}

// A Missing is a bill that should have come by now.
type Missing struct {
	Vendor string
	Since  time.Time // when it was to be expected
	Year   int       // of the month or period awaited, told by its first month
	Month  time.Month
	Last   core.Ref // the latest bill there is
}

// gone is how many periods without a bill mean that the contract has ended.
const gone = 3

// missing reports the bill that should have come by day. After three in a row
// the contract is taken to have ended.
func (r rhythm) missing(day time.Time) (Missing, bool) {
	if r.months == 0 {
		return Missing{}, false
	}
	next := r.next()
	if day.Sub(next) <= r.grace() || day.After(next.AddDate(0, gone*r.months, 0)) {
		return Missing{}, false
	}
	m := Missing{Vendor: r.vendor, Since: next, Year: next.Year(), Month: next.Month(), Last: r.last().ref}
	if start := r.last().Start; start.Precision() >= record.Month {
		year, month, _ := start.Civil()
		at := time.Date(year, month+time.Month(r.months), 1, 0, 0, 0, 0, time.UTC)
		m.Year, m.Month = at.Year(), at.Month()
	}
	return m, true
}

func sortEvents(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Vendor, b.Vendor)) })
}

func sortMissing(missing []Missing) {
	slices.SortStableFunc(missing, func(a, b Missing) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Vendor, b.Vendor)) })
}
