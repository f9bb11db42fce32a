package main

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/view"
)

// What out-of-plan spending must be to be told of: so much in a month, and twice
// what is usual.
const (
	tellCents = 500
	tellTimes = 2
)

// unusual compares a month's spending, in cents, with the mean of those before.
func unusual(now int64, before []int64) (mean int64, is bool) {
	for _, n := range before {
		mean += n
	}
	if len(before) > 0 {
		mean /= int64(len(before))
	}
	return mean, now >= tellCents && len(before) >= 3 && now >= tellTimes*mean
}

// alertBeyond tells of a month that cost much more beyond the plan than usual.
func (r *reader) alertBeyond(v *view.View) {
	month := func(m month) use { return r.log.of(func(c cell) bool { return c.month == m }) }
	var before []int64
	for m := r.last - 12; m < r.last; m++ {
		u := month(m)
		if cents, ok := centsOf(u.in(r.money)); ok && u.count > 0 {
			before = append(before, cents)
		}
	}
	last := month(r.last)
	now, _ := centsOf(last.in(r.money))
	mean, is := unusual(now, before)
	if !is {
		return
	}
	v.Alerts = append(v.Alerts, view.Alert{Level: view.LevelWarn, Key: "beyond-" + r.last.String(), Link: &view.Link{View: viewBeyond},
		Text: r.t.Text("alert.beyond", "month", r.last.value(), "paid", r.paid(last), "mean", app.Money(moneyOf(mean), r.money))})
}

// beyond shows what was spent beyond the plan, month by month, and on what.
func (r *reader) beyond(v *view.View) error {
	if r.money == "" {
		*v = r.keepTabs(r.t.T("beyond.none"))
		return nil
	}
	c := &view.Chart{Drawing: view.DrawStacked, X: r.t.T("month"), Currency: r.money}
	lines := r.log.lines()
	lines = lines[:min(len(lines), view.MaxSeries)]
	for _, line := range lines {
		s := view.Series{Name: line}
		for m := r.last - shownMonths + 1; m <= r.last; m++ {
			u := r.log.of(func(c cell) bool { return c.line == line && c.month == m })
			f, err := strconv.ParseFloat(string(u.in(r.money)), 64)
			if err != nil {
				return err
			}
			s.Values, s.Why = append(s.Values, &f), append(s.Why, u.why())
		}
		c.Series = append(c.Series, s)
	}
	for m := r.last - shownMonths + 1; m <= r.last; m++ {
		c.Labels = append(c.Labels, m.value())
	}
	total := r.log.of(func(c cell) bool { return c.month > r.last-12 && c.month <= r.last })
	v.Nodes = append(v.Nodes, stat(r.t.T("beyond.year"), r.paid(total), r.t.Text("beyond.up-to", "month", r.last.value())),
		view.Node{Kind: view.KindChart, Title: r.t.T("beyond.months"), Chart: c}, r.causes())
	return nil
}

// keepTabs is a view that says why it is empty.
func (r *reader) keepTabs(why string) view.View {
	return nothing(view.View{Title: r.t.T("title"), Nodes: []view.Node{r.tabs()}}, why)
}

// causes is a table of what was paid for, month by month, the newest first.
func (r *reader) causes() view.Node {
	table := &view.Table{Columns: []view.Column{{Title: r.t.T("month")}, {Title: r.t.T("what")}, {Title: r.t.T("number"), Right: true},
		{Title: r.t.T("duration"), Right: true}, {Title: r.t.T("amount"), Right: true}}}
	type cause struct {
		month         month
		kind, country string
	}
	all := map[cause]use{}
	for _, at := range r.log.cells() {
		if u := r.log[at]; at.month > r.last-shownMonths && u.price[r.money] != "" {
			of := cause{at.month, at.kind, at.country}
			all[of] = all[of].plus(u)
		}
	}
	var order []cause
	for of := range all {
		order = append(order, of)
	}
	slices.SortFunc(order, func(x, y cause) int {
		return cmp.Or(cmp.Compare(y.month, x.month), cmp.Compare(x.kind, y.kind), cmp.Compare(x.country, y.country))
	})
	for _, of := range order[:min(len(order), 300)] {
		u, duration := all[of], view.Value{}
		if u.seconds > 0 {
			duration = minutes(u.seconds)
		}
		table.Rows = append(table.Rows, []view.Value{of.month.value(), {Text: r.kindAt(of.kind, of.country)}, number(u.count), duration, r.paid(u)})
	}
	return view.Node{Kind: view.KindTable, Title: r.t.T("beyond.causes"), Table: table}
}

func (r *reader) kindAt(kind, country string) string {
	if country == "" {
		return r.t.T("kind." + kind)
	}
	return r.t.T("kind-at", "kind", r.t.T("kind."+kind), "country", r.country(country))
}

// country is its name, or its code where the app knows none.
func (r *reader) country(code string) string {
	if name := r.t.T("country." + code); name != "country."+code {
		return name
	}
	return code
}

// roaming shows the use by the country of the other number.
func (r *reader) roaming(v *view.View) error {
	home := r.log.home()
	if home == "" {
		*v = r.keepTabs(r.t.T("roaming.none"))
		return nil
	}
	byCountry := map[string][2]use{} // calls, messages
	for _, at := range r.log.cells() {
		if at.month <= r.last-12 || at.country == "" || at.kind == "data" && !at.isAbroad(home) {
			continue
		}
		pair := byCountry[at.country]
		if at.isMessage() {
			pair[1] = pair[1].plus(r.log[at])
		} else {
			pair[0] = pair[0].plus(r.log[at])
		}
		byCountry[at.country] = pair
	}
	table := &view.Table{Columns: []view.Column{{Title: r.t.T("country")}, {Title: r.t.T("calls"), Right: true}, {Title: r.t.T("duration"), Right: true},
		{Title: r.t.T("exchanged"), Right: true}, {Title: r.t.T("beyond"), Right: true}}}
	var countries []string
	for country := range byCountry {
		countries = append(countries, country)
	}
	slices.SortFunc(countries, func(x, y string) int {
		a, b := byCountry[x], byCountry[y]
		return cmp.Or(cmp.Compare(b[0].count+b[1].count, a[0].count+a[1].count), cmp.Compare(x, y))
	})
	for _, country := range countries {
		pair := byCountry[country]
		calls, paid := number(pair[0].count), view.Value{}
		calls.Why = pair[0].why()
		sent := number(pair[1].count)
		sent.Why = pair[1].why()
		if r.money != "" {
			paid = r.paid(pair[0].plus(pair[1]))
		}
		table.Rows = append(table.Rows, []view.Value{{Text: r.country(country)}, calls, minutes(pair[0].seconds), sent, paid})
	}
	abroad := r.log.of(func(c cell) bool { return c.month > r.last-12 && c.isAbroad(home) })
	if r.money != "" {
		v.Nodes = append(v.Nodes, stat(r.t.T("roaming.year"), r.paid(abroad), r.t.Text("roaming.with", "n", number(abroad.count))))
	}
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindTable, Title: r.t.T("roaming.title"), Table: table}, text(app.Plain(r.t.T("roaming.how"))))
	return nil
}

// A person is one the lines were in touch with.
type person struct {
	name            string
	calls, messages use
}

func (p person) all() use { return p.calls.plus(p.messages) }

// ranked puts people in order: what they cost, then how long they talked.
func ranked(all map[string]person, currency string) (order []person) {
	for _, p := range all {
		order = append(order, p)
	}
	cents := func(p person) int64 {
		n, _ := centsOf(p.all().in(currency))
		return n
	}
	slices.SortFunc(order, func(x, y person) int {
		return cmp.Or(cmp.Compare(cents(y), cents(x)), cmp.Compare(y.calls.seconds, x.calls.seconds),
			cmp.Compare(y.messages.count, x.messages.count), cmp.Compare(x.name, y.name))
	})
	return order
}
