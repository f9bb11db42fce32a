package main

import (
	"encoding/binary"
	"io"
	"os"
	"time"
)

// A clock is the program's only notion of time. It stands at what the parent
// said with the last reply, moves by a microsecond at each look and by as much as
// the program sleeps: so it depends on nothing but the frames.
type clock struct {
	start  int64         // Unix nanoseconds
	now    time.Duration // since start
	replay int           // replies left during which sleeping takes no time
}

const look = time.Microsecond

func newClock(set setup) *clock { return &clock{start: set.Start, replay: set.Replay} }

// reply sets the clock to what the parent says, never back.
func (c *clock) reply(at time.Duration) {
	c.now = max(c.now, at)
	c.replay--
}

func (c *clock) walltime() (int64, int32) {
	t := c.start + c.nanotime()
	return t / 1e9, int32(t % 1e9)
}

func (c *clock) nanotime() int64 {
	c.now += look
	return int64(c.now)
}

// sleep takes its time, but not where it has been taken in an earlier run.
func (c *clock) sleep(ns int64) {
	ns = max(ns, 0)
	c.now += time.Duration(ns)
	if c.replay <= 0 {
		time.Sleep(time.Duration(ns))
	}
}

// replies is the program's standard input. The parent sends each reply after its
// length (four bytes) and the clock (eight). A read gives as much as was asked
// for or the rest of the reply, however the pipe cut it: the cuts are not the
// frames', and a program could see them.
type replies struct {
	r     *os.File
	clock *clock
	left  int
}

// Read implements io.Reader.
func (s *replies) Read(p []byte) (int, error) {
	for s.left == 0 {
		var head [12]byte
		if _, err := io.ReadFull(s.r, head[:]); err != nil {
			return 0, err
		}
		s.left = int(binary.LittleEndian.Uint32(head[:]))
		s.clock.reply(time.Duration(binary.LittleEndian.Uint64(head[4:])))
	}
	n, err := io.ReadFull(s.r, p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

// A stream hides that a writer is a file, which wazero would look at: that needs
// a system call that the worker does not have.
type stream struct{ io.Writer }

// capped is the program's standard error: the parent ends a worker that writes
// more than a log may hold, so the rest is dropped here.
type capped struct {
	w    io.Writer
	used int
}

const maxLog = 1 << 20

// Write implements io.Writer.
func (c *capped) Write(p []byte) (int, error) {
	part := p[:min(len(p), maxLog-c.used)]
	c.used += len(part)
	if _, err := c.w.Write(part); err != nil {
		return 0, err
	}
	return len(p), nil
}
