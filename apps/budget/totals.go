package main

import (
	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// totals is what can be shown under a grant of totals: what was left of each
// month, or year.
func totals(s *app.Session, t app.Strings, g protocol.Granted) (view.View, error) {
	by, note := protocol.ByMonth, "totals.month"
	if g.Granularity == protocol.Yearly {
		by, note = protocol.ByYear, "totals.year"
	}
	today := book.DayOf(s.Today().Date()).Month()
	groups, err := s.Aggregate(protocol.AggregateRequest{Type: record.TypeTransaction, Where: protocol.Where{From: (today - span).Time()}, Group: []string{by}, Sum: "amount"})
	if err != nil {
		return view.View{}, err
	}
	v := view.View{Title: t.T("title"), Nodes: []view.Node{{Kind: view.KindText, Text: app.Plain(t.T(note))}}}
	charts := map[string]*view.Chart{}
	for _, group := range groups {
		at, err := record.ParseTime(group.Key[0])
		if err != nil { // a line without a date
			continue
		}
		for _, sum := range group.Sums {
			c := charts[sum.Unit]
			if c == nil {
				c = &view.Chart{Drawing: view.DrawBar, X: t.T("month"), Currency: sum.Unit, Series: []view.Series{{Name: t.T("left")}}}
				charts[sum.Unit] = c
				v.Nodes = append(v.Nodes, view.Node{Kind: view.KindChart, Title: t.T("left-by-month"), Chart: c})
			}
			c.Labels = append(c.Labels, app.Date(at))
			c.Series[0].Values = append(c.Series[0].Values, app.Drawn(sum.Value))
			c.Series[0].Why = append(c.Series[0].Why, app.Behind(group))
		}
	}
	if len(charts) == 0 {
		return sentence(t, t.T("empty")), nil
	}
	return v, nil
}
