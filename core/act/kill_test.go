package act_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core/act"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

const killEnv = "DOMICILE_TEST_ACT" // the vault's path and the recipient's address

func TestMain(m *testing.M) {
	if given := os.Getenv(killEnv); given != "" {
		path, to, _ := strings.Cut(given, " ")
		if err := signAndWait(path, to); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// signAndWait signs one act, says its name, and waits for what comes of it.
func signAndWait(path, to string) error {
	t := &outside{}
	defer t.clean()
	d := reopen(t, path)
	shown := draft(t, appFor(t, to), "accept")
	fmt.Println(shown.ID)
	if err := d.Sign(context.Background(), shown, right); err != nil {
		return err
	}
	_, err := d.Settle(context.Background(), shown.ID)
	return err
}

// outside is the test of a process that is none.
type outside struct {
	testing.TB
	cleanups []func()
}

func (*outside) Helper()            {}
func (*outside) Fatal(args ...any)  { panic(fmt.Sprint(args...)) }
func (o *outside) Cleanup(f func()) { o.cleanups = append(o.cleanups, f) }

func (o *outside) clean() {
	for _, f := range o.cleanups {
		f()
	}
}

// reopen opens the vault of another desk.
func reopen(tb testing.TB, path string) *desk {
	tb.Helper()
	v, err := vault.Open(path, cheap)
	if err != nil {
		tb.Fatal(err)
	}
	if err := v.Unlock(context.Background(), vault.Password(password)); err != nil {
		tb.Fatal(err)
	}
	return deskAt(tb, v, path)
}

// TestKill_around_sending_never_sends_twice kills a home when the recipient hears
// the act, and when it has half answered.
func TestKill_around_sending_never_sends_twice(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		killAt func(kill func()) http.HandlerFunc
		want   act.State
		kinds  []ledger.Kind
	}{
		"when it is heard": {func(kill func()) http.HandlerFunc {
			return func(_ http.ResponseWriter, r *http.Request) {
				kill()
				<-r.Context().Done()
			}
		}, act.Unknown, []ledger.Kind{ledger.ActSigned}},
		"when half is answered": {func(kill func()) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "100")
				_, _ = w.Write([]byte("half"))
				w.(http.Flusher).Flush()
				kill()
				<-r.Context().Done()
			}
		}, act.Unknown, []ledger.Kind{ledger.ActSigned}},
		"never": {func(func()) http.HandlerFunc { return nil }, act.Answered, []ledger.Kind{ledger.ActSigned, ledger.ActSent}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.Close()
			if err := d.v.Close(); err != nil {
				t.Fatal(err)
			}
			to := newRecipient(t)
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), killEnv+"="+d.path+" "+to.URL)
			var said, problems bytes.Buffer
			cmd.Stdout, cmd.Stderr = &said, &problems
			started, killed := make(chan struct{}), make(chan struct{})
			to.does(tc.killAt(func() {
				<-started
				_ = cmd.Process.Kill()
				close(killed)
			}))
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			close(started)
			err := cmd.Wait()
			if (err == nil) != (tc.want == act.Answered) {
				t.Fatalf("the home ended with %v: %s", err, problems.String())
			}
			if tc.want == act.Unknown {
				<-killed
			}
			id, err := act.ParseID(strings.TrimSpace(said.String()))
			if err != nil {
				t.Fatal(err)
			}
			again := reopen(t, d.path)
			r := again.settle(t, id)
			if r.State != tc.want || r.ID != id {
				t.Errorf("it says %s, want %s", r.State, tc.want)
			}
			if diff := cmp.Diff(tc.kinds, again.kinds(t)); diff != "" {
				t.Error(diff)
			}
			time.Sleep(50 * time.Millisecond) // time enough for a second sending, were there one
			if got := to.received(); len(got) != 1 || got[0].body != string(r.Body) {
				t.Errorf("received %d times: %+v", len(got), got)
			}
		})
	}
}

// TestKill_at_any_moment_keeps_what_was_sent kills at random and holds what was received against
// what is kept: nothing arrives that was not kept as signed before.
func TestKill_at_any_moment_keeps_what_was_sent(t *testing.T) {
	t.Parallel()
	rounds := 6
	if os.Getenv("DOMICILE_SOAK") != "" {
		rounds = 200
	}
	d := newDesk(t)
	d.Close()
	if err := d.v.Close(); err != nil {
		t.Fatal(err)
	}
	to := newRecipient(t)
	states := map[act.State]int{}
	for round := range rounds {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), killEnv+"="+d.path+" "+to.URL)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_, _ = out.Read(make([]byte, 64)) // it is about to sign
		timer := time.AfterFunc(time.Duration(round*7%40)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // killed, or done
		timer.Stop()
	}
	again := reopen(t, d.path)
	kept := map[string]bool{}
	for cursor := act.Cursor(""); ; {
		list, next, err := again.List(t.Context(), cursor, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			kept[string(r.Body)] = true
			states[r.State]++
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	seen := map[string]bool{}
	for _, got := range to.received() {
		if !kept[got.body] || seen[got.body] {
			t.Errorf("%s arrived without being kept, or twice", got.body)
		}
		seen[got.body] = true
	}
	t.Logf("SUMMARY acts: %d kills, %d signed, %d received, %v", rounds, len(kept), len(seen), states)
}
