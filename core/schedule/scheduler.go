package schedule

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
)

// Bounds of the loop.
const (
	maxSleep = time.Minute      // the wall clock may jump: look at it again
	asleep   = 5 * maxSleep     // between two turns: the home was locked, the computer slept or its clock was set
	minGap   = 5 * time.Minute  // between two starts of one source, whatever its state says
	maxRuns  = 2                // at once, unless Config says otherwise
	troubled = 30 * time.Second // before asking again for states that could not be read
)

// A Home is what the scheduler needs of the home.
type Home interface {
	// States returns the state of every source, and the time of the vault's
	// last commit. A locked home returns locked: the scheduler then waits.
	States(ctx context.Context) ([]State, time.Time, error)
	// Run runs a source to its end and records how it went. It returns
	// promptly when ctx is done.
	Run(ctx context.Context, id core.SourceID) error
}

// Config says how a [Scheduler] works.
type Config struct {
	Home Home
	Now  core.Clock   // nil means time.Now
	Log  *slog.Logger // nil means none
	Runs int          // at once; 0 means 2
}

// A Scheduler starts the runs that are due. Make one with [New].
type Scheduler struct {
	Config
	wake    chan struct{}
	started map[core.SourceID]time.Time // by this scheduler
	running map[core.SourceID]bool
	done    chan core.SourceID
	awake   time.Time // see Clock; zero before the first turn
	looked  time.Time // at the last turn with the home unlocked
}

// New returns a Scheduler, which does nothing until Run.
func New(c Config) *Scheduler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Runs = cmp.Or(c.Runs, maxRuns)
	return &Scheduler{Config: c, wake: make(chan struct{}, 1), done: make(chan core.SourceID),
		started: map[core.SourceID]time.Time{}, running: map[core.SourceID]bool{}}
}

// Wake makes the scheduler look again at once: a source was added or changed,
// the home was unlocked. It never blocks; any goroutine may call it.
func (s *Scheduler) Wake() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run starts due runs until ctx is done, then cancels those that are running
// and waits for them. It is called once.
func (s *Scheduler) Run(ctx context.Context) {
	var runs sync.WaitGroup
	defer runs.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for ctx.Err() == nil {
		timer := time.NewTimer(s.turn(ctx, &runs))
		select {
		case <-ctx.Done():
		case <-s.wake:
		case id := <-s.done:
			delete(s.running, id)
		case <-timer.C:
		}
		timer.Stop()
	}
}

// turn starts what is due and returns how long to sleep.
func (s *Scheduler) turn(ctx context.Context, runs *sync.WaitGroup) time.Duration {
	states, commit, err := s.Home.States(ctx)
	now := s.Now()
	if err != nil {
		if code := core.CodeOf(err); code != core.Locked && ctx.Err() == nil {
			s.Log.Warn("states could not be read", "code", code)
			return troubled
		}
		return maxSleep
	}
	if slept := now.Sub(s.looked); s.awake.IsZero() || slept < 0 || slept > asleep {
		s.awake = now
	}
	s.looked = now
	return s.start(ctx, runs, states, Clock{Now: now, Awake: s.awake, Commit: commit})
}

// start starts due sources, the longest due first, while there is room.
func (s *Scheduler) start(ctx context.Context, runs *sync.WaitGroup, states []State, c Clock) time.Duration {
	type due struct {
		id core.SourceID
		at time.Time
	}
	var list []due
	sleep := maxSleep
	for _, state := range states {
		d := Next(state, c)
		if at := s.started[state.Source].Add(minGap); !d.At.IsZero() && d.At.Before(at) && !at.After(c.Now.Add(minGap)) {
			d.At = at
		}
		switch {
		case s.running[state.Source] || d.At.IsZero():
		case d.IsDue(c.Now):
			list = append(list, due{state.Source, d.At})
		default:
			sleep = min(sleep, d.At.Sub(c.Now))
		}
	}
	slices.SortStableFunc(list, func(a, b due) int { return a.at.Compare(b.at) })
	for _, d := range list[:min(len(list), max(0, s.Runs-len(s.running)))] {
		s.running[d.id], s.started[d.id] = true, c.Now
		runs.Go(func() { s.run(ctx, d.id) })
	}
	return sleep
}

// run runs one source and reports its end to the loop. The run's outcome is in
// its own row and log; only what kept it from having one is said here.
func (s *Scheduler) run(ctx context.Context, id core.SourceID) {
	if err := s.Home.Run(ctx, id); err != nil && ctx.Err() == nil {
		s.Log.Warn("run could not be done", "source", id, "code", core.CodeOf(err))
	}
	select {
	case s.done <- id:
	case <-ctx.Done():
	}
}
