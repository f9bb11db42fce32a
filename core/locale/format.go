package locale

import (
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// Spaces that French puts inside numbers and before signs.
const (
	thin  = "\u202f" // narrow no-break space
	nobsp = "\u00a0"
)

// Int writes n with its thousands apart.
func (l *Locale) Int(n int64) string {
	digits, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		digits, sign = digits[1:], "−"
	}
	return sign + l.group(digits)
}

func (l *Locale) group(digits string) string {
	comma := ","
	if l.Lang == French {
		comma = thin
	}
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, parts...), comma)
}

// Decimal writes f with a number of decimals.
func (l *Locale) Decimal(f float64, decimals int) string {
	text, sign := strconv.FormatFloat(f, 'f', decimals, 64), ""
	if text[0] == '-' {
		text, sign = text[1:], "−"
	}
	return sign + l.exact(text)
}

// Number writes an exact number with all its decimals. What is no number is
// returned as it is.
func (l *Locale) Number(d record.Decimal) string {
	if _, _, err := d.Parts(); err != nil {
		return string(d)
	}
	text, sign := string(d), ""
	if text[0] == '-' {
		text, sign = text[1:], "−"
	}
	return sign + l.exact(text)
}

// Unit puts a unit, which may be none, behind a number that is written.
func (l *Locale) Unit(number, unit string) string {
	switch {
	case unit == "":
		return number
	case unit == "%" && l.Lang != French:
		return number + unit
	}
	return number + nobsp + unit
}

// exact writes digits, with or without decimals, as the language does.
func (l *Locale) exact(text string) string {
	whole, decimals, point := strings.Cut(text, ".")
	if strings.Trim(whole, "0123456789") != "" {
		return text // NaN or infinite
	}
	sign := "."
	if l.Lang == French {
		sign = ","
	}
	if !point {
		sign = ""
	}
	return l.group(whole) + sign + decimals
}

// Money writes an amount with its currency where the language puts it. What is
// no amount is returned as it is.
func (l *Locale) Money(m record.Money, currency string) string {
	if _, _, err := m.Parts(); err != nil {
		return string(m)
	}
	text, sign := string(m), ""
	if text[0] == '-' {
		text, sign = text[1:], "−"
	}
	whole, decimals, _ := strings.Cut(text, ".")
	for len(decimals) < 2 {
		decimals += "0"
	}
	amount, mark := l.exact(whole+"."+decimals), CurrencySign(currency)
	if l.Lang == French || mark == currency {
		return sign + amount + nobsp + mark
	}
	return sign + mark + amount
}

// CurrencySign returns the sign of a currency, or its code when it has none.
func CurrencySign(currency string) string {
	sign := map[string]string{"EUR": "€", "USD": "$", "GBP": "£"}[currency]
	if sign == "" {
		return currency
	}
	return sign
}

// Month names a month: "March 2026", "mars 2026".
func (l *Locale) Month(year int, month time.Month) string {
	return l.T("month."+strconv.Itoa(int(month))) + " " + strconv.Itoa(year)
}

// Time writes t as exactly as it is known.
func (l *Locale) Time(t record.Time) string {
	year, month, day := t.Civil()
	switch t.Precision() {
	case record.None:
		return ""
	case record.Year:
		return strconv.Itoa(year)
	case record.Month:
		return l.Month(year, month)
	case record.Day:
		return l.day(year, month, day)
	default:
		return l.day(year, month, day) + l.T("date.at") + l.clock(t.Instant(time.UTC))
	}
}

// Moment writes an instant of the home itself, in zone.
func (l *Locale) Moment(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return l.day(t.Year(), t.Month(), t.Day()) + l.T("date.at") + l.clock(t)
}

// Day writes the day of an instant, as its own zone has it.
func (l *Locale) Day(t time.Time) string { return l.day(t.Year(), t.Month(), t.Day()) }

func (l *Locale) day(year int, month time.Month, day int) string {
	name := l.T("month." + strconv.Itoa(int(month)))
	first := strconv.Itoa(day)
	if l.Lang == French && day == 1 {
		first = "1er"
	}
	return first + " " + name + " " + strconv.Itoa(year)
}

// Weekday writes t's day with its name: "Saturday 28 November 2026".
func (l *Locale) Weekday(t time.Time) string {
	return l.T("weekday."+strconv.Itoa(int(t.Weekday()))) + " " + l.Day(t)
}

// DayOfMonth writes a day under the heading of its month: "Sat 28"; "" for what
// is known less exactly.
func (l *Locale) DayOfMonth(t record.Time) string {
	if t.Precision() < record.Day {
		return ""
	}
	year, month, day := t.Civil()
	weekday := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Weekday()
	return l.T("weekday.short."+strconv.Itoa(int(weekday))) + nobsp + strconv.Itoa(day)
}

// ShortMonth names a month for an axis: "Mar", "mars".
func (l *Locale) ShortMonth(month time.Month) string {
	return l.T("month.short." + strconv.Itoa(int(month)))
}

// NearDay writes the day of t as people say it within a week of now, on now's
// calendar: "today", "in 3 days".
func (l *Locale) NearDay(t, now time.Time) string {
	switch days := daysBetween(now, t); {
	case days == 0:
		return l.T("day.today")
	case days == 1:
		return l.T("day.tomorrow")
	case days == -1:
		return l.T("day.yesterday")
	case days > 1 && days <= 7:
		return l.N("day.in", days)
	case days < -1 && days >= -7:
		return l.N("day.ago", -days)
	}
	return l.Day(t)
}

// Near writes an instant as people say it, with its time of day when that is
// of the last days.
func (l *Locale) Near(t, now time.Time) string {
	t = t.In(now.Location())
	if days := daysBetween(now, t); days < -1 || days > 1 {
		return l.NearDay(t, now)
	}
	return l.NearDay(t, now) + l.T("date.at") + l.clock(t)
}

// daysBetween counts the midnights from a to b.
func daysBetween(a, b time.Time) int {
	midnight := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(b).Sub(midnight(a)).Hours() / 24)
}

func (l *Locale) clock(t time.Time) string {
	return t.Format("15:04")
}

// Size writes a number of bytes.
func (l *Locale) Size(n int64) string {
	units := []string{"B", "kB", "MB", "GB"}
	if l.Lang == French {
		units = []string{"o", "ko", "Mo", "Go"}
	}
	unit, scaled := 0, n
	for scaled >= 1000 && unit < len(units)-1 {
		scaled, unit = (scaled+500)/1000, unit+1
	}
	return l.Int(scaled) + nobsp + units[unit]
}
