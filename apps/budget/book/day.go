package book

import (
	"fmt"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// A Day numbers the days of the calendar, 1 January 1970 being 0.
type Day int

// A Month numbers the months of the calendar from the year 0 on.
type Month int

// DayOf returns the day of year, month and day.
func DayOf(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Date returns year, month and day.
func (d Day) Date() (int, time.Month, int) { return time.Unix(int64(d)*86400, 0).UTC().Date() }

// Month returns the month that d is in.
func (d Day) Month() Month {
	year, month, _ := d.Date()
	return MonthOf(year, month)
}

// InMonth returns which day of its month d is, from 1 on.
func (d Day) InMonth() int {
	_, _, day := d.Date()
	return day
}

// Time returns d as a record's time.
func (d Day) Time() record.Time { return record.Date(d.Date()) }

// MonthOf returns the month of a year.
func MonthOf(year int, month time.Month) Month { return Month(year*12 + int(month) - 1) }

// Day returns the nth day of m, its last if it has fewer.
func (m Month) Day(n int) Day { return min(m.First()+Day(n-1), m.Last()) }

// First returns the first day of m.
func (m Month) First() Day { return DayOf(int(m)/12, time.Month(int(m)%12+1), 1) }

// Last returns the last day of m.
func (m Month) Last() Day { return (m + 1).First() - 1 }

// Time returns m as a record's time.
func (m Month) Time() record.Time { return record.MonthOf(int(m)/12, time.Month(int(m)%12+1)) }

// String returns such as "2026-03".
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1) }

// ParseMonth reads what String wrote.
func ParseMonth(text string) (Month, bool) {
	at, err := time.Parse("2006-01", text)
	return MonthOf(at.Year(), at.Month()), err == nil
}
