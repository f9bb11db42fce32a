package connect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// A session is the home's side of one run: it answers the requests of one
// program. It is used by one goroutine.
type session struct {
	c         *Connect
	p         *program.Program
	source    Source
	mode      protocol.Mode
	act       *active // nil in mode check
	started   bool
	rehearsal *rehearsal // not nil when nothing is to be kept: see Preview

	seed     [32]byte
	began    time.Time // by the program's clock
	tape     tape
	asked    int          // questions
	wouldAsk bool         // mode check: it asked
	parked   *parked      // as it stands in the vault, while a question is open
	reply    *string      // to the question of the parked run
	kept     []parkedFile // files that a parked run left in the vault

	secrets secrets
	jar     *fetch.Jar
	client  *fetch.Client
	tokens  *tokens // of a sign-in at the provider; nil without
	extract *extract.Session

	files     files
	input     *protocol.File  // mode file
	evidence  string          // SHA-256 of the latest response, or of the input
	part      string          // the file within the input that was read last; "" for the input itself
	records   []ingest.Staged // since the last save, as the next two
	forgotten []record.Key
	bytes     int // of the records' data
	emitted   int // in the whole run
	total     ingest.Counts
	state     json.RawMessage // as last saved
	log       runLog
	hops      lines[fetch.Hop]
	problem   *Problem // as reported by fail
	codes     int      // placeholders of one-time codes given
	columns   columns
}

// errEnd ends the exchange: the program broke a rule that it must not outlive.
var errEnd = errors.New("the program broke the protocol")

// handle answers one request frame. An error ends the run with its code.
func (s *session) handle(ctx context.Context, req protocol.Frame) (protocol.Frame, error) {
	var head struct {
		Op protocol.Op `json:"op"`
	}
	if err := json.Unmarshal(req.Line, &head); err != nil {
		return protocol.Frame{}, core.E(protocol.Internal, "read request", err)
	}
	if !s.started && head.Op != protocol.OpStart {
		return protocol.Frame{}, core.E(protocol.Internal, "read request", fmt.Errorf("%w: %q came before start", errEnd, head.Op))
	}
	answer, ok := s.ops()[head.Op]
	if !ok {
		return refuse(&protocol.Error{Code: protocol.Invalid, Message: fmt.Sprintf("no op %q", head.Op)}), nil
	}
	reply, payload, err := answer(ctx, req)
	if err != nil {
		return s.refusal(ctx, err)
	}
	return encode(reply, payload)
}

// An op reads its request from the frame and returns the "ok" member of the
// reply with its payload.
type op func(context.Context, protocol.Frame) (any, []byte, error)

func (s *session) ops() map[protocol.Op]op {
	return map[protocol.Op]op{
		protocol.OpStart:    s.start,
		protocol.OpHTTP:     typed(s.http),
		protocol.OpEmit:     typed(s.emit),
		protocol.OpSave:     typed(s.save),
		protocol.OpReadFile: typed(s.readFile),
		protocol.OpPDFText:  typed(s.pdfText),
		protocol.OpUnzip:    typed(s.unzip),
		protocol.OpSelect:   typed(s.selectHTML),
		protocol.OpAsk:      typed(s.question),
		protocol.OpTOTP:     typed(s.totp),
		protocol.OpProgress: typed(s.progress),
		protocol.OpLog:      typed(s.logLine),
		protocol.OpFail:     typed(s.fail),
	}
}

// typed decodes the request's members into T before f sees it.
func typed[T any](f func(context.Context, T, []byte) (any, []byte, error)) op {
	return func(ctx context.Context, req protocol.Frame) (any, []byte, error) {
		var body T
		if err := json.Unmarshal(req.Line, &body); err != nil {
			return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: err.Error()}
		}
		return f(ctx, body, req.Payload)
	}
}

// refusal turns what an op returned into an error reply, or ends the run when
// the home itself failed.
func (s *session) refusal(ctx context.Context, err error) (protocol.Frame, error) {
	if ctx.Err() != nil {
		return protocol.Frame{}, context.Cause(ctx)
	}
	code := core.CodeOf(err)
	switch code {
	case core.Locked, core.Damaged, core.Conflict, protocol.Internal:
		return protocol.Frame{}, err
	}
	answer := &protocol.Error{Code: code, Message: protocol.Text(err)}
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		answer = e
	} else {
		answer.RetryAfter = int((fetch.RetryAfter(err) + time.Second - 1) / time.Second)
	}
	s.log.add(s.c.Clock(), "warn", s.scrub("refused: "+answer.Error()))
	return refuse(answer), nil
}

func refuse(e *protocol.Error) protocol.Frame {
	line, err := json.Marshal(map[string]any{"error": e})
	if err != nil {
		line = []byte(`{"error":{"code":"internal"}}`)
	}
	return protocol.Frame{Line: line}
}

// encode builds a reply frame. A reply too large for a line is refused.
func encode(reply any, payload []byte) (protocol.Frame, error) {
	message := map[string]any{"ok": reply}
	if payload != nil {
		message["payload"] = len(payload)
	}
	line, err := json.Marshal(message)
	if err != nil {
		return protocol.Frame{}, core.E(protocol.Internal, "write reply", err)
	}
	if len(line) > protocol.MaxLine {
		return refuse(&protocol.Error{Code: protocol.Limit, Message: "the reply is over 1 MiB"}), nil
	}
	return protocol.Frame{Line: line, Payload: payload}, nil
}

func (s *session) start(context.Context, protocol.Frame) (any, []byte, error) {
	if s.started {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: "started already"}
	}
	s.started = true
	return protocol.Start{
		Protocol: protocol.Version, Ops: protocol.Ops(), Mode: s.mode, Config: s.config(), State: s.state,
		Now: s.c.Clock().In(s.c.Zone), Zone: s.c.Zone.String(), Locale: s.c.Locale, File: s.input, Limits: s.limits(),
	}, nil, nil
}

// config shows the program its fields, secrets as placeholders.
func (s *session) config() map[string]string {
	config := map[string]string{}
	for _, f := range s.p.Manifest.Fields {
		switch value, given := s.secrets[f.Name]; {
		case !IsSecret(f):
			config[f.Name] = s.source.Config[f.Name]
		case given && f.Reveal:
			config[f.Name] = string(value)
		case given:
			config[f.Name] = protocol.Placeholder(f.Name)
		}
	}
	if s.p.Manifest.OAuth != nil {
		config[protocol.OAuthToken] = protocol.Placeholder(protocol.OAuthToken)
	}
	return config
}

// limits are the defaults, raised where the manifest asks.
func (s *session) limits() protocol.Limits {
	limits, asked := protocol.DefaultLimits(), s.p.Manifest.Limits
	limits.Memory = max(limits.Memory, asked.Memory)
	limits.CPU = max(limits.CPU, asked.CPU)
	limits.Wall = max(limits.Wall, asked.Wall)
	limits.Requests = max(limits.Requests, asked.Requests)
	if s.mode == protocol.ModeFile {
		limits.Records = 0
	}
	return limits
}
