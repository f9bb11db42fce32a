package schedule_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/schedule"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// house is a home whose runs take a while and end as the test says.
type house struct {
	mu      sync.Mutex
	states  map[core.SourceID]*schedule.State
	outcome map[core.SourceID]core.Code
	takes   time.Duration
	locked  bool
	forgets bool          // runs leave no trace in the states
	ahead   time.Duration // of the home's clock before the test's
	runs    []run
	busy    int
	most    int // at once
}

type run struct {
	id core.SourceID
	at time.Time
}

func (h *house) States(context.Context) ([]schedule.State, time.Time, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.locked {
		return nil, time.Time{}, core.E(core.Locked, "read sources", nil)
	}
	var all []schedule.State
	for _, s := range h.states {
		all = append(all, *s)
	}
	return all, time.Time{}, nil
}

func (h *house) Run(ctx context.Context, id core.SourceID) error {
	h.mu.Lock()
	h.runs = append(h.runs, run{id, time.Now()})
	h.busy++
	h.most = max(h.most, h.busy)
	h.mu.Unlock()
	timer := time.NewTimer(h.takes)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy--
	if h.forgets {
		return core.E(protocol.Internal, "run", nil)
	}
	s := h.states[id]
	s.Last, s.Code = time.Now().Add(h.ahead), h.outcome[id]
	s.Failed++
	if s.Code == "" {
		s.Failed = 0
	}
	return nil
}

func (h *house) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func newHouse(t *testing.T, sources int, spec schedule.Spec) *house {
	t.Helper()
	p, err := schedule.NewPlan(spec, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{states: map[core.SourceID]*schedule.State{}, outcome: map[core.SourceID]core.Code{}, takes: time.Minute}
	for n := range sources {
		id := source(uint64(n))
		h.states[id] = &schedule.State{Source: id, Plan: p, Last: time.Now()}
	}
	return h
}

// live runs a scheduler over h for d of fake time, and waits for its end.
func live(t *testing.T, h *house, d time.Duration, during func(*schedule.Scheduler)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	s := schedule.New(schedule.Config{Home: h})
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	if during != nil {
		during(s)
	}
	<-ended
}

func TestScheduler_runs_each_source_in_its_rhythm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 5, schedule.Spec{Every: 24 * time.Hour})
		live(t, h, 10*24*time.Hour, nil)
		count := map[core.SourceID]int{}
		for _, r := range h.runs {
			count[r.id]++
		}
		for id, n := range count {
			if n < 9 || n > 10 {
				t.Errorf("%s ran %d times in ten days", id, n)
			}
		}
		if len(count) != 5 {
			t.Errorf("%d sources ran", len(count))
		}
	})
}

func TestScheduler_runs_two_at_once_and_all_in_turn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 12, schedule.Spec{Every: time.Hour})
		for _, s := range h.states {
			s.Last = time.Now().Add(-48 * time.Hour)
		}
		h.takes = 10 * time.Minute
		live(t, h, 2*time.Hour, nil)
		ran := map[core.SourceID]bool{}
		for _, r := range h.runs {
			ran[r.id] = true
		}
		if h.most != 2 || len(ran) != 12 || h.busy != 0 {
			t.Errorf("%d at once, %d sources of 12, %d left running", h.most, len(ran), h.busy)
		}
	})
}

func TestScheduler_stops_a_source_that_needs_the_person_until_woken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 1, schedule.Spec{Every: time.Hour})
		h.outcome[source(0)] = protocol.AuthExpired
		live(t, h, 100*time.Hour, func(s *schedule.Scheduler) {
			<-time.After(50 * time.Hour) // fake time
			h.set(func() {
				if len(h.runs) != 1 {
					t.Errorf("%d runs before the person acted", len(h.runs))
				}
				h.outcome[source(0)], h.states[source(0)].Code, h.states[source(0)].Failed = "", "", 0
			})
			s.Wake()
		})
		if n := len(h.runs); n < 45 || n > 55 {
			t.Errorf("%d runs", n)
		}
	})
}

func TestScheduler_does_nothing_while_locked_and_catches_up_after(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 3, schedule.Spec{Every: time.Hour})
		h.locked = true
		var unlocked time.Time
		live(t, h, 11*time.Hour, func(s *schedule.Scheduler) {
			<-time.After(10 * time.Hour) // fake time
			h.set(func() { h.locked, unlocked = false, time.Now() })
			s.Wake()
		})
		first := map[core.SourceID]time.Duration{}
		for _, r := range slices.Backward(h.runs) {
			first[r.id] = r.at.Sub(unlocked)
		}
		for id, wait := range first {
			if wait < 0 || wait > 23*time.Minute {
				t.Errorf("%s ran %v after unlock", id, wait)
			}
		}
		if len(first) != 3 {
			t.Errorf("%d sources caught up", len(first))
		}
	})
}

func TestScheduler_spreads_what_was_missed_when_the_clock_jumps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 20, schedule.Spec{Every: 24 * time.Hour})
		h.takes = time.Second
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Minute)
		defer cancel()
		s := schedule.New(schedule.Config{Home: h, Runs: 20, Now: func() time.Time {
			h.mu.Lock()
			defer h.mu.Unlock()
			return time.Now().Add(h.ahead)
		}})
		ended := make(chan struct{})
		go func() { defer close(ended); s.Run(ctx) }()
		<-time.After(10 * time.Minute)
		h.set(func() { h.ahead, h.runs = 100*24*time.Hour, nil })
		jump := time.Now()
		<-ended
		late := 0
		for _, r := range h.runs {
			if r.at.Sub(jump) > 5*time.Minute {
				late++
			}
		}
		if late < 8 || len(h.runs) != 20 {
			t.Errorf("%d runs, %d of them more than five minutes after the jump", len(h.runs), late)
		}
	})
}

func TestScheduler_does_not_spin_on_a_run_that_leaves_no_trace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 1, schedule.Spec{Every: time.Hour})
		h.forgets, h.takes = true, 0
		live(t, h, 3*time.Hour, nil)
		if n := len(h.runs); n < 2 || n > 36 {
			t.Errorf("%d runs in three hours", n)
		}
	})
}

func TestScheduler_ends_its_runs_when_told_to(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 2, schedule.Spec{Every: time.Hour})
		h.takes = 1000 * time.Hour
		live(t, h, 5*time.Hour, nil)
		if h.busy != 0 || len(h.runs) != 2 {
			t.Errorf("%d running, %d runs", h.busy, len(h.runs))
		}
	})
}
