package connect_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/connect/connecttest"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestAsk_expires(t *testing.T) {
	t.Parallel()
	for name, reopened := range map[string]bool{"while the home is locked": true, "while it is open": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAsking(t, atOnce)
			s := a.add("twice", "yes")
			a.answer(s, 1, askCode)
			a.until(s, 1, func(r connect.Run) bool { return r.State == connect.Waiting && r.Question.Kind == protocol.AskConfirm })
			a.Close()
			a.ahead = 23 * time.Hour
			a.open()
			a.until(s, 1, isWaiting)
			a.Close()
			a.ahead = 24 * time.Hour
			if !reopened {
				a.ahead -= 500 * time.Millisecond
			}
			a.open()
			r := a.until(s, 1, hasEnded)
			if r.State != connect.Failed || r.Problem.Code != protocol.ActionNeeded {
				t.Errorf("got %s %+v, want action_needed", r.State, r.Problem)
			}
			a.isSettled(s)
		})
	}
}

func TestAsk_first_run_expires(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	s := a.add()
	a.Close()
	a.ahead = 25 * time.Hour
	a.open()
	a.isForgotten(s, protocol.ActionNeeded)
}

func TestAsk_cancelled(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	s := a.add("twice", "yes")
	a.answer(s, 1, askCode)
	a.until(s, 1, func(r connect.Run) bool { return r.State == connect.Waiting && r.Question.Kind == protocol.AskConfirm })
	a.reopen()
	if err := a.Cancel(s.ID, 1); err != nil {
		t.Fatal(err)
	}
	if r := a.until(s, 1, hasEnded); r.State != connect.Cancelled || r.Counts.Added != 3 {
		t.Errorf("got %+v", r)
	}
	a.isSettled(s)
	lines, _, err := a.Log(t.Context(), s.ID, 1)
	if err != nil || !strings.Contains(lines[0].Message, "started at") {
		t.Errorf("got log %+v %v, want its first line kept", lines, err)
	}
}

func TestAsk_first_run_cancelled(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	s := a.add()
	if err := a.Cancel(s.ID, 1); err != nil {
		t.Fatal(err)
	}
	a.until(s, 1, hasEnded)
	a.isForgotten(s, "")
}

func TestAsk_source_is_busy_while_it_waits(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	s := a.add()
	for range 2 {
		if _, err := a.Start(t.Context(), s.ID, connect.ByPerson); core.CodeOf(err) != core.Conflict {
			t.Errorf("start: got %v, want conflict", err)
		}
		a.reopen()
	}
	if err := a.Forget(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	if sources, err := a.Sources(t.Context()); err != nil || len(sources) > 0 {
		t.Errorf("got %+v %v, want it forgotten", sources, err)
	}
}

func TestAsk_another_version_cannot_go_on(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	s := a.add("twice", "yes")
	a.answer(s, 1, askCode)
	a.until(s, 1, func(r connect.Run) bool { return r.State == connect.Waiting && r.Question.Kind == protocol.AskConfirm })
	a.Close()
	wasm, err := a.config.Programs[0].Wasm()
	if err != nil {
		t.Fatal(err)
	}
	a.config.Programs = []*program.Program{connecttest.Asker(t, append(wasm, 0, 1, 0))} // an empty section more
	a.open()
	r := a.until(s, 1, hasEnded)
	if r.Problem == nil || r.Problem.Code != protocol.ActionNeeded || !strings.Contains(r.Problem.Message, "has changed") {
		t.Errorf("got %+v", r.Problem)
	}
}

func TestAsk_replay_that_diverges(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	s := a.add("twice", "yes")
	a.answer(s, 1, askCode)
	a.until(s, 1, func(r connect.Run) bool { return r.State == connect.Waiting && r.Question.Kind == protocol.AskConfirm })
	err := a.v.Update(t.Context(), func(tx *vault.Tx) error {
		space, err := tx.Space(s.ID)
		if err != nil {
			return err
		}
		for e, err := range space.Scan('F', vault.Range{}) {
			if err != nil {
				return err
			}
			if bytes.Contains(e.Value, []byte("/letter")) {
				return space.Put('F', bytes.Clone(e.Key), bytes.ReplaceAll(e.Value, []byte("/letter"), []byte("/lettre")))
			}
		}
		return os.ErrNotExist
	})
	if err != nil {
		t.Fatal(err)
	}
	a.answer(s, 1, "yes")
	r := a.until(s, 1, hasEnded)
	if r.Problem == nil || r.Problem.Code != protocol.ActionNeeded || !strings.Contains(r.Problem.Message, "has changed") {
		t.Errorf("got %+v", r.Problem)
	}
	if got := a.server.Count("/letter"); got != 1 {
		t.Errorf("the provider saw /letter %d times, want 1", got)
	}
}

func TestAsk_too_much_to_park(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	s := a.add("large", "yes")
	a.answer(s, 1, askCode)
	a.until(s, 1, hasEnded)
	lines, _, err := a.Log(t.Context(), s.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(lines, func(l connect.LogLine) bool { return strings.Contains(l.Message, "cannot be parked") }) {
		t.Errorf("got %+v, want it said", lines)
	}
}

func TestAsk_too_much_to_park_fails_when_locked(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	s := a.add("large", "yes")
	a.reopen()
	if sources, err := a.Sources(t.Context()); err != nil || len(sources) > 0 {
		t.Errorf("got %+v %v, want nothing: %s", sources, err, s.ID)
	}
}

func TestAsk_new_credentials(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	s := a.add()
	a.answer(s, 1, askCode)
	a.until(s, 1, hasEnded)
	a.busyUntil(s)
	try := func(n core.RunID, password, code string) connect.Run {
		t.Helper()
		run, err := a.SetSecrets(t.Context(), s.ID, map[string]core.Secret{"password": core.Secret(password)})
		if err != nil || run != n {
			t.Fatalf("got run %d %v", run, err)
		}
		r := a.until(s, run, func(r connect.Run) bool { return r.State == connect.Waiting || r.State.HasEnded() })
		if r.State == connect.Waiting {
			a.reopen()
			a.answer(s, run, code)
		}
		r = a.until(s, run, hasEnded)
		a.busyUntil(s)
		return r
	}
	if r := try(2, "wrong", ""); r.Problem == nil || r.Problem.Code != protocol.AuthFailed {
		t.Errorf("got %+v", r)
	}
	if got := a.secret(s); got != askPassword {
		t.Errorf("got %q kept, want the old one", got)
	}
	if r := try(3, askPassword, askCode); r.State != connect.Succeeded {
		t.Errorf("got %+v %+v", r, r.Problem)
	}
	if got := a.server.Count("/login"); got != 3 {
		t.Errorf("got %d sign-ins, want one a run", got)
	}
}

// secret is the password that the source keeps.
func (a *asking) secret(s connect.Source) (secret string) {
	a.t.Helper()
	err := a.v.View(a.t.Context(), func(tx *vault.Tx) error {
		space, err := tx.Space(s.ID)
		if err != nil {
			return err
		}
		text, err := space.Get('s', []byte("secret/password"))
		secret = string(text)
		if _, err := space.Get('s', []byte("trial")); core.CodeOf(err) != core.NotFound {
			a.t.Errorf("the password on trial was left: %v", err)
		}
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return secret
}

func TestAsk_nothing_in_clear(t *testing.T) {
	t.Parallel()
	a := newAsking(t, atOnce)
	a.add()
	file, err := os.ReadFile(a.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{askPassword, "Dear reader", "Document letter", "ask.code", "/login"} {
		if bytes.Contains(file, []byte(word)) {
			t.Errorf("%q stands in the file", word)
		}
	}
}
