package fetch

import (
	"bytes"
	"io"
)

const scrubChunk = 32 << 10

// reader returns r scrubbed. A body that starts as a PDF, an archive or an
// image does passes as it is, wherever it goes: a password that happens to be a
// word of it would break the file, and the file is the record's evidence.
func (s *scrubber) reader(r io.Reader) io.Reader {
	return &scrubReader{scrubber: s, r: r}
}

// opaque lists the starts of files that are not scrubbed.
func opaque() []string {
	return []string{"%PDF-", "PK\x03\x04", "\x1f\x8b\x08", "\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF87a", "GIF89a"}
}

// scrubReader scrubs a stream, wherever it is cut.
type scrubReader struct {
	*scrubber
	r        io.Reader
	chunk    []byte
	text     []byte // read and not yet scrubbed
	buf      []byte // of out, used again
	out      []byte // scrubbed and not yet returned
	err      error  // of r
	hasKind  bool   // the start of the body was seen
	isOpaque bool
}

// Read implements io.Reader.
func (s *scrubReader) Read(p []byte) (int, error) {
	for len(s.out) == 0 && s.err == nil && !s.isOpaque {
		s.fill()
	}
	switch {
	case len(s.out) > 0:
	case s.isOpaque && s.err == nil:
		return s.r.Read(p)
	default:
		return 0, s.err
	}
	n := copy(p, s.out)
	s.out = s.out[n:]
	return n, nil
}

// fill reads once and scrubs what can be.
func (s *scrubReader) fill() {
	if s.chunk == nil {
		s.chunk = make([]byte, scrubChunk)
	}
	n, err := s.r.Read(s.chunk)
	s.text, s.err = append(s.text, s.chunk[:n]...), err
	if !s.hasKind && !s.detect() {
		return
	}
	if s.isOpaque {
		s.out, s.text = s.text, nil
		return
	}
	var rest []byte
	s.buf, rest = s.scrub(s.buf[:0], s.text, s.err != nil)
	s.out, s.text = s.buf, append(s.text[:0], rest...)
}

// detect reports whether enough was read to tell what the body is.
func (s *scrubReader) detect() bool {
	for _, start := range opaque() {
		if bytes.HasPrefix(s.text, []byte(start)) {
			s.isOpaque = true
			break
		}
		if s.err == nil && len(s.text) < len(start) && bytes.HasPrefix([]byte(start), s.text) {
			return false
		}
	}
	s.hasKind = true
	return true
}
