// Package schedule decides when a source runs by itself: never the runs
// themselves, only the time of the next one.
//
// [Next] is a pure function of a source's [State] and the time. Each source has
// its own stable place in its rhythm, so that a home does not ask everything at
// once and homes do not ask a provider together. After a failure it comes back
// later and later; a provider's Retry-After is obeyed; a problem that needs the
// person stops it. Runs missed while the home was off or locked are made up
// for once. Nothing runs before the time of the vault's last commit: a small
// computer without a clock battery wakes up in the past. [Scheduler] is the
// loop that obeys.
package schedule

import (
	"hash/fnv"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of what the scheduler does.
const (
	MinEvery      = 15 * time.Minute     // the shortest rhythm
	MaxEvery      = 366 * 24 * time.Hour // the longest
	MaxRetryAfter = 7 * 24 * time.Hour   // a longer wait than this is not believed
	backOffFirst  = 10 * time.Minute     // after one failure; doubles with each
	backOffMax    = 24 * time.Hour
	catchUp       = 20 * time.Minute // over which runs missed while away are spread
	grace         = 10 * time.Minute // a run later than this was missed
	cronSpread    = 5 * time.Minute  // past the time that a person named
)

// A State is what is known of a source when its next run is decided, or of
// another thing that runs by itself under an id of its own. The zero State but
// for Source never runs by itself: its plan is empty.
type State struct {
	Source  core.SourceID
	Plan    Plan
	Added   time.Time // when the source was added
	Last    time.Time // when its last run ended; zero if none did
	Code    core.Code // of the last run; "" when it succeeded
	Failed  int       // runs that failed in a row
	Until   time.Time // the provider asked to wait until then; zero if not
	Paused  bool      // by the person
	Waiting bool      // queued, running or waiting for an answer
}

// A Clock is what the home knows of the time.
type Clock struct {
	Now    time.Time
	Awake  time.Time // since when runs are possible: start, or unlock
	Commit time.Time // of the vault's last commit
}

// A Reason says why a source runs when it does, or why it does not.
type Reason string

const (
	Regular     Reason = "regular"      // its rhythm
	CatchUp     Reason = "catch_up"     // its time passed while the home was off or locked
	Retry       Reason = "retry"        // after a failure
	RetryAfter  Reason = "retry_after"  // the provider asked to wait
	ClockBehind Reason = "clock_behind" // not before the clock is past the last commit
	Paused      Reason = "paused"       // never: the person paused it
	Stopped     Reason = "stopped"      // never: a problem needs the person
	Manual      Reason = "manual"       // never: it has no rhythm
	Waiting     Reason = "waiting"      // never: it is running
)

// A Decision is when a source runs next, and why.
type Decision struct {
	At     time.Time // zero: not by itself
	Reason Reason
}

// IsDue reports whether the run may start at now.
func (d Decision) IsDue(now time.Time) bool { return !d.At.IsZero() && !now.Before(d.At) }

// Next decides when a source runs next. It depends on its arguments only. A
// time in the past means now.
func Next(s State, c Clock) Decision {
	switch {
	case s.Paused:
		return Decision{Reason: Paused}
	case s.Waiting:
		return Decision{Reason: Waiting}
	case s.Code.NeedsPerson():
		return Decision{Reason: Stopped}
	case s.Plan.isZero():
		return Decision{Reason: Manual}
	}
	d := regular(s, c)
	if d.At.IsZero() {
		return d
	}
	if s.Failed > 0 {
		d = retry(s, c)
	}
	if until := earlier(s.Until, s.last(c).Add(MaxRetryAfter)); until.After(d.At) {
		d = Decision{until, RetryAfter}
	}
	if c.Commit.After(c.Now) && d.At.Before(c.Commit) {
		d = Decision{c.Commit, ClockBehind}
	}
	return d
}

// regular is the next time of the source's rhythm, or the time to make up for
// one that passed while the home was away.
func regular(s State, c Clock) Decision {
	at := s.Plan.after(s.last(c), s.Source)
	if at.IsZero() {
		return Decision{Reason: Manual}
	}
	if missed := c.Awake.Add(-grace); at.Before(missed) {
		return Decision{c.Awake.Add(portion(s.Source, "catch up", catchUp)), CatchUp}
	}
	return Decision{at, Regular}
}

// retry is the time after s.Failed failures in a row: the delay doubles, up to
// a day, a quarter of it the source's own. A failure that time alone seldom
// mends waits for the regular time when that is later.
func retry(s State, c Clock) Decision {
	delay := backOffFirst
	for i := 1; i < s.Failed && delay < backOffMax; i++ {
		delay *= 2
	}
	delay = min(delay, backOffMax)
	at := s.last(c).Add(delay + portion(s.Source, "retry", delay/4))
	if next := regular(s, c); !mends(s.Code) && next.At.After(at) {
		return next
	}
	if at.Before(c.Awake) {
		at = c.Awake.Add(portion(s.Source, "catch up", catchUp))
	}
	return Decision{at, Retry}
}

// mends reports whether time alone may mend a failure of code.
func mends(code core.Code) bool {
	switch code {
	case protocol.Unavailable, protocol.RateLimited, protocol.Internal, core.Locked:
		return true
	}
	return false
}

// last is when the source last ended a run, else when it was added. A time to
// come was read from a wrong clock.
func (s State) last(c Clock) time.Time {
	last := s.Last
	if last.IsZero() {
		last = s.Added
	}
	return earlier(last, c.Now)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// portion is a part of span that is the source's own: always the same for one
// purpose, spread evenly over sources.
func portion(id core.SourceID, purpose string, span time.Duration) time.Duration {
	return time.Duration(float64(span) * share(id, purpose))
}

// share is a number from 0 to 1, 1 excluded.
func share(id core.SourceID, purpose string) float64 {
	h := fnv.New64a()
	h.Write(id[:])
	h.Write([]byte(purpose))
	n := h.Sum64()
	n ^= n >> 31 // FNV leaves its high bits poorly mixed on short input
	n *= 0x9e3779b97f4a7c15
	return float64(n>>11) / (1 << 53)
}
