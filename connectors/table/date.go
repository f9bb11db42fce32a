package main

import (
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// The orders in which day, month and year may stand.
type orders uint8

const (
	dmy orders = 1 << iota
	mdy
	ymd
	allOrders = dmy | mdy | ymd
)

func (o orders) name() string {
	return map[orders]string{dmy: "dmy", mdy: "mdy", ymd: "ymd"}[o]
}

func orderNamed(name string) orders {
	return map[string]orders{"dmy": dmy, "mdy": mdy, "ymd": ymd}[name]
}

// names lists the orders in o.
func (o orders) names() (all []string) {
	for _, one := range everyOrder() {
		if o&one != 0 {
			all = append(all, one.name())
		}
	}
	return all
}

// A date is a cell that is a day, in one reading or in several.
type date struct {
	by      [3]record.Time // by dmy, mdy, ymd
	may     orders
	isClear bool // it is the same by all orders: the month has a name, the year comes first
	hasTime bool // the cell has a time of day, which the result may not have
}

// at returns the day, read by o.
func (d date) at(o orders) (record.Time, bool) {
	switch {
	case d.isClear:
		return d.by[0], true
	case d.may&o == 0:
		return record.Time{}, false
	}
	return d.by[map[orders]int{dmy: 0, mdy: 1, ymd: 2}[o]], true
}

// readDate reads a day as banks write it, with or without a time. ok is false
// for anything else, and for days that no calendar has.
func readDate(cell string) (d date, ok bool) {
	text := strings.Trim(strings.TrimSpace(cell), ".")
	if len(text) < 6 || len(text) > 64 {
		return date{}, false
	}
	if at, ok := instant(text); ok {
		return clear(at, true), true
	}
	text, hasTime := cutTime(text)
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/.- ,\t", r) })
	switch {
	case len(parts) == 1:
		d, ok = packed(text)
	case len(parts) == 3:
		d, ok = threeParts(parts, strings.Count(text, ".") == 2)
	}
	d.hasTime = hasTime
	return d, ok
}

func clear(at record.Time, hasTime bool) date {
	return date{by: [3]record.Time{at, at, at}, may: allOrders, isClear: true, hasTime: hasTime}
}

// instant reads a time with its zone, as computers write it.
func instant(text string) (record.Time, bool) {
	if plain, ok := strings.CutSuffix(text, " UTC"); ok {
		text = plain + "Z"
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, text); err == nil && isYear(t.Year()) {
			return record.Instant(t), true
		}
	}
	return record.Time{}, false
}

// cutTime takes the time of day off the end of a date.
func cutTime(text string) (day string, found bool) {
	at := strings.IndexByte(text, ':')
	if at < 0 {
		return text, false
	}
	start := strings.LastIndexAny(text[:at], " T,")
	if start < 6 {
		return text, false
	}
	rest := strings.ToUpper(text[start+1:])
	for _, suffix := range []string{" AM", " PM", "AM", "PM"} {
		rest = strings.TrimSuffix(rest, suffix)
	}
	if strings.Trim(rest, "0123456789:.,Z+- ") != "" {
		return text, false
	}
	return strings.TrimRight(text[:start], " ,"), true
}

// packed reads eight digits: the year comes first, or last.
func packed(text string) (date, bool) {
	if len(text) != 8 || !isDigits(text) {
		return date{}, false
	}
	if at, ok := civil(number10(text[:4]), number10(text[4:6]), number10(text[6:])); ok {
		return clear(at, false), true
	}
	return loose(text[:2], text[2:4], text[4:])
}

func threeParts(p []string, isDotted bool) (date, bool) {
	for i, part := range p {
		if m := monthNamed(part); m != 0 && i < 2 {
			return named(p, i, m)
		}
	}
	if !isDigits(p[0]) || !isDigits(p[1]) || !isDigits(p[2]) {
		return date{}, false
	}
	if len(p[0]) == 4 && len(p[1]) <= 2 && len(p[2]) <= 2 {
		at, ok := civil(number10(p[0]), number10(p[1]), number10(p[2]))
		return clear(at, false), ok
	}
	if len(p[0]) > 2 || len(p[1]) > 2 {
		return date{}, false
	}
	d, ok := loose(p[0], p[1], p[2])
	if isDotted && d.may&dmy != 0 { // who writes dots writes the day first
		d.may = dmy
	}
	return d, ok
}

// named reads a date whose month is a word.
func named(p []string, month, m int) (date, bool) {
	day, year := p[1-month], p[2]
	if month == 1 && len(p[0]) == 4 {
		day, year = p[2], p[0]
	}
	for _, suffix := range []string{"er", "st", "nd", "rd", "th"} { // 1er, 1st
		day = strings.TrimSuffix(day, suffix)
	}
	if !isDigits(day) || !isDigits(year) || len(day) > 2 || len(year) != 2 && len(year) != 4 {
		return date{}, false
	}
	at, ok := civil(fullYear(year), m, number10(day))
	return clear(at, false), ok
}

// loose reads three numbers by every order that makes them a day. The year
// comes first only when it has two digits.
func loose(a, b, c string) (d date, ok bool) {
	if len(c) == 2 || len(c) == 4 {
		if at, ok := civil(fullYear(c), number10(b), number10(a)); ok {
			d.by[0], d.may = at, d.may|dmy
		}
		if at, ok := civil(fullYear(c), number10(a), number10(b)); ok {
			d.by[1], d.may = at, d.may|mdy
		}
	}
	if len(a) == 2 && len(c) <= 2 {
		if at, ok := civil(fullYear(a), number10(b), number10(c)); ok {
			d.by[2], d.may = at, d.may|ymd
		}
	}
	return d, d.may != 0
}

func fullYear(digits string) int {
	y := number10(digits)
	switch {
	case len(digits) > 2:
		return y
	case y >= 80:
		return 1900 + y
	}
	return 2000 + y
}

// civil returns a day that the calendar has.
func civil(y, m, d int) (record.Time, bool) {
	if !isYear(y) || m < 1 || m > 12 || d < 1 || d > 31 {
		return record.Time{}, false
	}
	at := record.Date(y, time.Month(m), d)
	_, _, day := at.Civil()
	return at, day == d
}

func isYear(y int) bool { return y >= 1900 && y < 2200 }

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// number10 reads digits; too many are a number that is no part of a date.
func number10(digits string) int {
	n := 0
	for _, c := range []byte(digits) {
		if n = n*10 + int(c-'0'); n > 9999 {
			return 9999
		}
	}
	return n
}

// monthNamed returns the month that a word names, in the languages of the
// headings, or 0. Words are cut to any length from their third letter on.
func monthNamed(word string) int {
	word = fold(word)
	if len(word) < 3 || strings.ContainsAny(word, "0123456789") {
		return 0
	}
	for i, names := range [12][]string{
		{"january", "janvier", "januar", "enero", "ene", "gennaio", "januari"}, {"february", "fevrier", "februar", "febrero", "febbraio", "februari"},
		{"march", "mars", "marz", "maerz", "marzo", "maart", "mrt", "mar"}, {"april", "avril", "abril", "aprile"},
		{"may", "mai", "mayo", "maggio", "mei"}, {"june", "juin", "juni", "junio", "giugno"},
		{"july", "juillet", "juli", "julio", "luglio"}, {"august", "aout", "agosto", "augustus"},
		{"september", "septembre", "septiembre", "settembre", "sept"}, {"october", "octobre", "oktober", "octubre", "ottobre"},
		{"november", "novembre", "noviembre"}, {"december", "decembre", "dezember", "diciembre", "dicembre"},
	} {
		for _, name := range names {
			if strings.HasPrefix(name, word) && word != "jui" {
				return i + 1
			}
		}
	}
	return 0
}
