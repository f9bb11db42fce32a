package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// patience is how long a home may take to answer while it is being attacked.
const patience = time.Second

// answeringHome stands for the home in whose process the attacks are held. The
// returned function ends it and returns its slowest answer.
func answeringHome(t *testing.T) func() time.Duration {
	t.Helper()
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "ok")
	}))
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	every := func(d time.Duration, f func()) {
		wg.Go(func() {
			for tick := time.Tick(d); ctx.Err() == nil; f() {
				select {
				case <-tick:
				case <-ctx.Done():
				}
			}
		})
	}
	every(200*time.Millisecond, runtime.GC) // what stops for ever in a process that runs wasm itself
	var slowest time.Duration
	every(20*time.Millisecond, func() {
		start := time.Now()
		resp, err := home.Client().Get(home.URL)
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
		slowest = max(slowest, time.Since(start))
	})
	return func() time.Duration {
		stop()
		wg.Wait()
		home.Close()
		return slowest
	}
}

// TestAttack holds the collection, several at once, and that the home answers
// all the while.
func TestAttack(t *testing.T) {
	slowest := answeringHome(t)
	t.Run("all", func(t *testing.T) {
		t.Run("wasm", attackByWasm)
		t.Run("frames", attackByFrames)
		t.Run("compiling", attackByCompiling)
	})
	if got := slowest(); got > patience {
		t.Errorf("the home took %v to answer", got)
	} else {
		t.Log("slowest answer of the home:", got)
	}
}

// tight limits keep the tests short; they are reached the same way.
func tight() protocol.Limits {
	return protocol.Limits{CPU: protocol.Duration(time.Second), Wall: protocol.Duration(5 * time.Minute), Memory: 64 << 20}
}

// outcome is the clear end that an attack must come to: a limit, a code or an
// exit status.
type outcome struct {
	killed sandbox.Limit
	code   core.Code
	exit   int
	any    bool // whatever end: Go's runtime, out of memory, does not always find the words
}

func attackByWasm(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		wasm []byte
		want outcome
	}{
		"endless loop":            {endlessLoop(), outcome{killed: sandbox.LimitCPU}},
		"calls that double":       {doublingCalls(), outcome{killed: sandbox.LimitCPU}},
		"table growth":            {tableGrowth(), outcome{any: true}},
		"memory growth":           {memoryGrowth(), outcome{killed: sandbox.LimitCPU}},
		"memory growth that pays": {memoryGrowthThenTrap(), outcome{killed: sandbox.LimitMemory}},
		"endless recursion":       {endlessRecursion(), outcome{code: protocol.Internal}},
		"out of bounds":           {outOfBounds(), outcome{code: protocol.Internal}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := shared(t)
			p := prepare(t, b, tc.wasm)
			start := time.Now()
			out, err := b.Run(t.Context(), p, sandbox.Options{Limits: tight()}, do("", 0))
			tc.want.check(t, out, err)
			t.Logf("%v, %+v", time.Since(start).Round(time.Millisecond), out)
		})
	}
}

func (want outcome) check(t *testing.T, out sandbox.Outcome, err error) {
	t.Helper()
	if want.any && err != nil {
		return
	}
	if want.killed != "" {
		want.code, want.exit = protocol.Limit, -1
	}
	if want.code != "" {
		want.exit = -1
	}
	if out.Killed != want.killed || core.CodeOf(err) != want.code || out.Exit != want.exit {
		t.Fatalf("got %+v, %v, want %+v", out, err, want)
	}
}

func attackByFrames(t *testing.T) {
	t.Parallel()
	for task, want := range map[string]outcome{
		"hog":      {killed: sandbox.LimitMemory},
		"loop":     {killed: sandbox.LimitCPU},
		"brackets": {code: protocol.Internal},
		"payload":  {code: protocol.Internal},
		"endless":  {code: protocol.Internal},
		"drip":     {killed: sandbox.LimitWall},
		"flood":    {code: protocol.Internal},
		"garbage":  {code: protocol.Internal},
		"half":     {exit: 3},
		"deaf":     {killed: sandbox.LimitWall},
		"exchange": {killed: sandbox.LimitCPU},
		"log":      {},
		"panic":    {exit: 2},
		"exit":     {exit: 3},
	} {
		t.Run(task, func(t *testing.T) {
			t.Parallel()
			times := map[string]int{"half": 3, "exit": 3, "exchange": 1 << 30, "log": 20 << 20}[task]
			b, p := shared(t)
			limits := tight()
			if want.killed == sandbox.LimitWall {
				limits.Wall = protocol.Duration(2 * time.Second)
			}
			start := time.Now()
			out, err := b.Run(t.Context(), p, sandbox.Options{Limits: limits}, do(task, times))
			want.check(t, out, err)
			t.Logf("%v, %+v", time.Since(start).Round(time.Millisecond), out)
		})
	}
}

func attackByCompiling(t *testing.T) {
	t.Parallel()
	hasty, err := sandbox.New(sandbox.Config{Worker: sandboxtest.Worker(t), Compile: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer hasty.Close()
	patient, _ := shared(t)
	for name, tc := range map[string]struct {
		wasm []byte
		want core.Code
	}{
		"a bomb of time":    {compileBomb(10_000, 1000), protocol.Limit},
		"a bomb of memory":  {compileBomb(10_000, 10_000), protocol.Limit},
		"nonsense":          {append(endlessLoop(), "nonsense"...), core.Invalid},
		"a wrong body":      {module{bodies: [][]byte{{opDrop}}}.bytes(), core.Invalid},
		"an unknown import": {module{bodies: [][]byte{{}}, imports: [][2]string{{"wasi_snapshot_preview1", "sock_open"}}}.bytes(), core.Invalid},
	} {
		b := patient
		if tc.want == protocol.Limit {
			b = hasty
		}
		_, err := b.Prepare(t.Context(), sandbox.ModuleOf(tc.wasm), nil)
		if core.CodeOf(err) != tc.want {
			t.Errorf("%s: got %v, want %s", name, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), "goroutine") {
			t.Errorf("%s: a trace instead of a reason: %v", name, err)
		}
	}
}

func endlessLoop() []byte {
	return module{bodies: [][]byte{code(opLoop, noType, opBr, 0, opEnd)}}.bytes()
}

// doublingCalls has no loop: each of 200 functions calls the next one twice.
func doublingCalls() []byte {
	var bodies [][]byte
	for i := range 200 {
		next := leb(uint64(i + 1))
		bodies = append(bodies, code(opCall, next, opCall, next))
	}
	return module{bodies: append(bodies, nil)}.bytes()
}

// tableGrowth asks for elements, which no limit on memory covers.
func tableGrowth() []byte {
	grow := code(opRefNull, funcRef, opI32Const, sleb(200_000_000), opPrefix, opTableGrow, 0, opDrop)
	return module{table: []byte{0, 1}, bodies: [][]byte{grow}}.bytes()
}

// memoryGrowth asks for a page again and again, whatever the answer.
func memoryGrowth() []byte {
	return module{bodies: [][]byte{code(opLoop, noType, opI32Const, 1, opMemoryGrow, 0, opDrop, opBr, 0, opEnd)}}.bytes()
}

// memoryGrowthThenTrap asks for 1 GiB and uses it unasked.
func memoryGrowthThenTrap() []byte {
	return module{bodies: [][]byte{code(opI32Const, sleb(16384), opMemoryGrow, 0, opDrop,
		opI32Const, sleb(512<<20), opI32Const, 1, opStore, 2, 0)}}.bytes()
}

func endlessRecursion() []byte { return module{bodies: [][]byte{code(opCall, 0)}}.bytes() }

func outOfBounds() []byte {
	return module{bodies: [][]byte{code(opI32Const, sleb(-4), opI32Const, 1, opStore, 2, 0)}}.bytes()
}

// compileBomb is a row of small loops over many variables: work for the
// compiler that grows with the square of its size.
func compileBomb(loops, locals int) []byte {
	var b []byte
	for i := range loops {
		from, to := leb(uint64(i%locals)), leb(uint64(i*7%locals))
		b = append(b, code(opLoop, noType, opLocalGet, from, opI32Const, 1, opI32Add, opLocalSet, to,
			opLocalGet, from, opBrIf, 0, opEnd)...)
	}
	return module{bodies: [][]byte{b}, locals: uint32(locals)}.bytes()
}
