package main

import (
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// when reads a date or an instant. A time without a zone is Paris time, as is
// the calendar of what is returned. It reports false, with the month, the year
// or nothing, for what cannot be read.
func when(text string) (record.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.999999999-0700"} {
		if t, err := time.Parse(layout, text); err == nil && isPlausible(t) {
			return record.Instant(paris(t)), true
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, text); err == nil && isPlausible(t) {
			return record.Instant(fromParis(t)), true
		}
	}
	for _, layout := range []string{"2006-01-02", "02/01/2006"} {
		if t, err := time.Parse(layout, text); err == nil && isPlausible(t) {
			return record.Date(t.Date()), true
		}
	}
	if t, err := time.Parse("2006-01", text); err == nil && isPlausible(t) {
		return record.MonthOf(t.Year(), t.Month()), true
	}
	return roughly(text), false
}

func isPlausible(t time.Time) bool { return t.Year() >= 1900 && t.Year() < 2200 }

// roughly returns the month or the year that a text begins with.
func roughly(text string) record.Time {
	for _, n := range []int{len("2006-01"), len("2006")} {
		if len(text) < n || len(text) > n && text[n] != '-' || text[:4] < "1900" || text[:4] >= "2200" {
			continue
		}
		if t, err := record.ParseTime(text[:n]); err == nil {
			return t
		}
	}
	return record.Time{}
}

// day reads a date that may be written as an instant: midnight and noon, in
// the zone given or in Paris, are how a day is written.
func day(text string) (record.Time, bool) {
	t, ok := when(text)
	if !ok || t.Precision() <= record.Day {
		return t, ok
	}
	if given, err := time.Parse(time.RFC3339Nano, text); err == nil && isSharp(given) {
		return record.Date(given.Date()), true
	}
	if at := t.Instant(time.UTC); isSharp(at) {
		return record.Date(at.Date()), true
	}
	return t, true
}

func isSharp(t time.Time) bool {
	h, m, s := t.Clock()
	return (h == 0 || h == 12) && m == 0 && s == 0 && t.Nanosecond() == 0
}

// date reads the date under name. What cannot be read is noted, and stays in
// extra under the same name.
func (r *reading) date(row row, name string, extra map[string]any, read func(string) (record.Time, bool)) record.Time {
	text := row.object.text(name)
	if text == "" {
		return record.Time{}
	}
	t, ok := read(text)
	if !ok {
		extra[name] = text
		kept := "none is kept"
		if !t.IsZero() {
			kept = t.String() + " is kept"
		}
		r.notes.add(row.line, "%s cannot be read as a date: %s; %s", name, quoted(text), kept)
	}
	return t
}

// parisZone is the zone of every set of the pilots. A guest has no time zone
// files; the rule of the European Union, since 1996, is enough.
const parisZone = "Europe/Paris"

// parisOffset returns the offset of Paris in seconds at t.
func parisOffset(t time.Time) int {
	begins := lastSunday(t.UTC().Year(), time.March)
	ends := lastSunday(t.UTC().Year(), time.October)
	if t.Before(begins) || !t.Before(ends) {
		return 3600
	}
	return 7200
}

// lastSunday returns 01:00 UTC of the last Sunday of a month of 31 days.
func lastSunday(year int, month time.Month) time.Time {
	last := time.Date(year, month, 31, 1, 0, 0, 0, time.UTC)
	return last.AddDate(0, 0, -int(last.Weekday()))
}

// paris returns t on the clocks of Paris.
func paris(t time.Time) time.Time {
	if parisOffset(t) == 7200 {
		return t.In(summer)
	}
	return t.In(winter)
}

// The clocks of Paris. Nothing changes them.
var (
	winter = time.FixedZone(parisZone, 3600)
	summer = time.FixedZone(parisZone, 7200)
)

// fromParis returns the instant at which the clocks of Paris show what t, in
// UTC, shows. An hour shown twice is the first; an hour never shown is the
// next.
func fromParis(t time.Time) time.Time {
	if summer := t.Add(-2 * time.Hour); parisOffset(summer) == 7200 {
		return paris(summer)
	}
	return paris(t.Add(-time.Hour))
}

// isTwice reports whether the clocks of Paris show t's hour a second time.
func isTwice(t time.Time) bool {
	return parisOffset(t) == 7200 && parisOffset(t.Add(time.Hour)) == 3600
}

// describe returns the parts of text that are not empty, with a space between.
func describe(parts ...string) string {
	return clip(strings.Join(strings.Fields(strings.Join(parts, " ")), " "), 200)
}
