package query

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	maxGroupBy = 6
	maxBases   = 100_000
)

// valuesOf is what a series is summed by.
const valuesOf = "values"

// An aggregate is one request for totals under way.
type aggregate struct {
	request protocol.AggregateRequest
	teller  *teller
	allowed Allowed
	bounds  span
	fields  []string  // of the request's groups, those of the data; "" for one that is no key
	times   bool      // whether any group is a part of the time
	rates   *calendar // of a group by rate; nil for none
	zone    *time.Location
	groups  map[string]*group
	behind  func(core.Record, []string) // sees each record with its key, when asked what is behind
}

type group struct {
	key   []string
	count int
	sums  map[string]*sum
}

// Aggregate answers op aggregate. Codes: forbidden, invalid, limit when there
// would be more than protocol.MaxGroups groups, locked, damaged.
func (a *AppReader) Aggregate(ctx context.Context, request protocol.AggregateRequest) (reply protocol.AggregateReply, err error) {
	var q *aggregate
	err = a.vault.View(ctx, func(tx *vault.Tx) error {
		g, allowed, err := a.allowed(tx, request.Type)
		if err != nil {
			return err
		}
		if q, err = newAggregate(request, allowed, a.zone); err != nil {
			return err
		}
		return a.walk(ctx, tx, q, g)
	})
	if err != nil {
		return reply, err
	}
	if reply.Groups, err = q.result(); err != nil {
		return reply, err
	}
	if len(a.bases)+len(reply.Groups) > maxBases {
		return protocol.AggregateReply{}, core.E(protocol.Limit, "read for app", errors.New("too many groups in one run"))
	}
	for i := range reply.Groups {
		a.bases = append(a.bases, basis{request, reply.Groups[i].Key})
		reply.Groups[i].Basis = "b" + strconv.Itoa(len(a.bases))
	}
	return reply, nil
}

// newAggregate checks a request against what is allowed.
func newAggregate(request protocol.AggregateRequest, allowed Allowed, zone *time.Location) (*aggregate, error) {
	if err := allowed.may(request.Where); err != nil {
		return nil, err
	}
	if len(request.Group) > maxGroupBy {
		return nil, misuse("grouped by more than %d", maxGroupBy)
	}
	w := request.Where
	q := &aggregate{request: request, allowed: allowed, zone: zone, groups: map[string]*group{},
		bounds: spanOf(later(allowed.From, widen(w.From, allowed.Granularity)), widen(w.To, allowed.Granularity))}
	for _, by := range request.Group {
		if err := q.by(by); err != nil {
			return nil, err
		}
	}
	if (len(request.Rates) > 0) != slices.Contains(request.Group, protocol.ByRate) {
		return nil, misuse("rates go with the group %s", protocol.ByRate)
	}
	if s := request.Sum; s != "" && (!allowed.sees(s) || isBeside(s)) {
		return nil, refuse("%s of %s was not granted", strconv.Quote(s), request.Type)
	}
	if allowed.Granularity == protocol.YesNo && (request.Sum != "" || len(request.Group) > 0) {
		return nil, refuse("only whether there is any %s was granted", request.Type)
	}
	return q, nil
}

// by admits one thing to group by.
func (q *aggregate) by(by string) error {
	need, _, isTime := clock(by)
	if by == protocol.ByRate {
		return q.byRate()
	}
	switch {
	case isBeside(by):
		return misuse("%s cannot be grouped by", by)
	case !isTime && !q.allowed.sees(by):
		return refuse("%s of %s was not granted", strconv.Quote(by), q.request.Type)
	case !isTime:
		if q.allowed.totals() && !names(q.request.Type, by) {
			by = ""
		}
		q.fields = append(q.fields, by)
		return nil
	}
	q.times = true
	if q.allowed.totals() && (need > periodOf(q.allowed.Granularity) || by == protocol.ByWeekday) {
		return refuse("only %s totals of %s were granted", q.allowed.Granularity, q.request.Type)
	}
	if !q.allowed.totals() && !q.allowed.sees(protocol.FieldTime) {
		return refuse("the time of %s was not granted", q.request.Type)
	}
	return nil
}

// byRate admits the rates of the request. They could tell any hour from the
// others, so totals do not have them.
func (q *aggregate) byRate() (err error) {
	if q.allowed.totals() || !q.allowed.sees(protocol.FieldTime) {
		return refuse("the hours of %s were not granted", q.request.Type)
	}
	q.times = true
	q.rates, err = newCalendar(q.request.Rates)
	return err
}

// walk reads every record that the aggregate is over.
func (a *AppReader) walk(ctx context.Context, tx *vault.Tx, q *aggregate, g Grant) (err error) {
	if q.allowed.none() {
		return nil
	}
	if q.teller, err = g.teller(tx, q.allowed); err != nil {
		return err
	}
	err = a.each(ctx, tx, q.allowed, q.allowed.timeline(q.request.Where), func(rec core.Record) error {
		if rec.Type != record.TypeSeries && !q.bounds.record(rec) {
			return nil
		}
		p := q.pick(rec)
		if p.equal != len(q.request.Where.Equal) {
			return nil
		}
		if q.behind == nil {
			a.count(rec.Type, rec.Ref)
		}
		if q.allowed.Granularity == protocol.YesNo {
			q.groups[""] = &group{count: 1}
			return errEnough
		}
		if rec.Type == record.TypeSeries && (q.request.Sum == valuesOf || q.times) {
			return q.series(ctx, rec, p)
		}
		return q.add(rec, p)
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return errors.Join(err, q.teller.err)
}

// add counts a record.
func (q *aggregate) add(rec core.Record, p picked) error {
	key := make([]string, 0, len(q.request.Group))
	fields := p.group
	for _, by := range q.request.Group {
		part, isTime := q.part(rec.Time, by)
		if !isTime {
			part, fields = fields[0], fields[1:]
		}
		key = append(key, part)
	}
	if q.behind != nil {
		q.behind(rec, key)
		return nil
	}
	g, err := q.group(key)
	if err != nil {
		return err
	}
	g.count++
	if p.sum == "" {
		return nil
	}
	return g.add(p.unit, record.Decimal(p.sum))
}

// part is a part of a record's time as a key; "" where that is not known.
func (q *aggregate) part(t record.Time, by string) (key string, isTime bool) {
	need, layout, isTime := clock(by)
	switch {
	case by == protocol.ByRate && t.Precision() < record.Minute:
		return "", true
	case by == protocol.ByRate:
		return q.rates.at(t.Instant(q.zone)), true
	case !isTime:
		return "", false
	case t.Precision() < need:
		return "", true
	}
	return partOf(t.Instant(time.UTC), layout), true
}

// clock says what a part of the time is written as, and how exactly a time must
// be known to have it.
func clock(by string) (need record.Precision, layout string, isTime bool) {
	switch by {
	case protocol.ByYear:
		return record.Year, "2006", true
	case protocol.ByMonth:
		return record.Month, "2006-01", true
	case protocol.ByDay:
		return record.Day, time.DateOnly, true
	case protocol.ByWeekday:
		return record.Day, "", true
	case protocol.ByHour:
		return record.Minute, "15", true
	}
	return record.None, "", false
}

func partOf(t time.Time, layout string) string {
	if layout == "" { // Monday is 1
		return strconv.Itoa((int(t.Weekday())+6)%7 + 1)
	}
	return t.Format(layout)
}

func (q *aggregate) group(key []string) (*group, error) {
	name := strings.Join(key, "\x00")
	g := q.groups[name]
	if g == nil {
		if len(q.groups) >= protocol.MaxGroups {
			return nil, core.E(protocol.Limit, "read for app", errors.New("too many groups"))
		}
		g = &group{key: slices.Clone(key), sums: map[string]*sum{}}
		q.groups[name] = g
	}
	return g, nil
}

// add adds a value of a unit up. What is no number is left out.
func (g *group) add(unit string, value record.Decimal) error {
	coefficient, scale, err := value.Parts()
	if err != nil {
		return nil
	}
	return g.total(unit).add(coefficient, scale, 1)
}

// total returns the sum of a unit.
func (g *group) total(unit string) *sum {
	if g.sums[unit] == nil {
		g.sums[unit] = &sum{}
	}
	return g.sums[unit]
}

// result returns the groups in the order of their keys.
func (q *aggregate) result() ([]protocol.Group, error) {
	if q.allowed.Granularity == protocol.YesNo || len(q.request.Group) == 0 && len(q.groups) == 0 {
		if len(q.groups) == 0 {
			return []protocol.Group{{Key: []string{}}}, nil
		}
	}
	all := make([]protocol.Group, 0, len(q.groups))
	for _, g := range q.groups {
		out := protocol.Group{Key: g.key, Count: g.count}
		if out.Key == nil {
			out.Key = []string{}
		}
		for _, unit := range slices.Sorted(maps.Keys(g.sums)) {
			total, err := g.sums[unit].of(unit)
			if err != nil {
				return nil, err
			}
			out.Sums = append(out.Sums, total)
		}
		all = append(all, out)
	}
	slices.SortFunc(all, func(a, b protocol.Group) int { return slices.CompareFunc(a.Key, b.Key, cmp.Compare[string]) })
	return all, nil
}
