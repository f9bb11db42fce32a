package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClock(setup{Start: 1_000_000_000_500, Replay: 1})
		if s, ns := c.walltime(); s != 1000 || ns != 1500 {
			t.Errorf("got %d.%09d", s, ns)
		}
		before := time.Now()
		c.sleep(int64(time.Hour))
		if time.Since(before) != 0 {
			t.Error("sleep that was slept takes time")
		}
		c.reply(time.Minute) // in the past of the program's clock
		if got := time.Duration(c.nanotime()); got != time.Hour+2*look {
			t.Errorf("got %v, want no step back", got)
		}
		c.sleep(int64(time.Second))
		if time.Since(before) != time.Second {
			t.Error("sleep takes no time")
		}
		c.sleep(-5)
		c.reply(2 * time.Hour)
		if got := time.Duration(c.nanotime()); got != 2*time.Hour+look {
			t.Errorf("got %v", got)
		}
	})
}

// TestReplies_reads_do_not_depend_on_the_pipe writes a reply in small pieces.
func TestReplies_reads_do_not_depend_on_the_pipe(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	reply := strings.Repeat("x", 1000)
	go func() {
		defer w.Close()
		for range 2 {
			head := binary.LittleEndian.AppendUint32(nil, uint32(len(reply)))
			text := append(binary.LittleEndian.AppendUint64(head, uint64(time.Second)), reply...)
			for part := range slices.Chunk(text, 7) {
				w.Write(part)
			}
		}
	}()
	s := &replies{r: r, clock: newClock(setup{})}
	p := make([]byte, 600)
	for _, want := range []int{600, 400} {
		if n, err := s.Read(p); n != want || err != nil {
			t.Fatalf("got %d, %v, want %d", n, err, want)
		}
	}
	if s.clock.now != time.Second {
		t.Errorf("clock at %v", s.clock.now)
	}
}

func TestCapped_drops_what_is_over(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := &capped{w: &out}
	for range 3 {
		if n, err := c.Write(make([]byte, maxLog/2+1)); n != maxLog/2+1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if out.Len() != maxLog {
		t.Errorf("%d bytes", out.Len())
	}
}
