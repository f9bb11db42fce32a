package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	workerWaits = time.Minute // for an answer, unless Config says otherwise
	lookAgain   = time.Minute // at the clock, while a parked run waits: it may be set, or sleep
)

// errParked ends the worker of a run whose question nobody answered at once.
var errParked = errors.New("the run is parked until its question is answered")

// errExpired ends a run whose question nobody answered at all.
var errExpired = core.E(protocol.ActionNeeded, "wait for an answer", errors.New("no answer came within 24 hours"))

// Answer hands the person's answer to a run that waits for it; a parked one
// goes on from there. Codes: not_found when no question is open.
func (c *Connect) Answer(id core.SourceID, run core.RunID, answer string) error {
	a := c.lookup(id, run)
	if a == nil || !a.take(answer) {
		return core.E(core.NotFound, "answer", fmt.Errorf("run %d asks nothing", run))
	}
	return nil
}

// take takes the answer to the open question, if there is one.
func (a *active) take(answer string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.run.Question == nil {
		return false
	}
	a.answer <- answer // there is room for one, as there is one question
	a.run.State, a.run.Question = Running, nil
	a.tell()
	return true
}

// question waits for the person, off the run's clock. The run is parked first.
func (s *session) question(ctx context.Context, req protocol.AskRequest, image []byte) (any, []byte, error) {
	prompt := s.p.Text(s.c.Locale, req.Prompt)
	switch s.asked++; {
	case prompt == "":
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: "prompt is no string of the connector"}
	case s.asked > maxQuestions:
		return nil, nil, &protocol.Error{Code: protocol.Limit, Message: fmt.Sprintf("more than %d questions in a run", maxQuestions)}
	case !slices.Contains(s.p.Manifest.Interactive, req.Kind):
		return nil, nil, &protocol.Error{Code: protocol.Blocked, Message: fmt.Sprintf("the manifest declares no question of kind %q", req.Kind)}
	case req.Kind == protocol.AskColumns:
		return s.askColumns(req.Table)
	case s.act == nil:
		s.wouldAsk = true
		return nil, nil, &protocol.Error{Code: protocol.ActionNeeded, Message: "nobody is there to answer"}
	}
	if err := checkImage(req, image); err != nil {
		return nil, nil, err
	}
	answer, err := s.answer(ctx, req, prompt, image)
	if err != nil {
		return nil, nil, err
	}
	s.log.hide(req.Kind, answer)
	return protocol.AskReply{Answer: answer}, nil, nil
}

func (s *session) answer(ctx context.Context, req protocol.AskRequest, prompt string, image []byte) (string, error) {
	if s.reply != nil {
		if past := s.parked; !reflect.DeepEqual(past.Ask, req) || past.Given != digestOf(image) {
			return "", core.E(protocol.Internal, "resume run", sandbox.ErrDiverged)
		}
		answer := *s.reply
		s.reply = nil
		return answer, s.unpark(ctx)
	}
	q := Question{Kind: req.Kind, Key: req.Prompt, Prompt: prompt, Args: req.Args, Options: req.Options, Again: req.Again, given: digestOf(image)}
	if err := s.redraw(ctx, &q, image); err != nil {
		return "", err
	}
	q.Until = s.c.Clock().Add(answerWithin).UTC()
	s.log.add(s.c.Clock(), "info", "waits for an answer: "+req.Prompt)
	wait := cmp.Or(s.c.Patience, workerWaits)
	if s.canPark() {
		if err := s.park(ctx, req, q); err != nil {
			return "", err
		}
	} else {
		s.log.add(s.c.Clock(), "warn", "this run cannot be parked: the answer must come before the home is locked or stopped")
		wait = answerWithin
	}
	s.act.update(waits(q)) // not before the run is safe: it may be answered now
	return s.await(ctx, wait)
}

// waits makes a run one that waits for the answer to q.
func waits(q Question) func(*Run) {
	return func(r *Run) { r.State, r.Question = Waiting, &q }
}

// canPark reports whether the run can be resumed from its frames.
func (s *session) canPark() bool {
	return s.mode == protocol.ModePull && !s.tape.full
}

// await waits with the worker for the answer.
func (s *session) await(ctx context.Context, wait time.Duration) (string, error) {
	defer sandbox.Waiting(ctx)()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case answer := <-s.act.answer:
		if s.parked != nil {
			return answer, s.unpark(ctx)
		}
		return answer, nil
	case <-ctx.Done():
		return "", core.E(protocol.ActionNeeded, "wait for an answer", context.Cause(ctx))
	case <-timer.C:
		if s.parked == nil {
			return "", errExpired
		}
		return "", errParked
	}
}

// awaitParked waits without a worker and returns the answer, errExpired, or
// ctx's cause.
func (s *session) awaitParked(ctx context.Context, until time.Time) (string, error) {
	for {
		left := until.Sub(s.c.Clock())
		if left <= 0 {
			return "", errExpired
		}
		timer := time.NewTimer(min(left, lookAgain))
		select {
		case answer := <-s.act.answer:
			timer.Stop()
			return answer, nil
		case <-ctx.Done():
			timer.Stop()
			return "", context.Cause(ctx)
		case <-timer.C:
		}
	}
}
