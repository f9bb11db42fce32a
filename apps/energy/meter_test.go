package main

import (
	"strconv"
	"testing"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// group is what the home answers for one stream's month.
func group(measure, meter, step, month, unit, value string, points int) protocol.Group {
	return protocol.Group{Key: []string{measure, meter, step, month}, Count: points, Basis: "b" + strconv.Itoa(points),
		Sums: []protocol.Sum{{Unit: unit, Value: record.Decimal(value), Count: points}}}
}

func mustMonth(t *testing.T, text string) month {
	t.Helper()
	m, ok := parseMonth(text)
	if !ok {
		t.Fatal(text)
	}
	return m
}

func TestBook(t *testing.T) {
	t.Parallel()
	const consumption, power = "electricity.consumption", "electricity.power"
	for name, tc := range map[string]struct {
		groups []protocol.Group
		kind   kind
		of     fluid
		want   quantity
		covers int
	}{
		"half-hours and days of one meter are counted once": {[]protocol.Group{
			group(consumption, "1", "P1D", "2026-06", "Wh", "300000", 30), group(power, "1", "PT30M", "2026-06", "W", "600002", 1440)},
			electricity, kilowattHours, 300_001_000, 100},
		"days that tell of more than half-hours do win": {[]protocol.Group{
			group(consumption, "1", "P1D", "2026-06", "Wh", "300000", 30), group(power, "1", "PT30M", "2026-06", "W", "60000", 144)},
			electricity, kilowattHours, 300_000_000, 100},
		"two meters are added up": {[]protocol.Group{
			group(consumption, "1", "PT30M", "2026-06", "Wh", "300000", 1440), group(consumption, "2", "P1D", "2026-06", "kWh", "20", 30)},
			electricity, kilowattHours, 320_000_000, 100},
		"a leap February is whole with 29 days": {[]protocol.Group{group(consumption, "1", "P1D", "2024-02", "kWh", "29", 29)},
			electricity, kilowattHours, 29_000_000, 100},
		"a February of 28 of 29 days is not": {[]protocol.Group{group(consumption, "1", "P1D", "2024-02", "kWh", "28", 28)},
			electricity, kilowattHours, 28_000_000, 96},
		"a month in one piece is whole": {[]protocol.Group{group(consumption, "1", "P1M", "2026-06", "kWh", "240.5", 1)},
			electricity, kilowattHours, 240_500_000, 100},
		"gas counts in kWh where both are told": {[]protocol.Group{
			group("gas.volume", "g", "P1D", "2026-06", "m3", "10.5", 30), group("gas.consumption", "g", "P1D", "2026-06", "kWh", "118.2", 30)},
			gas, kilowattHours, 118_200_000, 100},
		"gas in cubic metres alone stays so": {[]protocol.Group{group("gas.volume", "g", "P1D", "2026-06", "m3", "10.5", 30)},
			gas, cubicMetres, 10_500_000, 100},
		"estimates, highest powers and production are not use": {[]protocol.Group{
			group("electricity.consumption.estimated", "1", "P1M", "2026-06", "kWh", "1", 1), group("electricity.power.max", "1", "P1D", "2026-06", "W", "1", 1),
			group("electricity.production", "1", "P1D", "2026-06", "Wh", "1", 1), group("mobile.data", "1", "P1D", "2026-06", "kWh", "1", 1),
			group(consumption, "1", "P1M", "2026-06", "kWh", "7", 1)}, electricity, kilowattHours, 7_000_000, 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := mustMonth(t, tc.groups[0].Key[3])
			got := newBook(readings(tc.groups)).months(tc.kind, tc.of)[m]
			if got.q != tc.want || got.covers != tc.covers || len(got.bases) == 0 {
				t.Errorf("got %d, %d %%, %v, want %d, %d %%", got.q, got.covers, got.bases, tc.want, tc.covers)
			}
		})
	}
}

func TestSpan_counts_the_months_that_are_whole(t *testing.T) {
	t.Parallel()
	first := mustMonth(t, "2025-12")
	all := map[month]total{first: {10, 100, []string{"a"}}, first + 1: {20, 50, []string{"b"}}, first + 3: {40, 98, []string{"c"}}, first + 12: {80, 100, []string{"d"}}}
	sum, whole := span(all, first, 12)
	if sum.q != 70 || whole != 2 || sum.covers != 50 || len(sum.bases) != 3 {
		t.Errorf("got %+v, %d whole", sum, whole)
	}
}

func TestHasHours(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]bool{"PT30M": true, "PT10M": true, "PT1H": true, "PT2H": false, "P1D": false, "P1M": false, "PT0M": false} {
		if got := (stream{"electricity.power", "1", step}).hasHours(); got != want {
			t.Errorf("%s: got %v", step, got)
		}
	}
}
