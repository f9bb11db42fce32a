package connect

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Start begins a pull of the source and returns its run at once; follow it
// with Watch or Wait. Codes: not_found, conflict when the source is busy,
// locked when the home is closing.
func (c *Connect) Start(ctx context.Context, id core.SourceID, by Trigger) (core.RunID, error) {
	s, err := c.Source(ctx, id)
	if err != nil {
		return 0, err
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
	a := &active{cancel: cancel, changed: make(chan struct{}), answer: make(chan string, 1)}
	if err := c.enter(s.ID, a); err != nil {
		return 0, err
	}
	r, err := c.register(ctx, s, p, r)
	if err != nil {
		c.leave(s.ID, a)
		return 0, err
	}
	a.update(func(current *Run) { *current = r })
	go func() {
		defer c.leave(s.ID, a)
		defer cancel(nil)
		c.execute(ctx, a, s, p, input)
	}()
	return r.ID, nil
}

// register gives the run its number and writes its first row.
func (c *Connect) register(ctx context.Context, s Source, p *program.Program, r Run) (Run, error) {
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
		return writeRun(space, r)
	})
	return r, err
}

// execute runs the program and writes how it ended.
func (c *Connect) execute(ctx context.Context, a *active, src Source, p *program.Program, input *runFile) {
	s := &session{c: c, p: p, source: src, mode: a.snapshot().Mode, act: a, ask: a.ask}
	outcome, err := s.run(ctx, input)
	s.conclude(ctx, outcome, err)
	if err := s.finish(context.WithoutCancel(ctx)); err != nil {
		c.Logger.Error("write the end of a run", "source", src.ID.String(), "error", err)
	}
}

// run opens what the program needs and lets it speak until it ends.
func (s *session) run(ctx context.Context, input *runFile) (sandbox.Outcome, error) {
	s.extract = s.c.Extract.Session()
	defer s.tidy(context.WithoutCancel(ctx))
	if err := s.load(ctx); err != nil {
		return sandbox.Outcome{}, err
	}
	if input != nil {
		s.files.byID = map[protocol.FileID]*runFile{input.ID: input}
		s.input, s.evidence = &input.File, input.staged.SHA256()
	} else if err := s.connectNetwork(); err != nil {
		return sandbox.Outcome{}, err
	}
	ready, err := s.c.Box.Prepare(ctx, s.p.Wasm, s.c.Cache)
	if err != nil {
		return sandbox.Outcome{}, err
	}
	s.update(func(r *Run) { r.State = Running })
	var seed [32]byte
	rand.Read(seed[:])
	outcome, err := s.c.Box.Run(ctx, ready, sandbox.Options{
		Limits: s.limits(), Start: s.c.Clock(), Seed: seed, Clock: s.c.Clock, Log: &stderr{log: &s.log, clock: s.c.Clock, secrets: s.secrets},
	}, s.handle)
	if err == nil && outcome.Exit == 0 && s.problem == nil {
		s.update(func(r *Run) { r.State = Committing })
		err = s.commit(ctx, runEnds)
	}
	return outcome, err
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

// load reads the source's secrets, cookies and cursor.
func (s *session) load(ctx context.Context) error {
	if s.mode == protocol.ModeCheck {
		return nil
	}
	return s.c.Vault.View(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(s.source.ID)
		if err != nil {
			return err
		}
		s.secrets = secrets{}
		for _, f := range s.p.Manifest.Fields {
			if value, err := optional(space, keySecret+f.Name); err != nil {
				return err
			} else if value != nil {
				s.secrets[f.Name] = core.Secret(value)
			}
		}
		if s.state, err = optional(space, keyState); err != nil {
			return err
		}
		cookies, err := optional(space, keyCookies)
		if err != nil {
			return err
		}
		s.jar, err = fetch.NewJar(cookies)
		return err
	})
}

// optional reads a setting; nil when there is none.
func optional(space *vault.Space, key string) ([]byte, error) {
	value, err := space.Get(settings, []byte(key))
	if core.CodeOf(err) == core.NotFound {
		return nil, nil
	}
	return value, err
}

// connectNetwork gives the run its client, bound to the manifest's hosts and
// to the exact addresses that the person allowed.
func (s *session) connectNetwork() (err error) {
	allowed := append([]netip.AddrPort(nil), s.source.Allowed...)
	for _, f := range s.p.Manifest.Fields {
		if f.Kind == "address" && s.source.Config[f.Name] != "" {
			address, err := addressOf(s.source.Config[f.Name])
			if err != nil {
				return core.E(core.Invalid, "start run", err)
			}
			allowed = append(allowed, address)
		}
	}
	s.client, err = fetch.New(
		fetch.Policy{Hosts: s.p.Manifest.Hosts, Allowed: allowed, Own: s.c.Own, Limits: fetch.Limits{Requests: s.limits().Requests}},
		fetch.Options{Jar: s.jar, Secrets: s.fills(), Audit: s.hop, Pace: s.c.pace, Clock: s.c.Clock},
	)
	return err
}

// fills tells fetch the source's secrets and the only places for them.
func (s *session) fills() []fetch.Secret {
	var all []fetch.Secret
	for _, f := range s.p.Manifest.Fields {
		if value, given := s.secrets[f.Name]; given && IsSecret(f) {
			all = append(all, fetch.Secret{Name: f.Name, Value: value, TOTP: f.Kind == "totp", Use: f.Use})
		}
	}
	return all
}

// hop keeps one line of the run's connections.
func (s *session) hop(h fetch.Hop) {
	s.hops.pending = append(s.hops.pending, h)
	s.update(func(r *Run) { r.Use.Requests++; r.Use.Received += h.Received })
}

// Whether a commit is a run's last.
const (
	moreComes = false
	runEnds   = true
)

// commit writes what was emitted since the last save, with the cursor, the
// cookies, the log and the run's row, in one transaction.
func (s *session) commit(ctx context.Context, last bool) error {
	if s.mode == protocol.ModeCheck || s.rehearsal != nil {
		return nil
	}
	b := s.batch()
	b.Records, b.Forgotten, b.Last = s.records, s.forgotten, last
	b.Extra = func(space *vault.Space, counts ingest.Counts) error {
		total := s.total
		total.Add(counts)
		s.update(func(r *Run) { r.Counts = total })
		return s.writeBeside(space)
	}
	counts, err := s.c.Ingest.Commit(ctx, b)
	if err != nil {
		s.update(func(r *Run) { r.Counts = s.total })
		return err
	}
	s.log.done()
	s.hops.done()
	s.records, s.forgotten, s.bytes = nil, nil, 0
	s.total.Add(counts)
	return nil
}

func (s *session) provenance() core.Provenance {
	m := s.p.Manifest
	return core.Provenance{Run: s.runID(), Connector: m.ID, Version: m.Version, Module: m.SHA256, At: s.c.Clock().UTC()}
}

// writeBeside writes what belongs to the run into the commit of its records.
func (s *session) writeBeside(space *vault.Space) error {
	if s.state != nil {
		if err := space.Put(settings, []byte(keyState), s.state); err != nil {
			return err
		}
	}
	if s.client != nil {
		cookies, err := s.jar.State()
		if err != nil {
			return err
		}
		if err := space.Put(settings, []byte(keyCookies), cookies); err != nil {
			return err
		}
	}
	if err := s.keepInput(space); err != nil {
		return err
	}
	return s.writeRun(space)
}

// keepInput makes the imported file a file of the vault, once.
func (s *session) keepInput(space *vault.Space) error {
	if s.input == nil || s.act.snapshot().File != nil {
		return nil
	}
	f := s.files.byID[s.input.ID]
	id, err := space.PutFile(f.staged)
	if err != nil {
		return err
	}
	s.update(func(r *Run) {
		r.File = &core.FileRef{File: id, Name: f.Name, MediaType: f.MediaType, Size: f.Size}
	})
	return nil
}

// writeRun writes the row and the pending lines.
func (s *session) writeRun(space *vault.Space) error {
	r := s.act.snapshot()
	if err := s.log.write(space, r.ID); err != nil {
		return err
	}
	if err := s.hops.write(space, runHops, r.ID); err != nil {
		return err
	}
	return writeRun(space, r)
}

// conclude notes how the run ended.
func (s *session) conclude(ctx context.Context, o sandbox.Outcome, err error) {
	state, problem := s.outcome(ctx, o, err)
	if problem != nil {
		s.log.add(s.c.Clock(), "error", string(problem.Code)+": "+problem.Message)
	}
	s.update(func(r *Run) {
		r.State, r.Problem, r.Question, r.Ended = state, problem, nil, s.c.Clock().UTC()
		r.Counts, r.Use.CPU, r.Use.Memory = s.total, o.CPU, o.MaxRSS
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
	case err != nil:
		state, problem = Failed, &Problem{Code: problemOf(err), Message: clip(s.secrets.scrub(err.Error()), maxMessage)}
	case o.Exit != 0:
		state, problem = Failed, &Problem{Code: protocol.Internal, Message: fmt.Sprintf("the connector ended with status %d", o.Exit)}
	}
	return state, problem
}

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
	b.Extra = func(space *vault.Space, _ ingest.Counts) error { return s.writeRun(space) }
	_, err := s.c.Ingest.Commit(ctx, b)
	return err
}

func writeRun(space *vault.Space, r Run) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return space.Put(runRows, runKey(r.ID), text)
}
