package query

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// A month of a series, as an aggregate reads it.
type points struct {
	Unit   string      `json:"unit"`
	Step   string      `json:"step"`
	Start  record.Time `json:"start"`
	Zone   string      `json:"zone"`
	Scale  int         `json:"scale"`
	Values []*int64    `json:"values"`
	at     func(int) time.Time
}

// pointsOf reads a series' points; false when it is not of this form.
func pointsOf(data json.RawMessage, zone *time.Location) (p points, ok bool) {
	if json.Unmarshal(data, &p) != nil || p.Start.IsZero() || p.Scale < 0 || p.Scale > 8 {
		return p, false
	}
	if own, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" {
		zone = own
	}
	start := p.Start.Instant(zone).In(zone)
	switch p.Step {
	case "P1D":
		p.at = func(i int) time.Time { return start.AddDate(0, 0, i) }
	case "P1M":
		p.at = func(i int) time.Time { return start.AddDate(0, i, 0) }
	default:
		step, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(p.Step, "PT")))
		if err != nil || step <= 0 {
			return p, false
		}
		p.at = func(i int) time.Time { return start.Add(time.Duration(i) * step) }
	}
	return p, true
}

// series counts the points of a series, each on its own day and hour.
func (q *aggregate) series(ctx context.Context, rec core.Record, picked picked) error {
	p, ok := pointsOf(rec.Data, q.zone)
	if !ok {
		return nil
	}
	within := q.bounds.from > 0 || q.bounds.to < 1<<40
	type part struct {
		sum   int64
		count int
	}
	parts, keys := map[string]*part{}, map[string][]string{}
	for i, v := range p.Values {
		if v == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		at := p.at(i)
		if within && !q.bounds.holds(number(at.Year(), int(at.Month()), at.Day())) {
			continue
		}
		for _, one := range q.pieces(*v, at, p.at(i+1)) {
			key := q.pointKey(at, one.rate, picked.group)
			name := strings.Join(key, "\x00")
			if parts[name] == nil {
				parts[name], keys[name] = &part{}, key
			}
			parts[name].sum += one.value
			parts[name].count += one.count
		}
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if q.behind != nil {
			q.behind(rec, keys[name])
			continue
		}
		g, err := q.group(keys[name])
		if err != nil {
			return err
		}
		g.count += parts[name].count
		if q.request.Sum != valuesOf {
			continue
		}
		if err := g.total(p.Unit).add(parts[name].sum, p.Scale, parts[name].count); err != nil {
			return err
		}
	}
	return nil
}

// A piece is what one rate has of a point.
type piece struct {
	rate  string
	value int64
	count int // 1 for the piece that has most of the point
}

// pieces cuts a point by rate; it is one piece when there are no rates.
func (q *aggregate) pieces(value int64, from, to time.Time) []piece {
	if q.rates == nil {
		return []piece{{"", value, 1}}
	}
	shares := q.rates.shares(from, to)
	if len(shares) == 0 { // less than a minute
		return []piece{{q.rates.at(from), value, 1}}
	}
	slices.SortStableFunc(shares, func(a, b share) int { return b.minutes - a.minutes })
	all := make([]piece, len(shares))
	for i, part := range split(value, shares) {
		all[i] = piece{rate: shares[i].rate, value: part}
	}
	all[0].count = 1
	return all
}

func (q *aggregate) pointKey(at time.Time, rate string, fields []string) []string {
	key := make([]string, 0, len(q.request.Group))
	for _, by := range q.request.Group {
		if by == protocol.ByRate {
			key = append(key, rate)
			continue
		}
		_, layout, isTime := clock(by)
		if isTime {
			key = append(key, partOf(at, layout))
			continue
		}
		key, fields = append(key, fields[0]), fields[1:]
	}
	return key
}
