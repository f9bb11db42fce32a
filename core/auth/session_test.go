package auth_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/vault"
)

const password = core.Secret("trombone-gravier-moufle")

// cheap makes Argon2id cost next to nothing.
var cheap = vault.Options{Params: vault.Params{Time: 1, Memory: 64, Threads: 1}}

// hands is a clock that a test moves.
type hands struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hands) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hands) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

type fixture struct {
	*auth.Sessions
	v    *vault.Vault
	path string
	hands
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{path: filepath.Join(t.TempDir(), "vault.db"), hands: hands{now: time.Date(2026, 5, 5, 12, 0, 0, 0, time.UTC)}}
	v, _, err := vault.Create(f.path, password, cheap)
	if err != nil {
		t.Fatal(err)
	}
	f.v, f.Sessions = v, auth.NewSessions(v, f.clock)
	t.Cleanup(func() { _ = f.v.Close() })
	return f
}

// restart stops the home and starts it again, unlocked.
func (f *fixture) restart(t *testing.T) {
	t.Helper()
	if err := f.v.Close(); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(f.path, cheap)
	if err != nil {
		t.Fatal(err)
	}
	f.v, f.Sessions = v, auth.NewSessions(v, f.clock)
	if err := v.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	if err := f.Restore(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) open(t *testing.T, device string) (core.Secret, auth.Session) {
	t.Helper()
	token, session, err := f.Open(t.Context(), device)
	if err != nil {
		t.Fatal(err)
	}
	return token, session
}

func (f *fixture) code(t *testing.T, token core.Secret) core.Code {
	t.Helper()
	_, err := f.Check(t.Context(), token)
	return core.CodeOf(err)
}

func TestSessions_a_token_proves_its_session_and_no_other_does(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	token, opened := f.open(t, " Firefox\x00\u202E on\nLinux ")
	got, err := f.Check(t.Context(), token)
	if err != nil || got.ID != opened.ID || got.Device != "Firefox onLinux" {
		t.Errorf("got %+v, %v", got, err)
	}
	other, _ := f.open(t, strings.Repeat("é", 100))
	if other == token || f.code(t, other) != "" {
		t.Error("the second token is not one of its own")
	}
	for _, wrong := range []core.Secret{"", "x", token + "A", core.Secret(opened.ID)} {
		if code := f.code(t, wrong); code != core.Unauthenticated {
			t.Errorf("wrong token: %q", code)
		}
	}
}

func TestSessions_end_idle_or_old(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	idle, _ := f.open(t, "idle")
	used, _ := f.open(t, "used")
	f.pass(auth.IdleLife)
	if f.code(t, used) != "" {
		t.Error("ended too soon")
	}
	f.pass(time.Second)
	if f.code(t, idle) != core.Unauthenticated || len(f.List()) != 1 {
		t.Error("an idle session lives on")
	}
	for range 2*30 - 2 {
		if f.code(t, used) != "" {
			t.Fatal("a session in use ended")
		}
		f.pass(auth.IdleLife)
	}
	if f.code(t, used) != "" {
		t.Fatal("a session in use ended early")
	}
	f.pass(auth.IdleLife)
	if f.code(t, used) != core.Unauthenticated {
		t.Error("a session lives for ever")
	}
}

func TestSessions_survive_a_restart_but_not_locking(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	token, opened := f.open(t, "phone")
	f.pass(11 * time.Hour)
	if f.code(t, token) != "" {
		t.Fatal("ended too soon")
	}
	f.restart(t)
	f.pass(11 * time.Hour) // 22 h after sign-in: its last use was kept
	if got, err := f.Check(t.Context(), token); err != nil || got.ID != opened.ID || got.Device != "phone" {
		t.Fatalf("after restart: %+v, %v", got, err)
	}
	f.restart(t)
	f.pass(auth.IdleLife + time.Second)
	f.restart(t)
	if f.code(t, token) != core.Unauthenticated {
		t.Error("an ended session came back")
	}

	token, _ = f.open(t, "phone")
	if err := f.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.v.Lock()
	if code := f.code(t, token); code != core.Locked {
		t.Errorf("while locked: %q", code)
	}
	f.restart(t)
	if code := f.code(t, token); code != core.Unauthenticated || len(f.List()) != 0 {
		t.Errorf("after locking: %q, %v", code, f.List())
	}
}

func TestSessions_are_refused_while_locked_even_if_not_ended(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	token, _ := f.open(t, "phone")
	f.v.Lock()
	if code := f.code(t, token); code != core.Locked {
		t.Errorf("got %q", code)
	}
	if _, _, err := f.Open(t.Context(), "other"); core.CodeOf(err) != core.Locked {
		t.Errorf("got %v", err)
	}
}

func TestSessions_are_listed_and_revoked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, first := f.open(t, "a")
	f.pass(time.Minute)
	b, second := f.open(t, "b")
	c, third := f.open(t, "c")
	f.pass(time.Minute)
	if f.code(t, a) != "" {
		t.Fatal("ended")
	}
	if list := f.List(); len(list) != 3 || list[0].ID != first.ID {
		t.Errorf("got %+v", list)
	}
	if err := f.Revoke(t.Context(), second.ID); err != nil {
		t.Fatal(err)
	}
	if err := f.Revoke(t.Context(), second.ID); core.CodeOf(err) != core.NotFound {
		t.Errorf("twice: %v", err)
	}
	f.restart(t)
	if f.code(t, b) != core.Unauthenticated || f.code(t, a) != "" {
		t.Error("revoking took the wrong one")
	}
	if err := f.RevokeOthers(t.Context(), third.ID); err != nil {
		t.Fatal(err)
	}
	f.restart(t)
	if f.code(t, a) != core.Unauthenticated || f.code(t, c) != "" {
		t.Error("revoking others took the wrong ones")
	}
}

func TestSessions_are_bounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first, _ := f.open(t, "first")
	f.pass(time.Second)
	second, _ := f.open(t, "second")
	for range auth.MaxSessions - 1 {
		f.pass(time.Second)
		f.open(t, "more")
	}
	if n := len(f.List()); n != auth.MaxSessions || f.code(t, first) != core.Unauthenticated || f.code(t, second) != "" {
		t.Errorf("%d sessions", n)
	}
	f.restart(t)
	if n := len(f.List()); n != auth.MaxSessions {
		t.Errorf("%d after restart", n)
	}
}

func TestSessions_keep_no_token_in_the_vault(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	token, _ := f.open(t, "phone")
	if err := f.v.View(t.Context(), func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		for row, err := range own.Scan('S', vault.Range{}) {
			if err != nil {
				return err
			}
			if bytes.Contains(row.Key, []byte(token)) || bytes.Contains(row.Value, []byte(token)) {
				t.Error("a token is kept")
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(f.path)
	if err != nil || bytes.Contains(file, []byte(token)) {
		t.Errorf("a token is on the disk, %v", err)
	}
}

func TestSessions_hammer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 15 {
				token, session, err := f.Open(ctx, "x")
				if err != nil {
					t.Error(err)
					return
				}
				f.pass(7 * time.Minute)
				if _, err := f.Check(ctx, token); err != nil {
					t.Error(err)
				}
				f.List()
				if err := f.Revoke(ctx, session.ID); err != nil {
					t.Error(err)
				}
				if _, err := f.Check(ctx, token); core.CodeOf(err) != core.Unauthenticated {
					t.Errorf("revoked: %v", err)
				}
			}
		})
	}
	group.Wait()
	f.restart(t)
	if list := f.List(); len(list) != 0 {
		t.Errorf("%d sessions came back", len(list))
	}
}
