package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of the dialogue between a helper and the home.
const (
	blockSize  = 256 << 10 // bytes asked for at once
	blocksKept = 8
	chunkSize  = 1 << 20 // bytes of a result sent at once

	// Above these the collector works harder: the bound of a worker's memory,
	// 512 MiB, ends it, and would count what is no longer used.
	softHeap    = 320 << 20
	softPDFHeap = 160 << 20 // beside the reader's own memory
)

// A request is one frame of the home to a helper.
type request struct {
	Op      string                    `json:"op"`
	Size    int64                     `json:"size,omitempty"`    // open: bytes of the file
	Index   int                       `json:"index,omitempty"`   // page, file: from 0
	Offset  int64                     `json:"offset,omitempty"`  // file: of the bytes wanted
	Max     int                       `json:"max,omitempty"`     // page: bytes of text wanted at most
	Queries map[string]protocol.Query `json:"queries,omitempty"` // open of select
	payload []byte
}

// A dialogue is a helper's side of its pipes. The home asks, the helper
// answers; while it works it may answer with the range of the file that it
// wants next, and the home's next frame brings those bytes.
type dialogue struct {
	in  *protocol.Reader
	out *protocol.Writer
}

// errGone means the home closed the pipe or broke the framing: the helper ends.
var errGone = errors.New("the home is gone")

// serve answers requests with handle until the home closes the pipe. A panic
// of a parser is an answer like another. heap is the memory to keep below.
func (d *dialogue) serve(heap int64, handle func(request) (any, []byte, error)) error {
	debug.SetMemoryLimit(heap)
	for {
		q, err := d.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if q.Size < 0 {
			return fmt.Errorf("%w: a file of %d bytes", errGone, q.Size)
		}
		ok, payload, err := guarded(handle, q)
		if errors.Is(err, errGone) {
			return err
		}
		if err := d.reply(ok, payload, err); err != nil {
			return err
		}
	}
}

// guarded calls handle and makes an error of a panic.
func guarded(handle func(request) (any, []byte, error), q request) (ok any, payload []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = refuse(protocol.InvalidFile, "the reader broke on this file: %v", p)
		}
	}()
	return handle(q)
}

func (d *dialogue) next() (request, error) {
	f, err := d.in.Next()
	if err != nil {
		return request{}, err
	}
	var q request
	if err := json.Unmarshal(f.Line, &q); err != nil {
		return request{}, fmt.Errorf("read request: %w", err)
	}
	q.payload = f.Payload
	return q, nil
}

// reply sends ok and payload, or failure when it is not nil.
func (d *dialogue) reply(ok any, payload []byte, failure error) error {
	var body struct {
		OK      any             `json:"ok,omitempty"`
		Error   *protocol.Error `json:"error,omitempty"`
		Payload *int            `json:"payload,omitempty"`
	}
	if failure != nil {
		body.Error, payload = problem(failure), nil
	} else if body.OK = ok; ok == nil {
		body.OK = struct{}{}
	}
	if payload != nil {
		n := len(payload)
		body.Payload = &n
	}
	line, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode reply: %w", err)
	}
	return d.out.Write(protocol.Frame{Line: line, Payload: payload})
}

// refuse returns an error that the home sees with its code.
func refuse(code protocol.Code, format string, args ...any) error {
	return &protocol.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// problem classifies err: what a parser says of a file is the file's fault.
func problem(err error) *protocol.Error {
	if p, ok := errors.AsType[*protocol.Error](err); ok {
		return p
	}
	text := err.Error()
	return &protocol.Error{Code: protocol.InvalidFile, Message: text[:min(len(text), 500)]}
}

// A remote reads the file that the home holds, range by range. It keeps the
// blocks read last. It is not for concurrent use.
type remote struct {
	d      *dialogue
	size   int64
	blocks []block // the one used last comes last
	budget int64   // bytes that may still be asked for; negative: no bound
}

type block struct {
	offset int64
	data   []byte
}

func newRemote(d *dialogue, size int64) *remote { return &remote{d: d, size: size, budget: -1} }

// ReadAt implements io.ReaderAt. It returns errGone, and code limit when the
// budget is spent.
func (r *remote) ReadAt(p []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, errors.New("read before the start of the file")
	}
	for n < len(p) {
		if offset >= r.size {
			return n, io.EOF
		}
		b, err := r.block(offset - offset%blockSize)
		if err != nil {
			return n, err
		}
		m := copy(p[n:], b[offset%blockSize:])
		n, offset = n+m, offset+int64(m)
	}
	return n, nil
}

// block returns the block at offset, a multiple of blockSize.
func (r *remote) block(offset int64) ([]byte, error) {
	for i, b := range r.blocks {
		if b.offset == offset {
			r.blocks = append(append(r.blocks[:i:i], r.blocks[i+1:]...), b)
			return b.data, nil
		}
	}
	data, err := r.fetch(offset, min(blockSize, r.size-offset))
	if err != nil {
		return nil, err
	}
	if len(r.blocks) >= blocksKept {
		r.blocks = append([]block(nil), r.blocks[1:]...)
	}
	r.blocks = append(r.blocks, block{offset, data})
	return data, nil
}

// fetch asks the home for length bytes at offset.
func (r *remote) fetch(offset, length int64) ([]byte, error) {
	if r.budget >= 0 {
		if r.budget < length {
			return nil, refuse(protocol.Limit, "the archive's directory is too large")
		}
		r.budget -= length
	}
	want := map[string]any{"want": map[string]int64{"offset": offset, "length": length}}
	if err := r.d.reply(want, nil, nil); err != nil {
		return nil, errors.Join(errGone, err)
	}
	q, err := r.d.next()
	if err != nil {
		return nil, errors.Join(errGone, err)
	}
	if q.Op != "bytes" || int64(len(q.payload)) != length {
		return nil, fmt.Errorf("%w: asked for %d bytes, got %q of %d", errGone, length, q.Op, len(q.payload))
	}
	return q.payload, nil
}
