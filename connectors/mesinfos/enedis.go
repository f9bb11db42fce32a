package main

import (
	"strconv"
	"strings"
	"time"
)

// maxReadings bounds the readings of one block, a year of minutes.
const maxReadings = 366 * 24 * 60

// enedis reads the load curve, the daily energy or the highest power of a
// meter: all of Enedis's API have one form.
func (r *reading) enedis(row row) error {
	if !r.isFirst() {
		return nil
	}
	points := row.object.list("usage_point")
	if len(points) == 0 {
		return refuse(row.line, "usage_point holds no meter")
	}
	for _, meter := range points {
		if err := r.meter(row, meter); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) meter(row row, o object) error {
	reading := o.object("meter_reading")
	kind := reading.object("reading_type")
	g, ok := enedisGauge(o.text("usage_point_id"), kind)
	if !ok {
		return refuse(row.line, "this reading is of no known kind: %s every %s", quoted(kind.text("measurement_kind")), quoted(kind.text("time_attribute")))
	}
	begins, ok := when(kind.text("start_measurement_period"))
	if !ok {
		r.notes.add(row.line, "start_measurement_period cannot be read as a date: %s; the readings are kept under extra", quoted(kind.text("start_measurement_period")))
		r.book.lose(g, o)
		return nil
	}
	extra := row.object.extra("usage_point")
	for name, v := range kind.extra("measurement_kind", "start_measurement_period", "end_measurement_period", "time_attribute", "unit") {
		extra[name] = v
	}
	for i, block := range reading.list("interval_block") {
		at, err := enedisStart(row.line, g, startOf(begins), block, i)
		if err != nil {
			return err
		}
		value, err := valueOf(rowAt(block, row.line), column{g, "value"})
		if err != nil {
			return err
		}
		if err := r.book.add(point{g, at, value, extra, row.line}); err != nil {
			return err
		}
	}
	return nil
}

func rowAt(o object, line int) row { return row{o, line} }

// enedisGauge tells what a reading is. A load curve holds the mean power of
// each step.
func enedisGauge(meter string, kind object) (gauge, bool) {
	measure, known := map[string]string{"CDC": "electricity.power", "ENERGIEGLO": "electricity.consumption", "PMAX": "electricity.power.max"}[kind.text("measurement_kind")]
	if strings.EqualFold(kind.text("flow_direction"), "reverse") {
		measure = map[string]string{"CDC": "electricity.production.power", "ENERGIEGLO": "electricity.production", "PMAX": "electricity.production.power.max"}[kind.text("measurement_kind")]
	}
	step := ""
	switch every := kind.text("time_attribute"); {
	case every == "day":
		step = "P1D"
	case strings.HasSuffix(every, "mn"):
		if n, err := strconv.Atoi(strings.TrimSuffix(every, "mn")); err == nil && n > 0 && n <= 60 && 60%n == 0 {
			step = "PT" + strconv.Itoa(n) + "M"
		}
	}
	unit := clip(kind.text("unit"), 16)
	return gauge{measure, meterName(meter), unit, step, 0}, known && meter != "" && unit != "" && step != ""
}

// enedisStart returns when a reading begins: the first of a period opens it.
func enedisStart(line int, g gauge, begins time.Time, block object, i int) (time.Time, error) {
	n := i + 1
	if text := block.text("reading_number"); text != "" {
		given, err := strconv.Atoi(text)
		if err != nil || given < 1 || given > maxReadings {
			return time.Time{}, refuse(line, "reading_number is no rank: %s", quoted(text))
		}
		n = given
	}
	if g.step == "P1D" {
		y, m, d := begins.Date()
		return fromParis(time.Date(y, m, d+n-1, 0, 0, 0, 0, time.UTC)), nil
	}
	return paris(begins.Add(time.Duration(n-1) * stepLength(g.step))), nil
}
