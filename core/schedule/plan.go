package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/domicile-home/domicile/core"
)

// A Plan is the rhythm of a source. The zero Plan has none.
//
// The window says when regular runs start; a retry and a missed run may fall
// outside it. A rhythm of a day or more starts at the source's own moment of
// the window; a shorter one only where the window is open.
type Plan struct {
	every  time.Duration
	from   time.Duration // of the day
	window time.Duration // open for; a day when it never closes
	cron   cron.Schedule // instead of every, when the person named times
	zone   *time.Location
}

const day = 24 * time.Hour

// A Spec is a Plan in words: either Every with an optional window, as a
// connector's manifest proposes, or Cron, as a person may set it. The zero Spec
// means no rhythm.
type Spec struct {
	Every     time.Duration
	NotBefore string // "06:00"
	NotAfter  string // "08:30"; earlier than NotBefore means past midnight
	Cron      string // five fields: "30 6 * * 1"
}

// NewPlan reads a Spec; its times of day are those of zone. It returns invalid.
func NewPlan(spec Spec, zone *time.Location) (Plan, error) {
	p, err := newPlan(spec, zone)
	if err != nil {
		return Plan{}, core.E(core.Invalid, "read schedule", err)
	}
	return p, nil
}

func newPlan(spec Spec, zone *time.Location) (p Plan, err error) {
	p = Plan{every: spec.Every, window: day, zone: zone}
	if spec.Cron != "" {
		if strings.Contains(spec.Cron, "=") { // a zone, which robfig/cron v3.0.1 can panic on
			return p, errors.New("want five fields")
		}
		p.cron, err = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(spec.Cron)
		return p, err
	}
	if p.every == 0 && spec.NotBefore == "" && spec.NotAfter == "" {
		return Plan{}, nil
	}
	if p.every < MinEvery || p.every > MaxEvery {
		return p, fmt.Errorf("every %v: want %v to %v", p.every, MinEvery, MaxEvery)
	}
	if p.from, err = timeOfDay(spec.NotBefore); err != nil {
		return p, err
	}
	until, err := timeOfDay(spec.NotAfter)
	if err != nil || spec.NotBefore == "" && spec.NotAfter == "" {
		return p, err
	}
	if p.window = until - p.from; p.window <= 0 {
		p.window += day
	}
	return p, nil
}

// timeOfDay reads "06:00"; "" is midnight.
func timeOfDay(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, errors.New("want a time of day such as 06:00")
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

func (p Plan) isZero() bool { return p.cron == nil && p.every == 0 }

// after returns the first time of the plan that lies a half rhythm or more
// after last.
func (p Plan) after(last time.Time, id core.SourceID) time.Time {
	switch {
	case p.cron != nil:
		return p.afterCron(last, id)
	case p.every >= day:
		return p.afterDays(last, id)
	}
	return p.afterHours(last, id)
}

// afterCron adds a small delay of the source's own to the times named.
func (p Plan) afterCron(last time.Time, id core.SourceID) time.Time {
	delay := portion(id, "cron", cronSpread)
	earliest := last.Add(MinEvery - delay)
	at := p.cron.Next(earliest.In(p.zone))
	if at.IsZero() {
		return at // a day that never comes: 30 February
	}
	return at.Add(delay)
}

// afterDays counts in civil days of the zone, so that the time of day stays
// over a change of hour. Days are numbered from a fixed one, so that a weekly
// source keeps its day of the week.
func (p Plan) afterDays(last time.Time, id core.SourceID) time.Time {
	every := int64(p.every / day)
	own := int64(share(id, "day") * float64(every))
	offset := p.from + portion(id, "time", p.window)
	earliest := last.Add(p.every / 2)
	y, m, d := earliest.In(p.zone).Date()
	number := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/int64(day/time.Second) - 1
	for ; ; number++ {
		if (number-own)%every != 0 {
			continue
		}
		civil := time.Unix(number*int64(day/time.Second), 0).UTC()
		at := time.Date(civil.Year(), civil.Month(), civil.Day(), 0, 0, int(offset/time.Second), 0, p.zone)
		if !at.Before(earliest) {
			return at
		}
	}
}

// afterHours steps through a grid of the source's own and moves what falls
// outside the window to its next opening.
func (p Plan) afterHours(last time.Time, id core.SourceID) time.Time {
	offset := portion(id, "grid", p.every)
	earliest := last.Add(p.every / 2)
	at := earliest.Add(-offset).Truncate(p.every).Add(offset)
	if at.Before(earliest) {
		at = at.Add(p.every)
	}
	if p.window >= day || p.isOpen(at) {
		return at
	}
	return p.opening(at).Add(portion(id, "time", min(p.every, p.window)))
}

// isOpen reports whether the window is open at t.
func (p Plan) isOpen(t time.Time) bool {
	local := t.In(p.zone)
	since := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second - p.from
	if since < 0 {
		since += day
	}
	return since < p.window
}

// opening returns the first opening of the window after t, when it is closed.
func (p Plan) opening(t time.Time) time.Time {
	y, m, d := t.In(p.zone).Date()
	for {
		at := time.Date(y, m, d, 0, 0, int(p.from/time.Second), 0, p.zone)
		if at.After(t) {
			return at
		}
		d++
	}
}
