package main

import (
	"strconv"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// isNight reports whether an hour of the clock is of the night, 22:00 to 06:00.
func isNight(hour int) bool { return hour >= 22 || hour < 6 }

// habits shows when electricity is used: by weekday and hour, over the last
// twelve full months.
func (h *house) habits(v *view.View) error {
	if why := h.noHours(); why != "" {
		*v = nothing(*v, why)
		return nil
	}
	w, err := h.week(h.now-12, 12, func(month) bool { return true })
	if err != nil {
		return err
	}
	night, all := w.night()
	if all.q == 0 {
		*v = nothing(*v, h.t.T("habits.none"))
		return nil
	}
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindColumns, Nodes: []view.Node{h.nightStat(night, all), h.weekendStat(w)}},
		h.weekChart(w), h.weekdayChart(w), text(app.Plain(h.t.T("habits.how"))))
	return nil
}

// night adds up the hours of the night, and all of them.
func (w *week) night() (night, all total) {
	for day := 1; day <= 7; day++ {
		for at := range w[day] {
			o := &w[day][at]
			t := total{q: o.q, bases: o.bases}
			if all = all.plus(t); isNight(at) {
				night = night.plus(t)
			}
		}
	}
	return night, all
}

func (h *house) nightStat(night, all total) view.Node {
	share, _ := mulDiv(int64(night.q), 100, int64(all.q))
	value := app.Number(record.Decimal(strconv.FormatInt(share, 10)), "%")
	value.Why = night.why()
	return stat(h.t.T("habits.night"), value, h.t.Text("habits.night-of", "night", night.q.value(kilowattHours), "all", all.q.value(kilowattHours)))
}

// day returns what a weekday comes to on average, in kWh; false when some of its
// hours have no value.
func (w *week) day(day int) (kwh float64, bases []string, ok bool) {
	for at := range w[day] {
		power, ok := w[day][at].watts()
		if !ok {
			return 0, nil, false
		}
		kwh += power / 1000
		bases = append(bases, w[day][at].bases...)
	}
	return kwh, bases, true
}

// weekendStat sets a day of the weekend beside one of the week.
func (h *house) weekendStat(w *week) view.Node {
	var sum [2]float64
	var bases []string
	for day := 1; day <= 7; day++ {
		kwh, own, _ := w.day(day)
		if day >= 6 {
			sum[1] += kwh / 2
			bases = append(bases, own...)
			continue
		}
		sum[0] += kwh / 5
	}
	value := tenths(sum[1])
	value.Why = &view.Why{Bases: bases[:min(len(bases), view.MaxChart)]}
	return stat(h.t.T("habits.weekend"), value, h.t.Text("habits.weekday", "kwh", tenths(sum[0])))
}

// tenths is a mean in kWh, to a tenth.
func tenths(kwh float64) view.Value {
	return app.Number(record.Decimal(strconv.FormatFloat(kwh, 'f', 1, 64)), "kWh")
}

func (h *house) weekChart(w *week) view.Node {
	c := &view.Chart{Drawing: view.DrawHeatmap, X: h.t.T("weekday"), Unit: "W"}
	for at := range 24 {
		c.Labels = append(c.Labels, view.Value{Text: clockText(at, 0)})
	}
	for day := 1; day <= 7; day++ {
		s := view.Series{Name: h.t.T("day." + strconv.Itoa(day))}
		for at := range 24 {
			o := &w[day][at]
			power, ok := o.watts()
			if !ok {
				s.Values, s.Why = append(s.Values, nil), append(s.Why, nil)
				continue
			}
			power = float64(int(power + 0.5))
			s.Values, s.Why = append(s.Values, &power), append(s.Why, &view.Why{Bases: o.bases[:min(len(o.bases), view.MaxChart)]})
		}
		c.Series = append(c.Series, s)
	}
	return view.Node{Kind: view.KindChart, Title: h.t.T("habits.week"), Chart: c}
}

func (h *house) weekdayChart(w *week) view.Node {
	c := &view.Chart{Drawing: view.DrawBar, X: h.t.T("weekday"), Unit: "kWh", Series: []view.Series{{Name: h.t.T("habits.a-day")}}}
	s := &c.Series[0]
	for day := 1; day <= 7; day++ {
		c.Labels = append(c.Labels, view.Value{Text: h.t.T("day." + strconv.Itoa(day))})
		kwh, bases, ok := w.day(day)
		if !ok {
			s.Values, s.Why = append(s.Values, nil), append(s.Why, nil)
			continue
		}
		kwh = float64(int(kwh*10+0.5)) / 10
		s.Values, s.Why = append(s.Values, &kwh), append(s.Why, &view.Why{Bases: bases[:min(len(bases), view.MaxChart)]})
	}
	return view.Node{Kind: view.KindChart, Title: h.t.T("habits.days"), Chart: c}
}
