package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Caller is a program's side of the conversation with its home: it sends one
// request at a time and reads the reply. It is for one goroutine. Make one with
// [NewCaller].
type Caller struct {
	in     *Reader
	out    *Writer
	broken error
}

// NewCaller returns a Caller that reads replies from in and writes requests to
// out.
func NewCaller(in io.Reader, out io.Writer) *Caller {
	return &Caller{in: NewReader(in), out: NewWriter(out)}
}

// Broken returns why the home cannot be spoken to any more, or nil.
func (c *Caller) Broken() error { return c.broken }

// Call sends one request and decodes the reply's "ok" into reply, unless that
// is nil. It returns the reply's payload, or the home's [Error]. After any other
// error nothing more can be said and every call returns it again.
func (c *Caller) Call(op Op, body any, payload []byte, reply any) ([]byte, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	line, err := request(op, body, payload)
	if err != nil {
		return nil, err
	}
	return c.Exchange(Frame{Line: line, Payload: payload}, reply)
}

// Exchange sends a frame and decodes the reply to it, as Call does.
func (c *Caller) Exchange(f Frame, reply any) ([]byte, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	if err := c.out.Write(f); err != nil {
		if errors.Is(err, ErrFrame) { // nothing was sent
			return nil, &Error{Code: Limit, Message: err.Error()}
		}
		return nil, c.fail(err)
	}
	line, err := c.in.line()
	if err != nil {
		return nil, c.fail(err)
	}
	return c.decode(line, reply)
}

// decode reads a reply, and the payload that it announces. The home is trusted:
// its frames are not held against the rules that a program's are, which would
// take a guest longer than all the rest.
func (c *Caller) decode(line []byte, reply any) ([]byte, error) {
	if reply == nil {
		reply = new(json.RawMessage)
	}
	in := struct {
		OK      any    `json:"ok"` // decoded in place
		Error   *Error `json:"error"`
		Payload *int64 `json:"payload"`
	}{OK: reply}
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, c.fail(err)
	}
	if in.Error != nil {
		return nil, in.Error
	}
	if in.OK == nil || !bytes.Contains(line, []byte(`"ok"`)) {
		return nil, c.fail(errors.New("reply is neither ok nor error"))
	}
	if in.Payload == nil {
		return nil, nil
	}
	if *in.Payload < 0 || *in.Payload > MaxPayload {
		return nil, c.fail(fmt.Errorf("%w: payload of %d bytes", ErrFrame, *in.Payload))
	}
	payload, err := c.in.payload(int(*in.Payload))
	if err != nil {
		return nil, c.fail(err)
	}
	return payload, nil
}

// Fail tells the home that the program ends with err: op fail, with the code of
// the first [Error] in err's chain. A code that is no problem of a run, such as
// not_found, is a fault of the program.
func (c *Caller) Fail(err error) error {
	f := FailRequest{Code: Internal, Message: Text(err)}
	if e, ok := errors.AsType[*Error](err); ok {
		f.RetryAfter = e.RetryAfter
		if e.Code.IsProblem() {
			f.Code = e.Code
		}
	}
	if len(f.Message) > maxFailure {
		f.Message = strings.ToValidUTF8(f.Message[:maxFailure], "")
	}
	_, told := c.Call(OpFail, f, nil, nil)
	return told
}

// maxFailure bounds what a problem says in the run's log, in bytes.
const maxFailure = 4 << 10

// fail records that the home cannot be spoken to any more.
func (c *Caller) fail(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	c.broken = fmt.Errorf("talk to the home: %w", err)
	return c.broken
}

// request encodes the line of a request: the op, the members of body, an
// object or nil, and the length of the payload unless that is nil.
func request(op Op, body any, payload []byte) ([]byte, error) {
	line := append([]byte(`{"op":`), strconv.Quote(string(op))...)
	if body != nil {
		members, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", op, err)
		}
		if inner := members[1 : len(members)-1]; len(inner) > 0 {
			line = append(append(line, ','), inner...)
		}
	}
	if payload != nil {
		line = strconv.AppendInt(append(line, `,"payload":`...), int64(len(payload)), 10)
	}
	return append(line, '}'), nil
}
