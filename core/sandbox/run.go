package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// An Exchange is one request of a program, the reply it got, and when, counted
// from the start of the run by the program's clock.
type Exchange struct {
	Request, Reply protocol.Frame
	At             time.Duration
}

// A Handler answers one request. The next request is read after it returns. An
// error ends the run. ctx ends when the run does.
type Handler func(ctx context.Context, request protocol.Frame) (protocol.Frame, error)

// Options say how one run goes.
type Options struct {
	Limits protocol.Limits      // zero members mean the defaults
	Start  time.Time            // what the program's clock says at first
	Seed   [32]byte             // of the program's random source
	Clock  core.Clock           // moves the program's clock at each reply; nil: by a millisecond
	Log    io.Writer            // takes the program's log, at most about protocol.MaxLog bytes; nil: dropped
	Replay []Exchange           // answers the first requests, which must be the same ones
	Record func(Exchange) error // sees each exchange after those, before the program has the reply; may be nil
	Slot   Slot                 // SlotRun or SlotView
}

// Bounds of a run that no manifest changes.
const (
	maxExchanges = 250_000
	maxSent      = 2 << 30 // bytes of requests
)

// An Outcome tells how a run went. It is filled whatever the error.
type Outcome struct {
	Exit      int           // the program's exit status; -1 when it did not exit by itself
	Killed    Limit         // the limit it was killed for, or ""
	CPU, Wall time.Duration // Wall without waiting
	MaxRSS    int64         // bytes, as last looked at; 0: unknown
	Exchanges int
	Logged    int64 // bytes of log
}

// Run runs a program to its end and answers its requests with h.
//
// It returns nil when the program ended by itself, whatever its exit status;
// [protocol.Limit], with the limit's name in Args, when it was killed for one;
// [protocol.Internal] when it broke the protocol, trapped, or asked for
// something else than in the run replayed; what h or o.Record returned;
// [protocol.Unavailable] when no worker can be started; and ctx's error. The
// worker is gone when Run returns.
func (b *Box) Run(ctx context.Context, p *Program, o Options, h Handler) (Outcome, error) {
	o.Limits = withDefaults(o.Limits)
	room := b.rooms[o.Slot]
	if err := room.enter(ctx); err != nil {
		return Outcome{Exit: -1}, err
	}
	r := &run{box: b, program: p, o: o, handler: h, turn: &turn{room: room, held: true}}
	defer r.turn.end()
	return r.do(ctx)
}

func withDefaults(l protocol.Limits) protocol.Limits {
	d := protocol.DefaultLimits()
	if l.Memory == 0 {
		l.Memory = d.Memory
	}
	if l.CPU == 0 {
		l.CPU = d.CPU
	}
	if l.Wall == 0 {
		l.Wall = d.Wall
	}
	return l
}

// A run is one run under way.
type run struct {
	box     *Box
	program *Program
	o       Options
	handler Handler
	turn    *turn

	process *process
	out     Outcome
	sent    int64
	at      time.Duration
	raw     *counter
}

// do starts a worker and serves it. Compiled code that does not fit this
// processor is compiled again, once.
func (r *run) do(ctx context.Context) (Outcome, error) {
	out, err := r.once(ctx)
	if !errors.Is(err, errStale) {
		return out, err
	}
	r.program.forget()
	return r.once(ctx)
}

var errStale = errors.New("compiled code does not fit")

func (r *run) once(ctx context.Context) (Outcome, error) {
	r.out = Outcome{Exit: -1}
	if err := r.start(ctx); err != nil {
		return r.out, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		<-r.process.done
		cancel(errEnded)
	}()
	r.turn.wall = newStopwatch(time.Duration(r.o.Limits.Wall), func() { r.process.kill(&limitError{LimitWall}) })
	served := r.serve(context.WithValue(ctx, turnKey{}, r.turn))
	if served != nil && !errors.Is(served, errEnded) {
		r.process.kill(served)
	}
	reason := r.process.end()
	r.out.Wall = r.turn.wall.end()
	return r.out, r.conclude(reason, served)
}

// errEnded means that the worker has closed its output, or ended.
var errEnded = errors.New("the worker has ended")

// start starts the worker of the run.
func (r *run) start(ctx context.Context) error {
	img, err := r.program.image(ctx)
	if err != nil {
		return err
	}
	defer r.box.shelf.done(img)
	r.process, err = r.box.start(ctx, job{mode: "run", wasm: img.wasm, code: img.code, log: r.o.Log, setup: setup{
		CPU:    int64((time.Duration(r.o.Limits.CPU) + time.Second - 1) / time.Second),
		Memory: r.o.Limits.Memory, Start: r.o.Start.UnixNano(), Seed: r.o.Seed[:], Replay: len(r.o.Replay),
	}})
	return err
}

// serve answers the requests until the worker ends or breaks a rule.
func (r *run) serve(ctx context.Context) error {
	r.raw = &counter{r: r.process.out}
	in, out := protocol.NewReader(r.raw), protocol.NewWriter(&replyWriter{r})
	for {
		request, err := in.Next()
		r.process.look()
		if err != nil {
			return r.broken(err)
		}
		if err := r.admit(request); err != nil {
			return err
		}
		reply, err := r.answer(ctx, request)
		if err != nil {
			return err
		}
		if err := out.Write(reply); err != nil {
			if errors.Is(err, protocol.ErrFrame) {
				return core.E(protocol.Internal, "answer program", err)
			}
			return errEnded // it reads no more
		}
	}
}

// broken tells a worker that stopped writing from one that wrote nonsense.
func (r *run) broken(err error) error {
	if !r.raw.ended {
		return core.E(protocol.Internal, "read request", err)
	}
	if errors.Is(err, protocol.ErrFrame) {
		return fmt.Errorf("%w: %w", errEnded, err)
	}
	return errEnded
}

// admit holds a request against the rules that need no knowledge of its op.
func (r *run) admit(f protocol.Frame) error {
	r.out.Exchanges++
	r.sent += frameSize(f)
	switch {
	case r.raw.n > r.sent:
		return core.E(protocol.Internal, "read request", errors.New("a second request before the reply to the first"))
	case r.out.Exchanges > maxExchanges || r.sent > maxSent:
		return &limitError{LimitTraffic}
	}
	return nil
}

// answer replays, or asks the handler and records.
func (r *run) answer(ctx context.Context, request protocol.Frame) (protocol.Frame, error) {
	if n := r.out.Exchanges; n <= len(r.o.Replay) {
		past := r.o.Replay[n-1]
		if !bytes.Equal(past.Request.Line, request.Line) || !bytes.Equal(past.Request.Payload, request.Payload) {
			return protocol.Frame{}, core.E(protocol.Internal, "replay run",
				fmt.Errorf("request %d differs from the one recorded", n))
		}
		r.at = past.At
		return past.Reply, nil
	}
	reply, err := r.handler(ctx, request)
	if errors.Is(context.Cause(ctx), errEnded) {
		return protocol.Frame{}, errEnded // nobody is there to hear it
	}
	if err != nil {
		return protocol.Frame{}, err
	}
	r.tick()
	if r.o.Record == nil {
		return reply, nil
	}
	return reply, r.o.Record(Exchange{Request: request, Reply: reply, At: r.at})
}

// tick moves the program's clock, never back.
func (r *run) tick() {
	if r.o.Clock == nil {
		r.at += time.Millisecond
		return
	}
	r.at = max(r.at, r.o.Clock().Sub(r.o.Start))
}

// conclude says what the end of the worker means.
func (r *run) conclude(reason, served error) error {
	const op = "run program"
	p := r.process
	r.out.CPU, r.out.MaxRSS, r.out.Logged = p.cpu(), p.peak, p.log.used
	if reason != nil {
		return r.killed(op, reason)
	}
	switch status := p.state.ExitCode(); {
	case status == 0 && errors.Is(served, protocol.ErrFrame):
		return core.E(protocol.Internal, op, served)
	case status >= 0 && status <= statusProgramMax:
		r.out.Exit = status
		return nil
	case status == statusMemory:
		return r.killed(op, &limitError{LimitMemory})
	case status == statusTrap:
		return core.E(protocol.Internal, op, errors.New("the program trapped"))
	case status == statusStale:
		return errStale
	case status == crashStatus:
		if l := p.crashLimit(""); l != "" {
			return r.killed(op, &limitError{l})
		}
	}
	return core.E(protocol.Internal, op, fmt.Errorf("worker: %v: %s", p.state, p.lastWords()))
}

func (r *run) killed(op string, reason error) error {
	if l, ok := errors.AsType[*limitError](reason); ok {
		r.out.Killed = l.limit
	}
	return problemOf(op, reason)
}

// frameSize is what a frame takes on the wire.
func frameSize(f protocol.Frame) int64 { return int64(len(f.Line) + 1 + len(f.Payload)) }

// A counter counts what is read and remembers the end.
type counter struct {
	r     io.Reader
	n     int64
	ended bool
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.ended = c.ended || err != nil
	return n, err
}

// A replyWriter puts the length of a reply and the clock before it.
type replyWriter struct{ r *run }

// Write implements io.Writer. It is called once for each reply.
func (w *replyWriter) Write(reply []byte) (int, error) {
	const small = 64 << 10
	head := binary.LittleEndian.AppendUint32(make([]byte, 0, 12+min(len(reply), small)), uint32(len(reply)))
	head = binary.LittleEndian.AppendUint64(head, uint64(w.r.at))
	if len(reply) <= small {
		_, err := w.r.process.in.Write(append(head, reply...))
		return len(reply), err
	}
	if _, err := w.r.process.in.Write(head); err != nil {
		return 0, err
	}
	return w.r.process.in.Write(reply)
}
