package connect

import (
	"context"
	"errors"
	"fmt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// conclude notes how the run ended.
func (s *session) conclude(ctx context.Context, o sandbox.Outcome, err error) {
	state, problem := s.outcome(ctx, o, err)
	if problem != nil {
		s.log.add(s.c.Clock(), "error", string(problem.Code)+": "+problem.Message)
	}
	s.update(func(r *Run) {
		r.State, r.Problem, r.Question, r.Ended = state, problem, nil, s.c.Clock().UTC()
		r.Counts, r.Use.CPU, r.Use.Memory = s.total, max(r.Use.CPU, o.CPU), max(r.Use.Memory, o.MaxRSS)
	})
}

// outcome decides how a run ended.
func (s *session) outcome(ctx context.Context, o sandbox.Outcome, err error) (State, *Problem) {
	state, problem := Succeeded, s.problem
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errCancelled), errors.Is(cause, errClosing):
		state, problem = Cancelled, nil
	case problem != nil:
		state = Failed
	case o.Killed != "":
		state, problem = Killed, &Problem{Code: protocol.Limit, Message: string(o.Killed)}
	case errors.Is(err, sandbox.ErrDiverged):
		state, problem = Failed, &Problem{Code: protocol.ActionNeeded, Message: errChanged.Error()}
	case err != nil:
		state, problem = Failed, &Problem{Code: problemOf(err), Message: clip(s.scrub(protocol.Text(err)), maxMessage)}
	case o.Exit != 0:
		state, problem = Failed, &Problem{Code: protocol.Internal, Message: fmt.Sprintf("the connector ended with status %d", o.Exit)}
	}
	return state, problem
}

// errChanged says why a parked run cannot go on.
var errChanged = errors.New("the connector has changed since it asked: run it again")

// problemOf maps an error to the closed list of problem codes.
func problemOf(err error) core.Code {
	switch code := core.CodeOf(err); {
	case code.IsProblem():
		return code
	case code == core.Invalid:
		return protocol.SourceChanged
	default:
		return protocol.Internal
	}
}

// finish writes the run's last row, and nothing of what was not saved.
func (s *session) finish(ctx context.Context) error {
	b := s.batch()
	b.Last = true
	b.Extra = func(space *vault.Space, _ ingest.Counts) error {
		kept := s.kept
		if s.parked != nil {
			kept = append(kept, s.parked.Files...)
		}
		if _, err := s.writeRun(space, s.act.snapshot()); err != nil {
			return err
		}
		if err := settle(space, kept); err != nil {
			return err
		}
		return s.c.note(space, s.act.snapshot())
	}
	_, err := s.c.Ingest.Commit(ctx, b)
	return err
}

// settle drops what only an unfinished run needs.
func settle(space *vault.Space, kept []parkedFile) error {
	if err := dropParked(space); err != nil {
		return err
	}
	if err := dropKept(space, kept); err != nil {
		return err
	}
	return space.Delete(settings, []byte(keyTrial))
}
