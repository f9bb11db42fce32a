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

// A dialogue is the exchange of frames with one program, which says what it
// likes: everything that comes in is held against the rules here.
type dialogue struct {
	o       Options
	handler Handler
	raw     *counter
	in      *protocol.Reader
	out     io.Writer

	exchanges int
	taken     int64         // bytes of requests
	at        time.Duration // the program's clock
}

func newDialogue(in io.Reader, out io.Writer, o Options, h Handler) *dialogue {
	raw := &counter{r: in}
	return &dialogue{o: o, handler: h, raw: raw, in: protocol.NewReader(raw), out: out}
}

// ErrDiverged is wrapped by the error of a run that asked for something else
// than in the run replayed: the program is not the one recorded, or it takes
// something from elsewhere than its frames.
var ErrDiverged = errors.New("the program asks otherwise than in the run recorded")

// serve answers requests until the program's output ends, which is errEnded, or
// it breaks a rule. look is called at each request.
func (d *dialogue) serve(ctx context.Context, look func()) error {
	out := protocol.NewWriter(d)
	for {
		request, err := d.in.Next()
		if err != nil {
			return d.broken(err)
		}
		look()
		if err := d.admit(request); err != nil {
			return err
		}
		reply, err := d.answer(ctx, request)
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

// broken tells an output that ended from one that is nonsense.
func (d *dialogue) broken(err error) error {
	switch {
	case !d.raw.ended:
		return core.E(protocol.Internal, "read request", err)
	case errors.Is(err, protocol.ErrFrame):
		return fmt.Errorf("%w: %w", errEnded, err)
	}
	return errEnded
}

// admit holds a request against the rules that need no knowledge of its op.
func (d *dialogue) admit(f protocol.Frame) error {
	d.exchanges++
	d.taken += frameSize(f)
	switch {
	case d.raw.n > d.taken:
		return core.E(protocol.Internal, "read request", errors.New("a second request before the reply to the first"))
	case d.exchanges > maxExchanges || d.taken > maxSent:
		return &limitError{LimitTraffic}
	}
	return nil
}

// answer replays, or asks the handler and records.
func (d *dialogue) answer(ctx context.Context, request protocol.Frame) (protocol.Frame, error) {
	if d.exchanges <= len(d.o.Replay) {
		return d.replay(request)
	}
	reply, err := d.handler(ctx, request)
	if errors.Is(context.Cause(ctx), errEnded) {
		return protocol.Frame{}, errEnded // nobody is there to hear it
	}
	if err != nil {
		return protocol.Frame{}, err
	}
	d.tick()
	if d.o.Record == nil {
		return reply, nil
	}
	return reply, d.o.Record(Exchange{Request: request, Reply: reply, At: d.at})
}

func (d *dialogue) replay(request protocol.Frame) (protocol.Frame, error) {
	past := d.o.Replay[d.exchanges-1]
	if !bytes.Equal(past.Request.Line, request.Line) || !bytes.Equal(past.Request.Payload, request.Payload) {
		return protocol.Frame{}, core.E(protocol.Internal, "replay run", fmt.Errorf("%w: request %d", ErrDiverged, d.exchanges))
	}
	d.at = past.At
	return past.Reply, nil
}

// tick moves the program's clock, never back.
func (d *dialogue) tick() {
	if d.o.Clock == nil {
		d.at += time.Millisecond
		return
	}
	d.at = max(d.at, d.o.Clock().Sub(d.o.Start))
}

// Write implements io.Writer for the replies, one a call: it puts the length of
// the reply and the clock before it, which the worker takes off again.
func (d *dialogue) Write(reply []byte) (int, error) {
	const small = 64 << 10
	head := binary.LittleEndian.AppendUint32(make([]byte, 0, 12+min(len(reply), small)), uint32(len(reply)))
	head = binary.LittleEndian.AppendUint64(head, uint64(d.at))
	if len(reply) <= small {
		_, err := d.out.Write(append(head, reply...))
		return len(reply), err
	}
	if _, err := d.out.Write(head); err != nil {
		return 0, err
	}
	return d.out.Write(reply)
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
