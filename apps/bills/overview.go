package main

import (
	"strconv"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

const (
	months = 12
	latest = 10
)

// overview shows the last twelve months beside those before, and what to check.
func (f *folder) overview() (view.View, error) {
	v := view.View{Title: f.t.T("title")}
	today := f.Today()
	first := time.Date(today.Year(), today.Month()-months+1, 1, 0, 0, 0, 0, time.UTC)
	all := protocol.Where{From: monthOf(first.AddDate(-1, 0, 0))}
	year := protocol.Where{From: monthOf(first)}
	byMonth, err := f.sum(all, protocol.ByMonth)
	if err != nil {
		return v, err
	}
	if len(byMonth) == 0 {
		v.Nodes = []view.Node{empty(f.t.T("empty"))}
		return v, nil
	}
	total, err := f.sum(year)
	if err != nil {
		return v, err
	}
	for _, sum := range total[0].Sums {
		value := app.Money(sum.Value, sum.Unit)
		value.Why = &view.Why{Bases: []string{total[0].Basis}}
		v.Summary = append(v.Summary, f.t.Text("summary", "total", value)...)
	}
	found, err := f.find()
	if err != nil {
		return v, err
	}
	if n := found.toCheck(); n > 0 {
		count := app.Int(n)
		count.Link = &view.Link{View: "check"}
		v.Summary = append(append(v.Summary, view.Value{Text: " "}), f.t.Text("summary.check", "n", count)...)
	}
	v.Alerts = f.alerts(found)
	for _, sum := range total[0].Sums {
		v.Nodes = append(v.Nodes, f.monthChart(sum.Unit, first, byMonth))
	}
	byVendor, err := f.sum(year, "vendor")
	if err != nil {
		return v, err
	}
	v.Nodes = append(v.Nodes, f.vendorTable("by-vendor", byVendor))
	if len(f.bills) > 0 {
		v.Nodes = append(v.Nodes, f.latest())
	}
	return v, nil
}

// sum adds bills up by group.
func (f *folder) sum(where protocol.Where, by ...string) ([]protocol.Group, error) {
	return f.Aggregate(protocol.AggregateRequest{Type: record.TypeBill, Where: where, Group: by, Sum: "amount"})
}

func monthOf(t time.Time) record.Time { return record.MonthOf(t.Year(), t.Month()) }

// monthChart draws twelve months and, lighter, the twelve before.
func (f *folder) monthChart(currency string, first time.Time, groups []protocol.Group) view.Node {
	c := &view.Chart{Drawing: view.DrawBar, X: f.t.T("month"), Currency: currency, Series: []view.Series{{Name: f.t.T("this-year")}, {Name: f.t.T("last-year"), Past: true}}}
	for i := range months {
		at := first.AddDate(0, i, 0)
		c.Labels = append(c.Labels, app.Date(monthOf(at)))
		for j := range c.Series {
			value, why := sumOf(groups, at.AddDate(-j, 0, 0).Format("2006-01"), currency)
			c.Series[j].Values, c.Series[j].Why = append(c.Series[j].Values, value), append(c.Series[j].Why, why)
		}
	}
	return view.Node{Kind: view.KindChart, Title: f.t.T("by-month"), Chart: c}
}

// sumOf returns what the group of key comes to in a currency, nil for nothing.
func sumOf(groups []protocol.Group, key, currency string) (*float64, *view.Why) {
	for _, g := range groups {
		for _, sum := range g.Sums {
			if value, err := strconv.ParseFloat(string(sum.Value), 64); err == nil && g.Key[0] == key && sum.Unit == currency {
				return &value, &view.Why{Bases: []string{g.Basis}}
			}
		}
	}
	return nil, nil
}

func (f *folder) vendorTable(title string, groups []protocol.Group) view.Node {
	table := &view.Table{Columns: []view.Column{{Title: f.t.T("vendor")}, {Title: f.t.T("bills"), Right: true}, {Title: f.t.T("amount"), Right: true}}}
	for _, g := range groups {
		for _, sum := range g.Sums {
			amount := app.Money(sum.Value, sum.Unit)
			amount.Why = &view.Why{Bases: []string{g.Basis}}
			table.Rows = append(table.Rows, []view.Value{{Text: g.Key[0]}, app.Int(sum.Count), amount})
		}
	}
	return view.Node{Kind: view.KindTable, Title: f.t.T(title), Table: table}
}

func (f *folder) latest() view.Node {
	list := view.Node{Kind: view.KindList, Title: f.t.T("latest")}
	for _, b := range f.bills[:min(len(f.bills), latest)] {
		amount := amountOf(b)
		list.Entries = append(list.Entries, view.Entry{Text: view.Text{named(b)}, Note: view.Text{app.Date(issued(b))}, Value: &amount})
	}
	return list
}
