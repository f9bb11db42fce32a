package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// guest returns the test program, ready to run.
func guest(tb testing.TB, b *sandbox.Box) *sandbox.Program {
	tb.Helper()
	p, err := b.Prepare(tb.Context(), sandboxtest.Wasm(tb, "./testdata/guest"), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// do answers the guest's first request with a task and all others with {}.
func do(task string, times int) sandbox.Handler {
	first := true
	return func(context.Context, protocol.Frame) (protocol.Frame, error) {
		if first {
			first = false
			return protocol.Frame{Line: fmt.Appendf(nil, `{"ok":{"do":%q,"times":%d}}`, task, times)}, nil
		}
		return protocol.Frame{Line: []byte(`{"ok":{}}`)}, nil
	}
}

func TestRun_exchanges_frames(t *testing.T) {
	b := sandboxtest.Box(t)
	start := time.Now()
	p := guest(t, b)
	t.Log("prepare", time.Since(start))
	for range 3 {
		start = time.Now()
		out, err := b.Run(t.Context(), p, sandbox.Options{Log: os.Stderr}, do("exchange", 1000))
		t.Logf("%+v %v %v", out, err, time.Since(start))
	}
}
