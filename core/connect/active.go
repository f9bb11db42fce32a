package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/domicile-home/domicile/core"
)

// Why a run's context was cancelled.
var (
	errClosing   = errors.New("the home is closing or locking")
	errCancelled = errors.New("cancelled by the person")
)

// An active is a source that is busy: with a run, or with being forgotten.
type active struct {
	cancel  context.CancelCauseFunc
	mu      sync.Mutex
	run     Run
	changed chan struct{} // closed and replaced at each change
	answer  chan string   // room for the answer to the one open question
	gone    chan struct{} // closed when the source is no longer busy
}

func newActive(cancel context.CancelCauseFunc) *active {
	return &active{cancel: cancel, changed: make(chan struct{}), answer: make(chan string, 1), gone: make(chan struct{})}
}

// hold marks the source busy. Codes: conflict when it is, locked when closing.
func (c *Connect) hold(ctx context.Context, id core.SourceID) (release func(), err error) {
	a := newActive(func(error) {})
	if err := c.enter(ctx, id, a); err != nil {
		return nil, err
	}
	return func() { c.leave(id, a) }, nil
}

// enter makes a what keeps the source busy. A run that is shown as ended is
// waited for: only its last row is being written.
func (c *Connect) enter(ctx context.Context, id core.SourceID, a *active) error {
	for {
		busy, err := c.tryEnter(id, a)
		switch {
		case err != nil || busy == nil:
			return err
		case !busy.snapshot().State.HasEnded():
			return core.E(core.Conflict, "start run", fmt.Errorf("source %s is busy", id))
		}
		select {
		case <-busy.gone:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tryEnter returns what keeps the source busy already, if anything does.
func (c *Connect) tryEnter(id core.SourceID, a *active) (busy *active, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch busy = c.active[id]; {
	case c.closed:
		return nil, core.E(core.Locked, "start run", errClosing)
	case busy == nil:
		c.active[id] = a
		c.wg.Add(1)
	}
	return busy, nil
}

func (c *Connect) leave(id core.SourceID, a *active) {
	c.mu.Lock()
	delete(c.active, id)
	c.mu.Unlock()
	a.update(func(*Run) {})
	close(a.gone)
	c.wg.Done()
}

// busy returns what keeps the source busy, or nil.
func (c *Connect) busy(id core.SourceID) *active {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.active[id]
}

func (c *Connect) lookup(id core.SourceID, run core.RunID) *active {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.active[id]; a != nil && a.snapshot().ID == run {
		return a
	}
	return nil
}

// Active returns the runs that go on, in the order of their sources' ids.
func (c *Connect) Active() (runs []Run) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.active {
		if r := a.snapshot(); r.ID != 0 {
			runs = append(runs, r)
		}
	}
	slices.SortFunc(runs, func(a, b Run) int { return cmp.Compare(a.Source.String(), b.Source.String()) })
	return runs
}

func (a *active) snapshot() Run {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.run
}

// update changes the run and wakes whoever watches it.
func (a *active) update(change func(*Run)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(&a.run)
	a.tell()
}

// tell wakes whoever watches; a.mu is held.
func (a *active) tell() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// Watch returns the run as it stands and, while it goes on or waits, a channel
// that is closed at its next change. Codes: not_found.
func (c *Connect) Watch(ctx context.Context, id core.SourceID, run core.RunID) (Run, <-chan struct{}, error) {
	if a := c.lookup(id, run); a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.run, a.changed, nil
	}
	r, err := c.Run(ctx, id, run)
	if f, ok := c.FailedAdd(id); ok && f.Run.ID == run && core.CodeOf(err) == core.NotFound {
		return f.Run, nil, nil
	}
	return r, nil, err
}

// Wait watches the run until it ends or the home closes, calling seen at each
// change when seen is not nil, and returns it. Codes: not_found.
func (c *Connect) Wait(ctx context.Context, id core.SourceID, run core.RunID, seen func(Run)) (Run, error) {
	for {
		r, changed, err := c.Watch(ctx, id, run)
		if err != nil {
			return r, err
		}
		if seen != nil {
			seen(r)
		}
		if changed == nil {
			return r, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return r, ctx.Err()
		}
	}
}

// Cancel ends a run, parked or not; what it saved stays. Codes: not_found when it is not
// going on.
func (c *Connect) Cancel(id core.SourceID, run core.RunID) error {
	a := c.lookup(id, run)
	if a == nil {
		return core.E(core.NotFound, "cancel run", fmt.Errorf("run %d is not going on", run))
	}
	a.cancel(errCancelled)
	return nil
}
