package sandbox_test

import (
	"context"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// BenchmarkSpawn is a worker from start to exit, its filter loaded and a program
// of no instruction run. Its reference is a process that does nothing at all.
func BenchmarkSpawn(b *testing.B) {
	b.Run("worker", func(b *testing.B) {
		box, _ := shared(b)
		p := prepare(b, box, module{bodies: [][]byte{{}}}.bytes())
		for b.Loop() {
			if out, err := box.Run(b.Context(), p, sandbox.Options{}, do("", 0)); err != nil || out.Exit != 0 {
				b.Fatalf("got %+v, %v", out, err)
			}
		}
	})
	b.Run("true", func(b *testing.B) {
		for b.Loop() {
			if err := exec.Command("/bin/true").Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkFirstFrame is from the call of Run to the first request of a Go
// program whose code is compiled. It reports the program's peak of memory.
func BenchmarkFirstFrame(b *testing.B) {
	box, p := shared(b)
	var total time.Duration
	var peak int64
	for b.Loop() {
		start := time.Now()
		out, err := box.Run(b.Context(), p, sandbox.Options{}, func(context.Context, protocol.Frame) (protocol.Frame, error) {
			total += time.Since(start)
			return frame(`{"ok":{}}`), nil
		})
		if err != nil || out.Exit != 0 {
			b.Fatalf("got %+v, %v", out, err)
		}
		peak = max(peak, out.MaxRSS)
	}
	b.ReportMetric(float64(total.Microseconds())/float64(b.N)/1000, "ms/frame")
	b.ReportMetric(float64(peak)/1e6, "MB-peak")
}

// BenchmarkExchange is one request and its reply, both small or with a payload.
func BenchmarkExchange(b *testing.B) {
	for _, size := range []int{0, 100 << 10, protocol.MaxPayload} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			box, p := shared(b)
			payload := make([]byte, size)
			reply := frame(`{"ok":{}}`)
			if size > 0 {
				reply = protocol.Frame{Line: fmt.Appendf(nil, `{"ok":{},"payload":%d}`, size), Payload: payload}
			}
			n := 0
			b.SetBytes(int64(size))
			b.ResetTimer()
			_, err := box.Run(b.Context(), p, sandbox.Options{}, answering("exchange", b.N,
				func(context.Context, protocol.Frame) (protocol.Frame, error) {
					n++
					return reply, nil
				}))
			if err != nil || n != b.N {
				b.Fatalf("%d exchanges, %v", n, err)
			}
		})
	}
}

// BenchmarkPrepare compiles the Go program anew each time.
func BenchmarkPrepare(b *testing.B) {
	box, p := shared(b)
	_ = p
	wasm := guestWasm(b)
	for b.Loop() {
		p, err := box.Prepare(b.Context(), sandbox.ModuleOf(wasm), nil)
		if err != nil {
			b.Fatal(err)
		}
		p.Close()
	}
	b.ReportMetric(float64(len(wasm))/1e6, "MB-module")
}
