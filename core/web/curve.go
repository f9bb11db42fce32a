package web

import (
	"encoding/json"
	"html/template"
	"math"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/record"
)

// curveOf draws a series: a map of hours by days for what is measured within
// the day, bars for days and months. What is no series draws nothing.
func curveOf(l *locale.Locale, r core.Record) (template.HTML, error) {
	var s record.Series
	if r.Type != record.TypeSeries || json.Unmarshal(r.Data, &s) != nil || s.Start.IsZero() {
		return "", nil
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		zone = time.UTC
	}
	c := curve{Series: s, l: l, zone: zone}
	if step := withinDay(s.Step); step > 0 {
		return c.heat(step).HTML(l)
	}
	return c.bars().HTML(l)
}

// withinDay returns a step that divides the day, 0 for the others.
func withinDay(step string) time.Duration {
	return map[string]time.Duration{"PT10M": 10 * time.Minute, "PT15M": 15 * time.Minute, "PT30M": 30 * time.Minute, "PT1H": time.Hour}[step]
}

type curve struct {
	record.Series
	l    *locale.Locale
	zone *time.Location
}

func (c curve) value(i int) float64 {
	if c.Values[i] == nil {
		return math.NaN()
	}
	return float64(*c.Values[i]) / math.Pow10(c.Scale)
}

func (c curve) write(v float64) string {
	decimals := 0
	if math.Abs(v) < 100 && c.Scale > 0 {
		decimals = min(c.Scale, 2)
	}
	return c.l.Decimal(v, decimals) + "\u00a0" + c.Unit
}

func (c curve) title() string {
	name := c.Measure
	if c.l.Has("value." + c.Measure) {
		name = c.l.T("value." + c.Measure)
	}
	return name + ", " + c.Unit
}

// maxValues bounds what is drawn of one series.
const maxValues = 50_000

// heat draws one row a day of the series' own zone. On the day on which the
// clocks go forward an hour stays empty; when they go back, the hour that comes
// twice shows the mean of both.
func (c curve) heat(step time.Duration) render.Heat {
	h := render.Heat{Title: c.title(), X: c.l.T("figure.day"), Y: c.Unit, Columns: []string{"0", "6", "12", "18"}}
	start, columns := c.Start.Instant(c.zone), int(24*time.Hour/step)
	var sum float64
	last := ""
	for i := range c.Values[:min(len(c.Values), maxValues)] {
		at := start.Add(time.Duration(i) * step).In(c.zone)
		if day := at.Format(time.DateOnly); day != last {
			h.Rows, last, sum = append(h.Rows, render.HeatRow{Label: c.l.DayOfMonth(record.Date(at.Date())), Cells: empty(columns)}), day, 0
		}
		row := &h.Rows[len(h.Rows)-1]
		v := c.value(i)
		if math.IsNaN(v) {
			continue
		}
		cell := &row.Cells[(at.Hour()*60+at.Minute())/int(step.Minutes())]
		if sum += v; math.IsNaN(*cell) {
			*cell = v
		} else {
			*cell = (*cell + v) / 2
		}
		row.Text = c.write(sum)
	}
	return h
}

func empty(n int) []float64 {
	cells := make([]float64, n)
	for i := range cells {
		cells[i] = math.NaN()
	}
	return cells
}

// bars draws one bar a value.
func (c curve) bars() render.Chart {
	chart := render.Chart{Kind: render.Bars, Title: c.title(), X: c.l.T("figure.day"), Y: c.Unit}
	year, month, day := c.Start.Instant(c.zone).In(c.zone).Date()
	for i := range c.Values[:min(len(c.Values), maxValues)] {
		at := time.Date(year, month, day+i, 0, 0, 0, 0, time.UTC)
		p := render.Point{Label: c.l.Day(at), Short: strconv.Itoa(at.Day())}
		if c.Step == "P1M" {
			at = time.Date(year, month+time.Month(i), 1, 0, 0, 0, 0, time.UTC)
			p = render.Point{Label: c.l.Month(at.Year(), at.Month()), Short: c.l.ShortMonth(at.Month())}
		}
		if p.Value = c.value(i); !math.IsNaN(p.Value) {
			p.Text = c.write(p.Value)
		}
		chart.Points = append(chart.Points, p)
	}
	return chart
}
