package main

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// maxSeries bounds the months of meters that one file may hold.
const maxSeries = 20_000

// A gauge is what a meter measures and how.
type gauge struct {
	measure string
	meter   string
	unit    string
	step    string // PT30M, P1D, P1M…
	scale   int
}

// A point is one value of a gauge.
type point struct {
	gauge gauge
	start time.Time // on the clocks of Paris
	value *int64    // nil when it is missing
	extra map[string]any
	line  int
}

// A month is a series in the making.
type month struct {
	gauge  gauge
	start  time.Time // of step 0
	values []*int64
	extras []dated
}

// dated is the extra of one point. Equal ones are one map.
type dated struct {
	at    string
	extra map[string]any
}

// A book gathers points into series: one record a gauge and month.
type book struct {
	months map[string]*month
	lost   map[gauge][]any // rows whose start cannot be read
}

func newBook() *book { return &book{map[string]*month{}, map[gauge][]any{}} }

// add places a point. It returns a refusal when the point begins between two
// steps, or when there are too many.
func (b *book) add(p point) error {
	id := strings.Join([]string{p.gauge.measure, p.gauge.meter, p.gauge.step, p.start.Format("2006-01")}, "|")
	m := b.months[id]
	if m == nil {
		if len(b.months) == maxSeries {
			return refuse(p.line, "over %d months of meters", maxSeries)
		}
		m = &month{gauge: p.gauge, start: opening(p)}
		b.months[id] = m
	}
	i, ok := m.index(p)
	if !ok {
		return refuse(p.line, "a value of %s begins at %s, between two steps of %s", p.gauge.measure, p.start.Format(time.RFC3339), p.gauge.step)
	}
	for len(m.values) <= i {
		m.values = append(m.values, nil)
	}
	if p.value != nil {
		m.values[i] = p.value
	}
	if n := len(m.extras); n > 0 && reflect.DeepEqual(m.extras[n-1].extra, p.extra) {
		p.extra = m.extras[n-1].extra
	}
	m.extras = append(m.extras, dated{p.start.Format("2006-01-02T15:04"), p.extra})
	return nil
}

// isAligned reports whether p begins where a step may begin.
func isAligned(p point) bool {
	switch p.gauge.step {
	case "P1M":
		return p.start.Day() == 1
	case "P1D":
		return true
	}
	return p.start.Sub(opening(p))%stepLength(p.gauge.step) == 0
}

// opening returns when step 0 of p's month begins. A gas day begins at six, so
// the hour of a daily or monthly value is that of its month.
func opening(p point) time.Time {
	y, m, _ := p.start.Date()
	at := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	if p.gauge.step == "P1D" || p.gauge.step == "P1M" {
		hour, minute, _ := p.start.Clock()
		at = at.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	return fromParis(at)
}

// index returns the step that p fills. A half hour that the clocks show twice
// in autumn is the second one when the first is filled.
func (m *month) index(p point) (int, bool) {
	switch p.gauge.step {
	case "P1M":
		return 0, p.start.Day() == 1 && sameClock(p.start, m.start)
	case "P1D":
		return p.start.Day() - 1, sameClock(p.start, m.start)
	}
	step := stepLength(p.gauge.step)
	since := p.start.Sub(m.start)
	if i := int(since / step); isTwice(p.start) && i < len(m.values) && m.values[i] != nil {
		since += time.Hour
	}
	return int(since / step), since%step == 0
}

func sameClock(a, b time.Time) bool {
	ah, am, as := a.Clock()
	bh, bm, bs := b.Clock()
	return ah == bh && am == bm && as == bs
}

// stepLength returns the length of a step in minutes or hours.
func stepLength(step string) time.Duration {
	n, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(step, "PT")))
	if err != nil || n <= 0 {
		return time.Hour
	}
	return n
}

// maxUnplaced bounds the rows without a start that a record carries.
const maxUnplaced = 200

// maxOwn bounds the points of a month that may each have their own extra: a
// record has a size.
const maxOwn = 400

// extra returns what the points of a month say beyond their values: once when
// all say the same, else by the start of the point. It also returns the
// members left out because too many points differ.
func (m *month) extra() (extra map[string]any, left []string) {
	extra = map[string]any{}
	for _, name := range m.members() {
		own, same := map[string]any{}, true
		for _, d := range m.extras {
			v, ok := d.extra[name]
			same = same && ok && reflect.DeepEqual(v, m.extras[0].extra[name])
			if ok {
				own[d.at] = v
			}
		}
		switch {
		case same:
			extra[name] = m.extras[0].extra[name]
		case len(own) > maxOwn:
			left = append(left, name)
		default:
			extra[name] = own
		}
	}
	return extra, left
}

// members returns the names of all extra of the points, sorted.
func (m *month) members() []string {
	all := map[string]bool{}
	for _, d := range m.extras {
		for name := range d.extra {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func (m *month) hasValue() bool {
	return slices.ContainsFunc(m.values, func(v *int64) bool { return v != nil })
}

// lose keeps a row whose start cannot be read, to be emitted under extra with
// the first month of its gauge.
func (b *book) lose(g gauge, o object) {
	b.lost[g] = append(b.lost[g], o.extra())
}

// check refuses a file whose rows could not be placed at all, and notes what
// the series leave out.
func (b *book) check(said *notes) error {
	for _, id := range slices.Sorted(maps.Keys(b.months)) {
		if !b.months[id].hasValue() {
			said.add(0, "%s has no value", id)
		}
		if _, left := b.months[id].extra(); len(left) > 0 {
			said.add(0, "%s: %s differ at over %d points and are left out", id, strings.Join(left, ", "), maxOwn)
		}
	}
	for g, rows := range b.lost {
		if len(rows) > maxUnplaced {
			return refuse(0, "over %d values of %s, meter %s, have no start that can be read", maxUnplaced, g.measure, g.meter)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(b.months)), func(m *month) bool { return m.gauge == g && m.hasValue() }) {
			return refuse(0, "no value of %s, meter %s, has a start that can be read", g.measure, g.meter)
		}
	}
	return nil
}

// emit hands every series over, in the order of their ids.
func (b *book) emit(emit func(...sdk.Record) error) error {
	told := map[gauge]bool{}
	for _, id := range slices.Sorted(maps.Keys(b.months)) {
		m := b.months[id]
		if !m.hasValue() {
			continue
		}
		r := m.record(id)
		if lost := b.lost[m.gauge]; len(lost) > 0 && !told[m.gauge] {
			told[m.gauge] = true
			data := r.Data.(record.Series)
			data.Extra["unplaced"] = lost
			r.Data = data
		}
		if err := emit(r); err != nil {
			return err
		}
	}
	return nil
}

func (m *month) record(id string) sdk.Record {
	extra, _ := m.extra()
	g := m.gauge
	data := record.Series{Measure: g.measure, Meter: g.meter, Unit: g.unit, Step: g.step, Start: record.Instant(m.start), Zone: parisZone,
		Scale: g.scale, Values: m.values, Extra: extra}
	y, mon, _ := m.start.Date()
	return sdk.Record{Type: record.TypeSeries, ID: id, Time: record.MonthOf(y, mon),
		Title: describe(g.measure, g.meter, m.start.Format("2006-01")), Data: data}
}
