package providers

import (
	"net/http"
	"strconv"
	"time"
)

// A meterReading is the "meter_reading" of Enedis Data Connect (v5): values
// are texts. Of a load curve, each is the mean power of a step in W, and its
// date, on the clock of Paris without a zone, is when the step ends; of daily
// consumption, it is the day's energy in Wh. On the day when clocks go back,
// the dates from 02:00 to 03:00 come twice, in order.
type meterReading struct {
	UsagePoint string            `json:"usage_point_id"`
	Start      string            `json:"start"`
	End        string            `json:"end"` // the day after the last
	Quality    string            `json:"quality"`
	Type       readingType       `json:"reading_type"`
	Readings   []intervalReading `json:"interval_reading"`
}

type readingType struct {
	Kind      string `json:"measurement_kind"`
	Period    string `json:"measuring_period,omitempty"`
	Unit      string `json:"unit"`
	Aggregate string `json:"aggregate"`
}

type intervalReading struct {
	Value  string `json:"value,omitempty"`
	Date   string `json:"date"`
	Length string `json:"interval_length,omitempty"`
	Kind   string `json:"measure_type,omitempty"`
}

// sendReading replies with the days from ?start= to before ?end=, at most as
// many as told, as far as there are data.
func (e *Energy) sendReading(w http.ResponseWriter, r *http.Request, most int, fault FaultKind, read func(day time.Time, into *meterReading)) {
	q := r.URL.Query()
	start, err1 := time.ParseInLocation(time.DateOnly, q.Get("start"), e.supplier.zone)
	end, err2 := time.ParseInLocation(time.DateOnly, q.Get("end"), e.supplier.zone)
	switch {
	case err1 != nil || err2 != nil || !start.Before(end):
		sendError(w, http.StatusBadRequest, "bad_request")
		return
	case q.Get("usage_point_id") != e.supplier.usagePoint():
		sendError(w, http.StatusNotFound, "not_found")
		return
	case end.After(start.AddDate(0, 0, most)):
		sendError(w, http.StatusBadRequest, "period_too_long")
		return
	}
	first, until := e.Available()
	m := meterReading{UsagePoint: e.supplier.usagePoint(), Start: q.Get("start"), End: q.Get("end"), Quality: "BRUT", Readings: []intervalReading{}}
	for day := later(start, first); day.Before(end) && day.Before(until); day = day.AddDate(0, 0, 1) {
		read(day, &m)
	}
	if len(m.Readings) == 0 {
		sendError(w, http.StatusNotFound, "no_data")
		return
	}
	if fault == Partial {
		m.Readings[len(m.Readings)/2].Value = ""
	}
	e.sendData(w, map[string]any{"meter_reading": m}, fault)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// curve adds the steps of a day.
func (e *Energy) curve(day time.Time, into *meterReading) {
	into.Type = readingType{Kind: "power", Unit: "W", Aggregate: "average"}
	for _, s := range e.supplier.day(day) {
		into.Readings = append(into.Readings, intervalReading{strconv.Itoa(s.Watts), s.Start.Add(step).Format(time.DateTime), "PT30M", "B"})
	}
}

// daily adds the energy of a day.
func (e *Energy) daily(day time.Time, into *meterReading) {
	into.Type = readingType{Kind: "energy", Period: "P1D", Unit: "Wh", Aggregate: "sum"}
	sum := 0
	for _, s := range e.supplier.day(day) {
		sum += s.Watts
	}
	into.Readings = append(into.Readings, intervalReading{Value: strconv.Itoa((sum + 1) / 2), Date: day.Format(time.DateOnly)})
}
