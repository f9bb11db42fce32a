package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// Bounds of one row of a file.
const (
	maxRow   = 8 << 20 // bytes
	maxDepth = 64
)

// A row is one object of a file.
type row struct {
	object object
	line   int // where it begins
}

// A splitter cuts a file, an array of objects or one object, into rows. It
// forgives what people who edit JSON by hand leave behind and what has one
// meaning only: a comma too many or too few between objects, a comma before a
// closing bracket, a line break within a text, and a byte order mark.
type splitter struct {
	r      *bufio.Reader
	line   int
	array  bool // within the brackets of the file
	begun  bool
	ended  bool
	buffer []byte
}

func newSplitter(r io.Reader) *splitter {
	return &splitter{r: bufio.NewReaderSize(r, 64<<10), line: 1}
}

// next returns the next row. It returns io.EOF after the last one, and a
// refusal for anything that is not what a splitter reads.
func (s *splitter) next() (row, error) {
	for {
		c, err := s.skip()
		if errors.Is(err, io.EOF) {
			return row{}, s.end()
		}
		if err != nil {
			return row{}, err
		}
		switch {
		case s.ended:
			return row{}, refuse(s.line, "the file goes on after its end")
		case c == '[' && !s.begun:
			s.array = true
		case c == ']' && s.array:
			s.ended = true
		case c == ',' && s.array:
		case c == '{' && (s.array || !s.begun):
			s.begun, s.ended = true, !s.array
			return s.object()
		default:
			return row{}, refuse(s.line, "expected an object and found %q", rune(c))
		}
		s.begun = true
	}
}

// end says how the file ended.
func (s *splitter) end() error {
	if s.array && !s.ended {
		return refuse(s.line, "the file ends before its closing bracket: it was cut")
	}
	return io.EOF
}

// skip returns the next byte that is no white space.
func (s *splitter) skip() (byte, error) {
	if !s.begun {
		if mark, err := s.r.Peek(3); err == nil && bytes.Equal(mark, []byte("\ufeff")) {
			if _, err := s.r.Discard(3); err != nil {
				return 0, err
			}
		}
	}
	for {
		c, err := s.r.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == '\n':
			s.line++
		case c != ' ' && c != '\t' && c != '\r':
			return c, nil
		}
	}
}

// object reads an object whose opening brace was read.
func (s *splitter) object() (row, error) {
	found := row{line: s.line}
	if err := s.gather(); err != nil {
		return row{}, err
	}
	if !utf8.Valid(s.buffer) {
		return row{}, refuse(found.line, "this is not UTF-8 text")
	}
	d := json.NewDecoder(bytes.NewReader(s.buffer))
	d.UseNumber()
	if err := d.Decode(&found.object); err != nil {
		at := len(s.buffer)
		if e, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = int(e.Offset)
		}
		return row{}, refuse(found.line+bytes.Count(s.buffer[:min(at, len(s.buffer))], []byte{'\n'}), "this is not JSON: %v", err)
	}
	return found, nil
}

// gather fills the buffer with the text of an object, mended.
func (s *splitter) gather() error {
	start := s.line
	s.buffer = append(s.buffer[:0], '{')
	depth, inText := 1, false
	for depth > 0 {
		c, err := s.r.ReadByte()
		if errors.Is(err, io.EOF) {
			return refuse(start, "the file ends within the object that begins here: it was cut")
		}
		if err != nil {
			return err
		}
		if len(s.buffer) >= maxRow {
			return refuse(start, "an object is over %d bytes", maxRow)
		}
		if c == '\n' {
			s.line++
		}
		if inText {
			inText = s.text(c)
			continue
		}
		switch c {
		case '"':
			inText = true
		case '{', '[':
			if depth++; depth > maxDepth {
				return refuse(s.line, "objects are nested over %d deep", maxDepth)
			}
		case '}', ']':
			depth--
			s.dropComma()
		}
		s.buffer = append(s.buffer, c)
	}
	return nil
}

// text adds a byte of a text and reports whether the text goes on. A line
// break or a tab within a text is written as JSON wants it.
func (s *splitter) text(c byte) bool {
	escaped := s.escapes()%2 == 1
	switch {
	case c < ' ':
		const hex = "0123456789abcdef"
		s.buffer = append(s.buffer, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	default:
		s.buffer = append(s.buffer, c)
	}
	return c != '"' || escaped
}

// escapes counts the backslashes at the end of the buffer.
func (s *splitter) escapes() int {
	n := 0
	for n < len(s.buffer) && s.buffer[len(s.buffer)-1-n] == '\\' {
		n++
	}
	return n
}

// dropComma removes a comma at the end of the buffer, white space apart.
func (s *splitter) dropComma() {
	kept := bytes.TrimRight(s.buffer, " \t\r\n")
	if bytes.HasSuffix(kept, []byte{','}) {
		s.buffer[len(kept)-1] = ' '
	}
}
