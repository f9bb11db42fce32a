package sandbox_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// children returns the processes that this one has started, zombies included.
func children(t *testing.T) []string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		_, rest, _ := bytes.Cut(text, []byte(") ")) // its name may hold anything
		fields := strings.Fields(string(rest))
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			found = append(found, string(text[:min(len(text), 60)]))
		}
	}
	return found
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestRun_leaves_nothing_behind runs alone: it counts what the process holds.
func TestRun_leaves_nothing_behind(t *testing.T) {
	b := sandboxtest.Box(t)
	p := prepare(t, b, sandboxtest.Wasm(t, "./testdata/guest"))
	loop := prepare(t, b, endlessLoop())
	before, threads := descriptors(t), runtime.NumGoroutine()
	for i := range 12 {
		ctx, cancel := context.WithCancel(t.Context())
		program, handler := p, do("exchange", 3)
		switch i % 3 {
		case 1: // in the middle of a request
			handler = func(ctx context.Context, _ protocol.Frame) (protocol.Frame, error) {
				cancel()
				<-ctx.Done()
				return protocol.Frame{}, ctx.Err()
			}
		case 2: // while it computes
			program = loop
			time.AfterFunc(10*time.Millisecond, cancel)
		}
		_, err := b.Run(ctx, program, sandbox.Options{}, handler)
		if (i%3 > 0) != errors.Is(err, context.Canceled) {
			t.Fatalf("round %d: got %v", i, err)
		}
		cancel()
	}
	if left := children(t); len(left) > 0 {
		t.Errorf("processes left: %q", left)
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
	settles(t, func() bool { return runtime.NumGoroutine() <= threads })
}

// TestWorker_inherits_no_descriptor runs alone: until the Box marks it, the pipe
// would go to the processes of other tests.
func TestWorker_inherits_no_descriptor(t *testing.T) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], 0); err != nil { // as a parent's descriptors come: not close-on-exec
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	b := sandboxtest.Box(t)
	_, err := b.Run(t.Context(), prepare(t, b, guestWasm(t)), sandbox.Options{}, func(context.Context, protocol.Frame) (protocol.Frame, error) {
		if err := errors.Join(unix.Close(fds[1]), unix.SetNonblock(fds[0], true)); err != nil {
			return protocol.Frame{}, err
		}
		if n, err := unix.Read(fds[0], make([]byte, 1)); n != 0 || err != nil {
			t.Errorf("got %d, %v, want the end: the worker holds the pipe", n, err)
		}
		return frame(`{"ok":{}}`), nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// settles waits for what the runtime does in its own time.
func settles(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal("it never settled")
		}
		runtime.Gosched()
	}
}

func TestBox_Close_ends_what_runs(t *testing.T) {
	t.Parallel()
	b, err := sandbox.New(sandbox.Config{Worker: sandboxtest.Worker(t)})
	if err != nil {
		t.Fatal(err)
	}
	p := prepare(t, b, endlessLoop())
	ended := make(chan error)
	started := make(chan struct{})
	go func() {
		close(started)
		_, err := b.Run(t.Context(), p, sandbox.Options{}, do("", 0))
		ended <- err
	}()
	<-started
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	wantCode(t, <-ended, protocol.Unavailable)
	_, err = b.Run(t.Context(), p, sandbox.Options{}, do("", 0))
	wantCode(t, err, protocol.Unavailable)
}

func TestNew_refuses_a_worker_that_is_none(t *testing.T) {
	t.Parallel()
	for _, worker := range [][]byte{nil, []byte("#!/bin/sh\n"), sandboxtest.Wasm(t, "./testdata/guest")} {
		_, err := sandbox.New(sandbox.Config{Worker: worker})
		wantCode(t, err, core.Invalid)
	}
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	b, err := sandbox.New(sandbox.Config{Worker: sandboxtest.Worker(t), Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	p := prepare(t, b, sandboxtest.Wasm(t, "./testdata/guest"))

	t.Run("lets another run compute and is not counted", func(t *testing.T) {
		asked, answer := make(chan struct{}), make(chan struct{})
		limits := protocol.Limits{Wall: protocol.Duration(20 * time.Second)}
		var out sandbox.Outcome
		var wg sync.WaitGroup
		begin := time.Now()
		wg.Go(func() {
			var err error
			out, err = b.Run(t.Context(), p, sandbox.Options{Limits: limits}, answering("exchange", 1,
				func(ctx context.Context, _ protocol.Frame) (protocol.Frame, error) {
					resume := sandbox.Waiting(ctx)
					close(asked)
					<-answer
					resume()
					return frame(`{"ok":{}}`), nil
				}))
			if err != nil {
				t.Error(err)
			}
		})
		<-asked
		start := time.Now()
		if _, err := b.Run(t.Context(), p, sandbox.Options{}, do("exchange", 1)); err != nil {
			t.Error(err)
		}
		other := time.Since(start)
		close(answer)
		wg.Wait()
		if total := time.Since(begin); out.Wall > total-other {
			t.Errorf("got %v of wall time in %v, want it without the %v of waiting", out.Wall, total, other)
		}
	})
	t.Run("a handler that does not wait keeps the place", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		began := 0
		_, err := b.Run(t.Context(), p, sandbox.Options{Began: func() { began++ }}, func(context.Context, protocol.Frame) (protocol.Frame, error) {
			_, err := b.Run(ctx, p, sandbox.Options{Began: func() { began += 10 }}, do("", 0))
			return protocol.Frame{}, err
		})
		if !errors.Is(err, context.DeadlineExceeded) || began != 1 {
			t.Errorf("got %v, want no place; begun %d", err, began)
		}
	})
	t.Run("a view has places of its own", func(t *testing.T) {
		_, err := b.Run(t.Context(), p, sandbox.Options{}, func(ctx context.Context, _ protocol.Frame) (protocol.Frame, error) {
			_, err := b.Run(ctx, p, sandbox.Options{Slot: sandbox.SlotView}, do("", 0))
			return frame(`{"ok":{}}`), err
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("idling keeps the clock", func(t *testing.T) {
		limits := protocol.Limits{Wall: protocol.Duration(300 * time.Millisecond)}
		out, err := b.Run(t.Context(), p, sandbox.Options{Limits: limits}, func(ctx context.Context, _ protocol.Frame) (protocol.Frame, error) {
			defer sandbox.Idle(ctx)()
			<-ctx.Done()
			return protocol.Frame{}, ctx.Err()
		})
		if out.Killed != sandbox.LimitWall {
			t.Errorf("got %+v, %v", out, err)
		}
	})
	t.Run("outside a handler it does nothing", func(t *testing.T) {
		sandbox.Waiting(t.Context())()
		sandbox.Idle(t.Context())()
	})
}

func TestRun_many_at_once(t *testing.T) {
	t.Parallel()
	b, p := shared(t)
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n := 0
			out, err := b.Run(ctx, p, sandbox.Options{}, answering("exchange", 20, func(ctx context.Context, f protocol.Frame) (protocol.Frame, error) {
				defer sandbox.Idle(ctx)()
				if n++; n == i {
					cancel()
					return f, ctx.Err()
				}
				return frame(`{"ok":{}}`), nil
			}))
			if cancelled := i > 0 && i <= 20; cancelled != errors.Is(err, context.Canceled) {
				t.Errorf("%d: got %+v, %v", i, out, err)
			}
		})
	}
	wg.Wait()
}

// orphanWorker names, for the process that TestWorker_dies_with_its_home starts
// and kills, the worker it shall run.
const orphanWorker = "DOMICILE_TEST_ORPHAN_WORKER"

func TestWorker_dies_with_its_home(t *testing.T) {
	t.Parallel()
	if path := os.Getenv(orphanWorker); path != "" {
		abandon(t, path)
	}
	path := filepath.Join(t.TempDir(), "worker")
	if err := os.WriteFile(path, sandboxtest.Worker(t), 0o600); err != nil {
		t.Fatal(err)
	}
	home := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWorker_dies_with_its_home$")
	home.Env = append(os.Environ(), orphanWorker+"="+path)
	out, err := home.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := home.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := home.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = home.Wait() // it was killed
	settles(t, func() bool {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		return err != nil || bytes.Contains(text, []byte("State:\tZ"))
	})
}

// abandon runs an endless program, says its worker's process and waits for the
// end of this one.
func abandon(t *testing.T, path string) {
	worker, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := sandbox.New(sandbox.Config{Worker: worker})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Run(t.Context(), prepare(t, b, sandboxtest.Wasm(t, "./testdata/guest")), sandbox.Options{}, func(context.Context, protocol.Frame) (protocol.Frame, error) {
		pid, _, _ := strings.Cut(children(t)[0], " ")
		fmt.Println(pid)
		return frame(`{"ok":{"do":"loop"}}`), nil
	})
	t.Fatal(err)
}
