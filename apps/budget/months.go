package main

import (
	"cmp"
	"strconv"

	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/view"
)

const pageSize = 100 // lines of one page

// months is what was spent in each of thirteen months, by category.
func (d *desk) months() view.View {
	v := d.begin(nil, viewMonths)
	currencies := d.book.Currencies()
	for _, currency := range currencies {
		all := d.monthsOf(currency, 31)
		nodes := []view.Node{d.monthChart(all, currency), d.monthTable(all, currency)}
		if len(currencies) > 1 {
			nodes = []view.Node{{Kind: view.KindSection, Title: currency, Nodes: nodes}}
		}
		v.Nodes = append(v.Nodes, nodes...)
	}
	return v
}

// span returns the months to show, the oldest first.
func (d *desk) span() (all []book.Month) {
	last := d.book.Today.Month()
	for m := max(last-shown+1, d.firstMonth()); m <= last; m++ {
		all = append(all, m)
	}
	return all
}

func (d *desk) monthChart(all book.Months, currency string) view.Node {
	c := &view.Chart{Drawing: view.DrawStacked, X: d.t.T("month"), Currency: currency}
	for _, m := range d.span() {
		label := app.Date(m.Time())
		label.Link = to(viewMonth, "month", m.String(), "currency", currency)
		c.Labels = append(c.Labels, label)
	}
	for _, category := range book.Spending() {
		s, some := view.Series{Name: d.category(category)}, false
		for _, m := range d.span() {
			f := all.Of(m).Of(category)
			if some = some || f.Amount != 0; len(f.Lines) == 0 {
				s.Values, s.Why = append(s.Values, nil), append(s.Why, nil)
				continue
			}
			d.point(&s, f)
		}
		if some {
			c.Series = append(c.Series, s)
		}
	}
	if len(c.Series) == 0 {
		return view.Node{Kind: view.KindText, Text: app.Plain(d.t.T("nothing-spent"))}
	}
	return view.Node{Kind: view.KindChart, Title: d.t.T("spent-by-month"), Chart: c}
}

func (d *desk) monthTable(all book.Months, currency string) view.Node {
	t := &view.Table{Columns: []view.Column{{Title: d.t.T("month")}, {Title: d.t.T("in"), Right: true}, {Title: d.t.T("out"), Right: true}, {Title: d.t.T("left"), Right: true}}}
	months := d.span()
	for n := len(months) - 1; n >= 0; n-- {
		sums := all.Of(months[n])
		name := app.Date(months[n].Time())
		name.Link = to(viewMonth, "month", months[n].String(), "currency", currency)
		t.Rows = append(t.Rows, []view.Value{name, d.money(sums.In, currency), d.money(sums.Out, currency), d.money(sums.Left(), currency)})
	}
	return view.Node{Kind: view.KindTable, Title: d.t.T("months"), Table: t}
}

// chosen returns the month and the currency that the person chose: the present
// one and that of most lines unless they did.
func (d *desk) chosen() (book.Month, string) {
	m, ok := book.ParseMonth(d.Param("month"))
	if !ok {
		m = d.book.Today.Month()
	}
	for _, currency := range d.book.Currencies() {
		if currency == d.Param("currency") {
			return m, currency
		}
	}
	return m, d.book.Currencies()[0]
}

// month is one month by category, against a usual whole one.
func (d *desk) month() view.View {
	m, currency := d.chosen()
	v := d.begin(d.t.Text("month.of", "month", app.Date(m.Time()), "currency", view.Value{Text: currency}), viewMonths)
	until := 31
	if m == d.book.Today.Month() {
		until = d.book.Until()
	}
	all := d.monthsOf(currency, until)
	sums := all.Of(m)
	stats := view.Node{Kind: view.KindColumns}
	for _, one := range []struct {
		name string
		f    book.Figure
	}{{"in", sums.In}, {"out", sums.Out}, {"left", sums.Left()}} {
		value := d.money(one.f, currency)
		stats.Nodes = append(stats.Nodes, view.Node{Kind: view.KindStat, Title: d.t.T(one.name), Value: &value})
	}
	v.Nodes = append(v.Nodes, stats)
	table := d.categories(all, m, currency)
	for _, one := range []struct {
		category book.Category
		f        book.Figure
	}{{book.Income, sums.In}, {book.Transfers, sums.Moved}} {
		if len(one.f.Lines) > 0 {
			note := d.t.Text("month."+string(one.category), "amount", d.money(one.f, currency))
			note = append(note, view.Value{Text: " "}, linked(d.t.T("see-lines"), d.toLines(m, one.category, currency)))
			v.Nodes = append(v.Nodes, view.Node{Kind: view.KindText, Text: note})
		}
	}
	if len(table.Rows) == 0 {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindEmpty, Text: app.Plain(d.t.T("month.none"))})
		return v
	}
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindTable, Title: d.t.T("by-category"), Table: table})
	return v
}

// lines are those of a month and a category, page by page.
func (d *desk) lines() view.View {
	m, currency := d.chosen()
	c, ok := book.ParseCategory(d.Param("category"))
	title := d.t.Text("lines.of", "category", view.Value{Text: d.t.T("lines.all")}, "month", app.Date(m.Time()))
	if ok {
		title = d.t.Text("lines.of", "category", view.Value{Text: d.category(c)}, "month", app.Date(m.Time()))
	}
	v := d.begin(title, viewMonths)
	lines := d.book.In(m, currency, func(l *book.Line) bool { return !ok || l.Category == c && !l.Pending })
	link := func(page int) *view.Link {
		return to(viewLines, "month", m.String(), "category", d.Param("category"), "currency", currency, "page", strconv.Itoa(page))
	}
	v.Nodes = append(v.Nodes, d.paged(lines, link))
	return v
}

// paged is a table of lines, one page of it.
func (d *desk) paged(lines []int, link func(page int) *view.Link) view.Node {
	if len(lines) == 0 {
		return view.Node{Kind: view.KindEmpty, Text: app.Plain(d.t.T("lines.none"))}
	}
	page, err := strconv.Atoi(d.Param("page"))
	if err != nil || page < 0 || page*pageSize >= len(lines) {
		page = 0
	}
	t := &view.Table{Columns: []view.Column{{Title: d.t.T("day")}, {Title: d.t.T("line")}, {Title: d.t.T("category")}, {Title: d.t.T("amount"), Right: true}}}
	for _, i := range lines[page*pageSize : min((page+1)*pageSize, len(lines))] {
		l := &d.book.Lines[i]
		amount := app.Money(l.Amount.Money(), l.Currency)
		amount.Why = &view.Why{Rows: []string{l.ID}}
		t.Rows = append(t.Rows, []view.Value{app.Date(l.Day.Time()), {Text: d.labelOf(l), Record: l.ID}, linked(d.category(l.Category), to(viewLabel, "key", l.Key)), amount})
	}
	if page > 0 {
		t.Less = link(page - 1)
	}
	if (page+1)*pageSize < len(lines) {
		t.More = link(page + 1)
	}
	return view.Node{Kind: view.KindTable, Title: d.t.T("lines"), Table: t}
}

func (d *desk) labelOf(l *book.Line) string {
	return cmp.Or(l.Label, l.Party, d.t.T("line"))
}
