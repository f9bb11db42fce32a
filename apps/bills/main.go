// Command bills shows what a person was billed, by whom and when.
package main

import (
	"embed"
	"slices"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

//go:embed strings
var files embed.FS

func main() { app.Main(run) }

func run(s *app.Session) error {
	t, err := s.Strings(files)
	if err != nil {
		return err
	}
	v, err := overview(s, t)
	if err != nil {
		return err
	}
	return s.Show(v)
}

const months = 12

// overview shows the last twelve months.
func overview(s *app.Session, t app.Strings) (view.View, error) {
	v := view.View{Title: t.T("title")}
	today := s.Today()
	first := time.Date(today.Year(), today.Month()-months+1, 1, 0, 0, 0, 0, time.UTC)
	where := protocol.Where{From: record.MonthOf(first.Year(), first.Month())}
	byMonth, err := s.Aggregate(protocol.AggregateRequest{Type: record.TypeBill, Where: where, Group: []string{protocol.ByMonth}, Sum: "amount"})
	if err != nil {
		return v, err
	}
	if len(byMonth) == 0 {
		v.Nodes = []view.Node{{Kind: view.KindEmpty, Text: app.Plain(t.T("empty"))}}
		return v, nil
	}
	byVendor, err := s.Aggregate(protocol.AggregateRequest{Type: record.TypeBill, Where: where, Group: []string{"vendor"}, Sum: "amount"})
	if err != nil {
		return v, err
	}
	total, err := s.Aggregate(protocol.AggregateRequest{Type: record.TypeBill, Where: where, Sum: "amount"})
	if err != nil {
		return v, err
	}
	for _, sum := range total[0].Sums {
		value := app.Money(sum.Value, sum.Unit)
		value.Why = app.Behind(total[0])
		v.Summary = append(v.Summary, t.Text("summary", "total", value)...)
		v.Nodes = append(v.Nodes, monthChart(t, sum.Unit, first, byMonth))
	}
	v.Nodes = append(v.Nodes, vendorTable(t, byVendor))
	latest, err := latestBills(s, t)
	v.Nodes = append(v.Nodes, latest)
	return v, err
}

func monthChart(t app.Strings, currency string, first time.Time, groups []protocol.Group) view.Node {
	c := &view.Chart{Drawing: view.DrawBar, X: t.T("month"), Currency: currency, Series: []view.Series{{Name: t.T("bills")}}}
	s := &c.Series[0]
	for i := range months {
		at := first.AddDate(0, i, 0)
		c.Labels = append(c.Labels, app.Date(record.MonthOf(at.Year(), at.Month())))
		value, why := sumOf(groups, at.Format("2006-01"), currency)
		s.Values, s.Why = append(s.Values, value), append(s.Why, why)
	}
	return view.Node{Kind: view.KindChart, Title: t.T("by-month"), Chart: c}
}

// sumOf returns what the group of key comes to in a currency, nil for nothing.
func sumOf(groups []protocol.Group, key, currency string) (*float64, *view.Why) {
	for _, g := range groups {
		for _, sum := range g.Sums {
			if g.Key[0] == key && sum.Unit == currency {
				return app.Drawn(sum.Value), app.Behind(g)
			}
		}
	}
	return nil, nil
}

func vendorTable(t app.Strings, groups []protocol.Group) view.Node {
	table := &view.Table{Columns: []view.Column{{Title: t.T("vendor")}, {Title: t.T("bills"), Right: true}, {Title: t.T("amount"), Right: true}}}
	for _, g := range groups {
		for _, sum := range g.Sums {
			amount := app.Money(sum.Value, sum.Unit)
			amount.Why = app.Behind(g)
			table.Rows = append(table.Rows, []view.Value{{Text: g.Key[0]}, app.Int(sum.Count), amount})
		}
	}
	return view.Node{Kind: view.KindTable, Title: t.T("by-vendor"), Table: table}
}

func latestBills(s *app.Session, t app.Strings) (view.Node, error) {
	const most = 10
	list := view.Node{Kind: view.KindList, Title: t.T("latest")}
	for row, err := range app.Rows[record.Bill](s, record.TypeBill, protocol.Where{}) {
		if err != nil {
			return list, err
		}
		amount := app.Money(row.Data.Amount, row.Data.Currency)
		list.Entries = append(list.Entries, view.Entry{Text: view.Text{{Text: row.Title, Record: row.ID}}, Note: view.Text{app.Date(row.Time)}, Value: &amount})
		if len(list.Entries) == most {
			break
		}
	}
	list.Entries = slices.Clip(list.Entries)
	return list, nil
}
