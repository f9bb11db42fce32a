package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// Bounds of the scanner, in bytes.
const (
	maxTag   = 512      // a tag, attributes included
	maxValue = 64 << 10 // the text that follows a tag
)

// A token is a tag and the text that follows it, up to the next tag.
type token struct {
	name   string // upper case, without prefix
	closes bool   // </NAME>
	empty  bool   // <NAME/>
	text   string // folded
	line   int    // of the tag
	long   bool   // the text was over maxValue and was cut
}

// A scanner reads the tags of SGML and XML alike, and forgives what banks
// write: leaf tags that are never closed, a bare "&" or "<" in text, headers
// of any shape. It holds one value at a time.
type scanner struct {
	r       *bufio.Reader
	charset charset
	line    int

	next    token // its tag was read, its text was not
	raw     []byte
	text    strings.Builder
	cut     bool
	started bool
}

func newScanner(r io.Reader, c charset) *scanner {
	return &scanner{r: bufio.NewReaderSize(r, 64<<10), charset: c, line: 1}
}

// scan returns the next tag. It returns io.EOF after the last one, a refusal
// for a file that ends within a comment or a CDATA section, and what reading
// returned.
func (s *scanner) scan() (token, error) {
	if !s.started {
		s.started = true
		if err := s.readText(); err != nil { // the header
			return token{}, err
		}
	}
	t := s.next
	if t.name == "" {
		return token{}, io.EOF
	}
	s.next = token{}
	if err := s.readText(); err != nil {
		return token{}, err
	}
	t.text, t.long = s.takeText(), s.cut
	return t, nil
}

// readText gathers text up to a tag, which it leaves in next, or up to the end.
func (s *scanner) readText() error {
	s.text.Reset()
	s.cut = false
	for {
		part, err := s.r.ReadSlice('<')
		s.line += bytes.Count(part, []byte{'\n'})
		s.keep(bytes.TrimSuffix(part, []byte{'<'}))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		found, err := s.markup()
		if err != nil || found {
			return err
		}
	}
}

// keep adds raw bytes to the text, up to the bound.
func (s *scanner) keep(b []byte) {
	if room := maxValue - len(s.raw) - s.text.Len(); len(b) > room {
		b, s.cut = b[:max(room, 0)], true
	}
	s.raw = append(s.raw, b...)
}

// settle turns the raw bytes into text: entities stand for characters outside
// CDATA sections only.
func (s *scanner) settle(entities bool) {
	text := s.charset.text(s.raw)
	if entities {
		text = unescape(text)
	}
	s.text.WriteString(text)
	s.raw = s.raw[:0]
}

func (s *scanner) takeText() string {
	s.settle(true)
	return fold(s.text.String())
}

// markup looks at what follows "<". It reports whether that was a tag; a
// comment, a declaration or an instruction is skipped, and anything else is
// text.
func (s *scanner) markup() (tag bool, err error) {
	ahead, err := s.r.Peek(maxTag)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	switch {
	case bytes.HasPrefix(ahead, []byte("!--")):
		return false, s.skip("-->", false)
	case bytes.HasPrefix(ahead, []byte("![CDATA[")):
		s.settle(true)
		return false, s.skip("]]>", true)
	case bytes.HasPrefix(ahead, []byte("!")), bytes.HasPrefix(ahead, []byte("?")):
		return false, s.skip(">", false)
	}
	t, size := parseTag(ahead)
	if size == 0 {
		s.keep([]byte{'<'})
		return false, nil
	}
	t.line = s.line
	s.line += bytes.Count(ahead[:size], []byte{'\n'})
	s.next = t
	_, err = s.r.Discard(size)
	return true, err
}

// skip reads through end, and keeps what precedes it when it is CDATA.
func (s *scanner) skip(end string, cdata bool) error {
	line := s.line
	if cdata {
		if _, err := s.r.Discard(len("![CDATA[")); err != nil {
			return err
		}
	}
	var tail []byte
	for {
		c, err := s.r.ReadByte()
		if errors.Is(err, io.EOF) {
			return refuse(line, "the file ends within a comment or a CDATA section")
		}
		if err != nil {
			return err
		}
		if c == '\n' {
			s.line++
		}
		tail = append(tail, c)
		if bytes.HasSuffix(tail, []byte(end)) {
			break
		}
		if len(tail) >= 4<<10 {
			keep := len(tail) - len(end)
			if cdata {
				s.keep(tail[:keep])
			}
			tail = append(tail[:0], tail[keep:]...)
		}
	}
	if cdata {
		s.keep(tail[:len(tail)-len(end)])
		s.settle(false)
	}
	return nil
}

// parseTag reads a tag whose "<" was read, at the start of b. It returns its
// size, ">" included, or 0 when b begins no tag.
func parseTag(b []byte) (token, int) {
	var t token
	i := 0
	if len(b) > 0 && b[0] == '/' {
		t.closes, i = true, 1
	}
	start := i
	for i < len(b) && isNameByte(b[i], i == start) {
		i++
	}
	if i == start || i == len(b) {
		return token{}, 0
	}
	name := b[start:i]
	end := bytes.IndexAny(b[i:], "<>")
	if end < 0 || b[i+end] == '<' {
		return token{}, 0
	}
	rest := b[i : i+end]
	if len(rest) > 0 && !isSpaceOrSlash(rest[0]) {
		return token{}, 0
	}
	t.empty = bytes.HasSuffix(rest, []byte{'/'})
	if _, local, found := bytes.Cut(name, []byte{':'}); found {
		name = local
	}
	if len(name) == 0 {
		return token{}, 0
	}
	t.name = strings.ToUpper(string(name))
	return t, i + end + 1
}

func isNameByte(c byte, first bool) bool {
	letter := c|0x20 >= 'a' && c|0x20 <= 'z'
	return letter || !first && (c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-' || c == ':')
}

func isSpaceOrSlash(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '/'
}
