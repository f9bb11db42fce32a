package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// Bounds of one record of a series, and of its values.
const (
	maxSpan   = 32 * 24 * time.Hour // a month on any calendar, summer time and the gas day's offset included
	maxValues = 31 * 24 * 60
	maxValue  = 1<<53 - 1 // what every JSON reader holds exactly
)

// A step is the length of a series' intervals: fixed, or days or months of a
// calendar.
type step struct {
	fixed time.Duration // 0 for a calendar step
	day   bool          // P1D; else P1M
}

// parseStep reads PT<n>S, PT<n>M, PT<n>H, P1D and P1M.
func parseStep(s string) (step, error) {
	switch s {
	case "P1D":
		return step{day: true}, nil
	case "P1M":
		return step{}, nil
	}
	digits, ok := strings.CutPrefix(s, "PT")
	if !ok || len(digits) < 2 || len(digits) > 5 || digits[0] < '1' || digits[0] > '9' {
		return step{}, fmt.Errorf("data/step: %q is no step", s)
	}
	n, err := strconv.Atoi(digits[:len(digits)-1])
	unit, known := map[byte]time.Duration{'S': time.Second, 'M': time.Minute, 'H': time.Hour}[digits[len(digits)-1]]
	if err != nil || !known {
		return step{}, fmt.Errorf("data/step: %q is no step", s)
	}
	return step{fixed: time.Duration(n) * unit}, nil
}

// between returns how many steps lie between two starts of one series in zone.
func (s step) between(from, to record.Time, zone *time.Location) (int, error) {
	if s.fixed == 0 {
		return s.calendar(to, zone) - s.calendar(from, zone), nil
	}
	d := to.Instant(zone).Sub(from.Instant(zone))
	if d%s.fixed != 0 {
		return 0, fmt.Errorf("data/start: %s is off the grid of %s", to, from)
	}
	return int(d / s.fixed), nil
}

// calendar numbers the civil day or month of t in zone.
func (s step) calendar(t record.Time, zone *time.Location) int {
	year, month, day := t.Civil()
	if t.Precision() > record.Day {
		year, month, day = t.Instant(zone).In(zone).Date()
	}
	if s.day {
		return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
	return 12*year + int(month)
}

// count returns how many intervals fit one record.
func (s step) count() int {
	switch {
	case s.fixed > 0:
		return min(int(maxSpan/s.fixed), maxValues)
	case s.day:
		return 31
	}
	return 1
}

// A meter is a series read from data that follow its schema.
type meter struct {
	record.Series
	step step
	zone *time.Location
}

// meterOf reads the data of a series and checks what no schema can say. The
// error names the member.
func meterOf(data map[string]any) (meter, error) {
	var m meter
	if err := json.Unmarshal(appendJSON(nil, data), &m.Series); err != nil {
		return m, fmt.Errorf("data: %w", err)
	}
	var err error
	if m.step, err = parseStep(m.Step); err != nil {
		return m, err
	}
	if m.zone, err = time.LoadLocation(m.Zone); err != nil || m.Zone == "Local" {
		return m, fmt.Errorf("data/zone: %q is no zone", m.Zone)
	}
	if m.Start.Precision() < record.Month || m.step.fixed > 0 && m.Start.Precision() < record.Minute {
		return m, errors.New("data/start: not exact enough for the step")
	}
	if m.Scale < 0 || m.Scale > 8 {
		return m, errors.New("data/scale: want 0 to 8")
	}
	m.trim()
	if len(m.Values) > m.step.count() {
		return m, fmt.Errorf("data/values: over the %d of a month", m.step.count())
	}
	return m, nil
}

// trim drops the missing values at the end, which say nothing, but for the
// first value.
func (m *meter) trim() {
	for len(m.Values) > 1 && m.Values[len(m.Values)-1] == nil {
		m.Values = m.Values[:len(m.Values)-1]
	}
}

// id is the series' own: measure|meter|step|YYYY-MM, the month that of its
// start in its zone.
func (m meter) id() string {
	year, month, _ := m.Start.Civil()
	if m.Start.Precision() > record.Day {
		year, month, _ = m.Start.Instant(m.zone).In(m.zone).Date()
	}
	return fmt.Sprintf("%s|%s|%s|%04d-%02d", m.Measure, m.Meter, m.Step, year, month)
}

// put writes m's points into data.
func (m meter) put(data map[string]any) {
	values := make([]any, len(m.Values))
	for i, v := range m.Values {
		if v != nil {
			values[i] = json.Number(strconv.FormatInt(*v, 10))
		}
	}
	data["values"], data["start"] = values, m.Start.String()
	delete(data, "scale")
	if m.Scale > 0 {
		data["scale"] = json.Number(strconv.Itoa(m.Scale))
	}
}

// merge returns m with the points that in carries: only those, as a missing
// value erases nothing. The finer scale is kept. It fails when the two do not
// share a unit or a grid.
func (m meter) merge(in meter) (meter, error) {
	if m.Unit != in.Unit {
		return m, fmt.Errorf("data/unit: %s, but the series is in %s", in.Unit, m.Unit)
	}
	if m.Step != in.Step {
		return m, fmt.Errorf("data/step: %s, but the series has %s", in.Step, m.Step)
	}
	shift, err := m.step.between(m.Start, in.Start, m.zone)
	if err != nil {
		return m, err
	}
	if max(shift, -shift) > m.step.count() {
		return m, fmt.Errorf("data/start: %s is not in the month of %s", in.Start, m.Start)
	}
	scale := max(m.Scale, in.Scale)
	if m, err = m.rescaled(scale); err != nil {
		return m, err
	}
	if in, err = in.rescaled(scale); err != nil {
		return m, err
	}
	if shift < 0 && m.leads(in, -shift) {
		m.Values, m.Start, shift = append(make([]*int64, -shift), m.Values...), in.Start, 0
	}
	for i, v := range in.Values {
		if v == nil {
			continue
		}
		for i+shift >= len(m.Values) {
			m.Values = append(m.Values, nil)
		}
		m.Values[i+shift] = v
	}
	if len(m.Values) > m.step.count() {
		return m, fmt.Errorf("data/values: over the %d of a month", m.step.count())
	}
	return m, nil
}

// leads reports whether in carries a point among its first n.
func (m meter) leads(in meter, n int) bool {
	for _, v := range in.Values[:min(n, len(in.Values))] {
		if v != nil {
			return true
		}
	}
	return false
}

// rescaled returns a copy of m with values × 10^-scale, scale being no smaller
// than m's.
func (m meter) rescaled(scale int) (meter, error) {
	factor := int64(math.Pow10(scale - m.Scale))
	values := make([]*int64, len(m.Values))
	for i, v := range m.Values {
		if v == nil {
			continue
		}
		if *v > maxValue/factor || *v < -maxValue/factor {
			return m, errors.New("data/values: too large for the finer scale")
		}
		n := *v * factor
		values[i] = &n
	}
	m.Values, m.Scale = values, scale
	return m, nil
}
