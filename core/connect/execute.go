package connect

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Start begins a pull of the source and returns its run at once; follow it
// with Watch or Wait. Codes: not_found, conflict when the source is busy,
// locked when the home is closing, auth_expired when the person has not yet
// signed in at the provider.
func (c *Connect) Start(ctx context.Context, id core.SourceID, by Trigger) (core.RunID, error) {
	s, err := c.Source(ctx, id)
	if err != nil {
		return 0, err
	}
	if s.Adding && s.LastRun == 0 {
		return 0, errSignIn(protocol.AuthExpired)
	}
	return c.launch(ctx, s, Run{Trigger: by, Mode: protocol.ModePull}, nil)
}

// launch registers a run of s and executes it in a goroutine that Close waits
// for. The run outlives ctx.
func (c *Connect) launch(ctx context.Context, s Source, r Run, input *runFile) (core.RunID, error) {
	p, ok := c.Program(s.Connector)
	if !ok {
		return 0, core.E(core.NotFound, "start run", fmt.Errorf("connector %s is not installed", s.Connector))
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	a := newActive(cancel)
	if err := c.enter(ctx, s.ID, a); err != nil {
		return 0, err
	}
	r, err := c.register(ctx, s, p, r, a)
	if err != nil {
		c.leave(s.ID, a)
		return 0, err
	}
	go func() {
		defer c.leave(s.ID, a)
		defer cancel(nil)
		c.begin(s, p, a).execute(ctx, input)
	}()
	return r.ID, nil
}

// register gives the run its number and writes its first row. Whoever reads that
// row can follow the run: a knows of it before.
func (c *Connect) register(ctx context.Context, s Source, p *program.Program, r Run, a *active) (Run, error) {
	err := c.Vault.Update(ctx, func(tx *vault.Tx) error {
		s, err := readSource(tx, s.ID)
		if err != nil {
			return err
		}
		space, err := tx.Space(s.ID)
		if err != nil {
			return err
		}
		s.LastRun++
		r.Source, r.ID, r.State, r.Started = s.ID, s.LastRun, Queued, c.Clock().UTC()
		r.Connector, r.Version, r.Module = p.Manifest.ID, p.Manifest.Version, p.Manifest.SHA256
		if err := writeSource(space, s); err != nil {
			return err
		}
		if r.Trial {
			if err := putTrial(space, r.trial); err != nil {
				return err
			}
		}
		r.trial = nil // it is in the space
		a.update(func(current *Run) { *current = r })
		return writeRun(space, r)
	})
	return r, err
}

// begin makes the session of a run that a knows of.
func (c *Connect) begin(s Source, p *program.Program, a *active) *session {
	fresh := &session{c: c, p: p, source: s, mode: a.snapshot().Mode, act: a, began: c.Clock()}
	rand.Read(fresh.seed[:])
	return fresh
}

// execute runs the program, through the questions for which it is parked.
func (s *session) execute(ctx context.Context, input *runFile) {
	outcome, err := s.run(ctx, input)
	if errors.Is(err, errParked) {
		s.stay(ctx)
		return
	}
	s.end(ctx, outcome, err)
}

// stay waits without a worker for the answer to a parked run, and resumes it.
func (s *session) stay(ctx context.Context) {
	s.tape, s.records, s.files = tape{}, nil, files{} // they are in the vault
	answer, err := s.awaitParked(ctx, s.parked.Until)
	if err != nil {
		s.end(ctx, sandbox.Outcome{}, err)
		return
	}
	next := s.c.begin(s.source, s.p, s.act)
	next.parked, next.reply = s.parked, &answer
	next.execute(ctx, nil)
}

// end writes how the run ended. A run that waits when the home closes has not.
func (s *session) end(ctx context.Context, outcome sandbox.Outcome, err error) {
	if s.parked != nil && errors.Is(context.Cause(ctx), errClosing) {
		return
	}
	s.conclude(ctx, outcome, err)
	ctx = context.WithoutCancel(ctx)
	if err := s.finish(ctx); err != nil {
		s.c.Logger.Error("write the end of a run", "source", s.source.ID.String(), "error", err)
	}
	if s.source.Adding {
		s.c.giveUp(ctx, s.source, s.act.snapshot())
	}
}

// run opens what the program needs and lets it speak until it ends.
func (s *session) run(ctx context.Context, input *runFile) (sandbox.Outcome, error) {
	s.extract = s.c.Extract.Session()
	defer s.tidy(context.WithoutCancel(ctx))
	if err := s.load(ctx); err != nil {
		return sandbox.Outcome{}, err
	}
	if s.reply != nil {
		if err := s.recall(ctx); err != nil {
			return sandbox.Outcome{}, err
		}
	}
	if input != nil {
		s.files.byID = map[protocol.FileID]*runFile{input.ID: input}
		s.input, s.evidence = &input.File, input.staged.SHA256()
	} else if err := s.connectNetwork(); err != nil {
		return sandbox.Outcome{}, err
	}
	ready, err := s.c.Box.Prepare(ctx, sandbox.Module{SHA256: s.p.Manifest.SHA256, Read: s.p.Wasm}, s.c.Cache)
	if err != nil {
		return sandbox.Outcome{}, err
	}
	outcome, err := s.c.Box.Run(ctx, ready, s.options(), s.handle)
	if err == nil && outcome.Exit == 0 && s.problem == nil {
		s.update(func(r *Run) { r.State = Committing })
		err = s.commit(ctx, runEnds)
	}
	return outcome, err
}

func (s *session) options() sandbox.Options {
	o := sandbox.Options{Limits: s.limits(), Start: s.began, Seed: s.seed, Clock: s.c.Clock, Replay: s.tape.exchanges,
		Began: func() { s.update(func(r *Run) { r.State = Running }) },
		Log:   &stderr{log: &s.log, clock: s.c.Clock, secrets: s.secrets, skip: s.log.taken}}
	if isInteractive(s.p) && s.mode == protocol.ModePull {
		o.Record = s.tape.record
	}
	return o
}

// tidy gives back what the run held.
func (s *session) tidy(ctx context.Context) {
	if s.client != nil {
		s.client.Close()
	}
	if s.rehearsal != nil && s.input != nil { // it is held
		delete(s.files.byID, s.input.ID)
	}
	if err := errors.Join(s.extract.Close(), s.files.discard(ctx)); err != nil {
		s.c.Logger.Warn("tidy up after a run", "source", s.source.ID.String(), "error", err)
	}
}

// update changes the run shown to the person; nothing in mode check.
func (s *session) update(change func(*Run)) {
	if s.act != nil {
		s.act.update(change)
	}
}
