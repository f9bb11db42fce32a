package sandbox_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func helper(t *testing.T, kind string, o sandbox.HelperOptions) *sandbox.Helper {
	t.Helper()
	b, _ := shared(t)
	h, err := b.Helper(t.Context(), kind, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestHelper_answers_each_call_with_one_frame(t *testing.T) {
	t.Parallel()
	h := helper(t, sandbox.HelperSelect, sandbox.HelperOptions{})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			reply, err := h.Call(t.Context(), frame(`{"op":"unheard of"}`))
			if err != nil || !bytes.Contains(reply.Line, []byte(`"error"`)) {
				t.Errorf("got %s, %v", reply.Line, err)
			}
		})
	}
	wg.Wait()
}

func TestHelper_that_ended_says_so_again(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind string
		o    sandbox.HelperOptions
		harm func(*sandbox.Helper)
		want protocol.Code
	}{
		"of no kind": {kind: "nothing", want: protocol.Internal},
		"closed":     {kind: sandbox.HelperSelect, harm: func(h *sandbox.Helper) { h.Close() }, want: protocol.Unavailable},
		"too slow":   {kind: sandbox.HelperSelect, o: sandbox.HelperOptions{Call: time.Nanosecond}, want: protocol.Limit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := helper(t, tc.kind, tc.o)
			if tc.harm != nil {
				tc.harm(h)
			}
			_, first := h.Call(t.Context(), frame(`{"op":"x"}`))
			wantCode(t, first, tc.want)
			if _, again := h.Call(t.Context(), frame(`{"op":"x"}`)); again != first {
				t.Errorf("got %v, then %v", first, again)
			}
		})
	}
}

func TestHelper_ends_with_the_context_of_a_call(t *testing.T) {
	t.Parallel()
	h := helper(t, sandbox.HelperSelect, sandbox.HelperOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Call(ctx, frame(`{"op":"x"}`)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// Nobody had heard the call, so the helper lives.
	if _, err := h.Call(t.Context(), frame(`{"op":"x"}`)); err != nil {
		t.Error(err)
	}
}

func TestHelper_with_code_for_another_processor_is_replaced(t *testing.T) {
	t.Parallel()
	b := sandboxtest.Box(t)
	dir, key := t.TempDir(), &sealer{}
	name := sandbox.HelperName(b, sandbox.HelperPDF)
	path := filepath.Join(dir, key.Name(name))
	content := append(binary.LittleEndian.AppendUint64(nil, 3), "old"...)
	if err := os.WriteFile(path, key.Seal(name, content), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := b.Helper(t.Context(), sandbox.HelperPDF, sandbox.HelperOptions{Cache: sandbox.NewCache(dir, key)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Call(t.Context(), frame(`{"op":"close"}`))
	wantCode(t, err, protocol.Unavailable)
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("still there: %q", left)
	}
}
