package main

import (
	"time"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// statement reads a row of consumption. Those of even periods are points of a
// series; readings for bills and estimates of a year cover uneven ones, which
// no record type holds yet, and are kept as documents with all they say.
func (r *reading) statement(row row) error {
	o := row.object
	gauges := gaugesOf(o)
	if len(gauges) > 0 && gauges[0].gauge.meter == "" {
		return refuse(row.line, "a consumption without a contractNumber")
	}
	start, ok := when(o.text("start"))
	if len(gauges) == 0 || ok && !isAligned(point{gauge: gauges[0].gauge, start: startOf(start)}) {
		return r.meterReading(row)
	}
	if !r.isFirst() {
		return nil
	}
	if !ok {
		r.notes.add(row.line, "start cannot be read as a date: %s; the row is kept under extra of its series", quoted(o.text("start")))
	}
	for _, g := range gauges {
		if !ok {
			r.book.lose(g.gauge, o)
			continue
		}
		value, err := valueOf(row, g)
		if err != nil {
			return err
		}
		extra := o.extra("contractNumber", "start", "value", "volume")
		dropImplied(extra, g.gauge.step, startOf(start))
		if err := r.book.add(point{g.gauge, startOf(start), value, extra, row.line}); err != nil {
			return err
		}
	}
	return nil
}

// dropImplied drops the end and the period of a row when they are those that
// the step implies.
func dropImplied(extra object, step string, start time.Time) {
	y, m, d := start.Date()
	hour, minute, _ := start.Clock()
	clock, layout := time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute, "2006-01-02"
	next := fromParis(time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC).Add(clock))
	switch step {
	case "P1D":
	case "P1M":
		next, layout = fromParis(time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC).Add(clock)), "2006-01"
	default:
		next = start.Add(stepLength(step))
	}
	if end, ok := when(extra.text("end")); ok && startOf(end).Equal(next) {
		delete(extra, "end")
	}
	if extra.text("period") == start.Format(layout) {
		delete(extra, "period")
	}
}

// A column is a gauge and the member that holds its values.
type column struct {
	gauge  gauge
	member string
}

// gaugesOf tells what a row measures, by the reason it gives. The sets name no
// unit; these are the ones of the services they come from.
func gaugesOf(o object) []column {
	meter := meterName(o.text("contractNumber"))
	gas := func(step string) []column {
		return []column{{gauge{"gas.consumption", meter, "kWh", step, 3}, "value"}, {gauge{"gas.volume", meter, "m3", step, 3}, "volume"}}
	}
	switch o.text("statementReason") {
	case "LinkyHalfHourElecConsumption":
		return []column{{gauge{"electricity.consumption", meter, "Wh", "PT30M", 0}, "value"}}
	case "GazparDailyGazConsumption":
		return gas("P1D")
	case "GazparMonthlyGazConsumption":
		return gas("P1M")
	case "EdeliaMonthlyElecConsumption":
		return []column{{gauge{"electricity.consumption.estimated", meter, "kWh", "P1M", 3}, "value"}}
	case "EdeliaMonthlyGasConsumption":
		return []column{{gauge{"gas.consumption.estimated", meter, "kWh", "P1M", 3}, "value"}}
	}
	return nil
}

// valueOf reads the value of a column, nil for none.
func valueOf(row row, c column) (*int64, error) {
	text := row.object.text(c.member)
	if text == "" {
		return nil, nil
	}
	value, ok := scaled(text, c.gauge.scale)
	if !ok {
		return nil, refuse(row.line, "%s is no number of %s: %s", c.member, c.gauge.unit, quoted(text))
	}
	return &value, nil
}

// startOf returns the first instant of t in Paris, on its clocks.
func startOf(t record.Time) time.Time {
	if t.Precision() >= record.Minute {
		return paris(t.Instant(time.UTC))
	}
	return fromParis(t.Instant(time.UTC))
}

// meterReading keeps a row of an uneven period.
func (r *reading) meterReading(row row) error {
	o := row.object
	extra := o.extra()
	start, end := r.date(row, "start", extra, day), r.date(row, "end", extra, day)
	at := end
	if at.IsZero() {
		at = start
	}
	meter := o.text("contractNumber")
	id := r.identify(o, "meter-reading", meter, o.text("statementReason"), o.text("start"))
	return r.add(sdk.Record{Type: record.TypeDocument, ID: id, Time: at, Title: describe(meter, o.text("statementReason"), o.text("start"), o.text("value")),
		Data: record.Document{Kind: "meter-reading", Extra: extra}})
}
