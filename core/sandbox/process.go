package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A setup is the first message to a worker, whose main package has the same.
type setup struct {
	CPU        int64  `json:"cpu"`
	Memory     int64  `json:"memory,omitempty"`
	Data       int64  `json:"data"`
	Start      int64  `json:"start,omitempty"`
	Seed       []byte `json:"seed,omitempty"`
	Replay     int    `json:"replay,omitempty"`
	Wasm       int    `json:"wasm,omitempty"`
	Code       int    `json:"code,omitempty"`
	Helper     string `json:"helper,omitempty"`
	Nice       int    `json:"nice,omitempty"`
	Unconfined bool   `json:"unconfined,omitempty"`
}

// patient is the niceness of workers that nobody waits for at a page: a third of
// the processor time of a home that is busy too.
const patient = 5

// maxData is the private memory of a worker, its own included.
const maxData = 512 << 20

// A job is one worker to start.
type job struct {
	mode  string
	setup setup
	wasm  *blob // or nil
	code  *blob // or nil
	log   io.Writer
}

// message is the setup as the worker reads it.
func (j job) message() ([]byte, error) {
	s := j.setup
	s.Data, s.Unconfined = maxData, hasFilter() != nil
	s.Wasm, s.Code = j.wasm.len(), j.code.len()
	text, err := json.Marshal(s)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...), err
}

// A process is a running worker.
type process struct {
	os   *os.Process
	job  job
	in   *os.File
	out  *os.File
	log  *runLog
	done chan struct{} // closed when it has been reaped and its log is complete

	state  *os.ProcessState // after done
	mu     sync.Mutex
	over   bool      // nothing changes any more
	reason error     // why it was killed, the first one
	peak   int64     // the most memory seen
	looked time.Time // when
}

// adopt takes over a worker that has just been started, with this side's ends
// of its three streams.
func adopt(p *os.Process, pipes *pipes, j job) *process {
	stderr := pipes.parent[2]
	w := &process{os: p, job: j, in: pipes.parent[0], out: pipes.parent[1], log: &runLog{w: j.log}, done: make(chan struct{})}
	logged := make(chan struct{})
	go func() {
		defer close(logged)
		defer stderr.Close()
		if _, err := io.Copy(w.log, stderr); err != nil {
			w.kill(err)
		}
	}()
	go func() {
		defer close(w.done)
		w.wait()
		<-logged
	}()
	return w
}

// wait reaps the worker.
func (p *process) wait() {
	state, err := p.os.Wait()
	if err != nil { // somebody else reaped it: its end means nothing
		p.kill(fmt.Errorf("wait for worker: %w", err))
		state = &os.ProcessState{}
	}
	p.state = state
}

// A crew is the workers that live.
type crew struct {
	mu     sync.Mutex
	alive  map[*process]bool
	closed bool
}

// join takes a worker into the crew until its end, which comes with ctx's.
func (c *crew) join(ctx context.Context, p *process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		p.kill(errShut)
	}
	c.alive[p] = true
	stop := context.AfterFunc(ctx, func() { p.kill(context.Cause(ctx)) })
	go func() {
		<-p.done
		stop()
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.alive, p)
	}()
}

// dismiss kills all, and whoever joins later.
func (c *crew) dismiss() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for p := range c.alive {
		p.kill(errShut)
	}
}

var errShut = core.E(protocol.Unavailable, "use sandbox", errors.New("it is closed"))

// kill ends the worker at once. The first reason is kept.
func (p *process) kill(reason error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	if p.reason == nil {
		p.reason = reason
	}
	p.peak = max(p.peak, peakMemory(p.os.Pid))
	_ = p.os.Kill() // it fails only when the worker has ended
}

// look keeps the highest memory use seen, at most every few milliseconds.
func (p *process) look() {
	const often = 20 * time.Millisecond
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.looked) < often {
		return
	}
	p.looked, p.peak = time.Now(), max(p.peak, peakMemory(p.os.Pid))
}

// most is the highest memory use seen.
func (p *process) most() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peak
}

// end waits until the worker is gone and its descriptors are closed, and returns
// why it was killed, or nil.
func (p *process) end() error {
	<-p.done
	p.in.Close()
	p.out.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	return p.reason
}

// A runLog keeps the log of a worker below its bound, and its last words.
type runLog struct {
	w    io.Writer // or nil
	used int64
	line []byte // the beginning of the line under way
	last string // the last line that says why a worker ends
}

const (
	maxLine = 300 // bytes of a line that are looked at
	// logSlack lets a worker speak for itself after a full log.
	logSlack = 64 << 10
)

// Write implements io.Writer. It fails over the bound.
func (l *runLog) Write(p []byte) (int, error) {
	l.used += int64(len(p))
	if l.used > protocol.MaxLog+logSlack {
		return 0, &limitError{LimitLog}
	}
	l.listen(p)
	if l.w == nil {
		return len(p), nil
	}
	return l.w.Write(p)
}

// listen looks for lines by which a worker, or Go's runtime in it, says its end.
func (l *runLog) listen(p []byte) {
	for part := range bytes.Lines(p) {
		l.line = append(l.line, part[:min(len(part), maxLine-len(l.line))]...)
		if part[len(part)-1] != '\n' {
			return
		}
		for _, prefix := range []string{"domicile-worker: ", "fatal error: ", "panic: ", "SIGSEGV: "} {
			if words, ok := bytes.CutPrefix(l.line, []byte(prefix)); ok {
				l.last = strings.ToValidUTF8(string(bytes.TrimSpace(words)), "?")
			}
		}
		l.line = l.line[:0]
	}
}
