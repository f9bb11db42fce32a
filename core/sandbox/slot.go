package sandbox

import (
	"context"
	"sync"
	"time"
)

// A Slot is the kind of a worker. Each kind has places of its own, so that a run
// never waits for its own helper, nor a person for a run.
type Slot int

// The kinds.
const (
	SlotRun Slot = iota
	SlotView
	SlotHelper
	slotCompile
)

// A room has places for the workers of one kind that may compute at once.
type room chan struct{}

func newRoom(places int) room { return make(room, places) }

// enter waits for a place. It takes none when ctx has ended.
func (r room) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case r <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (r room) leave() { <-r }

// A turn is what a run holds while it computes: a place in a room and a running
// clock. Handlers give them back through the context.
type turn struct {
	room room
	wall *stopwatch

	mu     sync.Mutex
	held   bool
	absent int // calls of Idle and Waiting that have not returned
}

type turnKey struct{}

// Idle gives back the place of the run whose handler was given ctx, while it
// waits on the network, say, and returns what must be called when it goes on:
// that waits for a place again. The run's wall clock keeps running. Outside a
// handler it does nothing.
func Idle(ctx context.Context) (resume func()) {
	t, ok := ctx.Value(turnKey{}).(*turn)
	if !ok {
		return func() {}
	}
	t.away()
	return sync.OnceFunc(func() { t.back(ctx) })
}

// Waiting does what [Idle] does and stops the run's wall clock too: for an
// answer of the person.
func Waiting(ctx context.Context) (resume func()) {
	t, ok := ctx.Value(turnKey{}).(*turn)
	if !ok {
		return func() {}
	}
	t.wall.stop()
	t.away()
	return sync.OnceFunc(func() {
		t.back(ctx)
		t.wall.start()
	})
}

func (t *turn) away() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.absent++
	if t.held {
		t.room.leave()
		t.held = false
	}
}

// back takes a place again when nobody is away any more. It gives up with ctx:
// the run is ending then.
func (t *turn) back(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.absent--
	if t.absent > 0 || t.held {
		return
	}
	t.wall.stop() // queueing is no fault of the run
	defer t.wall.start()
	t.held = t.room.enter(ctx) == nil
}

// end gives back whatever is held.
func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held {
		t.room.leave()
		t.held = false
	}
}

// A stopwatch measures the active time of a run and calls expired once when
// there is none left.
type stopwatch struct {
	mu      sync.Mutex
	used    time.Duration
	left    time.Duration
	since   time.Time // zero while stopped
	stops   int
	expired func()
	timer   *time.Timer
}

// newStopwatch returns a running stopwatch.
func newStopwatch(limit time.Duration, expired func()) *stopwatch {
	s := &stopwatch{left: limit, expired: expired, since: time.Now()}
	s.timer = time.AfterFunc(limit, expired)
	return s
}

func (s *stopwatch) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stops++; s.stops == 1 {
		s.pause()
	}
}

func (s *stopwatch) pause() {
	s.timer.Stop()
	d := time.Since(s.since)
	s.used, s.left, s.since = s.used+d, s.left-d, time.Time{}
}

func (s *stopwatch) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stops--; s.stops == 0 {
		s.since = time.Now()
		s.timer = time.AfterFunc(max(s.left, 0), s.expired)
	}
}

// end stops it for good and returns the active time.
func (s *stopwatch) end() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stops == 0 {
		s.pause()
	}
	s.stops = 1 << 20
	return s.used
}
