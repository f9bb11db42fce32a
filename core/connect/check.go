package connect

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// errWouldAsk says that a check cannot tell: the connector has to ask the person.
var errWouldAsk = core.E(protocol.ActionNeeded, "sign in", errors.New("the connector has to ask the person"))

// check signs in with n's credentials, in mode check: nothing is kept. It
// returns an error of the problem's code, errWouldAsk among them.
func (c *Connect) check(ctx context.Context, p *program.Program, n NewSource) error {
	s := &session{c: c, p: p, mode: protocol.ModeCheck, began: c.Clock(),
		source: Source{Connector: n.Connector, Config: n.Config, Allowed: n.Allowed}, secrets: n.Secrets}
	rand.Read(s.seed[:])
	jar, err := fetch.NewJar(nil)
	if err != nil {
		return err
	}
	s.jar = jar
	outcome, err := s.run(ctx, nil)
	if nerr := c.noteCheck(ctx, s, err); nerr != nil {
		return nerr
	}
	const doing = "sign in"
	switch {
	case s.wouldAsk:
		return errWouldAsk
	case s.problem != nil:
		return core.E(s.problem.Code, doing, fmt.Errorf("%s", s.problem.Message))
	case err != nil:
		return core.E(problemOf(err), doing, err)
	case outcome.Exit != 0:
		return core.E(protocol.Internal, doing, fmt.Errorf("the connector ended with status %d", outcome.Exit))
	}
	return nil
}

// noteCheck writes what a check talked to into the ledger, however it ended.
func (c *Connect) noteCheck(ctx context.Context, s *session, err error) error {
	state, problem := Succeeded, s.problem
	if err != nil && problem == nil {
		state, problem = Failed, &Problem{Code: problemOf(err)}
	}
	return c.Ledger.NoteCheck(context.WithoutCancel(ctx), Egress{Connector: s.p.Manifest.ID, Hosts: hostsOf(s.hops.pending), Outcome: outcomeOf(state, problem)})
}
