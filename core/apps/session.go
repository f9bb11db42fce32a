package apps

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/view"
)

// A session is the home's side of one run of an app. It is used by one
// goroutine.
type session struct {
	a       *Apps
	p       *program.Program
	request Request
	day     time.Time
	reader  *query.AppReader

	grant   Grant
	state   json.RawMessage
	saved   bool
	started bool
	view    *view.View
	problem *protocol.FailRequest
}

// load reads the grant and the state.
func (s *session) load(ctx context.Context) error {
	return s.a.Vault.View(ctx, func(tx *vault.Tx) error {
		if _, err := s.a.inForce(s.p.Manifest.ID)(tx); err != nil {
			return err
		}
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		if s.grant, err = readGrant(own, s.p.Manifest.ID); err != nil {
			return err
		}
		s.state, err = optional(own, key(rowState, s.p.Manifest.ID))
		return err
	})
}

// keep writes the state, unless the grant was changed since the run began.
func (s *session) keep(tx *vault.Tx) error {
	own, err := tx.Space(core.Own)
	if err != nil {
		return err
	}
	now, err := readGrant(own, s.p.Manifest.ID)
	if err != nil || !bytes.Equal(now.Key, s.grant.Key) {
		return err
	}
	return own.Put(rows, key(rowState, s.p.Manifest.ID), s.state)
}

// handle answers one request frame. An error ends the run.
func (s *session) handle(ctx context.Context, request protocol.Frame) (protocol.Frame, error) {
	var head struct {
		Op protocol.Op `json:"op"`
	}
	if err := json.Unmarshal(request.Line, &head); err != nil {
		return protocol.Frame{}, core.E(protocol.Internal, "read request", err)
	}
	if s.started == (head.Op == protocol.OpStart) {
		return protocol.Frame{}, core.E(protocol.Internal, "read request", fmt.Errorf("%q is not what comes now", head.Op))
	}
	resume := sandbox.Waiting(ctx) // what the home takes is not the app's
	reply, payload, err := s.answer(ctx, head.Op, request.Line)
	resume()
	if err == nil {
		return encode(map[string]any{"ok": reply}, payload)
	}
	if ctx.Err() != nil {
		return protocol.Frame{}, context.Cause(ctx)
	}
	switch code := core.CodeOf(err); code {
	case core.Locked, core.Damaged, protocol.Internal:
		return protocol.Frame{}, err
	default:
		return encode(map[string]any{"error": protocol.Error{Code: code, Message: protocol.Text(err)}}, nil)
	}
}

type none struct{}

func (s *session) answer(ctx context.Context, op protocol.Op, line []byte) (any, []byte, error) {
	switch op {
	case protocol.OpStart:
		return s.start(), nil, nil
	case protocol.OpQuery:
		return answer(line, func(r protocol.QueryRequest) (any, error) { return s.reader.Query(ctx, r) })
	case protocol.OpAggregate:
		return answer(line, func(r protocol.AggregateRequest) (any, error) { return s.reader.Aggregate(ctx, r) })
	case protocol.OpMatch:
		return s.match(ctx, line)
	case protocol.OpPack:
		return s.pack(ctx, line)
	case protocol.OpSave:
		return answer(line, s.save)
	case protocol.OpView:
		return answer(line, s.show)
	case protocol.OpProgress:
		return none{}, nil, nil
	case protocol.OpLog:
		return answer(line, s.log)
	case protocol.OpFail:
		return answer(line, s.fail)
	}
	return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: fmt.Sprintf("no op %q", op)}
}

// pack hands over a reference pack that the manifest names.
func (s *session) pack(ctx context.Context, line []byte) (any, []byte, error) {
	var r protocol.PackRequest
	if err := json.Unmarshal(line, &r); err != nil {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: err.Error()}
	}
	if !slices.Contains(s.p.Manifest.Packs, r.Name) {
		return nil, nil, &protocol.Error{Code: core.Forbidden, Message: fmt.Sprintf("the manifest names no pack %q", r.Name)}
	}
	p, err := s.a.Packs.Get(ctx, r.Name)
	return protocol.PackReply{Version: p.Version, Date: p.Date, Source: p.Publisher}, p.Content, err
}

// answer decodes a request before f sees it.
func answer[T any](line []byte, f func(T) (any, error)) (any, []byte, error) {
	var body T
	if err := json.Unmarshal(line, &body); err != nil {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: err.Error()}
	}
	reply, err := f(body)
	return reply, nil, err
}

// encode builds a reply frame. Data is passed on as it is stored.
func encode(message map[string]any, payload []byte) (protocol.Frame, error) {
	if payload != nil {
		message["payload"] = len(payload)
	}
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(message); err != nil {
		return protocol.Frame{}, core.E(protocol.Internal, "write reply", err)
	}
	out := bytes.TrimSuffix(line.Bytes(), []byte("\n"))
	if len(out) > protocol.MaxLine {
		return encode(map[string]any{"error": protocol.Error{Code: protocol.Limit, Message: "the reply is over 1 MiB"}}, nil)
	}
	return protocol.Frame{Line: out, Payload: payload}, nil
}

func (s *session) start() protocol.Start {
	s.started = true
	start := protocol.Start{Protocol: protocol.Version, Ops: protocol.AppOps(), Mode: s.request.Mode, Config: s.grant.Config, State: s.state,
		Now: s.day, Zone: s.a.Zone.String(), Locale: s.request.Locale, Show: &s.request.Link, Limits: limitsOf(s.p)}
	if start.Config == nil {
		start.Config = map[string]string{}
	}
	for _, r := range s.grant.Reads {
		start.Reads = append(start.Reads, protocol.Granted{Type: r.Type, Fields: r.Fields, From: r.From, Granularity: r.Granularity})
	}
	return start
}

func (s *session) save(r protocol.SaveRequest) (any, error) {
	if len(r.State) > protocol.MaxAppState {
		return nil, &protocol.Error{Code: protocol.Limit, Message: "state over 256 KiB"}
	}
	if r.State != nil && !bytes.Equal(r.State, s.state) {
		s.state, s.saved = r.State, true
	}
	return none{}, nil
}

func (s *session) show(r struct {
	View json.RawMessage `json:"view"`
}) (any, error) {
	v, err := view.Parse(r.View)
	if err != nil {
		return nil, &protocol.Error{Code: protocol.Invalid, Message: err.Error()}
	}
	for _, proposed := range v.Acts() {
		if err := s.proposes(proposed); err != nil {
			return nil, &protocol.Error{Code: protocol.Invalid, Message: err.Error()}
		}
	}
	s.view = &v
	return none{}, nil
}

// proposes holds an act of a view against those that the manifest declares.
func (s *session) proposes(proposed view.Act) error {
	declared, ok := s.p.Manifest.Act(proposed.ID)
	if !ok || declared.Withdraws != "" {
		return fmt.Errorf("the manifest declares no act %q to propose", proposed.ID)
	}
	return program.CheckChoices(declared, proposed.Choices)
}

func (s *session) log(r protocol.LogRequest) (any, error) {
	if s.request.Log == nil {
		return none{}, nil
	}
	if _, err := fmt.Fprintln(s.request.Log, r.Message); err != nil {
		return nil, core.E(protocol.Internal, "write log", err)
	}
	return none{}, nil
}

func (s *session) fail(r protocol.FailRequest) (any, error) {
	if !r.Code.IsProblem() {
		return nil, &protocol.Error{Code: protocol.Invalid, Message: fmt.Sprintf("no problem code %q", r.Code)}
	}
	if s.problem == nil {
		s.problem = &r
	}
	return none{}, nil
}
