package web

import (
	"math"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/record"
)

// halfHours is a meter's half-hours, each of 100 Wh, the first n from a day's
// midnight in Paris.
func halfHours(t *testing.T, year int, month time.Month, day, n int) curve {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	s := record.Series{Measure: "electricity.consumption", Unit: "Wh", Step: "PT30M", Zone: "Europe/Paris",
		Start: record.Instant(time.Date(year, month, day, 0, 0, 0, 0, paris).UTC())}
	for range n {
		v := int64(100)
		s.Values = append(s.Values, &v)
	}
	return curve{Series: s, l: locale.New(locale.English), zone: paris}
}

func TestCurve_keeps_to_the_day_when_the_clocks_change(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		c     curve
		text  string
		empty int
	}{
		"an ordinary day":    {halfHours(t, 2026, time.March, 28, 48), "4,800\u00a0Wh", 0},
		"the clocks forward": {halfHours(t, 2026, time.March, 29, 46), "4,600\u00a0Wh", 2},
		"the clocks back":    {halfHours(t, 2026, time.October, 25, 50), "5,000\u00a0Wh", 0},
	} {
		h := tc.c.heat(30 * time.Minute)
		if len(h.Rows) != 1 || h.Rows[0].Text != tc.text || len(h.Rows[0].Cells) != 48 {
			t.Fatalf("%s: %+v", name, h.Rows)
		}
		empty := 0
		for _, v := range h.Rows[0].Cells {
			if math.IsNaN(v) {
				empty++
			} else if v != 100 {
				t.Errorf("%s: a cell of %v", name, v)
			}
		}
		if empty != tc.empty {
			t.Errorf("%s: %d empty cells, want %d", name, empty, tc.empty)
		}
	}
}

func TestCurve_draws_days_and_months_as_bars(t *testing.T) {
	t.Parallel()
	v, w := int64(125), int64(0)
	for step, labels := range map[string][3]string{"P1D": {"30 January 2026", "31 January 2026", "1 February 2026"}, "P1M": {"January 2026", "February 2026", "March 2026"}} {
		c := curve{Series: record.Series{Unit: "kWh", Step: step, Scale: 1, Start: record.Date(2026, time.January, 30), Values: []*int64{&v, nil, &w}},
			l: locale.New(locale.English), zone: time.UTC}
		points := c.bars().Points
		if len(points) != 3 || points[0].Text != "12.5\u00a0kWh" || !math.IsNaN(points[1].Value) || points[1].Text != "" || points[2].Text != "0.0\u00a0kWh" {
			t.Fatalf("%s: %+v", step, points)
		}
		for i, p := range points {
			if p.Label != labels[i] {
				t.Errorf("%s: point %d is %q, want %q", step, i, p.Label, labels[i])
			}
		}
	}
}
