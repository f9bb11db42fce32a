package main

import (
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// A home is the other side of a helper's dialogue: it holds the file.
type home struct {
	tb   testing.TB
	in   *protocol.Reader
	out  *protocol.Writer
	file []byte
	asks int // ranges that the helper asked for
}

// A reply is what a helper answered.
type reply struct {
	OK struct {
		Want      *struct{ Offset, Length int64 }
		Pages     int
		Files     int
		Truncated bool
		Damaged   bool
		Name      string
		Kind      string
		Size      int64
		End       bool
	}
	Error   *protocol.Error
	payload []byte
}

// newHome starts a helper and stops it when the test ends.
func newHome(tb testing.TB, serve server, file []byte) *home {
	tb.Helper()
	requests, requestsIn := io.Pipe()
	replies, repliesIn := io.Pipe()
	done := make(chan error)
	go func() {
		err := serve(protocol.NewReader(requests), protocol.NewWriter(repliesIn))
		repliesIn.CloseWithError(errors.Join(io.EOF, err))
		done <- err
	}()
	tb.Cleanup(func() {
		requestsIn.Close()
		if err := <-done; err != nil {
			tb.Errorf("helper ended with %v", err)
		}
	})
	return &home{tb: tb, in: protocol.NewReader(replies), out: protocol.NewWriter(requestsIn), file: file}
}

// call sends q and serves the file until the answer comes.
func (h *home) call(q request) reply {
	h.tb.Helper()
	r := h.exchange(q, nil)
	for r.Error == nil && r.OK.Want != nil {
		h.asks++
		w := *r.OK.Want
		if w.Offset < 0 || w.Length <= 0 || w.Length > blockSize || w.Offset+w.Length > int64(len(h.file)) {
			h.tb.Fatalf("asked for %d bytes at %d of %d", w.Length, w.Offset, len(h.file))
		}
		r = h.exchange(request{Op: "bytes"}, h.file[w.Offset:w.Offset+w.Length])
	}
	return r
}

// open opens the file.
func (h *home) open(queries map[string]protocol.Query) reply {
	h.tb.Helper()
	return h.call(request{Op: "open", Size: int64(len(h.file)), Queries: queries})
}

func (h *home) exchange(q request, payload []byte) reply {
	h.tb.Helper()
	line, err := json.Marshal(struct {
		request
		Payload *int `json:"payload,omitempty"`
	}{q, length(payload)})
	if err != nil {
		h.tb.Fatal(err)
	}
	if err := h.out.Write(protocol.Frame{Line: line, Payload: payload}); err != nil {
		h.tb.Fatalf("send %s: %v", q.Op, err)
	}
	f, err := h.in.Next()
	if err != nil {
		h.tb.Fatalf("%s: no answer: %v", q.Op, err)
	}
	var r reply
	if err := json.Unmarshal(f.Line, &r); err != nil {
		h.tb.Fatalf("%s: %v in %s", q.Op, err, f.Line)
	}
	r.payload = f.Payload
	return r
}

func length(p []byte) *int {
	if p == nil {
		return nil
	}
	n := len(p)
	return &n
}

// wants fails unless r has this code.
func wants(tb testing.TB, r reply, code protocol.Code) {
	tb.Helper()
	switch {
	case r.Error == nil && code != "":
		tb.Errorf("got %+v, want %s", r.OK, code)
	case r.Error != nil && r.Error.Code != code:
		tb.Errorf("got %v, want code %q", r.Error, code)
	}
}

func TestDialogue(t *testing.T) {
	t.Parallel()

	t.Run("a panic of a parser is an answer", func(t *testing.T) {
		t.Parallel()
		h := newHome(t, func(r *protocol.Reader, w *protocol.Writer) error {
			d := &dialogue{r, w}
			return d.serve(softHeap, func(q request) (any, []byte, error) {
				if q.Op == "panic" {
					panic("broken")
				}
				return nil, nil, nil
			})
		}, nil)
		wants(t, h.call(request{Op: "panic"}), protocol.InvalidFile)
		wants(t, h.call(request{Op: "other"}), "")
	})

	t.Run("a home that answers nonsense ends the helper", func(t *testing.T) {
		t.Parallel()
		requests, requestsIn := io.Pipe()
		replies, repliesIn := io.Pipe()
		done := make(chan error)
		go func() { done <- serveArchive(protocol.NewReader(requests), protocol.NewWriter(repliesIn)) }()
		go io.Copy(io.Discard, replies)
		io.WriteString(requestsIn, `{"op":"open","size":10}`+"\n"+`{"op":"bytes","payload":3}`+"\nabc")
		if err := <-done; !errors.Is(err, errGone) {
			t.Errorf("got %v, want %v", err, errGone)
		}
	})
}

func TestRemote(t *testing.T) {
	t.Parallel()
	file := make([]byte, 3*blockSize+100)
	for i := range file {
		file[i] = byte(i % 251)
	}
	var r *remote // set by open, used by the other ops
	var d *dialogue
	h := newHome(t, func(in *protocol.Reader, out *protocol.Writer) error {
		d = &dialogue{in, out}
		return d.serve(softHeap, func(q request) (any, []byte, error) {
			if q.Op == "open" {
				r = newRemote(d, q.Size)
				return nil, nil, nil
			}
			r.budget = int64(q.Index)
			p := make([]byte, q.Max)
			n, err := r.ReadAt(p, q.Offset)
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return nil, p[:n], err
		})
	}, file)
	wants(t, h.open(nil), "")
	read := func(offset int64, n int, budget int) reply {
		t.Helper()
		return h.call(request{Op: "read", Offset: offset, Max: n, Index: budget})
	}
	for _, at := range []struct{ offset, n, asks int }{
		{0, 10, 1}, {5, blockSize, 2}, {blockSize, blockSize, 2}, {3*blockSize + 90, 100, 3}, {len(file), 1, 3}, {0, len(file), 4},
	} {
		got := read(int64(at.offset), at.n, -1)
		if want := file[at.offset:min(len(file), at.offset+at.n)]; string(got.payload) != string(want) || h.asks != at.asks {
			t.Errorf("%+v: got %d bytes after %d ranges", at, len(got.payload), h.asks)
		}
	}
	wants(t, h.open(nil), "") // forgets the blocks
	wants(t, read(0, 1, 100), protocol.Limit)
}

// FuzzDialogue sends frames of any kind to the helpers that hold no guest.
func FuzzDialogue(f *testing.F) {
	f.Add([]byte(`{"op":"open","size":3}` + "\n" + `{"op":"bytes","payload":3}` + "\nabc" + `{"op":"rows"}` + "\n"))
	f.Add([]byte(`{"op":"next"}` + "\n" + `{"op":"read"}` + "\n" + `{"op":"close"}` + "\n"))
	f.Add([]byte(`{"op":"open","size":-1}` + "\n"))
	f.Add([]byte(`{"op":"open","size":9223372036854775807}` + "\n"))
	f.Add([]byte(`{"op":"open","queries":{"a":{"rows":"*","fields":{"x":"@y"}}}}` + "\n" + `{"op":"rows"}` + "\n"))
	f.Fuzz(func(t *testing.T, frames []byte) {
		for _, serve := range []server{serveArchive, serveSelect} {
			requests, requestsIn := io.Pipe()
			go func() {
				requestsIn.Write(frames)
				requestsIn.Close()
			}()
			serve(protocol.NewReader(requests), protocol.NewWriter(io.Discard))
			requests.Close()
		}
	})
}
