package main

import (
	"strconv"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

const (
	plansName = "phone-plans"
	year      = 12
)

// plans shows which plans of the pack would have done for each line.
func (r *reader) plans(v *view.View) error {
	var p planPack
	from, ok, err := r.pack(plansName, &p)
	if err == nil && ok {
		err = p.check()
	}
	if err != nil {
		return err
	}
	if !ok {
		*v = r.keepTabs(r.t.T("pack.none", "name", plansName))
		return nil
	}
	bills, err := r.bills()
	if err != nil {
		return err
	}
	last := r.last
	if last == monthOf(r.Today()) { // not over yet
		last--
	}
	for _, line := range r.log.lines() {
		v.Nodes = append(v.Nodes, r.linePlans(p, line, last, spent(bills, line, last)))
	}
	key := "pack.source"
	if p.MadeUp {
		key = "pack.made-up"
	}
	v.Nodes = append(v.Nodes, text(app.Plain(r.t.T("plans.how"))),
		text(r.t.Text(key, "name", plansName, "version", from.Version, "date", app.Date(from.Date), "source", from.Source)))
	return nil
}

// A spending is what the bills say that a line's plan cost.
type spending struct {
	amount   record.Money
	currency string
	months   int
	rows     []string
}

// spent adds up the lines of bills about one number whose period begins in the
// twelve months up to last.
func spent(bills []billRow, line string, last month) (s spending) {
	seen := map[month]bool{}
	for _, b := range bills {
		year, mon, _ := b.Data.Start.Civil()
		m := month(year*12 + int(mon) - 1)
		if b.Data.Start.IsZero() || m > last || m <= last-12 || s.currency != "" && s.currency != b.Data.Currency {
			continue
		}
		for _, l := range b.Data.Lines {
			sum, err := s.amount.Add(l.Amount)
			if !isOf(l.Label, line) || err != nil {
				continue
			}
			s.amount, s.currency = sum, b.Data.Currency
			if !seen[m] {
				seen[m], s.months, s.rows = true, s.months+1, append(s.rows, b.ID)
			}
		}
	}
	return s
}

func (r *reader) linePlans(p planPack, line string, last month, own spending) view.Node {
	n := view.Node{Kind: view.KindSection, Title: line}
	months, used := r.log.needs(line, p.Home, last, year)
	if used == 0 {
		n.Nodes = append(n.Nodes, view.Node{Kind: view.KindEmpty, Text: app.Plain(r.t.T("plans.none"))})
		return n
	}
	all := r.log.of(func(c cell) bool { return c.line == line && c.month <= last && c.month > last-year })
	quotes := p.quotes(months)
	columns := view.Node{Kind: view.KindColumns}
	paid, known := own.total(all, p.Currency, used)
	if known {
		value := app.Money(moneyOf(paid), p.Currency)
		value.Why = &view.Why{Rows: own.rows, Bases: all.bases}
		columns.Nodes = append(columns.Nodes, stat(r.t.T("plans.now"), value, r.t.Text("plans.over", "n", app.Int(used))))
	}
	if best, ok := covering(quotes); ok {
		value := app.Money(moneyOf(best.cents), p.Currency)
		value.Why = all.why()
		columns.Nodes = append(columns.Nodes, stat(r.t.T("plans.covering"), value, app.Plain(best.plan.Operator+", "+best.plan.Offer)))
	}
	if len(columns.Nodes) > 0 {
		n.Nodes = append(n.Nodes, columns)
	}
	n.Nodes = append(n.Nodes, r.planTable(quotes, p.Currency, paid, known, all.why()))
	return n
}

// total is what a line cost in all, in cents: its plan as billed, and its calls
// beyond; false when the bills are not for all the months used.
func (s spending) total(all use, currency string, used int) (cents int64, ok bool) {
	if s.months != used || s.currency != currency {
		return 0, false
	}
	sum, err := s.amount.Add(all.in(currency))
	if err != nil {
		return 0, false
	}
	return centsOf(sum)
}

func (r *reader) planTable(quotes []quote, currency string, paid int64, known bool, why *view.Why) view.Node {
	table := &view.Table{Columns: []view.Column{{Title: r.t.T("plans.operator")}, {Title: r.t.T("plans.offer")}, {Title: r.t.T("plans.since")},
		{Title: r.t.T("plans.price"), Right: true}, {Title: r.t.T("plans.within"), Right: true}, {Title: r.t.T("plans.extra"), Right: true},
		{Title: r.t.T("plans.total"), Right: true}, {Title: r.t.T("plans.against"), Right: true}}}
	for _, q := range quotes {
		total, within, against := app.Money(moneyOf(q.cents), currency), app.Int(q.within), view.Value{}
		total.Why, within.Why = why, why
		switch {
		case q.stopped > 0:
			against = view.Value{Text: r.t.T("plans.stops", "n", strconv.Itoa(q.stopped)), Level: view.LevelWarn}
		case known:
			against = app.Money(moneyOf(q.cents-paid), currency)
			against.Why = why
			if q.cents < paid {
				against.Level = view.LevelGood
			}
		}
		table.Rows = append(table.Rows, []view.Value{{Text: q.plan.Operator}, {Text: q.plan.Offer}, app.Date(q.plan.From),
			app.Money(q.plan.Price, currency), within, app.Money(moneyOf(q.extra), currency), total, against})
	}
	return view.Node{Kind: view.KindTable, Title: r.t.T("plans.title"), Table: table}
}
