package main

import (
	"slices"
	"testing"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// steady is a month of a meter that draws the same all the time.
func steady(t *testing.T, text, unit, step string, value int64) record.Series {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	m := mustMonth(t, text)
	year, mon, _ := m.first().Date()
	start, end := time.Date(year, mon, 1, 0, 0, 0, 0, zone), time.Date(year, mon+1, 1, 0, 0, 0, 0, zone)
	s := record.Series{Measure: "electricity.consumption", Meter: "1", Unit: unit, Step: step, Start: record.Instant(start.UTC()), Zone: "Europe/Paris"}
	for at := start; at.Before(end); at = at.Add(stepOf(step)) {
		s.Values = append(s.Values, &value)
	}
	return s
}

func TestGrid(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		month  string
		series func(*testing.T) []record.Series
		watts  float64
		gaps   int
	}{
		"half-hours of energy":          {"2026-06", func(t *testing.T) []record.Series { return []record.Series{steady(t, "2026-06", "Wh", "PT30M", 100)} }, 200, 0},
		"mean powers":                   {"2026-06", func(t *testing.T) []record.Series { return []record.Series{steady(t, "2026-06", "W", "PT30M", 200)} }, 200, 0},
		"steps of ten minutes":          {"2026-06", func(t *testing.T) []record.Series { return []record.Series{steady(t, "2026-06", "W", "PT10M", 200)} }, 200, 0},
		"steps of an hour":              {"2026-06", func(t *testing.T) []record.Series { return []record.Series{steady(t, "2026-06", "Wh", "PT1H", 200)} }, 200, 0},
		"a night that skips an hour":    {"2026-03", func(t *testing.T) []record.Series { return []record.Series{steady(t, "2026-03", "W", "PT30M", 200)} }, 200, 2},
		"a night when an hour is twice": {"2026-10", func(t *testing.T) []record.Series { return []record.Series{steady(t, "2026-10", "W", "PT30M", 200)} }, 200, 0},
		"a leap February":               {"2024-02", func(t *testing.T) []record.Series { return []record.Series{steady(t, "2024-02", "W", "PT30M", 200)} }, 200, 0},
		"days tell nothing of the hours": {"2026-06", func(t *testing.T) []record.Series {
			return []record.Series{{Unit: "kWh", Step: "P1D", Values: make([]*int64, 30)}}
		}, 0, 30 * slots},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &grid{month: mustMonth(t, tc.month)}
			g.add(tc.series(t)...)
			gaps := 0
			for d := range g.month.days() {
				for n := range slots {
					if !g.has[d][n] {
						gaps++
					} else if w := g.watts[d][n]; w < tc.watts-0.01 || w > tc.watts+0.01 {
						t.Fatalf("day %d, half-hour %d: got %f W", d+1, n, w)
					}
				}
			}
			if gaps != tc.gaps {
				t.Errorf("got %d gaps, want %d", gaps, tc.gaps)
			}
		})
	}
}

func TestGrid_adds_meters_up(t *testing.T) {
	t.Parallel()
	g := &grid{month: mustMonth(t, "2026-06")}
	g.add(steady(t, "2026-06", "W", "PT30M", 200))
	second := steady(t, "2026-06", "Wh", "PT1H", 50)
	second.Values[0] = nil
	g.add(second)
	if g.watts[0][0] != 200 || g.watts[0][2] < 249.9 || g.watts[0][2] > 250.1 {
		t.Errorf("got %f and %f W", g.watts[0][0], g.watts[0][2])
	}
}

// reading1 is one hour's group of a meter of half-hours.
func reading1(meter string, key []string, wh int64, points int) reading {
	return reading{stream{"electricity.consumption", meter, "PT30M"}, key, quantity(wh * 1000), kilowattHours, points, "b" + meter}
}

func bookOf(t *testing.T, text string, meters ...string) book {
	t.Helper()
	b := book{}
	for _, meter := range meters {
		b[cell{electricity, meter, mustMonth(t, text)}] = reading1(meter, nil, 1, 1440)
	}
	return b
}

// TestWeek_means: an hour that comes twice in October has four half-hours on that
// Sunday, and its mean power is not doubled.
func TestWeek_means(t *testing.T) {
	t.Parallel()
	b := bookOf(t, "2026-10", "1", "2")
	w := &week{}
	b.addWeek(w, []reading{
		reading1("1", []string{"2026-10", "7", "02"}, 4*200+400, 10), // four Sundays, one with the hour twice
		reading1("2", []string{"2026-10", "7", "02"}, 400, 8),
		reading1("3", []string{"2026-10", "7", "02"}, 9999, 8),                                            // not in the book
		{stream{"electricity.consumption", "1", "P1D"}, []string{"2026-10", "7", "00"}, 9, "kWh", 1, "x"}, // nor chosen
	}, func(month) bool { return true })
	watts, ok := w[7][2].watts()
	if want := 1200.0/5 + 400.0/4; !ok || watts < want-0.01 || watts > want+0.01 {
		t.Errorf("got %f W, want %f", watts, want)
	}
	if _, ok := w[7][0].watts(); ok {
		t.Error("a day's total stands at midnight")
	}
	if w[7][2].q != 1_600_000 || !slices.Equal(w[7][2].bases, []string{"b1", "b2"}) {
		t.Errorf("got %+v", w[7][2])
	}
}

// daysOf makes n days up to last that draw base at night, and more by day.
func daysOf(last time.Time, n int, base func(back int) float64) (days []dayHours) {
	for back := n - 1; back >= 0; back-- {
		d := dayHours{day: last.AddDate(0, 0, -back)}
		for at := range d.hours {
			wh := base(back)
			if at >= 7 {
				wh += 300
			}
			d.hours[at].add(reading1("1", nil, int64(wh), 2))
		}
		days = append(days, d)
	}
	return days
}

func TestFindRise(t *testing.T) {
	t.Parallel()
	july, december := time.Date(2026, 7, 20, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC)
	steady := func(int) float64 { return 120 }
	lately := func(by float64) func(int) float64 {
		return func(back int) float64 { return map[bool]float64{true: 120 + by, false: 120}[back < 28] }
	}
	for name, tc := range map[string]struct {
		last     time.Time
		recent   func(int) float64
		lastYear func(int) float64
		want     bool
	}{
		"steady":                          {july, steady, steady, false},
		"a box left on":                   {july, lately(60), steady, true},
		"a box left on, no last year":     {july, lately(60), nil, true},
		"10 W more are not told":          {july, lately(10), steady, false},
		"three weeks are not yet four":    {july, func(back int) float64 { return map[bool]float64{true: 200, false: 120}[back < 21] }, steady, false},
		"winter without last year":        {december, lately(300), nil, false},
		"winter as last year":             {december, lately(300), func(int) float64 { return 420 }, false},
		"winter, above last year as well": {december, lately(300), steady, true},
		"it was so last year":             {july, lately(60), func(int) float64 { return 180 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var past []dayHours
			if tc.lastYear != nil {
				past = daysOf(tc.last.AddDate(-1, 0, 0), 28, tc.lastYear)
			}
			r, ok := findRise(daysOf(tc.last, 84, tc.recent), past, tc.last)
			if ok != tc.want {
				t.Fatalf("got %+v, %v", r, ok)
			}
			if ok && (r.before != 120 || r.now < 175) {
				t.Errorf("got %+v", r)
			}
		})
	}
	if _, ok := findRise(daysOf(july, 20, lately(100)), nil, july); ok {
		t.Error("three weeks of data are enough")
	}
}

func TestQuiet_needs_most_of_a_day(t *testing.T) {
	t.Parallel()
	d := daysOf(time.Date(2026, 7, 20, 0, 0, 0, 0, time.UTC), 1, func(int) float64 { return 120 })[0]
	if w, ok := quiet(d.hours[:]); !ok || w != 120 {
		t.Errorf("got %f, %v", w, ok)
	}
	if _, ok := quiet(d.hours[:19]); ok {
		t.Error("19 hours are a day")
	}
}
