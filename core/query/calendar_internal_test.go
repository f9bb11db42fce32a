package query

import (
	"slices"
	"testing"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// tempo is a tariff of coloured days, whose nights are cheap, but for a range
// that nobody would write.
func tempo() []protocol.Rate {
	night := []string{"22:00-06:00"}
	return []protocol.Rate{
		{Name: "red night", Dates: []string{"2026-01-14", "2026-02-02/2026-02-04"}, Hours: night}, {Name: "red", Dates: []string{"2026-01-14", "2026-02-02/2026-02-04"}},
		{Name: "weekend", Days: []int{6, 7}}, {Name: "night", Hours: night}, {Name: "day", Hours: []string{"06:00-24:00"}},
	}
}

func TestCalendar_tells_the_rate_of_a_minute(t *testing.T) {
	t.Parallel()
	c, err := newCalendar(tempo())
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-01-14T05:59": "red night", "2026-01-14T06:00": "red", "2026-01-14T22:00": "red night", "2026-01-15T00:00": "night",
		"2026-02-01T12:00": "weekend", "2026-02-04T21:59": "red", "2026-02-05T12:00": "day", "2026-02-05T23:59": "night",
	} {
		moment, err := time.Parse("2006-01-02T15:04", at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.at(moment); got != want {
			t.Errorf("at %s: got %q, want %q", at, got, want)
		}
	}
}

// TestCalendar_shares holds the shares of points against the minutes themselves,
// over the nights when an hour is missing and when one comes twice.
func TestCalendar_shares(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	rates := append([]protocol.Rate{{Name: "odd", Hours: []string{"01:50-03:10", "12:07-12:08", "23:45-00:15"}}}, tempo()...)
	c, err := newCalendar(rates)
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []int{28, 29} { // of March: the hour from 02:00 is missing on the 29th
		start := time.Date(2026, 3, day, 0, 0, 0, 0, paris)
		for _, step := range []time.Duration{time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour} {
			for at := start; at.Before(start.Add(30 * time.Hour)); at = at.Add(step) {
				want := map[string]int{}
				for m := at; m.Before(at.Add(step)); m = m.Add(time.Minute) {
					want[c.at(m)]++
				}
				got := c.shares(at, at.Add(step))
				for _, s := range got {
					if want[s.rate] != s.minutes {
						t.Errorf("%s of %s: got %v, want %v", step, at, got, want)
					}
				}
				if len(got) != len(want) {
					t.Errorf("%s of %s: got %v, want %v", step, at, got, want)
				}
			}
		}
	}
	day := time.Date(2026, 2, 7, 0, 0, 0, 0, paris)
	if got := c.shares(day, day.AddDate(0, 0, 1)); !slices.Equal(got, []share{{}}) {
		t.Errorf("a day of several rates: got %v", got)
	}
	c, _ = newCalendar(tempo())
	if got := c.shares(day, day.AddDate(0, 0, 1)); !slices.Equal(got, []share{{"weekend", minutesOfDay}}) {
		t.Errorf("a day of one rate: got %v", got)
	}
	for step := range 3 { // a hostile series costs no time and no room
		if got := c.shares(day, day.AddDate(1000*step, 0, 2)); !slices.Equal(got, []share{{}}) {
			t.Errorf("longer than a day: got %v", got)
		}
	}
	for range 2 * maxDays {
		day = day.AddDate(0, 0, 1)
		if c.at(day); len(c.days) > maxDays {
			t.Fatalf("%d days are kept", len(c.days))
		}
	}
}

func TestSplit_loses_nothing(t *testing.T) {
	t.Parallel()
	shares := []share{{"a", 23}, {"b", 30}, {"c", 7}}
	for _, value := range []int64{0, 1, -1, 59, 60, 61, 1<<63 - 1, -1 << 63} {
		parts, sum := split(value, shares), int64(0)
		for _, p := range parts {
			sum += p
		}
		if sum != value || value >= 60 && parts[1] < parts[0] {
			t.Errorf("%d is split into %v", value, parts)
		}
	}
}

// FuzzCalendar holds that whatever an app writes as a rate is refused or tells
// one rate for each minute.
func FuzzCalendar(f *testing.F) {
	f.Add("night", "2026-01-14", "22:00-06:00", 1, int64(1770000000))
	f.Add("x", "2026-01-14/2026-01-13", "24:00-00:00", 9, int64(0))
	f.Add("x", "0000-00-00", "00:00-24:00", 7, int64(-1))
	f.Fuzz(func(t *testing.T, name, date, hours string, day int, seconds int64) {
		c, err := newCalendar([]protocol.Rate{{Name: name, Dates: []string{date}, Hours: []string{hours}, Days: []int{day}}, {Name: "else"}})
		if err != nil {
			return
		}
		at := time.Unix(seconds%(1<<40), 0).UTC().Truncate(time.Minute)
		minutes := 0
		for _, s := range c.shares(at, at.Add(time.Hour)) {
			if minutes += s.minutes; s.rate != name && s.rate != "else" {
				t.Errorf("%s has the rate %q", at, s.rate)
			}
		}
		if minutes != 60 {
			t.Errorf("an hour from %s has %d minutes", at, minutes)
		}
	})
}
