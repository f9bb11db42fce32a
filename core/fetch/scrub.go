package fetch

import (
	"bytes"
	"html"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	minScrub  = 6  // bytes: what is shorter stands in too many innocent places
	maxEntity = 32 // bytes of an HTML character reference, "&" and ";" included
)

// A scrubber replaces secrets in what comes back from a provider by their
// placeholder and changes no other byte. It finds a secret of at least six
// bytes whose characters stand as they are, percent-encoded, escaped as in JSON
// and JavaScript, or as HTML character references, in any mixture. It is best
// effort: it does not find shorter secrets, nor one encoded twice, in base64
// (but for Basic authorisation just sent), in UTF-16, compressed or cut up.
type scrubber struct {
	needles []needle
	starts  [256]bool // the bytes that may start a secret
}

// needle is one secret: its characters, and what replaces it.
type needle struct {
	units []unit
	mark  string
}

// unit is one character. r is utf8.RuneError for a byte that is no UTF-8.
type unit struct {
	r   rune
	raw string
}

func (s *scrubber) add(secret, mark string) {
	if len(secret) < minScrub {
		return
	}
	n := needle{mark: mark}
	for rest := secret; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		n.units = append(n.units, unit{r: r, raw: rest[:size]})
		rest = rest[size:]
	}
	s.needles = append(s.needles, n)
	first := n.units[0]
	for _, c := range []byte{first.raw[0], '%', '\\', '&'} {
		s.starts[c] = true
	}
	if first.r == ' ' {
		s.starts['+'] = true
	}
	if isLatin1(first.r) {
		s.starts[byte(first.r)] = true
	}
}

// text scrubs a whole text.
func (s *scrubber) text(text string) string {
	out, _ := s.scrub(nil, []byte(text), true)
	return string(out)
}

// header scrubs the values of h in place.
func (s *scrubber) header(h http.Header) http.Header {
	for _, values := range h {
		for i := range values {
			values[i] = s.text(values[i])
		}
	}
	return h
}

// scrub appends the scrubbed text to out. Unless text is the end, it returns as
// rest what may be the start of a secret, to be given again with more.
func (s *scrubber) scrub(out, text []byte, isEnd bool) (_, rest []byte) {
	if len(s.needles) == 0 {
		return append(out, text...), nil
	}
	done := 0
	for i := 0; i < len(text); i++ {
		if !s.starts[text[i]] {
			continue
		}
		n, mark, more := s.match(text[i:], isEnd)
		if more {
			return append(out, text[done:i]...), text[i:]
		}
		if n > 0 {
			out = append(append(out, text[done:i]...), mark...)
			done = i + n
			i = done - 1
		}
	}
	return append(out, text[done:]...), nil
}

// match returns the length of the longest secret at the start of text, or that
// more text is needed to tell.
func (s *scrubber) match(text []byte, isEnd bool) (n int, mark string, more bool) {
	for _, needle := range s.needles {
		m, needsMore := needle.match(text, isEnd)
		if needsMore {
			return 0, "", true
		}
		if m > n {
			n, mark = m, needle.mark
		}
	}
	return n, mark, false
}

// match follows every way to read text as the needle at once.
func (n needle) match(text []byte, isEnd bool) (length int, more bool) {
	var a, b [8]int          // room for more ways than occur
	at, next := a[:1], b[:0] // where the ways stand, after the units so far
	for _, u := range n.units {
		next = next[:0]
		for _, i := range at {
			var m bool
			next, m = u.match(next, text, i)
			more = more || m
		}
		if len(next) == 0 {
			return 0, more && !isEnd
		}
		slices.Sort(next)
		at, next = slices.Compact(next), at
	}
	return at[len(at)-1], more && !isEnd
}

// match appends to ends where u may end when it starts at i, and reports
// whether more text may give more ends.
func (u unit) match(ends []int, text []byte, i int) (_ []int, more bool) {
	if text = text[i:]; len(text) == 0 {
		return ends, true
	}
	var n [3]int
	var m [3]bool
	n[0], m[0] = u.plain(text)
	n[1], m[1] = u.latin1(text)
	switch text[0] {
	case '%':
		n[2], m[2] = u.percent(text)
	case '\\':
		n[2], m[2] = u.escape(text)
	case '&':
		n[2], m[2] = u.entity(text)
	}
	for _, n := range n {
		if n > 0 {
			ends = append(ends, i+n)
		}
	}
	return ends, m[0] || m[1] || m[2]
}

// plain matches the character itself, and "+" for a space.
func (u unit) plain(text []byte) (n int, more bool) {
	if u.r == ' ' && text[0] == '+' {
		return 1, false
	}
	n = min(len(u.raw), len(text))
	switch {
	case string(text[:n]) != u.raw[:n]:
		return 0, false
	case n < len(u.raw):
		return 0, true
	}
	return n, false
}

// latin1 matches the character in the older encoding, percent-encoded or not.
func (u unit) latin1(text []byte) (n int, more bool) {
	if !isLatin1(u.r) {
		return 0, false
	}
	if text[0] == byte(u.r) {
		return 1, false
	}
	b, more := percentByte(text)
	if b != int(u.r) {
		return 0, more
	}
	return 3, false
}

func isLatin1(r rune) bool { return r >= 0x80 && r <= 0xff }

// percent matches the percent-encoded bytes of the character.
func (u unit) percent(text []byte) (n int, more bool) {
	for i := range len(u.raw) {
		b, m := percentByte(text[min(3*i, len(text)):])
		if m || b != int(u.raw[i]) {
			return 0, m
		}
	}
	return 3 * len(u.raw), false
}

// percentByte reads "%4a", -1 when text starts otherwise.
func percentByte(text []byte) (b int, more bool) {
	if len(text) < 3 {
		return -1, isHexPrefix(text, "%")
	}
	if text[0] != '%' {
		return -1, false
	}
	return hexValue(text[1:3]), false
}

// escape matches the escapes of JSON and JavaScript.
func (u unit) escape(text []byte) (n int, more bool) {
	if len(text) < 2 {
		return 0, true
	}
	const letters, meanings = "\"\\/'`bfnrtv", "\"\\/'`\b\f\n\r\t\v"
	if i := strings.IndexByte(letters, text[1]); i >= 0 && u.r == rune(meanings[i]) {
		return 2, false
	}
	switch {
	case text[1] == 'x' && u.r <= 0xff:
		return hexUnit(text, `\x`, 2, u.r)
	case u.r <= 0xffff:
		return hexUnit(text, `\u`, 4, u.r)
	}
	high, low := utf16.EncodeRune(u.r)
	if n, more = hexUnit(text, `\u`, 4, high); n == 0 {
		return 0, more
	}
	m, more := hexUnit(text[n:], `\u`, 4, low)
	if m == 0 {
		return 0, more
	}
	return n + m, false
}

// hexUnit matches prefix and the digits of value.
func hexUnit(text []byte, prefix string, digits int, value rune) (n int, more bool) {
	n = len(prefix) + digits
	if len(text) < n {
		return 0, isHexPrefix(text, prefix)
	}
	if string(text[:len(prefix)]) != prefix || hexValue(text[len(prefix):n]) != int(value) {
		return 0, false
	}
	return n, false
}

// isHexPrefix reports whether text, too short, may become prefix and digits.
func isHexPrefix(text []byte, prefix string) bool {
	n := min(len(text), len(prefix))
	return string(text[:n]) == prefix[:n] && hexValue(text[n:]) >= 0
}

// hexValue returns the value of hexadecimal digits, -1 when there are others.
func hexValue(digits []byte) int {
	value := 0
	for _, c := range digits {
		i := strings.IndexByte("0123456789abcdef", c|0x20)
		if i < 0 || c < '0' {
			return -1
		}
		value = value<<4 | i
	}
	return value
}

// entity matches an HTML character reference, named or numeric.
func (u unit) entity(text []byte) (n int, more bool) {
	end := bytes.IndexByte(text[:min(len(text), maxEntity)], ';')
	if end < 0 {
		return 0, len(text) < maxEntity
	}
	if html.UnescapeString(string(text[:end+1])) != u.raw {
		return 0, false
	}
	return end + 1, false
}
