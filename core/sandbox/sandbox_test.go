package sandbox_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// shared returns a Box for tests that do not mind company, and the test program
// in it. It lives as long as the test process.
func shared(tb testing.TB) (*sandbox.Box, *sandbox.Program) {
	tb.Helper()
	b, err := sharedBox(sandboxtest.Worker(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return b, prepare(tb, b, guestWasm(tb))
}

func guestWasm(tb testing.TB) []byte { return sandboxtest.Wasm(tb, "./testdata/guest") }

var oneBox = struct {
	sync.Once
	box *sandbox.Box
	err error
}{}

func sharedBox(worker []byte) (*sandbox.Box, error) {
	oneBox.Do(func() { oneBox.box, oneBox.err = sandbox.New(sandbox.Config{Worker: worker, Slots: 4}) })
	return oneBox.box, oneBox.err
}

func prepare(tb testing.TB, b *sandbox.Box, wasm []byte) *sandbox.Program {
	tb.Helper()
	p, err := b.Prepare(tb.Context(), sandbox.ModuleOf(wasm), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func frame(line string) protocol.Frame { return protocol.Frame{Line: []byte(line)} }

// do answers the guest's first request with a task and all others with {}.
func do(task string, times int) sandbox.Handler {
	return answering(task, times, func(context.Context, protocol.Frame) (protocol.Frame, error) {
		return frame(`{"ok":{}}`), nil
	})
}

// answering answers the guest's first request with a task and leaves the others to h.
func answering(task string, times int, h sandbox.Handler) sandbox.Handler {
	return func(ctx context.Context, f protocol.Frame) (protocol.Frame, error) {
		if string(f.Line) != `{"op":"start"}` {
			return h(ctx, f)
		}
		return frame(fmt.Sprintf(`{"ok":{"do":%q,"times":%d}}`, task, times)), nil
	}
}

func wantCode(t *testing.T, err error, want core.Code) {
	t.Helper()
	if got := core.CodeOf(err); got != want {
		t.Fatalf("got %q (%v), want %q", got, err, want)
	}
}
