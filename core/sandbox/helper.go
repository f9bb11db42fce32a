package sandbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// The kinds of helpers: what their workers open.
const (
	HelperPDF     = "pdf"
	HelperImage   = "image"
	HelperArchive = "archive"
	HelperSelect  = "select"
)

// HelperOptions bound a helper. The zero value is good.
type HelperOptions struct {
	Cache *Cache        // for the compiled code of a kind that has some; nil: compiled once a process
	Call  time.Duration // for one call; 0: a minute
	CPU   time.Duration // for all of its life; 0: five minutes
}

// A Helper is a confined worker of our own that opens hostile formats: it lives
// until it is closed or breaks. Its calls may come from several goroutines and
// are answered one at a time.
type Helper struct {
	box     *Box
	name    string // of its compiled code
	cache   *Cache
	process *process
	call    time.Duration

	mu     sync.Mutex
	raw    *counter
	in     *protocol.Reader
	out    *protocol.Writer
	taken  int64 // bytes of replies
	broken error
}

// Helper starts a helper of a kind. It lives no longer than ctx, and must be
// closed. It returns [protocol.Unavailable], [protocol.Limit] and ctx's error.
func (b *Box) Helper(ctx context.Context, kind string, o HelperOptions) (*Helper, error) {
	img, err := b.helperImage(ctx, kind, o.Cache)
	if err != nil {
		return nil, err
	}
	defer b.shelf.done(img)
	p, err := b.start(ctx, job{mode: kind, code: img.blob, setup: setup{
		CPU: int64(orElse(o.CPU, 5*time.Minute).Seconds()) + 1, Nice: patient}})
	if err != nil {
		return nil, err
	}
	raw := &counter{r: p.out}
	return &Helper{box: b, name: b.helperName(kind), cache: o.Cache, process: p, call: orElse(o.Call, time.Minute),
		raw: raw, in: protocol.NewReader(raw), out: protocol.NewWriter(p.in)}, nil
}

func orElse(given, other time.Duration) time.Duration {
	if given > 0 {
		return given
	}
	return other
}

func (b *Box) helperName(kind string) string { return "helper " + kind + " " + b.target.helper }

// helperImage returns the compiled code that a helper of kind runs, if any.
func (b *Box) helperImage(ctx context.Context, kind string, cache *Cache) (*image, error) {
	name := b.helperName(kind)
	return b.image(ctx, name, func() (*blob, error) {
		if kind != HelperPDF {
			return nil, nil
		}
		return b.compiled(ctx, cache, name, job{mode: "prepare", setup: setup{Helper: kind}}, noModule)
	})
}

// Call sends a request and returns the reply. A call that fails ends the
// helper: later calls return the same error. It returns [protocol.Limit] when
// the helper ran into one, [protocol.Internal] when it broke,
// [protocol.Unavailable] when it is closed or a new one must be started, and
// ctx's error.
func (h *Helper) Call(ctx context.Context, request protocol.Frame) (protocol.Frame, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.broken != nil {
		return protocol.Frame{}, h.broken
	}
	room := h.box.rooms[SlotHelper]
	if err := room.enter(ctx); err != nil {
		return protocol.Frame{}, err
	}
	defer room.leave()
	ctx, cancel := context.WithTimeoutCause(ctx, h.call, &limitError{LimitWall})
	defer cancel()
	inTime := context.AfterFunc(ctx, func() { h.process.kill(context.Cause(ctx)) })
	reply, err := h.exchange(request)
	h.process.look()
	if !inTime() && err == nil { // a reply that comes with the kill is no reply: who calls next would meet the dead
		err = context.Cause(ctx)
		h.process.kill(err)
	}
	if err != nil {
		h.broken = h.why(err)
		return protocol.Frame{}, h.broken
	}
	return reply, nil
}

func (h *Helper) exchange(request protocol.Frame) (protocol.Frame, error) {
	if err := h.out.Write(request); err != nil {
		return protocol.Frame{}, err
	}
	reply, err := h.in.Next()
	h.taken += frameSize(reply)
	if err == nil && h.raw.n > h.taken {
		return reply, fmt.Errorf("%w: more than one reply", protocol.ErrFrame)
	}
	return reply, err
}

// why ends a helper that failed and says what for.
func (h *Helper) why(err error) error {
	const op = "call helper"
	p := h.process
	if errors.Is(err, protocol.ErrFrame) {
		p.kill(core.E(protocol.Internal, op, err))
	}
	if reason := p.end(); reason != nil {
		return problemOf(op, reason)
	}
	if p.state.ExitCode() == statusStale { // made for another processor: the next helper compiles again
		h.box.shelf.drop(h.name)
		h.cache.remove(h.name)
		return core.E(protocol.Unavailable, op, errStale)
	}
	if l := p.crashLimit(""); p.hasCrashed() && l != "" {
		return problemOf(op, &limitError{l})
	}
	return core.E(protocol.Internal, op, fmt.Errorf("worker: %v: %s", p.state, p.log.last))
}

// MaxRSS is the most memory, in bytes, that the helper was seen to hold.
func (h *Helper) MaxRSS() int64 { return h.process.most() }

// Close ends the helper. It returns nil.
func (h *Helper) Close() error {
	h.process.kill(core.E(protocol.Unavailable, "call helper", errors.New("it is closed")))
	_ = h.process.end()
	return nil
}

// noModule is what a helper is compiled of: it has its module within.
func noModule() ([]byte, error) { return nil, nil }
