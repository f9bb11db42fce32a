package sandbox

import (
	"context"
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
	Start  time.Time            // what the program's clock says at first; zero: the beginning of 1970
	Seed   [32]byte             // of the program's random source
	Clock  core.Clock           // moves the program's clock at each reply; nil: by a millisecond
	Log    io.Writer            // takes the program's log, at most about protocol.MaxLog bytes; nil: dropped
	Replay []Exchange           // answers the first requests, which must be the same ones
	Record func(Exchange) error // sees each exchange after those, before the program has the reply; may be nil
	Slot   Slot                 // SlotRun or SlotView
	Began  func()               // called once, when the program has a place to run in; may be nil
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
// something else than in the run replayed ([ErrDiverged]); what h or o.Record returned;
// [protocol.Unavailable] when no worker can be started; and ctx's error. The
// worker is gone when Run returns.
func (b *Box) Run(ctx context.Context, p *Program, o Options, h Handler) (Outcome, error) {
	o.Limits = withDefaults(o.Limits)
	if o.Start.IsZero() {
		o.Start = time.Unix(0, 0)
	}
	room := b.rooms[o.Slot]
	if err := room.enter(ctx); err != nil {
		return Outcome{Exit: -1}, err
	}
	t := &turn{room: room, held: true}
	defer t.end()
	if o.Began != nil {
		o.Began()
	}
	r := &run{box: b, program: p, o: o, handler: h, turn: t}
	out, err := r.once(ctx)
	if errors.Is(err, errStale) && out.Exchanges == 0 { // made for another processor
		p.forget()
		out, err = r.once(ctx)
	}
	return out, err
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
}

var (
	// errStale means that no request was made: the compiled code does not fit.
	errStale = errors.New("compiled code does not fit")
	// errEnded means that the worker has closed its output, or ended.
	errEnded = errors.New("the worker has ended")
)

// once starts a worker and serves it to its end.
func (r *run) once(ctx context.Context) (Outcome, error) {
	p, err := r.start(ctx)
	if err != nil {
		return Outcome{Exit: -1}, err
	}
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, turnKey{}, r.turn))
	defer cancel(nil)
	go func() {
		<-p.done
		cancel(errEnded)
	}()
	r.turn.wall = newStopwatch(time.Duration(r.o.Limits.Wall), func() { p.kill(&limitError{LimitWall}) })
	d := newDialogue(p.out, p.in, r.o, r.handler)
	served := d.serve(ctx, p.look)
	if !errors.Is(served, errEnded) {
		p.kill(served)
	}
	reason := p.end()
	out := Outcome{Exit: -1, Wall: r.turn.wall.end(), Exchanges: d.exchanges,
		CPU: p.cpu(), MaxRSS: p.most(), Logged: p.log.used}
	if reason == nil {
		out.Exit, reason = p.verdict(served)
	}
	if l, ok := errors.AsType[*limitError](reason); ok {
		out.Killed = l.limit
	}
	return out, problemOf("run program", reason)
}

// start starts the worker of the run.
func (r *run) start(ctx context.Context) (*process, error) {
	img, err := r.program.image(ctx)
	if err != nil {
		return nil, err
	}
	defer r.box.shelf.done(img)
	return r.box.start(ctx, job{mode: "run", code: img.blob, log: r.o.Log, setup: setup{
		CPU:    int64((time.Duration(r.o.Limits.CPU) + time.Second - 1) / time.Second),
		Memory: r.o.Limits.Memory, Start: r.o.Start.UnixNano(), Seed: r.o.Seed[:], Replay: len(r.o.Replay), Nice: r.nice(),
	}})
}

// nice is how far the run comes after the home: a view not at all.
func (r *run) nice() int {
	if r.o.Slot == SlotView {
		return 0
	}
	return patient
}

// verdict says what the end of a worker that was not killed means: the
// program's exit status, or -1 and what else it was. served is how the dialogue
// with it ended.
func (p *process) verdict(served error) (exit int, reason error) {
	if l := p.crashLimit(""); p.hasCrashed() && l != "" {
		return -1, &limitError{l}
	}
	const op = "run program"
	switch status := p.state.ExitCode(); {
	case status == 0 && errors.Is(served, protocol.ErrFrame):
		return -1, core.E(protocol.Internal, op, served)
	case status == 0:
		return 0, nil
	case status >= statusProgram:
		return status - statusProgram, nil
	case status == statusMemory:
		return -1, &limitError{LimitMemory}
	case status == statusTrap:
		return -1, core.E(protocol.Internal, op, errors.New("the program trapped"))
	case status == statusStale:
		return -1, errStale
	}
	return -1, core.E(protocol.Internal, op, fmt.Errorf("worker: %v: %s", p.state, p.log.last))
}
