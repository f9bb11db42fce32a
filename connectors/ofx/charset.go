package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// A charset turns the bytes of a file into text.
type charset int

const (
	utf8Text charset = iota
	windows1252
)

// errUTF16 says that a file is in a form that is not read.
var errUTF16 = errors.New("the file is written in UTF-16: save it as UTF-8")

// sniff reads r to its end and returns the charset of what it holds. What the
// file's header declares is wrong too often to be believed: a mark or valid
// UTF-8 decides, and anything else is Windows-1252.
func sniff(r io.Reader) (charset, error) {
	buf := bufio.NewReaderSize(r, 64<<10)
	mark, err := buf.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return utf8Text, err
	}
	if bytes.Equal(mark, []byte{0xff, 0xfe}) || bytes.Equal(mark, []byte{0xfe, 0xff}) {
		return utf8Text, errUTF16
	}
	found := utf8Text
	for {
		part, err := buf.Peek(utf8.UTFMax)
		if len(part) == 0 {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return found, err
		}
		part, _ = buf.Peek(buf.Buffered())
		whole := part[:len(part)-partial(part)]
		if len(whole) == 0 { // the file ends within a character
			whole = part
		}
		if !utf8.Valid(whole) {
			found = windows1252
		}
		if _, err := buf.Discard(len(whole)); err != nil {
			return found, err
		}
	}
}

// partial returns how many bytes at the end of b begin a character that b does
// not finish.
func partial(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// text decodes b. Bytes that mean nothing become U+FFFD.
func (c charset) text(b []byte) string {
	if c == utf8Text {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	var out strings.Builder
	out.Grow(len(b) + 8)
	for _, x := range b {
		switch {
		case x >= 0x80 && x < 0xa0:
			out.WriteRune(high1252[x-0x80])
		default:
			out.WriteRune(rune(x))
		}
	}
	return out.String()
}

// high1252 is what Windows-1252 means by the bytes 0x80 to 0x9f; every other
// byte is the character of the same number.
var high1252 = [32]rune{
	'€', '\ufffd', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\ufffd', 'Ž', '\ufffd',
	'\ufffd', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\ufffd', 'ž', 'Ÿ',
}
