package main

import (
	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/view"
)

// shownMonths is how many months a chart of months has: this month, and the
// twelve before it.
const shownMonths = 13

// year shows the months of each kind beside those of the year before.
func (h *house) year(v *view.View) error {
	weather, err := h.climate()
	if err != nil {
		return err
	}
	for _, k := range []kind{electricity, gas} {
		for _, of := range h.book.fluids(k) {
			all := h.book.months(k, of)
			nodes := []view.Node{h.monthChart(all, of), h.monthTable(all, of)}
			if weather.known {
				nodes = append(h.correct(nodes[0].Chart, all, weather.region, of), nodes...)
			}
			v.Nodes = append(v.Nodes, section(h.t.T("kind."+string(k)), nodes...))
		}
	}
	v.Nodes = append(append(v.Nodes, weather.said...), text(app.Plain(h.t.T("year.missing"))))
	return nil
}

// monthChart draws months beside the same months a year before.
func (h *house) monthChart(all map[month]total, of fluid) view.Node {
	c := &view.Chart{Drawing: view.DrawBar, X: h.t.T("month"), Unit: string(of),
		Series: []view.Series{{Name: h.t.T("this-year")}, {Name: h.t.T("last-year"), Past: true}}}
	for m := h.now - shownMonths + 1; m <= h.now; m++ {
		c.Labels = append(c.Labels, m.value())
		for i, at := range []month{m, m - 12} {
			s := &c.Series[i]
			if t, ok := all[at]; ok {
				s.Values, s.Why = append(s.Values, t.q.point()), append(s.Why, t.why())
				continue
			}
			s.Values, s.Why = append(s.Values, nil), append(s.Why, nil)
		}
	}
	return view.Node{Kind: view.KindChart, Title: h.t.T("months"), Chart: c}
}

// monthTable writes how each whole month differs from the one a year before.
func (h *house) monthTable(all map[month]total, of fluid) view.Node {
	table := &view.Table{Columns: []view.Column{{Title: h.t.T("month")}, {Title: h.t.T("this-year"), Right: true},
		{Title: h.t.T("last-year"), Right: true}, {Title: h.t.T("difference"), Right: true}}}
	for m := h.now - 1; m > h.now-shownMonths; m-- {
		t, ok := all[m]
		if !ok {
			continue
		}
		row := []view.Value{m.value(), t.value(of), {}, {}}
		if past, ok := all[m-12]; ok {
			row[2] = past.value(of)
			if change, _, ok := percent(t.q, past.q); ok && t.covers >= wholeMonth && past.covers >= wholeMonth {
				row[3] = change
			}
		}
		table.Rows = append(table.Rows, row)
	}
	return view.Node{Kind: view.KindTable, Title: h.t.T("by-month"), Table: table}
}
