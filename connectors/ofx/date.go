package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// Why a date cannot be used as it stands.
var (
	errNoDate     = errors.New("no date")
	errDate       = errors.New("not a date")
	errImpossible = errors.New("no such day")
)

// date reads a date as OFX 2.2, 3.2.8.2 has it: YYYYMMDD, then maybe HHMM, SS,
// .XXX and a zone such as [-5:EST]; ISO 8601's dashes and colons do no harm.
// Midnight and noon sharp are how banks write a day without a time, and a time
// or a zone that cannot be read leaves the day, so that the result says no
// more than is known. A time without a zone is in UTC, as the format has it.
// It returns errNoDate for an empty text or zeros, errDate for another
// notation, and errImpossible for a day that no calendar has, together with the
// month or the year, which may be right.
func date(text string) (record.Time, error) {
	if strings.Trim(text, "0 ") == "" {
		return record.Time{}, errNoDate
	}
	clock, zone, zoned := strings.Cut(text, "[")
	digits := strings.NewReplacer("-", "", ":", "", "T", "", " ", "").Replace(clock)
	digits = strings.TrimSuffix(digits, "Z")
	if len(digits) < 8 {
		return record.Time{}, errDate
	}
	if strings.Trim(digits[:8], "0123456789") != "" {
		return record.Time{}, errDate
	}
	day, err := time.Parse("20060102", digits[:8])
	if err != nil || day.Year() < 1900 || day.Year() > 2199 {
		return roughly(digits), errImpossible
	}
	y, m, d := day.Date()
	known := record.Date(y, m, d)
	since, ok := timeOfDay(digits[8:])
	if !ok || since == 0 || since == 12*time.Hour {
		return known, nil
	}
	loc := time.UTC
	if zoned {
		if loc, ok = offset(strings.TrimSuffix(strings.TrimSpace(zone), "]")); !ok {
			return known, nil
		}
	}
	return record.Instant(time.Date(y, m, d, 0, 0, 0, int(since), loc)), nil
}

// roughly returns what is right of an impossible day: the month, the year or
// nothing.
func roughly(digits string) record.Time {
	for _, part := range []string{digits[:4] + "-" + digits[4:6], digits[:4]} {
		if at, err := record.ParseTime(part); err == nil && digits[:4] >= "1900" && digits[:4] < "2200" {
			return at
		}
	}
	return record.Time{}
}

// timeOfDay reads HHMM, HHMMSS or HHMMSS.XXX as the time since midnight.
func timeOfDay(digits string) (time.Duration, bool) {
	for _, layout := range []string{"1504", "150405"} {
		if at, err := time.Parse(layout, digits); err == nil {
			h, m, sec := at.Clock()
			return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second +
				time.Duration(at.Nanosecond()).Truncate(time.Millisecond), true
		}
	}
	return 0, false
}

// offset reads what stands between brackets: hours from UTC, with decimals or
// minutes, then maybe a name after a colon.
func offset(text string) (*time.Location, bool) {
	text, _, _ = strings.Cut(text, ":")
	hours, part, _ := strings.Cut(text, ".")
	h, err := strconv.Atoi(strings.TrimPrefix(hours, "+"))
	minutes, known := map[string]int{"": 0, "0": 0, "00": 0, "25": 15, "5": 30, "50": 30, "30": 30, "75": 45, "45": 45}[part]
	if err != nil || !known || h < -12 || h > 14 {
		return nil, false
	}
	if strings.HasPrefix(hours, "-") {
		minutes = -minutes
	}
	return time.FixedZone("", h*3600+minutes*60), true
}
