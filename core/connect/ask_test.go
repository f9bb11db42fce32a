package connect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	atOnce = time.Nanosecond // patience: every question parks its run
	longer = time.Hour       // no question does
)

// titles lists the records of the home.
func (a *asking) titles() (titles []string) {
	a.t.Helper()
	err := a.v.View(a.t.Context(), func(tx *vault.Tx) error {
		for _, id := range tx.Spaces() {
			space, err := tx.Space(id)
			if err != nil {
				return err
			}
			for r, err := range space.Records(0) {
				if err != nil {
					return err
				}
				titles = append(titles, r.Title)
			}
		}
		return nil
	})
	if err != nil {
		a.t.Fatal(err)
	}
	slices.Sort(titles)
	return titles
}

// broughtAll checks that the run brought everything, once, with one sign-in.
func (a *asking) broughtAll(s connect.Source, r connect.Run) {
	a.t.Helper()
	if r.State != connect.Succeeded || r.Problem != nil || r.Question != nil {
		a.t.Fatalf("got %s %+v, want succeeded", r.State, r.Problem)
	}
	want := []string{"Document last", "Document letter", "Document one", "Document two"}
	a.busyUntil(s)
	if got := a.titles(); !slices.Equal(got, want) {
		a.t.Errorf("got records %q, want %q", got, want)
	}
	if r.Counts.Added != 4 {
		a.t.Errorf("got %d added, want 4", r.Counts.Added)
	}
	for path, want := range map[string]int{"/login": 1, "/letter": 1, "/notice": 1, "/documents": 1} {
		if got := a.server.Count(path); got != want {
			a.t.Errorf("the provider saw %s %d times, want %d", path, got, want)
		}
	}
	if want := a.server.Count("/login") + a.server.Count("/letter") + a.server.Count("/notice") + a.server.Count("/documents") + a.server.Count("/code"); r.Use.Requests != want {
		a.t.Errorf("the run says %d requests, want %d", r.Use.Requests, want)
	}
	a.isSettled(s)
}

// isSettled checks that nothing of a parked run stays: no frame, no file that
// no record has.
func (a *asking) isSettled(s connect.Source) {
	a.t.Helper()
	a.busyUntil(s)
	err := a.v.View(a.t.Context(), func(tx *vault.Tx) error {
		space, err := tx.Space(s.ID)
		if err != nil {
			return err
		}
		for range space.Scan('F', vault.Range{}) {
			a.t.Error("a frame was left")
		}
		if _, err := space.Get('s', []byte("parked")); core.CodeOf(err) != core.NotFound {
			a.t.Errorf("the parked run was left: %v", err)
		}
		for f, err := range space.Files(0) {
			if err != nil {
				return err
			}
			if f.Uses == 0 {
				a.t.Errorf("file %q was left", f.Name)
			}
		}
		letter, err := space.RecordByID(record.TypeDocument, "letter")
		if err != nil || len(letter.Files) != 1 {
			return fmt.Errorf("the letter has no file: %w", err)
		}
		f, err := space.OpenFile(letter.Files[0].File)
		if err != nil {
			return err
		}
		text := make([]byte, f.Size())
		if _, err := f.ReadAt(text, 0); err != nil || string(text) != "Dear reader" {
			a.t.Errorf("got letter %q %v", text, err)
		}
		return nil
	})
	if err != nil {
		a.t.Error(err)
	}
	if _, err := a.v.Verify(a.t.Context(), func(d vault.Damage) { a.t.Error(d.Err) }); err != nil {
		a.t.Error(err)
	}
}

func TestAsk_answered_at_once(t *testing.T) {
	t.Parallel()
	a := newAsking(t, longer)
	s := a.add()
	r := a.until(s, 1, isWaiting)
	if r.Question.Prompt != "Type the code sent to {phone}" || r.Question.Args["phone"] != "06 •• 42" {
		t.Errorf("got question %+v", r.Question)
	}
	a.answer(s, 1, askCode)
	a.broughtAll(s, a.until(s, 1, hasEnded))
}

func TestAsk_answered_after_parking(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	s := a.add()
	a.answer(s, 1, askCode)
	a.broughtAll(s, a.until(s, 1, hasEnded))
	a.hasWholeLog(s)
}

// hasWholeLog checks that the log of a replayed run reads as if it had never
// stopped, and tells no answer.
func (a *asking) hasWholeLog(s connect.Source) {
	a.t.Helper()
	lines, hops, err := a.Log(a.t.Context(), s.ID, 1)
	if err != nil {
		a.t.Fatal(err)
	}
	var text strings.Builder
	for _, l := range lines {
		fmt.Fprintln(&text, l.Message)
	}
	for _, want := range []string{"started at", "waits for an answer: ask.code", "before the code, typed •••", "and after it", "the person typed •••"} {
		if n := strings.Count(text.String(), want); n != 1 {
			a.t.Errorf("the log has %q %d times, want once:\n%s", want, n, text.String())
		}
	}
	if strings.Contains(text.String(), askCode) || strings.Contains(text.String(), askPassword) {
		a.t.Errorf("the log tells a secret:\n%s", text.String())
	}
	if len(hops) != 5 {
		a.t.Errorf("got %d connections, want 5", len(hops))
	}
}

func TestAsk_home_locked_while_waiting(t *testing.T) {
	t.Parallel()
	for name, patience := range map[string]time.Duration{"with its worker": longer, "parked": atOnce} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAsking(t, patience)
			s := a.add()
			a.reopen()
			r := a.until(s, 1, isWaiting)
			if r.Question == nil || r.Question.Prompt != "Type the code sent to {phone}" || r.Started.IsZero() {
				t.Fatalf("got %+v", r)
			}
			a.reopen() // twice, to see that waiting changes nothing
			a.answer(s, 1, askCode)
			a.broughtAll(s, a.until(s, 1, hasEnded))
			a.hasWholeLog(s)
		})
	}
}

func TestAsk_two_questions(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	s := a.add("twice", "yes")
	a.answer(s, 1, askCode)
	a.until(s, 1, func(r connect.Run) bool {
		return r.State == connect.Waiting && r.Question.Prompt == "Bring more?"
	})
	a.reopen()
	if src, err := a.Source(t.Context(), s.ID); err != nil || src.Adding {
		t.Errorf("got %+v %v, want it added: it has saved", src, err)
	}
	a.answer(s, 1, "yes")
	a.broughtAll(s, a.until(s, 1, hasEnded))
}

func TestAsk_wrong_code(t *testing.T) {
	t.Parallel()
	t.Run("is asked again", func(t *testing.T) {
		t.Parallel()
		a := newAsking(t, atOnce)
		s := a.add()
		a.answer(s, 1, "000000")
		a.until(s, 1, func(r connect.Run) bool { return r.State == connect.Waiting && a.server.Count("/code") == 1 })
		a.answer(s, 1, askCode)
		a.broughtAll(s, a.until(s, 1, hasEnded))
	})
	t.Run("twice is a problem", func(t *testing.T) {
		t.Parallel()
		a := newAsking(t, atOnce)
		s := a.add()
		a.answer(s, 1, "000000")
		a.until(s, 1, func(r connect.Run) bool { return r.State == connect.Waiting && a.server.Count("/code") == 1 })
		a.answer(s, 1, "111111")
		r := a.until(s, 1, hasEnded)
		if r.State != connect.Failed || r.Problem.Code != protocol.OTPWrong {
			t.Errorf("got %s %+v, want otp_wrong", r.State, r.Problem)
		}
		a.isForgotten(s, protocol.OTPWrong)
	})
}

// isForgotten checks that nothing is left of a source whose first run saved
// nothing, but why.
func (a *asking) isForgotten(s connect.Source, code core.Code) {
	a.t.Helper()
	a.isGone(s)
	f, ok := a.FailedAdd(s.ID)
	if !ok || f.Source.Config["address"] != a.server.URL {
		a.t.Fatalf("got %+v %v, want why it failed", f, ok)
	}
	if code == "" && f.Run.Problem == nil {
		return
	}
	if f.Run.Problem == nil || f.Run.Problem.Code != code {
		a.t.Errorf("got %+v, want %s", f.Run.Problem, code)
	}
}

func (a *asking) isGone(s connect.Source) {
	a.t.Helper()
	a.busyUntil(s)
	if err := a.Answer(s.ID, 1, "x"); core.CodeOf(err) != core.NotFound {
		a.t.Fatalf("got %v", err)
	}
	if sources, err := a.Sources(a.t.Context()); err != nil || len(sources) > 0 {
		a.t.Errorf("got %+v %v, want no source", sources, err)
	}
}

// busyUntil waits until the source, whose run has ended, is not busy any more.
func (a *asking) busyUntil(s connect.Source) {
	a.t.Helper()
	src, err := a.Source(a.t.Context(), s.ID)
	if core.CodeOf(err) == core.NotFound {
		src = s
	} else if err != nil {
		a.t.Fatal(err)
	}
	if _, err := a.Wait(a.t.Context(), s.ID, max(src.LastRun, 1), nil); err != nil {
		a.t.Fatal(err)
	}
}

func TestAsk_wrong_password_keeps_nothing(t *testing.T) {
	t.Parallel()
	a := newAsking(t, longer)
	s, err := a.Add(t.Context(), a.source("wrong"))
	if err != nil {
		t.Fatal(err)
	}
	r := a.until(s, 1, hasEnded)
	if r.Problem == nil || r.Problem.Code != protocol.AuthFailed {
		t.Errorf("got %+v", r.Problem)
	}
	a.isForgotten(s, protocol.AuthFailed)
}

func TestAsk_same_account_twice(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	a.add()
	if _, err := a.Add(t.Context(), a.source(askPassword)); core.CodeOf(err) != core.Conflict {
		t.Errorf("got %v, want conflict", err)
	}
}
