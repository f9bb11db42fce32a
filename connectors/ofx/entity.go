package main

import (
	"strconv"
	"strings"
	"unicode"
)

// maxEntity bounds what is looked at after an ampersand, in bytes.
const maxEntity = 10

// unescape replaces character references. An ampersand that begins none is
// itself: many banks write "AT&T" or "&" bare.
func unescape(s string) string {
	before, after, found := strings.Cut(s, "&")
	if !found {
		return s
	}
	var out strings.Builder
	for found {
		out.WriteString(before)
		name, _, ended := strings.Cut(after[:min(len(after), maxEntity)], ";")
		if value := entity(name); ended && value != 0 {
			out.WriteRune(value)
			after = after[len(name)+1:]
		} else {
			out.WriteByte('&')
		}
		before, after, found = strings.Cut(after, "&")
	}
	out.WriteString(before)
	return out.String()
}

// entity returns what &name; stands for, 0 for nothing: the five of XML, the
// one of HTML that banks use, and numbers.
func entity(name string) rune {
	switch name {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	case "nbsp":
		return '\u00a0'
	}
	digits, numeric := strings.CutPrefix(name, "#")
	if !numeric {
		return 0
	}
	base := 10
	if hex, ok := strings.CutPrefix(strings.ToLower(digits), "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > unicode.MaxRune || n >= 0xd800 && n < 0xe000 {
		return 0
	}
	return rune(n)
}

// fold trims s, makes one space of each run of white space, and drops control
// characters.
func fold(s string) string {
	s = strings.TrimSpace(s)
	if isFolded(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// isFolded reports that fold would return s as it is. It may say no wrongly.
func isFolded(s string) bool {
	space := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f || s[i] == ' ' && space {
			return false
		}
		space = s[i] == ' '
	}
	return !space || s == ""
}
