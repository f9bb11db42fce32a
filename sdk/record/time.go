package record

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Precision says how exactly a [Time] is known.
type Precision uint8

const (
	None Precision = iota // no time at all
	Year
	Month
	Day
	Minute
	Second
)

// A Time is when something happened, as exactly as it is known and no more.
// The zero Time is none. In JSON it is a string: "2026", "2026-03",
// "2026-03-15", "2026-03-15T09:30+01:00", "2026-03-15T09:30:05.25+01:00", the
// last two with the zone's name when known: "…+01:00[Europe/Paris]" (RFC 9557).
type Time struct {
	t         time.Time // wall clock; in UTC when there is no time of day
	precision Precision
	zone      string // IANA name, or ""
}

// ErrTime is wrapped by every error about the form of a time.
var ErrTime = errors.New("not a time")

// Date returns a Time known to the day.
func Date(year int, month time.Month, day int) Time {
	return Time{t: time.Date(year, month, day, 0, 0, 0, 0, time.UTC), precision: Day}
}

// YearOf returns a Time known to the year.
func YearOf(year int) Time {
	return Time{t: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), precision: Year}
}

// MonthOf returns a Time known to the month.
func MonthOf(year int, month time.Month) Time {
	return Time{t: time.Date(year, month, 1, 0, 0, 0, 0, time.UTC), precision: Month}
}

// Instant returns a Time known to the second or better, keeping t's offset and
// the name of its zone when that is an IANA name.
func Instant(t time.Time) Time {
	zone := t.Location().String()
	if !strings.Contains(zone, "/") {
		zone = ""
	}
	return Time{t: t.Round(0), precision: Second, zone: zone}
}

// ParseTime reads the text form.
func ParseTime(s string) (Time, error) {
	text, zone := s, ""
	if rest, ok := strings.CutSuffix(s, "]"); ok {
		if text, zone, ok = strings.Cut(rest, "["); !ok || !validZone(zone) {
			return Time{}, fmt.Errorf("%w: %q", ErrTime, s)
		}
	}
	for _, form := range []struct {
		layout    string
		precision Precision
	}{
		{"2006", Year}, {"2006-01", Month}, {"2006-01-02", Day},
		{"2006-01-02T15:04Z07:00", Minute}, {time.RFC3339Nano, Second},
	} {
		if form.precision <= Day && len(text) != len(form.layout) { // most are days: do not fail twice before
			continue
		}
		if t, err := time.Parse(form.layout, text); err == nil && t.Year() >= 1 {
			if zone != "" && form.precision < Minute {
				break
			}
			return Time{t: t, precision: form.precision, zone: zone}, nil
		}
	}
	return Time{}, fmt.Errorf("%w: %q", ErrTime, s)
}

func validZone(zone string) bool {
	for _, c := range zone {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("/_+-", c)) {
			return false
		}
	}
	return len(zone) > 0 && len(zone) <= 64
}

// IsZero reports whether t is none.
func (t Time) IsZero() bool { return t.precision == None }

// Precision returns how exactly t is known.
func (t Time) Precision() Precision { return t.precision }

// Zone returns the IANA name of t's zone, or "".
func (t Time) Zone() string { return t.zone }

// Instant returns the first instant of t: for a day, its midnight in loc.
func (t Time) Instant(loc *time.Location) time.Time {
	if t.precision >= Minute || t.precision == None {
		return t.t
	}
	y, m, d := t.t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, loc)
}

// Civil returns the date on t's own calendar; 1 stands for what is unknown.
func (t Time) Civil() (year int, month time.Month, day int) { return t.t.Date() }

// String returns the text form, "" for none.
func (t Time) String() string {
	layout := map[Precision]string{Year: "2006", Month: "2006-01", Day: "2006-01-02",
		Minute: "2006-01-02T15:04Z07:00", Second: time.RFC3339Nano}[t.precision]
	if layout == "" {
		return ""
	}
	text := t.t.Format(layout)
	if t.zone != "" {
		text += "[" + t.zone + "]"
	}
	return text
}

// MarshalText implements encoding.TextMarshaler.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Time) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*t = Time{}
		return nil
	}
	parsed, err := ParseTime(string(text))
	*t = parsed
	return err
}
