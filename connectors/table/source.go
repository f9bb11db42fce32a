package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A charset turns the bytes of a file into text.
type charset int

const (
	utf8Text charset = iota
	windows1252
	utf16LE
	utf16BE
)

// A source is a file that is known to be text.
type source struct {
	file    *io.SectionReader
	charset charset
}

const readSize = 64 << 10

// open finds out how the text of a file is written. It refuses what is no text.
func open(file *io.SectionReader) (source, error) {
	src := source{file: file}
	if file.Size() == 0 {
		return src, refuse(0, "the file is empty")
	}
	head := make([]byte, min(file.Size(), 1<<10))
	if _, err := io.ReadFull(whole(file), head); err != nil {
		return src, fmt.Errorf("read the file: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return src, refuse(0, "this is a workbook or an archive, not text: open it and save the sheet as CSV")
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return src, refuse(0, "this is a PDF document, not a table")
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), isWide(head, 1):
		src.charset = utf16LE
		return src, nil
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}), isWide(head, 0):
		src.charset = utf16BE
		return src, nil
	}
	var err error
	src.charset, err = sniff(whole(file))
	return src, err
}

// isWide reports whether text without a mark is UTF-16: most of the bytes at
// odd or even places are zero, and none of the others.
func isWide(head []byte, zeros int) bool {
	n := 0
	for i, b := range head {
		if i%2 == zeros && b == 0 {
			n++
		} else if b == 0 {
			return false
		}
	}
	return len(head) >= 8 && n*4 >= len(head)
}

// sniff reads r to its end: valid UTF-8 is that, and anything else without a
// zero byte is Windows-1252.
func sniff(r io.Reader) (charset, error) {
	buf, found := bufio.NewReaderSize(r, readSize), utf8Text
	for {
		part, err := buf.Peek(utf8.UTFMax)
		if len(part) == 0 {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return found, err
		}
		part, _ = buf.Peek(buf.Buffered())
		part = part[:len(part)-partial(part)]
		if len(part) == 0 { // the file ends within a character
			part, _ = buf.Peek(buf.Buffered())
		}
		if bytes.IndexByte(part, 0) >= 0 {
			return found, refuse(0, "this is not text")
		}
		if !utf8.Valid(part) {
			found = windows1252
		}
		if _, err := buf.Discard(len(part)); err != nil {
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

// text returns the whole of the file as UTF-8.
func (s source) text() io.RuneReader {
	return &decoder{buf: bufio.NewReaderSize(whole(s.file), readSize), charset: s.charset}
}

// whole returns a reader of all of r.
func whole(r *io.SectionReader) io.Reader { return io.NewSectionReader(r, 0, r.Size()) }

// A decoder reads a charset character by character.
type decoder struct {
	buf     *bufio.Reader
	charset charset
	begun   bool
}

// ReadRune implements io.RuneReader. Bytes that mean nothing are U+FFFD; a byte
// order mark at the start is left out.
func (d *decoder) ReadRune() (rune, int, error) {
	r, err := d.next()
	if !d.begun {
		d.begun = true
		if err == nil && r == '\ufeff' {
			r, err = d.next()
		}
	}
	return r, utf8.RuneLen(r), err
}

func (d *decoder) next() (rune, error) {
	switch d.charset {
	case utf8Text:
		r, _, err := d.buf.ReadRune()
		return r, err
	case windows1252:
		b, err := d.buf.ReadByte()
		if b >= 0x80 && b < 0xa0 {
			return high1252[b-0x80], err
		}
		return rune(b), err
	}
	r, err := d.unit()
	if err != nil || r < 0xd800 || r > 0xdfff {
		return r, err
	}
	if r > 0xdbff {
		return '\ufffd', nil
	}
	low, err := d.unit()
	if err != nil || low < 0xdc00 || low > 0xdfff {
		return '\ufffd', nil
	}
	return 0x10000 + (r-0xd800)<<10 + low - 0xdc00, nil
}

// unit reads one unit of UTF-16. Half a unit at the end is none.
func (d *decoder) unit() (rune, error) {
	a, err := d.buf.ReadByte()
	if err != nil {
		return 0, err
	}
	b, err := d.buf.ReadByte()
	if d.charset == utf16LE {
		a, b = b, a
	}
	return rune(a)<<8 | rune(b), err
}

// high1252 returns what Windows-1252 means by the bytes 0x80 to 0x9f; every
// other byte is the character of the same number.
var high1252 = [32]rune{
	'€', '\ufffd', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\ufffd', 'Ž', '\ufffd',
	'\ufffd', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\ufffd', 'ž', 'Ÿ',
}

// A line is one line of the file.
type line struct {
	text   string
	number int
	isCut  bool // it is longer than maxLine, and the rest is not here
}

// maxLine bounds a line of the file.
const maxLine = 256 << 10 // bytes

// lines reads the lines of a text, ended as any system ends them.
type lines struct {
	r      io.RuneReader
	number int
	afterR bool // the last line ended with a carriage return
	back   []line
}

func (l *lines) unread(all ...line) { l.back = append(append([]line{}, all...), l.back...) }

// next returns the next line; io.EOF after the last one.
func (l *lines) next() (line, error) {
	if len(l.back) > 0 {
		first := l.back[0]
		l.back = l.back[1:]
		return first, nil
	}
	var text strings.Builder
	out := line{number: l.number + 1}
	for n := 0; ; n++ {
		r, _, err := l.r.ReadRune()
		if errors.Is(err, io.EOF) && n > 0 {
			break
		}
		if err != nil {
			return line{}, err
		}
		if r == '\n' && n == 0 && l.afterR {
			l.afterR, n = false, -1
			continue
		}
		l.afterR = r == '\r'
		if r == '\n' || r == '\r' {
			break
		}
		if r == 0 {
			return line{}, refuse(out.number, "this is not text")
		}
		if out.isCut = out.isCut || text.Len() >= maxLine; !out.isCut {
			text.WriteRune(r)
		}
	}
	l.number++
	out.text = text.String()
	return out, nil
}
