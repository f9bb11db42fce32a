package connect

import (
	"context"
	"errors"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

var errStopped = core.E(protocol.Unavailable, "run", errors.New("the home stopped during the run"))

// sweep takes up what the last stop of the home, a crash maybe, left: runs that
// wait and sign-ins by a code go on waiting, others have failed, and a source that was being added is
// forgotten with them.
func (c *Connect) sweep(ctx context.Context) error {
	sources, err := c.Sources(ctx)
	if err != nil {
		return err
	}
	for _, s := range sources {
		if err := c.sweepSource(ctx, s); err != nil {
			return err
		}
		if err := c.resumeDevice(ctx, s); err != nil {
			return err
		}
	}
	return c.Ingest.SweepTwins(ctx)
}

func (c *Connect) sweepSource(ctx context.Context, s Source) error {
	if s.LastRun == 0 {
		p, ok := c.Program(s.Connector)
		waits := ok && SignsIn(p) && c.Clock().Before(s.Created.Add(addingWithin))
		if s.Adding && !waits {
			c.shred(ctx, s.ID)
		}
		return nil
	}
	r, err := c.Run(ctx, s.ID, s.LastRun)
	if err != nil {
		return err
	}
	if !r.State.HasEnded() {
		waits, kept, err := c.waiting(ctx, s, r)
		switch {
		case err == nil && waits != nil:
			return c.waitOn(ctx, s, r, waits)
		case err == nil:
			err = errStopped
		case !core.CodeOf(err).IsProblem():
			return err
		}
		if r, err = c.fail(ctx, s, r, kept, err); err != nil {
			return err
		}
	}
	if s.Adding {
		c.giveUp(ctx, s, r)
	}
	return nil
}

// waiting returns the parked run of s when it can still be resumed, and
// otherwise the files that it left and why.
func (c *Connect) waiting(ctx context.Context, s Source, r Run) (p *parked, kept []parkedFile, err error) {
	err = c.lookInto(ctx, s.ID, func(space *vault.Space) (err error) {
		p, err = parkedIn(space)
		return err
	})
	if err != nil || p == nil {
		return nil, nil, err
	}
	program, ok := c.Program(s.Connector)
	switch {
	case p.Answered || p.Run != r.ID || r.Question == nil:
		return nil, p.Files, nil
	case !ok || program.Manifest.SHA256 != r.Module:
		return nil, p.Files, core.E(protocol.ActionNeeded, "resume run", errChanged)
	case !c.Clock().Before(p.Until):
		return nil, p.Files, errExpired
	}
	return p, nil, nil
}

// waitOn lets a parked run wait for its answer, in a goroutine that Close ends.
func (c *Connect) waitOn(ctx context.Context, s Source, r Run, p *parked) error {
	program, _ := c.Program(s.Connector)
	r.Question.Image = p.Image
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	a := newActive(cancel)
	a.run = r
	w := c.begin(s, program, a)
	w.parked, w.total = p, r.Counts
	if err := c.Vault.View(ctx, w.recallLines); err != nil {
		cancel(nil)
		return err
	}
	if err := c.enter(ctx, s.ID, a); err != nil {
		cancel(nil)
		return err
	}
	go func() {
		defer c.leave(s.ID, a)
		defer cancel(nil)
		w.stay(ctx)
	}()
	return nil
}

// fail ends a run that nobody works on.
func (c *Connect) fail(ctx context.Context, s Source, r Run, kept []parkedFile, why error) (Run, error) {
	r.State, r.Ended, r.Question = Failed, c.Clock().UTC(), nil
	r.Problem = &Problem{Code: core.CodeOf(why), Message: why.Error()}
	if e, ok := errors.AsType[*core.Error](why); ok && e.Err != nil {
		r.Problem.Message = e.Err.Error()
	}
	_, err := c.Ingest.Commit(ctx, ingest.Batch{Source: s.ID, Provenance: core.Provenance{Run: r.ID}, Last: true,
		Extra: func(space *vault.Space, _ ingest.Counts) error {
			if err := settle(space, kept); err != nil {
				return err
			}
			if err := writeRun(space, r); err != nil {
				return err
			}
			return c.note(space, r)
		}})
	return r, err
}
