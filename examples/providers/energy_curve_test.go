package providers_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/domicile-home/domicile/examples/providers"
)

// metered is the reply of the load curve and of the daily totals.
type metered struct {
	Reading struct {
		Point    string `json:"usage_point_id"`
		Readings []struct {
			Value, Date string
			Length      string `json:"interval_length"`
		} `json:"interval_reading"`
		Type struct{ Unit string } `json:"reading_type"`
	} `json:"meter_reading"`
}

func (c *pkce) metered(path, start, end string) metered {
	c.t.Helper()
	_, point := c.energy.Contract()
	r := c.api(path + "?usage_point_id=" + point + "&start=" + start + "&end=" + end)
	var m metered
	if err := json.Unmarshal([]byte(r.body), &m); err != nil || r.status != 200 || m.Reading.Point != point {
		c.t.Fatalf("%s from %s: %d %.200s", path, start, r.status, r.body)
	}
	return m
}

func TestEnergy_curve_of_the_days_when_clocks_change(t *testing.T) {
	t.Parallel()
	c := newPKCE(t, newEnergy(providers.EnergyConfig{}))
	c.enter()
	for day, want := range map[string]int{"2025-03-30": 46, "2025-10-26": 50, "2026-01-31": 48} {
		start, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		next := start.AddDate(0, 0, 1).Format(time.DateOnly)
		m := c.metered("/api/consumption_load_curve", day, next)
		all := m.Reading.Readings
		if len(all) != want || all[0].Date != day+" 00:30:00" || all[want-1].Date != next+" 00:00:00" || all[3].Length != "PT30M" || m.Reading.Type.Unit != "W" {
			t.Errorf("%s: %d from %s to %s", day, len(all), all[0].Date, all[len(all)-1].Date)
		}
	}
	var twice []string
	for _, r := range c.metered("/api/consumption_load_curve", "2025-10-26", "2025-10-27").Reading.Readings[2:8] {
		twice = append(twice, r.Date[11:16])
	}
	if want := []string{"01:30", "02:00", "02:30", "02:00", "02:30", "03:00"}; !slices.Equal(twice, want) {
		t.Errorf("got %v, want %v", twice, want)
	}
}

func TestEnergy_curve_and_daily_totals_sum_to_the_bill(t *testing.T) {
	t.Parallel()
	energy := newEnergy(providers.EnergyConfig{Seed: 9})
	c := newPKCE(t, energy)
	c.enter()
	bill := energy.Bills()[3]
	start, end := bill.Month.Day(1, time.UTC), bill.Month.Add(1).Day(1, time.UTC)
	halfWh, steps := 0, 0
	for from := start; from.Before(end); from = from.AddDate(0, 0, 7) {
		to := from.AddDate(0, 0, 7)
		if to.After(end) {
			to = end
		}
		for _, r := range c.metered("/api/consumption_load_curve", from.Format(time.DateOnly), to.Format(time.DateOnly)).Reading.Readings {
			halfWh += number(t, r.Value)
			steps++
		}
	}
	if got, want := (halfWh+1000)/2000, bill.Lines[1].KWh+bill.Lines[2].KWh; got < want-1 || got > want+1 || steps != 48*bill.Month.Days() {
		t.Errorf("%s: %d kWh over %d steps, billed %d", bill.Month, got, steps, want)
	}
	wh := 0
	for _, r := range c.metered("/api/daily_consumption", start.Format(time.DateOnly), end.Format(time.DateOnly)).Reading.Readings {
		wh += number(t, r.Value)
	}
	if off := wh - halfWh/2; off < -31 || off > 31 {
		t.Errorf("daily totals are %d Wh off", off)
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEnergy_serves_until_yesterday_seven_days_at_most(t *testing.T) {
	t.Parallel()
	energy := newEnergy(providers.EnergyConfig{})
	c := newPKCE(t, energy)
	c.enter()
	_, point := energy.Contract()
	for _, tc := range []struct {
		query  string
		status int
		code   string
	}{
		{"usage_point_id=" + point + "&start=2026-03-01&end=2026-03-09", 400, "period_too_long"},
		{"usage_point_id=" + point + "&start=2026-03-09&end=2026-03-09", 400, "bad_request"},
		{"usage_point_id=" + point + "&start=2026-03-09", 400, "bad_request"},
		{"usage_point_id=1&start=2026-03-01&end=2026-03-02", 404, "not_found"},
		{"usage_point_id=" + point + "&start=2026-03-15&end=2026-03-16", 404, "no_data"},
		{"usage_point_id=" + point + "&start=2024-02-28&end=2024-03-01", 404, "no_data"},
	} {
		if r := c.api("/api/consumption_load_curve?" + tc.query); r.status != tc.status || r.code() != tc.code {
			t.Errorf("%s: %d %s", tc.query, r.status, r.code())
		}
	}
	all := c.metered("/api/consumption_load_curve", "2026-03-12", "2026-03-19").Reading.Readings
	if len(all) != 3*48 || all[len(all)-1].Date != "2026-03-15 00:00:00" {
		t.Errorf("%d steps, the last at %s", len(all), all[len(all)-1].Date)
	}
	first, end := energy.Available()
	if first.Format(time.DateOnly) != "2024-03-01" || end.Format(time.DateOnly) != "2026-03-15" {
		t.Errorf("says %s to %s", first, end)
	}
}
