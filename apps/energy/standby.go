package main

import (
	"slices"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// A monthBase is the base load of a month: the mean of the quietest hours of its
// average day.
type monthBase struct {
	month month
	watts float64
	bases []string
}

// monthBases asks for the base load of the months from first on.
func (h *house) monthBases(first month, n int) ([]monthBase, error) {
	all, err := ask(h.Session, protocol.Where{From: first.record(), To: (first + month(n) - 1).record()}, protocol.ByMonth, protocol.ByHour)
	if err != nil {
		return nil, err
	}
	return h.book.monthBases(all), nil
}

// monthBases reads months off readings whose parts are month and hour.
func (b book) monthBases(all []reading) (months []monthBase) {
	byMonth := map[month]*[24]hour{}
	for _, r := range all {
		m, ok := parseMonth(r.key[0])
		at, ok2 := clockHour(r.key[1])
		if !ok || !ok2 || r.kind() != electricity || r.of != kilowattHours || !r.hasHours() || !b.chose(r, m) {
			continue
		}
		if byMonth[m] == nil {
			byMonth[m] = &[24]hour{}
		}
		byMonth[m][at].add(r)
	}
	for m, hours := range byMonth {
		base := monthBase{month: m}
		for i := range hours {
			base.bases = append(base.bases, hours[i].bases...)
		}
		if w, ok := quiet(hours[:]); ok {
			base.watts = w
			months = append(months, base)
		}
	}
	slices.SortFunc(months, func(x, y monthBase) int { return int(x.month - y.month) })
	return months
}

// lowest returns the month of the lowest base load: heating that runs at night
// hides what stands by in the others.
func lowest(all []monthBase) (low monthBase, ok bool) {
	for _, b := range all {
		if !ok || b.watts < low.watts {
			low, ok = b, true
		}
	}
	return low, ok
}

// A rise is a base load that went up and stayed.
type rise struct{ before, now, lastYear float64 }

const (
	riseWeeks   = 4    // that it must last
	beforeWeeks = 8    // that it is set beside
	riseWatts   = 20.0 // that it must be, and
	riseShare   = 0.15
)

// weekly returns the median base load of each of the n weeks that end with last;
// false where fewer than four days have one.
func weekly(days []dayHours, last time.Time, n int) (all []float64, has []bool) {
	all, has = make([]float64, n), make([]bool, n)
	byWeek := make([][]float64, n)
	for _, d := range days {
		back := int(last.Sub(d.day).Hours() / 24)
		if i := n - 1 - back/7; back >= 0 && i >= 0 {
			if w, ok := quiet(d.hours[:]); ok {
				byWeek[i] = append(byWeek[i], w)
			}
		}
	}
	for i, week := range byWeek {
		if len(week) >= 4 {
			all[i], has[i] = median(week)
		}
	}
	return all, has
}

// findRise looks for a rise in the weeks up to last: each of the latest four is
// clearly above the middle of the eight before, and, where it is known, above
// the middle of the same four a year before. In the heating season nothing is
// said without last year: heaters that run at night look the same.
func findRise(recent, lastYear []dayHours, last time.Time) (rise, bool) {
	weeks, has := weekly(recent, last, beforeWeeks+riseWeeks)
	var before []float64
	for i := range beforeWeeks {
		if has[i] {
			before = append(before, weeks[i])
		}
	}
	if len(before) < beforeWeeks/2 || slices.Contains(has[beforeWeeks:], false) {
		return rise{}, false
	}
	r := rise{}
	r.before, _ = median(before)
	past, hasPast := weekly(lastYear, last.AddDate(-1, 0, 0), riseWeeks)
	var pastWeeks []float64
	for i := range past {
		if hasPast[i] {
			pastWeeks = append(pastWeeks, past[i])
		}
	}
	var known bool
	if r.lastYear, known = median(pastWeeks); !known && isHeating(last.Month()) {
		return rise{}, false
	}
	floor := max(r.before, r.lastYear)
	for _, w := range weeks[beforeWeeks:] {
		if w < floor+riseWatts || w < floor*(1+riseShare) {
			return rise{}, false
		}
	}
	r.now, _ = median(slices.Clone(weeks[beforeWeeks:]))
	return r, true
}

func isHeating(m time.Month) bool { return m >= time.October || m <= time.April }

// risen looks for a rise in what the home knows.
func (h *house) risen() (rise, bool, error) {
	last := h.today.AddDate(0, 0, -1)
	recent, err := h.dayHours(last.AddDate(0, 0, 1-7*(beforeWeeks+riseWeeks)), last)
	if err != nil {
		return rise{}, false, err
	}
	if len(recent) > 0 { // the meter may tell late
		last = recent[len(recent)-1].day
	}
	lastYear, err := h.dayHours(last.AddDate(-1, 0, 1-7*riseWeeks), last.AddDate(-1, 0, 0))
	if err != nil {
		return rise{}, false, err
	}
	r, ok := findRise(recent, lastYear, last)
	return r, ok, nil
}

// alertRise tells of a rise.
func (h *house) alertRise(v *view.View) error {
	r, ok, err := h.risen()
	if err != nil || !ok {
		return err
	}
	v.Alerts = append(v.Alerts, view.Alert{Level: view.LevelWarn, Link: &view.Link{View: viewStandby}, Key: "standby-" + h.now.String(),
		Text: h.t.Text("alert.standby", "now", app.Number(watts(r.now), "W"), "before", app.Number(watts(max(r.before, r.lastYear)), "W"),
			"kwh", app.Number(yearly(r.now-max(r.before, r.lastYear)), "kWh"))})
	return nil
}

// baseStat is the base load of the quietest month and what it comes to in a
// year.
func (h *house) baseStat(all []monthBase, price meanPrice) (view.Node, bool) {
	low, ok := lowest(all)
	if !ok {
		return view.Node{}, false
	}
	why := &view.Why{Bases: low.bases[:min(len(low.bases), view.MaxChart)]}
	value := app.Number(watts(low.watts), "W")
	value.Why = why
	note := h.t.Text("base.year", "month", low.month.value(), "kwh", app.Number(yearly(low.watts), "kWh"))
	if cost, ok := price.of(quantity(low.watts * 8760 * 1000)); ok {
		cost.Why = price.why
		note = h.t.Text("base.cost", "month", low.month.value(), "kwh", app.Number(yearly(low.watts), "kWh"), "cost", cost)
	}
	return stat(h.t.T("base"), value, note), true
}

// standby shows the base load month by month.
func (h *house) standby(v *view.View) error {
	if why := h.noHours(); why != "" {
		*v = nothing(*v, why)
		return nil
	}
	all, err := h.monthBases(h.now-24, 25)
	if err != nil {
		return err
	}
	price, err := h.meanPrice()
	if err != nil {
		return err
	}
	recent := slices.DeleteFunc(slices.Clone(all), func(b monthBase) bool { return b.month < h.now-12 || b.month == h.now })
	if n, ok := h.baseStat(recent, price); ok {
		v.Nodes = append(v.Nodes, n)
	}
	r, ok, err := h.risen()
	if err != nil {
		return err
	}
	said := view.Node{Kind: view.KindAlert, Level: view.LevelGood, Text: h.t.Text("standby.calm", "watts", app.Number(watts(riseWatts), "W"))}
	if ok {
		said = view.Node{Kind: view.KindAlert, Level: view.LevelWarn, Text: h.t.Text("standby.risen", "now", app.Number(watts(r.now), "W"),
			"before", app.Number(watts(r.before), "W"), "kwh", app.Number(yearly(r.now-r.before), "kWh"))}
	}
	v.Nodes = append(v.Nodes, said, h.baseChart(all), text(app.Plain(h.t.T("standby.how"))))
	return nil
}

// yearly is what a power comes to in a year, in kWh.
func yearly(w float64) record.Decimal { return record.Decimal(strconv.Itoa(int(w*8.76 + 0.5))) }

func (h *house) baseChart(all []monthBase) view.Node {
	byMonth := map[month]monthBase{}
	for _, b := range all {
		byMonth[b.month] = b
	}
	c := &view.Chart{Drawing: view.DrawLine, X: h.t.T("month"), Unit: "W", Series: []view.Series{{Name: h.t.T("base")}, {Name: h.t.T("last-year"), Past: true}}}
	for m := h.now - shownMonths + 1; m <= h.now; m++ {
		c.Labels = append(c.Labels, m.value())
		for i, at := range []month{m, m - 12} {
			s := &c.Series[i]
			b, ok := byMonth[at]
			if !ok {
				s.Values, s.Why = append(s.Values, nil), append(s.Why, nil)
				continue
			}
			w := float64(int(b.watts + 0.5))
			s.Values, s.Why = append(s.Values, &w), append(s.Why, &view.Why{Bases: b.bases[:min(len(b.bases), view.MaxChart)]})
		}
	}
	return view.Node{Kind: view.KindChart, Title: h.t.T("standby.months"), Chart: c}
}
