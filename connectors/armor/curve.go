package main

import (
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	step     = 30 * time.Minute
	maxDays  = 7    // that the supplier sends at once
	maxWatts = 1e6  // more is no household
	maxSteps = 2000 // of a month, and some
)

// reading is the "meter_reading" of Enedis Data Connect (v5): of each step, the
// mean power in W and, on the clock of Paris without a zone, when it ends.
type reading struct {
	Meter string `json:"usage_point_id"`
	Type  struct {
		Unit string `json:"unit"`
	} `json:"reading_type"`
	Steps []struct {
		Value  string `json:"value"`
		Date   string `json:"date"`
		Length string `json:"interval_length"`
	} `json:"interval_reading"`
}

// A point is what was used in the step that starts at at.
type point struct {
	at    time.Time
	watts int64
}

// bringCurve emits the curve from where it was left to yesterday, and saves
// month by month.
func (p *supplier) bringCurve(c contract, from cursor, bills []bill) error {
	now := p.s.Now().In(p.zone)
	start := from.Curve
	if start == "" {
		start = firstDay(bills, now)
	}
	at, err := p.day(start)
	if err != nil {
		return err
	}
	if from.Curve != "" {
		at = at.AddDate(0, 0, -rereadDays)
		at = time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, p.zone) // whole months: a record is complete by itself
	}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, p.zone)
	for at.Before(today) {
		month := earlier(time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, p.zone), today)
		points, err := p.curve(c, at, month)
		if err != nil {
			return err
		}
		if len(points) > 0 {
			if err := p.s.Emit(series(c, points)); err != nil {
				return err
			}
		}
		at, from.Curve = month, max(from.Curve, month.Format(time.DateOnly))
		if err := p.s.Save(from); err != nil {
			return err
		}
	}
	return nil
}

// curve reads the days from start to before end, in one month.
func (p *supplier) curve(c contract, start, end time.Time) ([]point, error) {
	var all []point
	for at := start; at.Before(end); at = at.AddDate(0, 0, maxDays) {
		until := earlier(at.AddDate(0, 0, maxDays), end)
		var reply struct {
			Reading reading `json:"meter_reading"`
		}
		q := url.Values{"usage_point_id": {c.Meter}, "start": {at.Format(time.DateOnly)}, "end": {until.Format(time.DateOnly)}}
		err := p.get("/api/consumption_load_curve?"+q.Encode(), &reply)
		if errors.Is(err, errNoData) {
			continue
		}
		if err != nil {
			return nil, err
		}
		points, err := reply.Reading.points(p.zone, at, until)
		if err != nil {
			return nil, err
		}
		all = append(all, points...)
		p.done++
		p.s.Progress(p.done, 0)
	}
	return all, nil
}

// points reads the steps of the days from start to before end.
func (r reading) points(zone *time.Location, start, end time.Time) ([]point, error) {
	if r.Meter == "" || r.Type.Unit != "W" || len(r.Steps) == 0 || len(r.Steps) > maxSteps {
		return nil, changed("the curve is not one of power in W")
	}
	var all []point
	last := start // when the step before ended
	for _, s := range r.Steps {
		watts, err := strconv.ParseInt(s.Value, 10, 64)
		if err != nil || watts < 0 || watts > maxWatts || s.Length != "PT30M" {
			return nil, changed("a step of the curve has no value of half an hour")
		}
		ends, err := instant(s.Date, zone, last)
		if err != nil {
			return nil, err
		}
		if ends.Add(-step).Before(last) || ends.After(end) {
			return nil, changed("the steps of the curve are not in order")
		}
		all, last = append(all, point{ends.Add(-step), watts}), ends
	}
	return all, nil
}

// instant reads a date on the clock of zone. On the night when clocks go back
// an hour comes twice: it is the first one after last.
func instant(text string, zone *time.Location, last time.Time) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateTime, text, zone)
	if err != nil {
		return t, changed("a date of the curve is not one")
	}
	for _, shift := range []time.Duration{-time.Hour, 0, time.Hour} {
		if at := t.Add(shift); at.After(last) && at.Format(time.DateTime) == text {
			return at, nil
		}
	}
	return t, changed("the dates of the curve are not in order")
}

// series is one month, in Wh: half the mean power, to a tenth.
func series(c contract, points []point) sdk.Record {
	first := points[0].at
	values := make([]*int64, int(points[len(points)-1].at.Sub(first)/step)+1)
	for _, p := range points {
		tenths := p.watts * 5
		values[int(p.at.Sub(first)/step)] = &tenths
	}
	month := first.Format("2006-01")
	const measure = "electricity.consumption"
	return sdk.Record{Type: record.TypeSeries, ID: measure + "|" + c.Meter + "|PT30M|" + month, Time: record.Date(first.Year(), first.Month(), 1),
		Title: vendor + " " + month, Data: record.Series{Measure: measure, Meter: c.Meter, Unit: "Wh", Step: "PT30M",
			Start: record.Instant(first.UTC()), Zone: zoneName, Scale: 1, Values: values},
		Links: []record.Link{{Rel: "contract", Type: record.TypeContract, ID: c.Client}}}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
