package main

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

const (
	riseDays    = 430 // for which a rise is told of: it was paid for a year, at most
	unusualPart = 3   // a month is unusual from one third more than usual on
	wholeMonth  = 10  // day from which a month can be called unusual
)

// alerts are what deserves attention, the most pressing first.
func (d *desk) alerts() (all []view.Alert, err error) {
	recurring := d.book.Recurring()
	balances, err := d.balances()
	if err != nil {
		return nil, err
	}
	names, err := d.accounts()
	if err != nil {
		return nil, err
	}
	for _, e := range d.book.Expected(balances, recurring) {
		if e.Amount < 0 {
			all = append(all, d.alert(view.LevelBad, to(viewBalance), []string{"below", e.Balance.Account, e.End.Month().String()},
				d.t.Text("alert.below", "account", names.of(e.Balance.Account), "day", app.Date(e.End.Time()), "amount", app.Money(e.Amount.Money(), e.Balance.Currency))))
		}
	}
	for i := range recurring {
		r := &recurring[i]
		if r.Rise != nil && !r.IsOver && d.book.Today-r.Rise.Since <= riseDays {
			all = append(all, d.alert(view.LevelWarn, to(viewRecurring), []string{"rise", r.Key, r.Rise.Since.Time().String()}, d.riseText(r, "alert.rise")))
		}
		if d.book.IsNew(r) {
			all = append(all, d.alert(view.LevelInfo, to(viewRecurring), []string{"new", r.Key, r.Begun.Time().String()},
				d.t.Text("alert.new", "name", view.Value{Text: r.Name}, "amount", d.last(r), "since", app.Date(r.Begun.Time()))))
		}
	}
	forgotten, err := d.forgotten(recurring)
	for i := range forgotten {
		r := &forgotten[i]
		all = append(all, d.alert(view.LevelWarn, to(viewRecurring), []string{"forgotten", r.Key},
			d.t.Text("alert.forgotten", "name", view.Value{Text: r.Name}, "amount", d.last(r), "since", app.Date(r.Begun.Month().Time()))))
	}
	all = append(all, d.unusual()...)
	return all[:min(len(all), view.MaxAlerts)], err
}

// alert is an alert whose key stays the same for what it is about.
func (d *desk) alert(level view.Level, link *view.Link, about []string, text view.Text) view.Alert {
	h := sha256.New()
	for _, part := range about[1:] {
		h.Write([]byte(part + "\x00"))
	}
	return view.Alert{Level: level, Text: text, Link: link, Key: about[0] + "-" + hex.EncodeToString(h.Sum(nil)[:8])}
}

// unusual tells of a month in which a third more than usual was spent so far.
func (d *desk) unusual() (all []view.Alert) {
	m := d.book.Today.Month()
	for _, currency := range d.book.Currencies() {
		months := d.monthsOf(currency, d.book.Until())
		u, now := d.book.Usual(months, m, out), months.Of(m).Out
		if !u.Known() || u.Amount <= 0 || d.book.Today.InMonth() < wholeMonth || now.Amount < u.Amount+u.Amount/unusualPart {
			continue
		}
		a := d.alert(view.LevelInfo, to(viewOverview), []string{"unusual", currency, m.String()},
			d.t.Text("alert.unusual", "amount", d.money(now, currency), "usual", d.usual(u, currency)))
		a.Until = m.Last().Time().String()
		all = append(all, a)
	}
	return all
}

// last is the last payment of r, as a price.
func (d *desk) last(r *book.Recurring) view.Value {
	v := app.Money(r.Last.Abs().Money(), r.Currency)
	v.Why = d.why(r.Lines[len(r.Lines)-1:])
	return v
}

// riseText says what a price was and is.
func (d *desk) riseText(r *book.Recurring, key string) view.Text {
	before, after := app.Money(r.Rise.Before.Abs().Money(), r.Currency), app.Money(r.Rise.After.Abs().Money(), r.Currency)
	before.Why, after.Why = d.why(r.Rise.Was), d.why(r.Rise.Is)
	return d.t.Text(key, "name", view.Value{Text: r.Name}, "before", before, "after", after, "since", app.Date(r.Rise.Since.Time()))
}

// forgotten returns the subscriptions that may have been forgotten.
func (d *desk) forgotten(all []book.Recurring) ([]book.Recurring, error) {
	explained, err := d.explained()
	if err != nil {
		return nil, err
	}
	usual := map[string]book.Amount{}
	for _, currency := range d.book.Currencies() {
		months := d.monthsOf(currency, 31)
		usual[currency] = d.book.Usual(months, d.book.Today.Month(), out).Amount
	}
	return d.book.Forgotten(all, func(c string) book.Amount { return usual[c] }, explained, d.kept.Known), nil
}

// explained returns the vendors of bills and contracts, as far as granted.
func (d *desk) explained() (all book.Explained, err error) {
	for _, t := range []record.Type{record.TypeBill, record.TypeContract} {
		g, ok := d.Granted(t)
		if !ok || g.Granularity == protocol.YesNo {
			continue
		}
		groups, err := d.Aggregate(app.Count(t, "vendor"))
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			all = append(all, book.Fold(g.Key[0]))
		}
	}
	return all, nil
}
