package main

import (
	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/view"
)

// overview is this month against a usual one, in each currency.
func (d *desk) overview() (view.View, error) {
	v := d.begin(nil, viewOverview)
	currencies := d.book.Currencies()
	for _, currency := range currencies {
		all := d.monthsOf(currency, d.book.Until())
		nodes := d.thisMonth(all, currency)
		if len(currencies) > 1 {
			nodes = []view.Node{{Kind: view.KindSection, Title: currency, Nodes: nodes}}
		}
		v.Nodes = append(v.Nodes, nodes...)
	}
	v.Summary = d.summary(currencies[0])
	alerts, err := d.alerts()
	v.Alerts = alerts
	return v, err
}

func out(s *book.Sums) book.Figure  { return s.Out }
func in(s *book.Sums) book.Figure   { return s.In }
func left(s *book.Sums) book.Figure { return s.Left() }

// of selects what was spent on a category.
func of(c book.Category) func(*book.Sums) book.Figure {
	return func(s *book.Sums) book.Figure { return s.Of(c) }
}

// thisMonth is the present month in one currency.
func (d *desk) thisMonth(all book.Months, currency string) []view.Node {
	m := d.book.Today.Month()
	now := all.Of(m)
	stats := view.Node{Kind: view.KindColumns}
	for _, one := range []struct {
		name string
		of   func(*book.Sums) book.Figure
	}{{"in", in}, {"out", out}, {"left", left}} {
		value := d.money(one.of(now), currency)
		stats.Nodes = append(stats.Nodes, view.Node{Kind: view.KindStat, Title: d.t.T(one.name), Value: &value, Text: d.against(d.book.Usual(all, m, one.of), currency)})
	}
	if len(now.Pending.Lines) > 0 {
		value := d.money(now.Pending, currency)
		stats.Nodes = append(stats.Nodes, view.Node{Kind: view.KindStat, Title: d.t.T("pending"), Value: &value, Text: app.Plain(d.t.T("pending.note"))})
	}
	nodes := []view.Node{stats}
	if table := d.categories(all, m, currency); len(table.Rows) > 0 {
		nodes = append(nodes, d.categoryChart(all, currency), view.Node{Kind: view.KindTable, Title: d.t.T("by-category"), Table: table}, d.method(all))
	} else {
		nodes = append(nodes, view.Node{Kind: view.KindText, Text: app.Plain(d.t.T("nothing-yet"))})
	}
	return nodes
}

// against says what is usual.
func (d *desk) against(u book.Usual, currency string) view.Text {
	if !u.Known() {
		return nil
	}
	return d.t.Text("usually", "amount", d.usual(u, currency))
}

// usual is what months come to in the middle: those months are behind it.
func (d *desk) usual(u book.Usual, currency string) view.Value {
	v := app.Money(u.Amount.Money(), currency)
	v.Why = d.whole(u.Lines)
	return v
}

// method says how the usual month is made.
func (d *desk) method(all book.Months) view.Node {
	u := d.book.Usual(all, d.book.Today.Month(), out)
	if !u.Known() {
		return view.Node{Kind: view.KindText, Text: app.Plain(d.t.T("usual.unknown"))}
	}
	return view.Node{Kind: view.KindText, Text: d.t.Text("usual.method", "months", app.Int(u.Months), "day", app.Date(d.book.Today.Time()))}
}

// spent returns the categories that have something in m or usually.
func (d *desk) spent(all book.Months, m book.Month) (some []book.Category) {
	for _, c := range book.Spending() {
		if all.Of(m).Of(c).Amount != 0 || d.book.Usual(all, m, of(c)).Amount != 0 {
			some = append(some, c)
		}
	}
	return some
}

func (d *desk) categoryChart(all book.Months, currency string) view.Node {
	m := d.book.Today.Month()
	c := &view.Chart{Drawing: view.DrawBar, X: d.t.T("category"), Currency: currency, Series: []view.Series{{Name: d.t.T("this-month")}}}
	usual := view.Series{Name: d.t.T("usual"), Past: true}
	known := false
	for _, one := range d.spent(all, m) {
		u := d.book.Usual(all, m, of(one))
		known = known || u.Known()
		c.Labels = append(c.Labels, view.Value{Text: d.category(one), Link: d.toLines(m, one, currency)})
		d.point(&c.Series[0], all.Of(m).Of(one))
		drawn := u.Amount.Drawn()
		usual.Values, usual.Why = append(usual.Values, &drawn), append(usual.Why, d.why(u.Lines))
	}
	if known {
		c.Series = append(c.Series, usual)
	}
	return view.Node{Kind: view.KindChart, Title: d.t.T("spent-by-category"), Chart: c}
}

// point adds a figure to a series.
func (d *desk) point(s *view.Series, f book.Figure) {
	drawn := f.Amount.Drawn()
	s.Values, s.Why = append(s.Values, &drawn), append(s.Why, d.why(f.Lines))
}

func (d *desk) toLines(m book.Month, c book.Category, currency string) *view.Link {
	return to(viewLines, "month", m.String(), "category", string(c), "currency", currency)
}

// categories is what was spent in m by category, against usual.
func (d *desk) categories(all book.Months, m book.Month, currency string) *view.Table {
	t := &view.Table{Columns: []view.Column{{Title: d.t.T("category")}, {Title: d.t.T("spent"), Right: true}}}
	isKnown := d.book.Usual(all, m, out).Known()
	if isKnown {
		t.Columns = append(t.Columns, view.Column{Title: d.t.T("usual"), Right: true}, view.Column{Title: d.t.T("difference"), Right: true})
	}
	row := func(name view.Value, of func(*book.Sums) book.Figure) []view.Value {
		f := of(all.Of(m))
		values := []view.Value{name, d.money(f, currency)}
		if isKnown {
			u := d.book.Usual(all, m, of)
			difference := app.Money((f.Amount - u.Amount).Money(), currency)
			difference.Why = join(d.why(f.Lines), d.whole(u.Lines))
			values = append(values, d.money(u.Figure, currency), difference)
		}
		return values
	}
	for _, c := range d.spent(all, m) {
		t.Rows = append(t.Rows, row(linked(d.category(c), d.toLines(m, c, currency)), of(c)))
	}
	if len(t.Rows) > 0 {
		t.Total = row(view.Value{Text: d.t.T("total")}, out)
	}
	return t
}

// summary says the month in one sentence, in the currency of most lines.
func (d *desk) summary(currency string) view.Text {
	m := d.book.Today.Month()
	all := d.monthsOf(currency, d.book.Until())
	now := all.Of(m)
	u := d.book.Usual(all, m, out)
	key := "summary"
	if u.Known() {
		key = "summary.usual"
	}
	return d.t.Text(key, "month", app.Date(m.Time()), "in", d.money(now.In, currency), "out", d.money(now.Out, currency), "usual", d.usual(u, currency))
}
