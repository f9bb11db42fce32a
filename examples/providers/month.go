package providers

import (
	"fmt"
	"time"
	_ "time/tzdata" // machines without zone files
)

// A Month is a month of the calendar.
type Month struct {
	Year  int
	Month time.Month
}

// MonthOf returns the month that t falls in, on t's own calendar.
func MonthOf(t time.Time) Month { return Month{t.Year(), t.Month()} }

// ParseMonth reads "2026-02".
func ParseMonth(text string) (Month, error) {
	t, err := time.Parse("2006-01", text)
	return MonthOf(t), err
}

// String returns "2026-02".
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year, int(m.Month)) }

// Add returns the month n months later.
func (m Month) Add(n int) Month { return MonthOf(m.Day(1, time.UTC).AddDate(0, n, 0)) }

// Before reports whether m comes before other.
func (m Month) Before(other Month) bool { return m.index() < other.index() }

// Day returns the first instant of a day of m; day 0 is the last of the month before.
func (m Month) Day(day int, loc *time.Location) time.Time {
	return time.Date(m.Year, m.Month, day, 0, 0, 0, 0, loc)
}

// Days returns the number of days in m.
func (m Month) Days() int { return m.Add(1).Day(0, time.UTC).Day() }

// Since returns how many months m comes after other.
func (m Month) Since(other Month) int { return m.index() - other.index() }

// French returns "février 2026".
func (m Month) French() string {
	names := [...]string{"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre"}
	return fmt.Sprintf("%s %d", names[m.Month-1], m.Year)
}

func (m Month) index() int { return m.Year*12 + int(m.Month) - 1 }

// frenchDate returns "3 mars 2026", "1er mars 2026" for the first.
func frenchDate(t time.Time) string {
	day := fmt.Sprint(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return day + " " + MonthOf(t).French()
}

// paris is the zone that French providers write times in.
func paris() *time.Location {
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // linked in
	}
	return loc
}
