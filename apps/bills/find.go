package main

import (
	"cmp"
	"slices"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// found is what is to be said of bills and their payments.
type found struct {
	protocol.Matches
	missing, unclear []protocol.Unmatched
	gaps             []rhythm
}

func (f found) toCheck() int {
	return len(f.missing) + len(f.unclear) + len(f.DoubleDebits) + len(f.gaps)
}

// find reads the bills and, where bank lines were granted, what pays them.
func (f *folder) find() (all found, err error) {
	if err := f.read(); err != nil {
		return all, err
	}
	for _, r := range rhythms(f.bills) {
		if r.isLate(f.Today()) {
			all.gaps = append(all.gaps, r)
		}
	}
	if !f.pays() {
		return all, nil
	}
	if all.Matches, err = f.Match(protocol.Where{}, protocol.Where{}); err != nil {
		return all, err
	}
	for _, u := range all.Unmatched {
		switch u.Reason {
		case "missing":
			all.missing = append(all.missing, u)
		case "ambiguous", "other_label", "duplicate":
			all.unclear = append(all.unclear, u)
		}
	}
	return all, nil
}

// A rhythm is a provider that bills month by month under one contract.
type rhythm struct {
	vendor string
	bills  []bill // the newest first
}

// minBills make a rhythm.
const minBills = 4

// rhythms finds the providers whose last bills came month by month.
func rhythms(bills []bill) (all []rhythm) {
	type key struct{ vendor, contract, currency string }
	by := map[key][]bill{}
	var keys []key
	for _, b := range bills {
		if b.Data.IsRefund || b.Data.Amount.Sign() <= 0 || issued(b).Precision() < record.Day {
			continue
		}
		k := key{b.Data.Vendor, b.Data.Contract, b.Data.Currency}
		if by[k] == nil {
			keys = append(keys, k)
		}
		by[k] = append(by[k], b)
	}
	for _, k := range keys {
		of := by[k]
		slices.SortStableFunc(of, func(a, b bill) int { return cmp.Compare(issued(b).String(), issued(a).String()) })
		if r := (rhythm{k.vendor, of}); r.isMonthly() {
			all = append(all, r)
		}
	}
	return all
}

// isMonthly reports whether the last bills are each about a month apart; one that
// is missing among them does not break a rhythm.
func (r rhythm) isMonthly() bool {
	if len(r.bills) < minBills {
		return false
	}
	const early, late, gap = 24, 38, 70 // days
	gaps := 0
	for i := range minBills - 1 {
		switch days := int(dayOf(r.bills[i]).Sub(dayOf(r.bills[i+1])).Hours() / 24); {
		case days < early || days > gap:
			return false
		case days > late:
			gaps++
		}
	}
	return gaps <= 1
}

func dayOf(b bill) time.Time {
	year, month, day := issued(b).Civil()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// due is about when the next one comes.
func (r rhythm) due() time.Time { return addMonth(dayOf(r.bills[0])) }

// addMonth returns the same day of the next month, or its last.
func addMonth(t time.Time) time.Time {
	first := time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(t.Day(), first.AddDate(0, 1, -1).Day())-1)
}

// isLate reports whether the next one should have come; after half a year the
// contract has ended, and nobody waits.
func (r rhythm) isLate(today time.Time) bool {
	const grace, forgotten = 12, 180 // days
	days := int(today.Sub(r.due()).Hours() / 24)
	return days > grace && days < forgotten
}

func date(t time.Time) view.Value { return app.Date(record.Date(t.Date())) }

// alerts tell what deserves to be looked at.
func (f *folder) alerts(all found) (out []view.Alert) {
	link := &view.Link{View: "check"}
	add := func(level view.Level, key string, t view.Text) {
		if len(out) < view.MaxAlerts {
			out = append(out, view.Alert{Level: level, Text: t, Link: link, Key: key})
		}
	}
	for _, d := range all.DoubleDebits {
		b := f.byID[d.Bill]
		add(view.LevelBad, keyOf("double", b), f.t.Text("alert.double", "vendor", b.Data.Vendor, "amount", app.Money(d.Amount, d.Currency), "n", app.Int(len(d.Transactions))))
	}
	for _, u := range all.missing {
		b := f.byID[u.Bill]
		add(view.LevelWarn, keyOf("missing", b), f.t.Text("alert.missing", "vendor", b.Data.Vendor, "day", app.Date(issued(b)), "amount", amountOf(b)))
	}
	for _, g := range all.gaps {
		add(view.LevelInfo, keyOf("gap", g.bills[0]), f.t.Text("alert.gap", "vendor", g.vendor, "last", date(dayOf(g.bills[0]))))
	}
	return out
}

// keyOf tells an alert from others for as long as it is meant: rows have other
// names after another grant.
func keyOf(what string, b bill) string {
	return what + "-" + dayOf(b).Format(time.DateOnly) + "-" + string(b.Data.Amount)
}
