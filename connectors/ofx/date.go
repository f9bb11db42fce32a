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
// more than is known. A time without a zone is in UTC, as the format has it. A
// date with slashes is read when it is a day in one order only.
// It returns errNoDate for an empty text or zeros, errDate for another
// notation, and errImpossible for a day that no calendar has, together with the
// month or the year, which may be right.
func date(text string) (record.Time, error) {
	if strings.Trim(text, "0 ") == "" {
		return record.Time{}, errNoDate
	}
	if at, ok := slashed(text); ok {
		return at, nil
	}
	clock, zone, zoned := strings.Cut(text, "[")
	digits := strings.TrimSuffix(strings.Map(dropMark, clock), "Z")
	if len(digits) < 8 {
		return record.Time{}, errDate
	}
	if strings.Trim(digits[:8], "0123456789") != "" {
		return record.Time{}, errDate
	}
	y, m, d := number(digits[:4]), time.Month(number(digits[4:6])), number(digits[6:8])
	known := record.Date(y, m, d)
	if cy, cm, cd := known.Civil(); cy != y || cm != m || cd != d || y < 1900 || y > 2199 {
		return roughly(digits), errImpossible
	}
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

// slashed reads DD/MM/YYYY or MM/DD/YYYY, whichever is a day, and neither when
// both are.
func slashed(text string) (record.Time, bool) {
	if !strings.Contains(text, "/") {
		return record.Time{}, false
	}
	a, errA := time.Parse("02/01/2006", text)
	b, errB := time.Parse("01/02/2006", text)
	switch {
	case errA == nil && (errB != nil || a.Equal(b)) && isPlausible(a):
		return record.Date(a.Date()), true
	case errB == nil && errA != nil && isPlausible(b):
		return record.Date(b.Date()), true
	}
	return record.Time{}, false
}

func isPlausible(t time.Time) bool { return t.Year() >= 1900 && t.Year() < 2200 }

// dropMark drops what ISO 8601 puts between digits.
func dropMark(r rune) rune {
	switch r {
	case '-', ':', 'T', ' ':
		return -1
	}
	return r
}

// number reads digits.
func number(digits string) int {
	n := 0
	for _, c := range []byte(digits) {
		n = n*10 + int(c-'0')
	}
	return n
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

// timeOfDay reads HHMM, HHMMSS or HHMMSS.XXX as the time since midnight; no
// digits are midnight.
func timeOfDay(text string) (time.Duration, bool) {
	digits, fraction, _ := strings.Cut(text, ".")
	if n := len(digits); n != 0 && n != 4 && n != 6 || strings.Trim(digits+fraction, "0123456789") != "" {
		return 0, false
	}
	digits, fraction = (digits + "000000")[:6], (fraction + "000")[:3]
	h, m, s := number(digits[:2]), number(digits[2:4]), number(digits[4:])
	if h > 23 || m > 59 || s > 59 {
		return 0, false
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second +
		time.Duration(number(fraction))*time.Millisecond, true
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
