package main

import (
	"time"
	_ "time/tzdata" // rows tell their zone, and a program in a home has no files

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

const (
	slot  = 30 * time.Minute
	slots = 48
)

// A grid is one month by day and half-hour of the clock: mean powers in W, of
// all meters together. A night when an hour comes twice shows its mean, one that
// skips an hour a gap.
type grid struct {
	month month
	watts [31][slots]float64
	has   [31][slots]bool
}

// add counts the points of one meter in.
func (g *grid) add(all ...record.Series) {
	var q [31][slots]float64
	var covers [31][slots]time.Duration
	for _, s := range all {
		zone, err := time.LoadLocation(s.Zone)
		if err != nil || s.Zone == "" {
			zone = s.Start.Instant(time.UTC).Location()
		}
		step := stepOf(s.Step)
		if step <= 0 || step > time.Hour {
			continue
		}
		piece, start := min(step, slot), s.Start.Instant(zone)
		for i, v := range s.Values {
			if v == nil {
				continue
			}
			value, err := record.MoneyOf(*v, s.Scale)
			if err != nil {
				continue
			}
			energy, _, ok := quantityOf(value, s.Unit, step)
			for off := time.Duration(0); ok && off < step; off += piece {
				at := start.Add(time.Duration(i)*step + off).In(zone)
				if monthOf(at) != g.month {
					continue
				}
				n := (at.Hour()*60 + at.Minute()) / 30
				q[at.Day()-1][n] += float64(energy) * float64(piece) / float64(step)
				covers[at.Day()-1][n] += piece
			}
		}
	}
	for d := range q {
		for n := range q[d] {
			if covers[d][n] > 0 {
				g.watts[d][n] += wattsOf(q[d][n], covers[d][n])
				g.has[d][n] = true
			}
		}
	}
}

// top returns when most was drawn.
func (g *grid) top() (day, n int, watts float64) {
	for d := range g.watts {
		for i, w := range g.watts[d] {
			if g.has[d][i] && w > watts {
				day, n, watts = d+1, i, w
			}
		}
	}
	return day, n, watts
}

// heat shows the half-hours of a month.
func (h *house) heat(v *view.View) error {
	if why := h.noHours(); why != "" {
		*v = nothing(*v, why)
		return nil
	}
	m := h.chosenMonth()
	v.Nodes = append(v.Nodes, h.aroundMonth(m))
	g, rows, err := h.readGrid(m)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		*v = nothing(*v, h.t.T("heat.none"))
		return nil
	}
	why := &view.Why{Rows: rows}
	day, n, most := g.top()
	top := app.Number(watts(most), "W")
	top.Why = why
	all := h.book.months(electricity, kilowattHours)[m]
	at := app.Date(record.Date(int(m)/12, m.first().Month(), day))
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindColumns, Nodes: []view.Node{
		stat(h.t.T("heat.total"), all.value(kilowattHours), view.Text{m.value()}),
		stat(h.t.T("heat.top"), top, h.t.Text("heat.top-when", "day", at, "time", clockText(n/2, n%2*30)))}},
		h.gridChart(g, why), text(app.Plain(h.t.T("heat.how"))))
	return nil
}

// chosenMonth is the month that the person chose, the latest with hours
// otherwise.
func (h *house) chosenMonth() month {
	if m, ok := parseMonth(h.Param("month")); ok && m <= h.now {
		return m
	}
	latest := h.now - history
	for at, r := range h.book {
		if at.kind == electricity && r.hasHours() {
			latest = max(latest, at.month)
		}
	}
	return latest
}

// readGrid reads the chosen streams of a month, and the names of their rows.
func (h *house) readGrid(m month) (g *grid, rows []string, err error) {
	g = &grid{month: m}
	for _, at := range h.book.cells() {
		r := h.book[at]
		if at.kind != electricity || at.month != m || !r.hasHours() {
			continue
		}
		w := protocol.Where{From: m.record(), To: m.record(), Equal: map[string]string{"measure": r.measure, "meter": r.meter, "step": r.step}}
		all, err := app.All[record.Series](h.Session, record.TypeSeries, w)
		if err != nil {
			return nil, nil, err
		}
		var parts []record.Series
		for _, row := range all {
			parts, rows = append(parts, row.Data), append(rows, row.ID)
		}
		g.add(parts...)
	}
	return g, rows, nil
}

func (h *house) gridChart(g *grid, why *view.Why) view.Node {
	c := &view.Chart{Drawing: view.DrawHeatmap, X: h.t.T("day"), Unit: "W"}
	for n := range slots {
		c.Labels = append(c.Labels, view.Value{Text: clockText(n/2, n%2*30)})
	}
	for d := range g.month.days() {
		day := g.month.first().AddDate(0, 0, d)
		s := view.Series{Name: h.t.T("short-day."+weekdayKey(day), "n", day.Format("2"))}
		for n := range slots {
			if !g.has[d][n] {
				s.Values, s.Why = append(s.Values, nil), append(s.Why, nil)
				continue
			}
			w := float64(int(g.watts[d][n] + 0.5))
			s.Values, s.Why = append(s.Values, &w), append(s.Why, why)
		}
		c.Series = append(c.Series, s)
	}
	return view.Node{Kind: view.KindChart, Title: h.t.T("heat.title"), Chart: c}
}

func weekdayKey(day time.Time) string { return string("7123456"[day.Weekday()]) }

// aroundMonth leads to the month before, the month after, or any.
func (h *house) aroundMonth(m month) view.Node {
	n := view.Node{Kind: view.KindColumns}
	button := func(to month, key string) {
		n.Nodes = append(n.Nodes, view.Node{Kind: view.KindButton, Form: &view.Form{Submit: h.t.T(key),
			Link: view.Link{View: viewHeat, Params: map[string]string{"month": to.String()}}}})
	}
	if m > h.now-history+1 {
		button(m-1, "heat.before")
	}
	if m < h.now {
		button(m+1, "heat.after")
	}
	n.Nodes = append(n.Nodes, view.Node{Kind: view.KindForm, Form: &view.Form{Link: view.Link{View: viewHeat}, Submit: h.t.T("show"),
		Fields: []view.Input{{Name: "month", Label: h.t.T("month"), Kind: view.InputMonth, Value: m.String()}}}})
	return n
}
