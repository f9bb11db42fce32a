package connect_test

import (
	"slices"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestRun_goes_through_its_states_and_keeps_what_it_saved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.add(t, "ana")
	id := w.start(t, s, "emit a b\nsave one\nlog halfway\nget /hang\nemit c\npdf d")
	<-w.provider.hanging
	r := w.until(t, s, id, connect.Running)
	if r.Counts.Added != 2 || w.records(t, s.ID) != 2 || !r.Ended.IsZero() || r.Connector != "guest" || len(r.Module) != 64 {
		t.Errorf("under way: %+v", r)
	}
	if runs, err := w.Runs(t.Context(), s.ID, 9); err != nil || len(runs) != 2 || runs[0].State != connect.Running || runs[1].State != connect.Succeeded { // the first proved the source
		t.Errorf("listed as %+v, %v", runs, err)
	}
	if _, err := w.Start(t.Context(), s.ID, connect.BySchedule); core.CodeOf(err) != core.Conflict {
		t.Errorf("a second run of a busy source: %v", err)
	}
	w.provider.release <- struct{}{}
	var states []connect.State
	r, err := w.Wait(t.Context(), s.ID, id, func(r connect.Run) {
		if len(states) == 0 || states[len(states)-1] != r.State {
			states = append(states, r.State)
		}
	})
	if err != nil || r.State != connect.Succeeded || r.Problem != nil || r.Counts.Added != 4 || w.records(t, s.ID) != 4 {
		t.Fatalf("ended %+v, %+v, %v", r, r.Problem, err)
	}
	if !slices.IsSortedFunc(states, func(a, b connect.State) int { return order(a) - order(b) }) {
		t.Errorf("states %v", states)
	}
	if r.Ended.Before(r.Started) || r.Use.Requests != 4 || r.Use.CPU <= 0 || r.Use.Memory <= 0 {
		t.Errorf("use %+v, %s to %s", r.Use, r.Started, r.Ended)
	}
	lines, hops, err := w.Log(t.Context(), s.ID, id)
	if err != nil || len(lines) != 2 || lines[0].Message != "halfway" || len(hops) != 4 {
		t.Errorf("log %+v, %d hops, %v", lines, len(hops), err)
	}
	if next := w.pull(t, s, "emit a b c"); next.ID != id+1 || next.Counts.Unchanged != 3 || w.provider.state() != "one" {
		t.Errorf("the next run: %+v with state %q", next, w.provider.state())
	}
}

func order(s connect.State) int {
	return slices.Index([]connect.State{connect.Queued, connect.Running, connect.Committing, connect.Succeeded}, s)
}

func TestRun_that_fails_says_why_once_and_keeps_what_was_saved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.add(t, "ana")
	for _, tc := range []struct {
		steps   string
		code    core.Code
		message string
		added   int
	}{
		{"emit a\nfail unavailable closed at night", protocol.Unavailable, "step: closed at night", 0},
		{"emit b\nsave x\nemit c\nfail rate_limited slower", protocol.RateLimited, "step: slower", 1},
		{"emit d\nexit 3", protocol.Internal, "the connector ended with status 3", 0},
		{"get /nowhere\nfail not_a_code text", protocol.Internal, "step: text", 0},
	} {
		r := w.pull(t, s, tc.steps)
		if r.State != connect.Failed || r.Problem == nil || r.Problem.Code != tc.code || r.Problem.Message != tc.message || r.Counts.Added != tc.added {
			t.Errorf("%q: %s %+v, %d added; want %s %q, %d", tc.steps, r.State, r.Problem, r.Counts.Added, tc.code, tc.message, tc.added)
		}
	}
}

func TestCancel_while_running_keeps_what_was_saved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.add(t, "ana")
	id := w.start(t, s, "emit a\nsave one\nemit b\nget /hang\nsave two")
	<-w.provider.hanging
	if err := w.Cancel(s.ID, id); err != nil {
		t.Fatal(err)
	}
	r := w.end(t, s.ID, id)
	if r.State != connect.Cancelled || r.Problem != nil || r.Counts.Added != 1 || w.records(t, s.ID) != 1 {
		t.Errorf("ended %+v, %+v with %d records", r, r.Problem, w.records(t, s.ID))
	}
	code(t, "cancelled twice", w.Cancel(s.ID, id), core.NotFound)
	if next := w.pull(t, s, "emit a b"); next.Counts.Added != 1 || w.provider.state() != "one" {
		t.Errorf("the next run: %+v with state %q", next.Counts, w.provider.state())
	}
}

func TestQuestion_is_answered_refused_or_cancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.add(t, "ana")
	const steps = "emit a\nask 4711\nemit b"

	id := w.start(t, s, steps)
	q := w.until(t, s, id, connect.Waiting).Question
	if q == nil || q.Kind != protocol.AskOTP || q.Prompt != "The code that you were sent" {
		t.Errorf("asked %+v", q)
	}
	if err := w.Answer(s.ID, id, "4711"); err != nil {
		t.Fatal(err)
	}
	if r := w.end(t, s.ID, id); r.State != connect.Succeeded || r.Question != nil || r.Counts.Added != 2 {
		t.Errorf("answered: %+v %+v", r, r.Problem)
	}
	code(t, "answered once it ended", w.Answer(s.ID, id, "4711"), core.NotFound)

	id = w.start(t, s, steps)
	w.until(t, s, id, connect.Waiting)
	if err := w.Answer(s.ID, id, "1"); err != nil {
		t.Fatal(err)
	}
	if r := w.end(t, s.ID, id); r.State != connect.Failed || r.Problem.Code != protocol.OTPWrong || r.Problem.Message != "the provider refused 1" {
		t.Errorf("a wrong answer: %+v %+v", r, r.Problem)
	}

	id = w.start(t, s, steps)
	w.until(t, s, id, connect.Waiting)
	if err := w.Cancel(s.ID, id); err != nil {
		t.Fatal(err)
	}
	if r := w.end(t, s.ID, id); r.State != connect.Cancelled || r.Problem != nil || r.Question != nil {
		t.Errorf("cancelled: %+v %+v", r, r.Problem)
	}
}

func TestClose_ends_every_run_and_takes_no_more(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.add(t, "ana"), w.add(t, "bob")
	running := w.start(t, a, "emit a\nsave one\nget /hang")
	<-w.provider.hanging
	waiting := w.start(t, b, "ask 1")
	w.until(t, b, waiting, connect.Waiting)
	w.Close()
	if r, err := w.Run(t.Context(), a.ID, running); err != nil || r.State != connect.Cancelled || r.Ended.IsZero() {
		t.Errorf("running: %+v, %v", r, err)
	}
	if r, err := w.Run(t.Context(), b.ID, waiting); err != nil || r.State != connect.Waiting || r.Question == nil || !r.Ended.IsZero() {
		t.Errorf("a question outlives the home's closing: %+v, %v", r, err)
	}
	if n := w.records(t, a.ID); n != 1 {
		t.Errorf("%d records, want the one saved", n)
	}
	_, err := w.Start(t.Context(), a.ID, connect.ByPerson)
	code(t, "a run after the end", err, core.Locked)
	code(t, "a source forgotten after the end", w.Forget(t.Context(), a.ID), core.Locked)
}

// TestCrash takes the vault's file as it stands in the middle of a run, which
// is what a killed process leaves.
func TestCrash_leaves_what_was_saved_with_its_cursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.add(t, "ana")
	id := w.start(t, s, "emit a\nsave one\nemit b\nget /hang")
	<-w.provider.hanging
	after := w.image(t)
	if err := w.Cancel(s.ID, id); err != nil {
		t.Fatal(err)
	}
	r, err := after.Run(t.Context(), s.ID, id)
	if err != nil || r.State != connect.Failed || r.Problem == nil || r.Problem.Code != protocol.Unavailable || r.Ended.Before(r.Started.Add(-time.Second)) {
		t.Errorf("the run that was cut: %+v %+v %v", r, r.Problem, err)
	}
	if r.Counts.Added != 1 || after.records(t, s.ID) != 1 {
		t.Errorf("%+v, %d records", r.Counts, after.records(t, s.ID))
	}
	w.end(t, s.ID, id)
	if next := after.pull(t, s, "emit a b\nsave two"); next.ID != id+1 || next.State != connect.Succeeded || next.Counts.Added != 1 || w.provider.state() != "one" {
		t.Errorf("the next run: %+v %+v with state %q", next, next.Problem, w.provider.state())
	}
}
