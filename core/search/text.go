package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTermBytes bounds a term; a longer word is known by its beginning.
const maxTermBytes = 48

// latin spells U+00C0 to U+017F without accents, in lower case.
var latin = strings.Fields(`
	a a a a a a ae c e e e e i i i i d n o o o o o x o u u u u y th ss
	a a a a a a ae c e e e e i i i i d n o o o o o x o u u u u y th y
	a a a a a a c c c c c c c c d d d d e e e e e e e e e e g g g g
	g g g g h h h h i i i i i i i i i i ij ij j j k k k l l l l l l l
	l l l n n n n n n n n n o o o o o o oe oe r r r r r r s s s s s s
	s s t t t t t t u u u u u u u u u u u u w w y y y z z z z z z s`)

// ligatures spells U+FB00 to U+FB06, which PDF files are full of.
var ligatures = [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}

// A scanner cuts a text into terms: runs of letters and digits, folded to
// lower case without accents. A number with one decimal mark is one term,
// spelled with a point: "49,99" and "49.99" are the same. An ideograph is a
// term of its own.
type scanner struct {
	text       string
	at         int    // the next byte to read
	term       []byte // the current term, valid until the next call of next
	start, end int    // where the current term stands in text
	plain      int    // before this byte digits make no number with marks
}

// next moves to the next term and reports whether there is one.
func (s *scanner) next() bool {
	for s.at < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[s.at:])
		if !isWordRune(r) {
			s.at += n
			continue
		}
		s.start = s.at
		s.term = s.term[:0]
		switch {
		case isIdeograph(r):
			s.at += n
			s.term = utf8.AppendRune(s.term, r)
		case isDigit(s.text[s.at]) && s.at >= s.plain && s.number():
		default:
			s.word()
		}
		s.end = s.at
		if len(s.term) > 0 {
			return true
		}
	}
	return false
}

// word reads a run of letters and digits.
func (s *scanner) word() {
	for s.at < len(s.text) {
		if c := s.text[s.at]; c < utf8.RuneSelf {
			if !isASCIIWord(c) {
				break
			}
			s.at++
			s.add(lower(c))
			continue
		}
		r, n := utf8.DecodeRuneInString(s.text[s.at:])
		if isInvisible(r) {
			s.at += n
			continue
		}
		if !isWordRune(r) || isIdeograph(r) {
			break
		}
		s.at += n
		s.fold(r)
	}
	for len(s.term) > 0 && !utf8.Valid(s.term) { // cut inside a rune
		s.term = s.term[:len(s.term)-1]
	}
}

func (s *scanner) add(c byte) {
	if len(s.term) < maxTermBytes {
		s.term = append(s.term, c)
	}
}

// fold appends r without its accent.
func (s *scanner) fold(r rune) {
	r = unicode.ToLower(r)
	text := string(r)
	switch {
	case r >= 0xC0 && r <= 0x17F:
		text = latin[r-0xC0]
	case r >= 0xFB00 && r <= 0xFB06:
		text = ligatures[r-0xFB00]
	}
	for _, c := range []byte(text) {
		s.add(c)
	}
}

// number reads a number written with marks, such as "1.234,56", and reports
// whether the digits at hand are one. When marks stand between digits without
// making a number, as in a date, each run of digits is a term.
func (s *scanner) number() bool {
	var groups [8]string
	var marks [8]byte
	n, at := 0, s.at
	for n < len(groups) {
		size := digits(s.text[at:])
		groups[n], at = s.text[at:at+size], at+size
		mark, width := numberMark(s.text[at:])
		if width == 0 {
			n++
			break
		}
		marks[n], n, at = mark, n+1, at+width
	}
	if n >= 2 && n < len(groups) && at-s.at <= maxTermBytes && joinNumber(s, groups[:n], marks[:n-1]) {
		s.at = at
		return true
	}
	s.plain = at + runEnd(s.text[at:])
	return false
}

// runEnd returns the length of the digits and marks at the start of text.
func runEnd(text string) (n int) {
	for {
		n += digits(text[n:])
		_, width := numberMark(text[n:])
		if width == 0 {
			return n
		}
		n += width
	}
}

// joinNumber spells the groups as one number when the marks between them make
// one.
func joinNumber(s *scanner, groups []string, marks []byte) bool {
	last := len(marks) - 1
	decimal := marks[last] != ' ' && (last == 0 || marks[last] != marks[0])
	thousands := len(groups)
	if decimal {
		thousands--
	}
	for i := 1; i < thousands; i++ {
		if len(groups[i]) != 3 || marks[i-1] != marks[0] || len(groups[0]) > 3 {
			return false
		}
	}
	for i, group := range groups {
		if decimal && i == len(groups)-1 {
			s.add('.')
		}
		for _, c := range []byte(group) {
			s.add(c)
		}
	}
	return true
}

// numberMark reads a mark that may stand inside a number before another digit.
// No-break spaces of every kind count as one; a plain space does not.
func numberMark(text string) (mark byte, width int) {
	r, n := utf8.DecodeRuneInString(text)
	switch r {
	case '.', ',':
		mark = byte(r)
	case '\u00A0', '\u202F':
		mark = ' '
	default:
		return 0, 0
	}
	if n >= len(text) || !isDigit(text[n]) {
		return 0, 0
	}
	return mark, n
}

func digits(text string) (n int) {
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isASCIIWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return isASCIIWord(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

// isInvisible reports whether r may stand inside a word without being part of
// it: a combining accent, a soft hyphen, a joiner.
func isInvisible(r rune) bool {
	return r == '\u00AD' || r >= '\u200B' && r <= '\u200D' || r == '\uFEFF' || unicode.Is(unicode.Mn, r)
}

func isIdeograph(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// terms returns the terms of text.
func terms(text string) []string {
	var list []string
	for s := (scanner{text: text}); s.next(); {
		list = append(list, string(s.term))
	}
	return list
}
