package search

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// A Day is a civil date as the number of days since 1970-01-01.
type Day int32

// The bounds of a period that has none.
const (
	MinDay Day = math.MinInt32
	MaxDay Day = math.MaxInt32
)

// DayOf returns the Day of a date.
func DayOf(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsADay)
}

const secondsADay = 24 * 60 * 60

// A moment orders records as lists do: by their own civil date, then by
// instant. Undated records come last.
type moment int64

const (
	undated moment = math.MinInt64
	// An instant of a civil date is within a day and a half of its midnight in UTC.
	momentBits   = 20
	momentOffset = 1 << (momentBits - 1)
)

func momentOf(t record.Time) moment {
	if t.IsZero() {
		return undated
	}
	day := DayOf(t.Civil())
	seconds := t.Instant(time.UTC).Unix() - int64(day)*secondsADay
	seconds = min(max(seconds, -momentOffset), momentOffset-1)
	return day.start() + moment(seconds+momentOffset)
}

// start returns the first moment of the day.
func (d Day) start() moment { return moment(d) << momentBits }

// A Period is the days from From up to, and without, End.
type Period struct{ From, End Day }

// parsePeriod reads a day, a month or a year: "2026-03-15", "2026-03", "2026",
// "15/03/2026", "03/2026".
func parsePeriod(text string) (Period, bool) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	if strings.ContainsAny(text, "/.") { // the French order
		for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
			parts[i], parts[j] = parts[j], parts[i]
		}
	}
	if len(parts) < 1 || len(parts) > 3 || len(parts[0]) != 4 || strings.Count(text, "-")+strings.Count(text, "/")+strings.Count(text, ".") != len(parts)-1 {
		return Period{}, false
	}
	numbers := [3]int{1: 1, 2: 1}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 14)
		if err != nil || n == 0 || i > 0 && len(part) > 2 {
			return Period{}, false
		}
		numbers[i] = int(n)
	}
	return period(numbers, len(parts))
}

// period returns the year, month or day that the first known of the numbers
// name.
func period(n [3]int, known int) (Period, bool) {
	year, month, day := n[0], time.Month(n[1]), n[2]
	start := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if start.Month() != month || start.Day() != day {
		return Period{}, false
	}
	from := DayOf(year, month, day)
	switch known {
	case 1:
		return Period{from, DayOf(year+1, 1, 1)}, true
	case 2:
		return Period{from, DayOf(year, month+1, 1)}, true
	}
	return Period{from, from + 1}, true
}
