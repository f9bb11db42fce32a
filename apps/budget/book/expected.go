package book

import (
	"cmp"
	"slices"
)

// A Balance is what a bank said was on an account on a day.
type Balance struct {
	ID       string
	Account  string
	Currency string
	Kind     string // booked, available or other
	Day      Day
	Amount   Amount
}

// An Expected is what will be on an account at the end of today's month, as an
// estimate, in its parts.
type Expected struct {
	Balance Balance
	Since   Figure // booked after the balance's day
	Pending Figure
	Coming  []Recurring // due until the end of the month
	End     Day
	Amount  Amount
}

// Expected returns an estimate for each account and currency that has a
// balance: the last booked one, or else what is available, which counts pending
// lines already.
func (b *Book) Expected(balances []Balance, all []Recurring) (found []Expected) {
	for _, balance := range latest(balances) {
		e := Expected{Balance: balance, End: b.Today.Month().Last()}
		for i := range b.Lines {
			l := &b.Lines[i]
			switch {
			case l.Account != balance.Account || l.Currency != balance.Currency:
			case l.Pending && balance.Kind != "available":
				e.Pending.add(l.Amount, i)
			case !l.Pending && max(l.Booked, l.Day) > balance.Day:
				e.Since.add(l.Amount, i)
			}
		}
		e.Amount = balance.Amount + e.Since.Amount + e.Pending.Amount
		for _, r := range all {
			if r.Account == balance.Account && r.Currency == balance.Currency && !r.IsOver && r.Next <= e.End && !b.isPending(&r) {
				e.Coming = append(e.Coming, r)
				e.Amount += r.Usual
			}
		}
		slices.SortStableFunc(e.Coming, func(x, y Recurring) int { return cmp.Compare(x.Next, y.Next) })
		found = append(found, e)
	}
	return found
}

// isPending reports whether the next payment of r shows as pending already.
func (b *Book) isPending(r *Recurring) bool {
	for i := len(b.Lines) - 1; i >= 0 && b.Lines[i].Day > r.Latest; i-- {
		if l := &b.Lines[i]; l.Pending && l.Key == r.Key && l.Account == r.Account {
			return true
		}
	}
	return false
}

// latest returns the last balance of each account and currency, a booked one
// before one that is available of the same day.
func latest(balances []Balance) []Balance {
	rank := map[string]int{"booked": 2, "available": 1}
	best := map[[2]string]Balance{}
	var order [][2]string
	for _, one := range balances {
		key := [2]string{one.Account, one.Currency}
		was, ok := best[key]
		if !ok {
			order = append(order, key)
		}
		if !ok || cmp.Or(cmp.Compare(one.Day, was.Day), cmp.Compare(rank[one.Kind], rank[was.Kind])) > 0 {
			best[key] = one
		}
	}
	slices.SortFunc(order, func(x, y [2]string) int { return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1])) })
	all := make([]Balance, 0, len(order))
	for _, key := range order {
		all = append(all, best[key])
	}
	return all
}
