package web

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"

	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/locale"
)

// typedOf shows the value of a field as the person would type it: money with
// the decimal sign of their language.
func typedOf(l *locale.Locale, f ingest.Field, value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil { // a number, true or false; or nothing
		text = string(value)
	}
	if f.Kind == ingest.Money && l.Lang == locale.French {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// readField reads what was typed into a field; nil is nothing. What is not of
// its kind stays as it was typed, for who checks it to refuse.
func readField(kind ingest.FieldKind, typed string) json.RawMessage {
	text := strings.TrimSpace(typed)
	if text == "" {
		return nil
	}
	switch kind {
	case ingest.Money:
		text = readMoney(text)
	case ingest.Date:
		text = readDate(text)
	case ingest.Whole, ingest.Truth:
		number := strings.Join(strings.FieldsFunc(text, unicode.IsSpace), "")
		if json.Valid([]byte(number)) {
			return json.RawMessage(number)
		}
	}
	encoded, err := json.Marshal(text)
	if err != nil { // a text always encodes
		return nil
	}
	return encoded
}

// readMoney spells an amount that was typed in either language as records do:
// "1 234,50" and "1,234.50" are 1234.50. "1,234", which is one thing in French
// and another in English, stays as it was typed, to be refused.
func readMoney(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '\'' || r == '’':
			return -1
		case r == '−':
			return '-'
		}
		return r
	}, strings.TrimPrefix(text, "+"))
	point, comma := strings.LastIndexByte(text, '.'), strings.LastIndexByte(text, ',')
	switch {
	case point >= 0 && comma > point:
		text = strings.ReplaceAll(text, ".", "")
	case point >= 0 && comma >= 0:
		text = strings.ReplaceAll(text, ",", "")
	case comma >= 0 && len(text)-comma == 4:
		return text
	}
	return strings.Replace(text, ",", ".", 1)
}

// dayFirst matches 15/03/2026.
var dayFirst = regexp.MustCompile(`^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$`)

func readDate(text string) string {
	m := dayFirst.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	two := func(digits string) string { return ("0" + digits)[len(digits)-1:] }
	return m[3] + "-" + two(m[2]) + "-" + two(m[1])
}
