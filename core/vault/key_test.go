package vault_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestUnlock_opens_with_each_key_and_no_other(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	v, recovery, err := vault.Create(path, password, cheap)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	file, err := v.AddKeyFile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sloppy := core.Secret(" " + strings.ToLower(strings.ReplaceAll(string(recovery), "-", "  ")) + "\n")
	typo := []byte(recovery)
	if typo[7]++; typo[7] > 'Z' || typo[7] < 'A' {
		typo[7] = 'A'
	}
	for _, tc := range []struct {
		name string
		key  vault.Key
		want core.Code
	}{
		{"password", vault.Password(password), ""},
		{"recovery", vault.Recovery(recovery), ""},
		{"recovery as typed", vault.Recovery(sloppy), ""},
		{"key file", vault.KeyFile(file), ""},
		{"wrong password", vault.Password("hunter2"), core.Unauthenticated},
		{"empty password", vault.Password(""), core.Unauthenticated},
		{"wrong recovery", vault.Recovery("not a key"), core.Invalid},
		{"recovery with a slip", vault.Recovery(core.Secret(typo)), core.Invalid},
		{"another key file", vault.KeyFile(make([]byte, 32)), core.Unauthenticated},
		{"short key file", vault.KeyFile([]byte("x")), core.Unauthenticated},
		{"no key", vault.Key{}, core.Unauthenticated},
	} {
		v.Lock()
		err := v.Unlock(t.Context(), tc.key)
		code(t, tc.name, err, tc.want)
		if v.IsLocked() != (tc.want != "") {
			t.Errorf("%s: locked is %v", tc.name, v.IsLocked())
		}
	}
	if err := v.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	code(t, "wrong password on an open vault", v.Unlock(t.Context(), vault.Password("hunter2")), core.Unauthenticated)
	if v.IsLocked() {
		t.Error("a wrong password locked the vault")
	}
}

func TestSetPassword_rewraps_and_leaves_no_trace_of_the_old(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	inSpace(t, v, core.Own, func(s *vault.Space) error { return s.Put('a', []byte("k"), []byte("v")) })
	old := wrappings(t, path, v)
	const next = core.Secret("another password")
	if err := v.SetPassword(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	code(t, "empty", v.SetPassword(t.Context(), ""), core.Invalid)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	content := read(t, path)
	for i, wrapped := range old {
		if n := bytes.Count(content, wrapped); n != 0 && i == 0 {
			t.Errorf("the old password's wrapping stands %d times in the file", n)
		}
	}
	v, err := vault.Open(path, cheap)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	code(t, "old password", v.Unlock(t.Context(), vault.Password(password)), core.Unauthenticated)
	if err := v.Unlock(t.Context(), vault.Password(next)); err != nil {
		t.Fatal(err)
	}
	lookInto(t, v, core.Own, func(s *vault.Space) error {
		_, err := s.Get('a', []byte("k"))
		return err
	})
	verifyClean(t, v)
}

// wrappings returns what the header's slots and key hold, the password's first.
func wrappings(t *testing.T, path string, v *vault.Vault) (all [][]byte) {
	t.Helper()
	content := read(t, path)
	at := bytes.Index(content, []byte("DOMICILE"))
	if at < 0 {
		t.Fatal("no header")
	}
	const slot, head, sealed = 99, 26, 73
	at += 27
	for range v.Slots() {
		all = append(all, bytes.Clone(content[at+head:at+head+sealed]))
		at += slot
	}
	return append(all, bytes.Clone(content[at:at+sealed]))
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecovery_resets_a_forgotten_password(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	v, recovery, err := vault.Create(path, "forgotten", cheap)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	v.Lock()
	if err := v.Unlock(t.Context(), vault.Recovery(recovery)); err != nil {
		t.Fatal(err)
	}
	if err := v.SetPassword(t.Context(), password); err != nil {
		t.Fatal(err)
	}
	next, err := v.NewRecovery(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v.Lock()
	code(t, "old recovery key", v.Unlock(t.Context(), vault.Recovery(recovery)), core.Unauthenticated)
	v.Lock()
	code(t, "new recovery key", v.Unlock(t.Context(), vault.Recovery(next)), "")
	v.Lock()
	code(t, "new password", v.Unlock(t.Context(), vault.Password(password)), "")
	code(t, "no key file", v.RemoveKeyFile(t.Context()), core.NotFound)
	if _, err := v.AddKeyFile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(v.Slots()); n != 3 {
		t.Errorf("%d slots, want 3", n)
	}
	code(t, "remove key file", v.RemoveKeyFile(t.Context()), "")
	if n := len(v.Slots()); n != 2 {
		t.Errorf("%d slots, want 2", n)
	}
}

func TestOpen_says_what_is_in_the_way(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	_, _, err := vault.Create(path, password, cheap)
	code(t, "create over a vault", err, core.Conflict)
	_, err = vault.Open(path, cheap)
	code(t, "open twice", err, core.Conflict)
	_, err = vault.Open(path+".none", cheap)
	code(t, "open nothing", err, core.NotFound)
	if _, err := os.Stat(path + ".none"); !os.IsNotExist(err) {
		t.Error("opening nothing made a file")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	code(t, "use after close", v.View(t.Context(), func(*vault.Tx) error { return nil }), core.Locked)
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = vault.Open(empty, cheap)
	code(t, "open an empty file", err, core.Damaged)
}

func TestLocked_vault_does_nothing(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	sealer, err := v.Sealer("index")
	if err != nil {
		t.Fatal(err)
	}
	sealed := sealer.Seal("a", []byte("text"))
	w, err := v.NewFile(t.Context(), core.Own, "x", "text/plain")
	if err != nil {
		t.Fatal(err)
	}
	v.Lock()
	none := func(*vault.Tx) error { t.Error("ran while locked"); return nil }
	_, headErr := v.Head(t.Context())
	_, recoveryErr := v.NewRecovery(t.Context())
	_, sealerErr := v.Sealer("index")
	_, openErr := sealer.Open(nil, "a", sealed)
	_, fileErr := v.NewFile(t.Context(), core.Own, "x", "")
	_, verifyErr := v.Verify(t.Context(), nil)
	_, writeErr := w.Write(make([]byte, 1<<20))
	for name, err := range map[string]error{
		"view": v.View(t.Context(), none), "update": v.Update(t.Context(), none), "password": v.SetPassword(t.Context(), "x"),
		"head": headErr, "recovery": recoveryErr, "sealer": sealerErr, "open": openErr, "new file": fileErr, "write": writeErr,
		"sweep": v.Sweep(t.Context()), "shred": v.Shred(t.Context(), core.Own), "verify": verifyErr,
	} {
		code(t, name, err, core.Locked)
	}
	if sealer.Seal("a", nil) != nil || sealer.Name("a") != "" {
		t.Error("the sealer works while locked")
	}
	if len(v.Slots()) != 2 {
		t.Error("slots should show while locked")
	}
}

func TestLock_waits_for_work_and_turns_newcomers_away(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	inside, locked := make(chan struct{}), make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		err := v.View(t.Context(), func(tx *vault.Tx) error {
			close(inside)
			for !v.IsLocked() {
				runtime.Gosched()
			}
			if err := v.View(t.Context(), func(*vault.Tx) error { return nil }); core.CodeOf(err) != core.Locked {
				t.Errorf("newcomer: %v", err)
			}
			select {
			case <-locked:
				t.Error("Lock did not wait")
			default:
			}
			s, err := tx.Space(core.Own)
			if err != nil {
				return err
			}
			_, err = s.Get('a', []byte("x"))
			if core.CodeOf(err) == core.NotFound {
				return nil
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-inside
	v.Lock()
	close(locked)
	wait.Wait()
}

func TestUnlock_refuses_costs_no_home_writes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		time, memory uint32
		threads      byte
		want         core.Code
	}{
		"many passes":    {17, 64, 1, core.Damaged},
		"much memory":    {1, 1<<20 + 1, 1, core.Damaged},
		"no pass":        {0, 64, 1, core.Damaged},
		"no thread":      {1, 64, 0, core.Damaged},
		"little memory":  {1, 7, 1, core.Damaged},
		"another cost":   {2, 64, 1, core.Unauthenticated},
		"cheaper memory": {1, 8, 1, core.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, path := create(t)
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			content := read(t, path)
			at := bytes.Index(content, []byte("DOMICILE")) + 27 + 1
			binary.BigEndian.PutUint32(content[at:], tc.time)
			binary.BigEndian.PutUint32(content[at+4:], tc.memory)
			content[at+8] = tc.threads
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			v, err := vault.Open(path, cheap)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = v.Close() })
			code(t, "unlock", v.Unlock(t.Context(), vault.Password(password)), tc.want)
		})
	}
}

func TestUnlock_stops_waiting_with_its_context(t *testing.T) {
	t.Parallel()
	o := cheap
	o.Gate = vault.NewGate()
	v, _, err := vault.Create(filepath.Join(t.TempDir(), "vault.db"), password, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := v.Unlock(ctx, vault.Password("x")); !errors.Is(err, context.Canceled) && core.CodeOf(err) != core.Unauthenticated {
		t.Errorf("got %v", err)
	}
	o.Params.Memory = 1 << 21
	_, _, err = vault.Create(filepath.Join(t.TempDir(), "vault.db"), password, o)
	if c := core.CodeOf(err); c != core.Damaged && c != protocol.Limit {
		t.Errorf("create beyond the caps: %v", err)
	}
}

func TestSealer_binds_name_and_purpose(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	index, err := v.Sealer("index")
	if err != nil {
		t.Fatal(err)
	}
	wasm, err := v.Sealer("wasm")
	if err != nil {
		t.Fatal(err)
	}
	sealed := index.Seal("segment-1", []byte("plain text"))
	if bytes.Contains(sealed, []byte("plain")) {
		t.Fatal("not sealed")
	}
	name := index.Name("segment-1")
	if len(name) != 32 || name == wasm.Name("segment-1") || name == index.Name("segment-2") {
		t.Errorf("names: %s", name)
	}
	_, err = wasm.Open(nil, "segment-1", sealed)
	code(t, "another purpose", err, core.Damaged)
	_, err = index.Open(nil, "segment-2", sealed)
	code(t, "another name", err, core.Damaged)
	_, err = index.Open(nil, "segment-1", sealed[:20])
	code(t, "cut", err, core.Damaged)
	v = reopen(t, v, path)
	again, err := v.Sealer("index")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(nil, "segment-1", sealed); err != nil || string(got) != "plain text" || again.Name("segment-1") != name {
		t.Errorf("after reopening: %q, %v", got, err)
	}
}

func TestHead_finds_an_older_file_and_a_fork(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	put := func(v *vault.Vault, value string) vault.Head {
		inSpace(t, v, core.Own, func(s *vault.Space) error { return s.Put('a', []byte("k"), []byte(value)) })
		head, err := v.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return head
	}
	first := put(v, "one")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	backup := read(t, path)
	v = open(t, path)
	second := put(v, "two")
	for _, head := range []vault.Head{first, second} {
		if err := v.CheckHead(t.Context(), head); err != nil {
			t.Error(err)
		}
	}
	other, _ := create(t)
	code(t, "another vault's head", other.CheckHead(t.Context(), second), core.Invalid)
	code(t, "garbage", v.CheckHead(t.Context(), "1-2"), core.Invalid)
	code(t, "forged", v.CheckHead(t.Context(), "9"+second), core.Invalid)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	v = open(t, path)
	code(t, "older file", v.CheckHead(t.Context(), second), core.Damaged)
	put(v, "another two")
	code(t, "fork", v.CheckHead(t.Context(), second), core.Damaged)
}

func TestWatch_tells_of_changes(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	source := newSource(t, v)
	watch := v.Watch()
	inSpace(t, v, source, func(s *vault.Space) error { return s.Put('a', []byte("k"), nil) })
	select {
	case <-watch:
		t.Fatal("a commit without a change of records was announced")
	default:
	}
	inSpace(t, v, source, func(s *vault.Space) error {
		_, _, err := s.PutRecord(bill(1))
		return err
	})
	<-watch
}
