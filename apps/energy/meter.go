package main

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// A kind is what a home uses.
type kind string

const (
	electricity kind = "electricity"
	gas         kind = "gas"
)

// kindOf returns what a measure is of, "" for what is not used up, is a guess or
// a highest power.
func kindOf(measure string) kind {
	switch measure {
	case "electricity.consumption", "electricity.power":
		return electricity
	case "gas.consumption", "gas.volume":
		return gas
	}
	return ""
}

// A stream is one series of a meter. The same meter may have several, such as
// its half hours from one source and its days from another: they tell of the
// same kWh.
type stream struct {
	measure, meter, step string
}

func (st stream) kind() kind { return kindOf(st.measure) }

// hasHours reports whether the hours of a day can be told apart.
func (st stream) hasHours() bool { d := stepOf(st.step); return d > 0 && d <= time.Hour }

// expected returns how many points a whole month has.
func (st stream) expected(m month) int {
	switch d := stepOf(st.step); {
	case st.step == "P1M":
		return 1
	case d > 0:
		return int(time.Duration(m.days()) * 24 * time.Hour / d)
	}
	return m.days()
}

// byStream is how every total is asked for.
func byStream(where protocol.Where, parts ...string) protocol.AggregateRequest {
	return protocol.AggregateRequest{Type: record.TypeSeries, Where: where, Sum: "values", Group: append([]string{"measure", "meter", "step"}, parts...)}
}

// A reading is what one group of such a total comes to.
type reading struct {
	stream
	key    []string // the other parts
	q      quantity
	of     fluid
	points int
	basis  string
}

func readings(groups []protocol.Group) (all []reading) {
	for _, g := range groups {
		st := stream{g.Key[0], g.Key[1], g.Key[2]}
		if st.kind() == "" {
			continue
		}
		for _, sum := range g.Sums {
			if q, of, ok := quantityOf(sum.Value, sum.Unit, stepOf(st.step)); ok {
				all = append(all, reading{st, g.Key[3:], q, of, sum.Count, g.Basis})
			}
		}
	}
	return all
}

// ask asks for totals by stream and parts.
func ask(s *app.Session, where protocol.Where, parts ...string) ([]reading, error) {
	groups, err := s.Aggregate(byStream(where, parts...))
	return readings(groups), err
}

// A cell is one meter's month.
type cell struct {
	kind  kind
	meter string
	month month
}

// A book is which stream tells of each meter's month, and what it comes to.
type book map[cell]reading

// newBook chooses, for each meter's month, kWh before volumes, then the series
// that covers most of it, then the finest.
func newBook(all []reading) book {
	b := book{}
	for _, r := range all {
		m, ok := parseMonth(r.key[0])
		if !ok {
			continue
		}
		at := cell{r.kind(), r.meter, m}
		if old, ok := b[at]; !ok || better(r, old, m) {
			b[at] = r
		}
	}
	return b
}

func better(a, b reading, m month) bool {
	if a.of != b.of {
		return a.of == kilowattHours
	}
	x, y := a.covers(m), b.covers(m)
	if d := x - y; d > 2 || d < -2 {
		return d > 0
	}
	return cmp.Compare(a.expected(m), b.expected(m)) > 0
}

// covers returns how much of its month has values, in per cent.
func (r reading) covers(m month) int { return min(100, r.points*100/max(1, r.expected(m))) }

// chose reports whether r, whose month is m, is of the stream that the book
// chose.
func (b book) chose(r reading, m month) bool {
	own, ok := b[cell{r.kind(), r.meter, m}]
	return ok && own.stream == r.stream && own.of == r.of
}

// A total is what all meters of a kind come to in a month.
type total struct {
	q      quantity
	covers int // per cent of the month that has values, of the meter that has least
	bases  []string
}

func (t total) why() *view.Why { return &view.Why{Bases: t.bases[:min(len(t.bases), view.MaxChart)]} }

// value is a total with what is behind it.
func (t total) value(of fluid) view.Value {
	v := t.q.value(of)
	v.Why = t.why()
	return v
}

// plus adds what another month comes to.
func (t total) plus(o total) total {
	if len(t.bases) == 0 {
		return total{o.q, o.covers, slices.Clone(o.bases)}
	}
	return total{t.q + o.q, min(t.covers, o.covers), append(t.bases, o.bases...)}
}

// months returns the totals of a kind, by month.
func (b book) months(k kind, of fluid) map[month]total {
	all := map[month]total{}
	for _, at := range b.cells() {
		if r := b[at]; at.kind == k && r.of == of {
			all[at.month] = all[at.month].plus(total{r.q, r.covers(at.month), []string{r.basis}})
		}
	}
	return all
}

// cells returns the meters' months in order.
func (b book) cells() []cell {
	return slices.SortedFunc(maps.Keys(b), func(x, y cell) int {
		return cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.month, y.month), cmp.Compare(x.meter, y.meter))
	})
}

// meters returns the meters of a kind.
func (b book) meters(k kind) (all []string) {
	for _, at := range b.cells() {
		if at.kind == k && !slices.Contains(all, at.meter) {
			all = append(all, at.meter)
		}
	}
	slices.Sort(all)
	return all
}

// hasHours reports whether any month of a kind is told by the hour.
func (b book) hasHours(k kind) bool {
	for at, r := range b {
		if at.kind == k && r.hasHours() {
			return true
		}
	}
	return false
}

// fluids returns what the months of a kind are in.
func (b book) fluids(k kind) (all []fluid) {
	for at, r := range b {
		if at.kind == k && !slices.Contains(all, r.of) {
			all = append(all, r.of)
		}
	}
	slices.Sort(all)
	return all
}

// span adds up n months from first on, and says how many of them are whole.
func span(all map[month]total, first month, n int) (sum total, whole int) {
	for i := range n {
		t, ok := all[first+month(i)]
		if !ok {
			continue
		}
		if t.covers >= wholeMonth {
			whole++
		}
		sum = sum.plus(t)
	}
	return sum, whole
}

// wholeMonth is how much of a month must have values for it to be compared, in
// per cent: a meter is silent for an hour now and then.
const wholeMonth = 97
