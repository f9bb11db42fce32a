package connect

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	deviceWithin = time.Hour       // that a sign-in by a code may take at most
	lookEvery    = 5 * time.Second // unless the provider says otherwise (RFC 8628, 3.2)
	slowDownBy   = 5 * time.Second // at each slow_down (RFC 8628, 3.5)
	maxEvery     = 5 * time.Minute
	maxLooks     = int(deviceWithin / time.Second)
)

// A look is the home that asks a provider, again and again, whether the person
// has signed in. A source has one at most; Close ends it, and New takes it up.
type look struct {
	c      *Connect
	p      *program.Program
	s      Source
	client *fetch.Client
	hops   []fetch.Hop

	ctx    context.Context // of its goroutine
	cancel context.CancelCauseFunc
	gone   chan struct{} // closed when it is over
}

// beginLook makes the look of a source, to be left; nil when it has one
// already. It outlives ctx.
func (c *Connect) beginLook(ctx context.Context, p *program.Program, s Source) (*look, error) {
	var given secrets
	err := c.lookInto(ctx, s.ID, func(space *vault.Space) (err error) {
		given, err = readSecrets(space, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	l := &look{c: c, p: p, s: s, gone: make(chan struct{})}
	l.client, err = c.network(p, s, fetch.Limits{Requests: maxLooks},
		fetch.Options{Secrets: fills(p, given), Audit: func(h fetch.Hop) { l.hops = append(l.hops, h) }})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.looks[s.ID] != nil {
		l.client.Close()
		if c.closed {
			return nil, core.E(core.Locked, "begin sign-in", errClosing)
		}
		return nil, nil
	}
	l.ctx, l.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	c.looks[s.ID] = l
	c.wg.Add(1)
	return l, nil
}

func (l *look) leave() {
	l.c.mu.Lock()
	delete(l.c.looks, l.s.ID)
	l.c.mu.Unlock()
	l.client.Close()
	l.cancel(nil)
	close(l.gone)
	l.c.wg.Done()
}

// endLook ends the look of a source, if it has one, and waits for that.
func (c *Connect) endLook(id core.SourceID) {
	c.mu.Lock()
	l := c.looks[id]
	c.mu.Unlock()
	if l != nil {
		l.cancel(errCancelled)
		<-l.gone
	}
}

// SigningIn returns the sources for which the home waits for the person to sign
// in with a code, in the order of their ids.
func (c *Connect) SigningIn() (all []core.SourceID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id := range c.looks {
		all = append(all, id)
	}
	slices.SortFunc(all, func(a, b core.SourceID) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// wait looks until the sign-in ends, and notes how.
func (l *look) wait(d pendingDevice) {
	defer l.leave()
	got, err := l.poll(&d)
	switch cause := context.Cause(l.ctx); {
	case err == nil && !errors.Is(cause, errCancelled):
		l.note("")
		err = l.succeed(got)
	case errors.Is(cause, errCancelled): // who cancelled it minds the rest
		l.note(core.Code(Cancelled))
		return
	case cause != nil: // the home closes; it is taken up
		l.note(core.Code(Waiting))
		return
	default:
		d = pendingDevice{Until: d.Until, Ended: problemOf(err)}
		l.note(d.Ended)
		err = l.keep(d)
	}
	if err != nil && core.CodeOf(err) != core.NotFound {
		l.c.Logger.Error("end a sign-in", "source", l.s.ID.String(), "error", err)
	}
}

// poll looks at the provider's pace until it gives tokens or says no.
func (l *look) poll(d *pendingDevice) (tokens, error) {
	form := url.Values{"grant_type": {grantDevice}, "device_code": {string(d.Device.Secret)}}
	for wait := d.Every; ; {
		if err := l.rest(wait, d.Until); err != nil {
			return tokens{}, err
		}
		got, err := l.c.askTokens(l.ctx, l.client, l.p, l.s, form)
		switch {
		case errors.Is(err, errPending):
			wait = d.Every
		case errors.Is(err, errSlowDown), core.CodeOf(err) == protocol.RateLimited:
			d.Every = min(d.Every+slowDownBy, maxEvery)
			wait = d.Every
			if err := l.keep(*d); err != nil {
				return tokens{}, err
			}
		case errors.Is(err, errGrant):
			return tokens{}, errLate
		case core.CodeOf(err) == protocol.Unavailable && l.ctx.Err() == nil:
			wait = min(2*wait, maxEvery) // RFC 8628, 3.5
		default:
			return got, err
		}
	}
}

// rest waits before a look, and returns errLate when the codes end first.
func (l *look) rest(wait time.Duration, until time.Time) error {
	left := until.Sub(l.c.Clock())
	if left <= 0 {
		return errLate
	}
	timer := time.NewTimer(min(wait, left))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.ctx.Done():
		return context.Cause(l.ctx)
	}
	if !l.c.Clock().Before(until) {
		return errLate
	}
	return nil
}

// keep writes how the sign-in stands.
func (l *look) keep(d pendingDevice) error {
	return l.c.inSpace(context.WithoutCancel(l.ctx), l.s.ID, func(space *vault.Space) error { return putJSON(space, keyDevice, d) })
}

// succeed keeps the tokens and starts the source's run.
func (l *look) succeed(got tokens) error {
	if err := l.c.keepTokens(l.ctx, l.s.ID, got); err != nil {
		return err
	}
	_, err := l.c.Start(l.ctx, l.s.ID, ByPerson)
	if code := core.CodeOf(err); code == core.Conflict || code == core.Locked || l.ctx.Err() != nil {
		return nil // a run goes on with these tokens, or one will
	}
	return err
}

// note writes into the ledger what was exchanged, and how it ended: code is ""
// when it ended well.
func (l *look) note(code core.Code) {
	l.c.noteSignIn(l.ctx, l.s, l.hops, code)
	l.hops = nil
}

// noteSignIn notes what a sign-in at the provider exchanged. A source that is
// gone takes its story with it.
func (c *Connect) noteSignIn(ctx context.Context, s Source, hops []fetch.Hop, code core.Code) {
	outcome := string(code)
	if code == "" {
		outcome = string(Succeeded)
	}
	err := c.Ledger.NoteCheck(context.WithoutCancel(ctx), Egress{Source: s.ID, Connector: s.Connector, Hosts: hostsOf(hops), Outcome: outcome})
	if err != nil && core.CodeOf(err) != core.NotFound {
		c.Logger.Error("note a sign-in", "source", s.ID.String(), "error", err)
	}
}
