package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Session is one run of a connector: what it was started with, and what it
// may ask of the home. It is for one goroutine.
type Session struct {
	in     *protocol.Reader
	out    *protocol.Writer
	start  protocol.Start
	broken error           // why the home can no longer be spoken to
	file   protocol.FileID // read last
	emit   emission
}

// Mode returns what the run is for. In mode check a connector signs in and
// returns; what it emits is dropped. In mode file it reads [Session.File].
func (s *Session) Mode() protocol.Mode { return s.start.Mode }

// Config returns the field name as the person filled it in, "" when they did
// not. A secret field shows as its placeholder, to be used in a request.
func (s *Session) Config(name string) string { return s.start.Config[name] }

// State decodes the state that an earlier run last saved into v, a pointer. On
// the first run it leaves v as it is. It returns [protocol.Internal] when the
// state does not fit v.
func (s *Session) State(v any) error {
	if len(s.start.State) == 0 {
		return nil
	}
	if err := json.Unmarshal(s.start.State, v); err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	return nil
}

// Now returns when the run started, on the person's clock. It does not advance.
func (s *Session) Now() time.Time { return s.start.Now }

// Zone returns the IANA name of the person's zone, such as "Europe/Paris".
func (s *Session) Zone() string { return s.start.Zone }

// Locale returns the person's language: "en" or "fr".
func (s *Session) Locale() string { return s.start.Locale }

// Limits returns the bounds of this run.
func (s *Session) Limits() protocol.Limits { return s.start.Limits }

// File returns the file to read in mode file, the zero File in other modes.
func (s *Session) File() File {
	if s.start.File == nil {
		return File{}
	}
	return *s.start.File
}

// Offers reports whether this home knows op. Ops are only ever added.
func (s *Session) Offers(op protocol.Op) bool { return slices.Contains(s.start.Ops, op) }

// call sends one request and decodes the reply's "ok" into reply, unless that
// is nil. It returns the reply's payload, or the home's [protocol.Error]. After
// any other error nothing more can be said and every call returns it again.
func (s *Session) call(op protocol.Op, body any, payload []byte, reply any) ([]byte, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	line, err := request(op, body, payload)
	if err != nil {
		return nil, err
	}
	return s.exchange(protocol.Frame{Line: line, Payload: payload}, reply)
}

// exchange sends a frame and decodes the reply to it.
func (s *Session) exchange(f protocol.Frame, reply any) ([]byte, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	if err := s.out.Write(f); err != nil {
		if errors.Is(err, protocol.ErrFrame) { // nothing was sent
			return nil, &protocol.Error{Code: protocol.Limit, Message: err.Error()}
		}
		return nil, s.fail(err)
	}
	answer, err := s.in.Next()
	if err != nil {
		return nil, s.fail(err)
	}
	return s.decode(answer, reply)
}

func (s *Session) decode(f protocol.Frame, reply any) ([]byte, error) {
	var in struct {
		OK    json.RawMessage `json:"ok"`
		Error *protocol.Error `json:"error"`
	}
	if err := json.Unmarshal(f.Line, &in); err != nil {
		return nil, s.fail(err)
	}
	if in.Error != nil {
		return nil, in.Error
	}
	if in.OK == nil {
		return nil, s.fail(errors.New("reply is neither ok nor error"))
	}
	if reply == nil {
		return f.Payload, nil
	}
	if err := json.Unmarshal(in.OK, reply); err != nil {
		return nil, s.fail(err)
	}
	return f.Payload, nil
}

// fail records that the home cannot be spoken to any more.
func (s *Session) fail(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	s.broken = fmt.Errorf("talk to the home: %w", err)
	return s.broken
}

// request encodes the line of a request: the op, the members of body, an
// object or nil, and the length of the payload unless that is nil.
func request(op protocol.Op, body any, payload []byte) ([]byte, error) {
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
