package main

import (
	"math"
	"testing"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

func TestQuantityOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		value record.Decimal
		unit  string
		step  time.Duration
		want  quantity
		of    fluid
		ok    bool
	}{
		{"1234.5", "Wh", 0, 1_234_500, kilowattHours, true},
		{"1.2345678", "kWh", 0, 1_234_568, kilowattHours, true}, // to the nearest millionth
		{"-2", "kWh", 0, -2_000_000, kilowattHours, true},
		{"900", "W", 30 * time.Minute, 450_000, kilowattHours, true},
		{"100", "W", 10 * time.Minute, 16_667, kilowattHours, true},
		{"1.5", "kW", time.Hour, 1_500_000, kilowattHours, true},
		{"12.345", "m3", 0, 12_345_000, cubicMetres, true},
		{"900", "W", 0, 0, "", false}, // of a day or a month, whose lengths differ
		{"1", "MB", 0, 0, "", false},
		{"999999999999999", "MWh", 0, 0, kilowattHours, false},
		{"x", "kWh", 0, 0, "", false},
	} {
		got, of, ok := quantityOf(tc.value, tc.unit, tc.step)
		if ok != tc.ok || ok && (got != tc.want || of != tc.of) {
			t.Errorf("%s %s: got %d %s %v, want %d %s %v", tc.value, tc.unit, got, of, ok, tc.want, tc.of, tc.ok)
		}
	}
}

func TestMulDiv(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b, c, want int64
		ok            bool
	}{
		{7, 1, 2, 4, true}, {-7, 1, 2, -4, true}, {1, 1, 3, 0, true}, {math.MaxInt64, 10, 10, math.MaxInt64, true},
		{math.MaxInt64, 10, 1, 0, false}, {math.MinInt64, 1, 1, 0, false}, {math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64, true},
	} {
		if got, ok := mulDiv(tc.a, tc.b, tc.c); ok != tc.ok || ok && got != tc.want {
			t.Errorf("%d × %d / %d: got %d, %v, want %d, %v", tc.a, tc.b, tc.c, got, ok, tc.want, tc.ok)
		}
	}
}

func TestMonth(t *testing.T) {
	t.Parallel()
	for text, days := range map[string]int{"2024-02": 29, "2026-02": 28, "2100-02": 28, "2025-12": 31, "2026-04": 30} {
		m, ok := parseMonth(text)
		if !ok || m.String() != text || m.days() != days {
			t.Errorf("%s: got %s, %d days, %v", text, m, m.days(), ok)
		}
	}
	if m, _ := parseMonth("2026-01"); (m-1).String() != "2025-12" || (m-12).String() != "2025-01" {
		t.Error("the months before are not")
	}
	leap, _ := parseMonth("2024-02")
	if got := sameDay(time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), leap-12); got.Format(time.DateOnly) != "2023-02-28" {
		t.Errorf("a year before 29 February: got %s", got)
	}
}
