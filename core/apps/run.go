package apps

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/view"
)

// Bounds of one run of an app that no manifest raises.
const (
	maxWall = 10 * time.Second // without what the home takes to answer
	maxCPU  = 5 * time.Second
	maxShow = 30 * time.Second // all in
)

// A Request asks an app for one of its views.
type Request struct {
	App    string
	Mode   protocol.Mode // protocol.ModeView unless given
	Link   view.Link
	Locale string    // "en" or "fr"
	Log    io.Writer // takes the app's log; nil: dropped
}

// A Shown is what an app showed, with what the person may ask of it.
type Shown struct {
	View    view.View
	Outcome sandbox.Outcome
	reader  *query.AppReader
}

// Ref returns the record behind a row's name in the view, or false.
func (s *Shown) Ref(row string) (core.Ref, bool) { return s.reader.Ref(row) }

// Behind returns the records behind a figure, the newest first, at most size of
// them, and how many there are. Codes: forbidden when the grant has ended since.
func (s *Shown) Behind(ctx context.Context, why view.Why, size int) ([]core.Record, int, error) {
	return s.reader.Behind(ctx, why.Bases, why.Rows, size)
}

// Show runs an app and returns what it showed. What the app read is in the
// ledger by then, and what it saved is kept.
//
// Codes: not_found for no such app, forbidden without a grant in force, limit
// when the app was killed, invalid or internal for a view that is none or an app
// that failed, locked.
func (a *Apps) Show(ctx context.Context, r Request) (*Shown, error) {
	p, err := a.program(r.App)
	if err != nil {
		return nil, err
	}
	if r.Mode == "" {
		r.Mode = protocol.ModeView
	}
	if err := r.Link.Check(); err != nil {
		return nil, core.E(core.NotFound, "show app", err)
	}
	ctx, leave, err := a.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithTimeoutCause(ctx, maxShow, core.E(protocol.Limit, "show app", errors.New("it asks for too much")))
	defer cancel()
	s := &session{a: a, p: p, request: r, day: dayOf(a.Clock().In(a.Zone)), reader: query.ForApp(a.Vault, a.Zone, a.inForce(r.App))}
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	ready, err := a.prepare(ctx, p)
	if err != nil {
		return nil, err
	}
	outcome, err := a.Box.Run(ctx, ready, s.options(), s.handle)
	err = s.verdict(outcome, err)
	if noted := s.end(ctx, err); noted != nil {
		return nil, errors.Join(noted, err)
	}
	if err != nil {
		return nil, err
	}
	return &Shown{View: *s.view, Outcome: outcome, reader: s.reader}, nil
}

// dayOf is midnight of now's day: an app's clock shows no more.
func dayOf(now time.Time) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
}

func (s *session) options() sandbox.Options {
	return sandbox.Options{Limits: limitsOf(s.p), Start: s.day, Seed: sha256.Sum256([]byte("app " + s.p.Manifest.ID)), Log: s.request.Log, Slot: sandbox.SlotView}
}

func limitsOf(p *program.Program) protocol.Limits {
	limits := protocol.DefaultLimits()
	limits.Memory = max(limits.Memory, p.Manifest.Limits.Memory)
	limits.CPU, limits.Wall = protocol.Duration(maxCPU), protocol.Duration(maxWall)
	return limits
}

// verdict says how a run ended.
func (s *session) verdict(outcome sandbox.Outcome, err error) error {
	const op = "show app"
	switch {
	case err != nil:
		return err
	case s.problem != nil:
		return core.E(s.problem.Code, op, errors.New(s.problem.Message))
	case outcome.Exit != 0:
		return core.E(protocol.Internal, op, fmt.Errorf("the app ended with status %d", outcome.Exit))
	case s.view == nil:
		return core.E(protocol.Internal, op, errors.New("the app showed nothing"))
	}
	return nil
}

// end writes down what the app read, and keeps what it saved when it ended well.
func (s *session) end(ctx context.Context, failed error) error {
	entry := ledger.Entry{Kind: ledger.AppRead, App: s.p.Manifest.ID, Module: s.p.Manifest.SHA256, Mode: string(s.request.Mode), Outcome: string(core.CodeOf(failed))}
	read := s.reader.Read()
	for _, r := range s.grant.entry(s.p) {
		for t, n := range read {
			if r.Type == string(t) {
				r.Records = n
				entry.Reads = append(entry.Reads, r)
			}
		}
	}
	ctx = context.WithoutCancel(ctx)
	return s.a.Vault.Update(ctx, func(tx *vault.Tx) error {
		if failed == nil && s.saved {
			if err := s.keep(tx); err != nil {
				return err
			}
		}
		return s.a.Ledger.Add(tx, entry)
	})
}
