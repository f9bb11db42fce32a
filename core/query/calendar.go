package query

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	minutesOfDay = 24 * 60
	maxRateName  = 100 // bytes
	noRate       = int8(-1)
	maxDays      = 4000 // that a calendar keeps worked out
)

// A calendar tells which of a request's rates holds at each minute.
type calendar struct {
	rates []rate
	days  map[int]*[minutesOfDay]int8 // by the number of the day; the place of its rate, or noRate
}

type rate struct {
	protocol.Rate
	dates []span
	hours [][2]int // minutes of the day; the second is left out
}

// newCalendar reads rates; nil for none.
func newCalendar(rates []protocol.Rate) (*calendar, error) {
	if len(rates) == 0 {
		return nil, nil
	}
	if len(rates) > protocol.MaxRates {
		return nil, misuse("over %d rates", protocol.MaxRates)
	}
	c := &calendar{days: map[int]*[minutesOfDay]int8{}}
	for i, r := range rates {
		read, err := readRate(r)
		if err != nil {
			return nil, misuse("rates[%d].%v", i, err)
		}
		c.rates = append(c.rates, read)
	}
	return c, nil
}

func readRate(r protocol.Rate) (read rate, err error) {
	switch {
	case r.Name == "" || len(r.Name) > maxRateName:
		return read, fmt.Errorf("name: want one of at most %d bytes", maxRateName)
	case len(r.Dates) > protocol.MaxRateDates:
		return read, fmt.Errorf("dates: over %d", protocol.MaxRateDates)
	case len(r.Hours) > protocol.MaxRateHours:
		return read, fmt.Errorf("hours: over %d", protocol.MaxRateHours)
	}
	if i := slices.IndexFunc(r.Days, func(day int) bool { return day < 1 || day > 7 }); i >= 0 {
		return read, fmt.Errorf("days[%d]: want 1 for Monday to 7", i)
	}
	read.Rate = r
	for i, text := range r.Dates {
		days, ok := datesOf(text)
		if !ok {
			return read, fmt.Errorf("dates[%d]: want 2026-01-14 or 2026-11-01/2027-03-31", i)
		}
		read.dates = append(read.dates, days)
	}
	for i, text := range r.Hours {
		from, to, ok := hoursOf(text)
		if !ok {
			return read, fmt.Errorf("hours[%d]: want 22:00-06:00", i)
		}
		if from > to { // across midnight, each day by itself
			read.hours = append(read.hours, [2]int{0, to})
			to = minutesOfDay
		}
		read.hours = append(read.hours, [2]int{from, to})
	}
	return read, nil
}

// datesOf reads a day, or a range with both ends.
func datesOf(text string) (days span, ok bool) {
	first, last, isRange := strings.Cut(text, "/")
	if !isRange {
		last = first
	}
	from, err := time.Parse(time.DateOnly, first)
	to, err2 := time.Parse(time.DateOnly, last)
	return span{dayNumber(from), dayNumber(to)}, err == nil && err2 == nil && !to.Before(from)
}

// hoursOf reads a range of the clock as minutes of the day.
func hoursOf(text string) (from, to int, ok bool) {
	first, last, isRange := strings.Cut(text, "-")
	from, ok = minuteOf(first)
	to, ok2 := minuteOf(last)
	return from, to, isRange && ok && ok2 && from != to && from < minutesOfDay && to > 0
}

func minuteOf(text string) (int, bool) {
	if text == "24:00" {
		return minutesOfDay, true
	}
	at, err := time.Parse("15:04", text)
	return at.Hour()*60 + at.Minute(), err == nil && len(text) == len("15:04")
}

func dayNumber(t time.Time) int { return number(t.Year(), int(t.Month()), t.Day()) }

// day returns the rates of a day, minute by minute.
func (c *calendar) day(at time.Time) *[minutesOfDay]int8 {
	n := dayNumber(at)
	if c.days[n] == nil {
		if len(c.days) >= maxDays {
			clear(c.days)
		}
		c.days[n] = c.rateDay(n, (int(at.Weekday())+6)%7+1)
	}
	return c.days[n]
}

func (c *calendar) rateDay(day, weekday int) *[minutesOfDay]int8 {
	var all [minutesOfDay]int8
	for i := range all {
		all[i] = noRate
	}
	for i, r := range slices.Backward(c.rates) { // the first that holds is written last
		if len(r.Days) > 0 && !slices.Contains(r.Days, weekday) ||
			len(r.dates) > 0 && !slices.ContainsFunc(r.dates, func(s span) bool { return s.holds(day) }) {
			continue
		}
		hours := r.hours
		if len(hours) == 0 {
			hours = [][2]int{{0, minutesOfDay}}
		}
		for _, h := range hours {
			for minute := h[0]; minute < h[1]; minute++ {
				all[minute] = int8(i)
			}
		}
	}
	return &all
}

func (c *calendar) name(place int8) string {
	if place == noRate {
		return ""
	}
	return c.rates[place].Name
}

// at returns the name of the rate that holds at a moment, "" for none.
func (c *calendar) at(t time.Time) string { return c.name(c.day(t)[t.Hour()*60+t.Minute()]) }

// A share is the part of a point in which one rate holds.
type share struct {
	rate    string
	minutes int
}

// shares cuts the time from from to to by rate. What is longer than an hour and
// has several, or longer than a day, is of the rate "".
func (c *calendar) shares(from, to time.Time) (all []share) {
	left := int(to.Sub(from) / time.Minute)
	isLong := left > 60
	if left > minutesOfDay+60 { // the night when an hour comes twice
		return []share{{}}
	}
	for at, minute := from, from.Hour()*60+from.Minute(); left > 0; at, minute = at.AddDate(0, 0, 1), 0 {
		day := c.day(at)
		for ; minute < minutesOfDay && left > 0; minute++ {
			name := c.name(day[minute])
			i := slices.IndexFunc(all, func(s share) bool { return s.rate == name })
			switch {
			case i >= 0:
				all[i].minutes++
			case isLong && len(all) > 0:
				return []share{{}}
			default:
				all = append(all, share{name, 1})
			}
			left--
		}
	}
	return all
}

// split shares a value out; the first of shares has what rounding left.
func split(value int64, all []share) []int64 {
	parts, total, rest := make([]int64, len(all)), int64(0), value
	for _, s := range all {
		total += int64(s.minutes)
	}
	for i, s := range all[1:] {
		n := int64(s.minutes)
		parts[i+1] = value/total*n + value%total*n/total
		rest -= parts[i+1]
	}
	parts[0] = rest
	return parts
}
