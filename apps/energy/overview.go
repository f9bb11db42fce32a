package main

import (
	"cmp"
	"slices"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/view"
)

// overview is the first view: what was used lately, beside a year before.
func (h *house) overview(v *view.View) error {
	for _, k := range []kind{electricity, gas} {
		for _, of := range h.book.fluids(k) {
			nodes, err := h.lately(v, k, of)
			if err != nil {
				return err
			}
			v.Nodes = append(v.Nodes, section(h.t.T("kind."+string(k)), nodes...))
		}
	}
	h.alertSilence(v)
	return nil
}

// silentDays is after how many days without a reading something is said.
const silentDays = 45

// alertSilence tells of meters that no month tells of any more.
func (h *house) alertSilence(v *view.View) {
	latest := month(0)
	for at := range h.book {
		latest = max(latest, at.month)
	}
	if end := (latest + 1).first(); h.today.Sub(end).Hours()/24 > silentDays {
		v.Alerts = append(v.Alerts, view.Alert{Level: view.LevelWarn, Key: "silent-" + latest.String(), Text: h.t.Text("alert.silent", "month", latest.value())})
	}
}

// lately is the figures and the months of one kind.
func (h *house) lately(v *view.View, k kind, of fluid) ([]view.Node, error) {
	all := h.book.months(k, of)
	stats := view.Node{Kind: view.KindColumns}
	if h.seesDays() {
		n, err := h.thisMonth(v, k, of)
		if err != nil {
			return nil, err
		}
		if n.Kind != "" {
			stats.Nodes = append(stats.Nodes, n)
		}
	}
	if n, ok := h.twelve(v, k, all, of); ok {
		stats.Nodes = append(stats.Nodes, n)
	}
	nodes := []view.Node{h.monthChart(all, of)}
	if k == electricity {
		if why := h.noHours(); why != "" {
			nodes = append(nodes, text(app.Plain(why)))
		} else if err := h.base(v, &stats); err != nil {
			return nil, err
		}
	}
	if len(stats.Nodes) > 0 {
		nodes = append([]view.Node{stats}, nodes...)
	}
	return nodes, nil
}

// base adds the base load, and the alert of one that rose.
func (h *house) base(v *view.View, stats *view.Node) error {
	all, err := h.monthBases(h.now-12, 12)
	if err != nil {
		return err
	}
	price, err := h.meanPrice()
	if err != nil {
		return err
	}
	if n, ok := h.baseStat(all, price); ok {
		stats.Nodes = append(stats.Nodes, n)
	}
	return h.alertRise(v)
}

// twelve is what the last twelve full months come to.
func (h *house) twelve(v *view.View, k kind, all map[month]total, of fluid) (view.Node, bool) {
	sum, whole := span(all, h.now-12, 12)
	if len(sum.bases) == 0 {
		return view.Node{}, false
	}
	note := h.t.Text("twelve.some", "n", app.Int(whole))
	past, wholePast := span(all, h.now-24, 12)
	if _, n, ok := percent(sum.q, past.q); ok && whole == 12 && wholePast == 12 {
		note = h.t.Text("twelve."+direction(n), "change", size(n), "past", past.value(of))
	}
	if len(v.Summary) == 0 {
		v.Summary = h.t.Text("summary."+string(k), "total", sum.value(of))
	}
	return stat(h.t.T("twelve"), sum.value(of), note), true
}

// thisMonth is what this month comes to so far, beside the same days a year
// before: up to the last day that the meter told of.
func (h *house) thisMonth(v *view.View, k kind, of fluid) (view.Node, error) {
	days, err := h.days(k, of, where(h.now.first(), h.today))
	if err != nil || len(days) == 0 {
		return view.Node{}, err
	}
	last := days[len(days)-1].day
	if last.Day() == h.now.first().Day() && len(days) == 1 && h.today.Day() > 20 {
		return view.Node{}, nil // a month told of in one piece
	}
	past, err := h.days(k, of, where((h.now-12).first(), sameDay(last, h.now-12)))
	if err != nil {
		return view.Node{}, err
	}
	now, before := sumOf(days), sumOf(past)
	value := now.q.value(of)
	value.Why = now.why()
	note := h.t.Text("so-far.alone", "day", dayValue(last))
	if _, n, ok := percent(now.q, before.q); ok && len(past) >= len(days)-1 {
		note = h.t.Text("so-far."+direction(n), "day", dayValue(last), "change", size(n), "past", before.value(of))
		if n >= muchMore && len(days) >= 7 {
			v.Alerts = append(v.Alerts, view.Alert{Level: view.LevelInfo, Link: &view.Link{View: viewYear}, Key: string(k) + "-more-" + h.now.String(),
				Text: h.t.Text("alert.more."+string(k), "change", size(n), "now", value, "past", before.value(of))})
		}
	}
	return stat(h.t.T("so-far"), value, note), nil
}

// muchMore is how much more than a year before is worth an alert, in per cent.
const muchMore = 25

// sameDay is the day of m that has the number of t, the last one where m is
// shorter.
func sameDay(t time.Time, m month) time.Time {
	return m.first().AddDate(0, 0, min(t.Day(), m.days())-1)
}

func dayValue(t time.Time) view.Value { return view.Value{Date: where(t, t).From} }

// A dayTotal is what all meters of a kind come to in a day.
type dayTotal struct {
	day time.Time
	total
}

func sumOf(days []dayTotal) (sum total) {
	for _, d := range days {
		sum = sum.plus(d.total)
	}
	return sum
}

// days returns the days of a kind that have values, in order.
func (h *house) days(k kind, of fluid, w protocol.Where) ([]dayTotal, error) {
	all, err := ask(h.Session, w, protocol.ByDay)
	if err != nil {
		return nil, err
	}
	return h.book.days(all, k, of), nil
}

// days adds the readings of chosen streams up by day.
func (b book) days(all []reading, k kind, of fluid) (days []dayTotal) {
	byDay := map[string]total{}
	for _, r := range all {
		m, ok := parseMonth(r.key[0][:min(7, len(r.key[0]))])
		if ok && r.kind() == k && r.of == of && b.chose(r, m) {
			byDay[r.key[0]] = byDay[r.key[0]].plus(total{r.q, 100, []string{r.basis}})
		}
	}
	for key, t := range byDay {
		if day, err := time.Parse(time.DateOnly, key); err == nil {
			days = append(days, dayTotal{day, t})
		}
	}
	slices.SortFunc(days, func(x, y dayTotal) int { return cmp.Compare(x.day.Unix(), y.day.Unix()) })
	return days
}
