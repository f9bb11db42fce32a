package protocol

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// A Frame is one message, in either direction.
type Frame struct {
	Line    []byte // one JSON object, without its newline
	Payload []byte // raw bytes that follow; nil when the line names none
}

// ErrFrame is wrapped by every error that means the other side broke the
// framing. Nothing more can be read from it.
var ErrFrame = errors.New("malformed frame")

// A Reader reads frames from untrusted bytes. Its memory is bounded by
// [MaxLine] and [MaxPayload].
type Reader struct{ r *bufio.Reader }

// NewReader returns a Reader over r.
func NewReader(r io.Reader) *Reader { return &Reader{bufio.NewReaderSize(r, 64<<10)} }

// Next returns the next frame, which stays valid after later calls. It returns
// io.EOF at a clean end between frames and an error wrapping [ErrFrame] for
// anything malformed.
func (r *Reader) Next() (Frame, error) {
	line, err := r.line()
	if err != nil {
		return Frame{}, err
	}
	n, err := Check(line)
	if err != nil || n < 0 {
		return Frame{Line: line}, err
	}
	payload, err := r.payload(n)
	return Frame{Line: line, Payload: payload}, err
}

// line reads up to the newline.
func (r *Reader) line() ([]byte, error) {
	var line []byte
	for {
		part, err := r.r.ReadSlice('\n')
		if len(line)+len(part) > MaxLine+1 {
			return nil, fmt.Errorf("%w: line over %d bytes", ErrFrame, MaxLine)
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, fmt.Errorf("%w: line without end", ErrFrame)
		default:
			return nil, err
		}
	}
}

// payload reads n bytes, growing with what really arrives.
func (r *Reader) payload(n int) ([]byte, error) {
	var buf bytes.Buffer
	if _, err := io.CopyN(&buf, r.r, int64(n)); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: payload of %d bytes ends early", ErrFrame, n)
		}
		return nil, err
	}
	if n == 0 {
		return []byte{}, nil
	}
	return buf.Bytes(), nil
}

// Check verifies that line is a single JSON object in valid UTF-8, of at most
// [MaxLine] bytes, nested at most [MaxDepth] deep and without duplicate keys.
// It returns the length of the payload it announces, or -1 when it names none.
func Check(line []byte) (payload int, err error) {
	if len(line) > MaxLine {
		return -1, fmt.Errorf("%w: line over %d bytes", ErrFrame, MaxLine)
	}
	if !utf8.Valid(line) {
		return -1, fmt.Errorf("%w: not UTF-8", ErrFrame)
	}
	if err := checkDepth(line); err != nil {
		return -1, err
	}
	if len(line) == 0 || line[0] != '{' || !json.Valid(line) {
		return -1, fmt.Errorf("%w: not a JSON object", ErrFrame)
	}
	if err := checkKeys(line); err != nil {
		return -1, err
	}
	var head struct {
		Payload *int64 `json:"payload"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return -1, fmt.Errorf("%w: payload is not a length", ErrFrame)
	}
	if head.Payload == nil {
		return -1, nil
	}
	if *head.Payload < 0 || *head.Payload > MaxPayload {
		return -1, fmt.Errorf("%w: payload of %d bytes", ErrFrame, *head.Payload)
	}
	return int(*head.Payload), nil
}

// checkDepth bounds nesting before any recursive parser sees the line.
func checkDepth(line []byte) error {
	depth, inString := 0, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("%w: nested over %d deep", ErrFrame, MaxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// checkKeys refuses duplicate keys in line, which is valid JSON: two readers
// could otherwise take two different values from one message.
func checkKeys(line []byte) error {
	var open []map[string]bool // per nesting level; nil for an array
	key := false               // whether a string here is a key
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '{':
			open, key = append(open, map[string]bool{}), true
		case '[':
			open, key = append(open, nil), false
		case '}', ']':
			open, key = open[:len(open)-1], false
		case ',':
			key = open[len(open)-1] != nil
		case ':':
			key = false
		case '"':
			end := stringEnd(line, i)
			if key {
				name, err := unquote(line[i:end])
				if err != nil {
					return err
				}
				seen := open[len(open)-1]
				if seen[name] {
					return fmt.Errorf("%w: duplicate key %q", ErrFrame, name)
				}
				seen[name] = true
			}
			i = end - 1
		}
	}
	return nil
}

// stringEnd returns the index after the closing quote of the string at start.
func stringEnd(line []byte, start int) int {
	for i := start + 1; ; i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

func unquote(s []byte) (string, error) {
	if !bytes.ContainsRune(s, '\\') {
		return string(s[1 : len(s)-1]), nil
	}
	var name string
	if err := json.Unmarshal(s, &name); err != nil {
		return "", fmt.Errorf("%w: bad key", ErrFrame)
	}
	return name, nil
}

// A Writer writes frames. Each is handed to the underlying writer in one call
// of Write, payload included.
type Writer struct {
	w   io.Writer
	buf bytes.Buffer
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write sends line, an object already encoded with its "payload" member when
// payload is not nil. It returns an error wrapping [ErrFrame], and sends
// nothing, when the frame would be refused by a [Reader].
func (w *Writer) Write(f Frame) error {
	n, err := Check(f.Line)
	if err != nil {
		return err
	}
	if n != len(f.Payload) && (n >= 0 || f.Payload != nil) {
		return fmt.Errorf("%w: line announces %d bytes, payload has %d", ErrFrame, n, len(f.Payload))
	}
	if bytes.ContainsRune(f.Line, '\n') {
		return fmt.Errorf("%w: newline inside the line", ErrFrame)
	}
	w.buf.Reset()
	w.buf.Write(f.Line)
	w.buf.WriteByte('\n')
	w.buf.Write(f.Payload)
	_, err = w.w.Write(w.buf.Bytes())
	return err
}
