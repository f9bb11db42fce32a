// Package extract opens the formats that are heavy or hostile: the text and the
// embedded files of PDFs, the files of archives and parts of HTML pages for
// connectors, pictures of PDFs and images for the person. Each is read in a confined helper, which asks for the ranges of
// the file that it needs and is killed at its limits: what it answers is checked
// here, and a file that breaks it costs that file only.
//
// Codes are the same everywhere: [protocol.InvalidFile] for a file that is none
// of its format, is damaged, locked, or broke its reader; [protocol.Limit] for
// one beyond the bounds of this package or of the helper (processor, memory,
// time); [core.Invalid] for a request that makes no sense; [protocol.Internal]
// and [protocol.Unavailable] when a helper cannot be had; and the errors of the
// context and of the file's reader as they are.
package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Limits of a helper and of one use of it.
const (
	maxCPU   = time.Minute      // processor time of a helper, all files together
	maxCall  = time.Minute      // for one answer
	maxUse   = 5 * time.Minute  // for one file, waiting for a place included
	retireAt = 20 * time.Second // after so much work a helper is replaced, so that no file pays for others
)

// An Extractor opens sessions. It may be used from several goroutines.
type Extractor struct {
	box    *sandbox.Box
	helper sandbox.HelperOptions
}

// New returns an Extractor whose helpers run in box. The compiled code of the
// PDF reader is kept in cache; with a nil cache it is compiled once a process.
func New(box *sandbox.Box, cache *sandbox.Cache) *Extractor {
	return &Extractor{box, sandbox.HelperOptions{Cache: cache, Call: maxCall, CPU: maxCPU}}
}

// Session returns a Session without any helper yet.
func (x *Extractor) Session() *Session {
	return &Session{x: x, tools: map[string]*tool{
		sandbox.HelperPDF: {}, sandbox.HelperImage: {}, sandbox.HelperArchive: {}, sandbox.HelperSelect: {},
	}}
}

// A Session serves one run: it starts at most one helper of each kind, when it
// is first needed, and must be closed. Its methods may be called from several
// goroutines; files of one kind are read one after the other.
type Session struct {
	x     *Extractor
	tools map[string]*tool
}

// A tool is the helper of one kind.
type tool struct {
	mu     sync.Mutex
	helper *sandbox.Helper // nil until needed and after it broke
	worked time.Duration
	closed bool
}

// Close ends the helpers. The session cannot be used any more. It returns nil.
func (s *Session) Close() error {
	for _, t := range s.tools {
		t.mu.Lock()
		t.closed = true
		t.drop()
		t.mu.Unlock()
	}
	return nil
}

// drop ends the helper, so that the next use starts another.
func (t *tool) drop() {
	if t.helper != nil {
		_ = t.helper.Close() // it returns nil
	}
	t.helper, t.worked = nil, 0
}

// use hands do a helper of kind that reads file. A helper that breaks, or whose
// answers do, is dropped.
func (s *Session) use(ctx context.Context, kind string, file io.ReaderAt, size int64, do func(*talk) error) error {
	op := "extract " + kind
	if size < 0 {
		return core.E(core.Invalid, op, fmt.Errorf("a file of %d bytes", size))
	}
	t := s.tools[kind]
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return core.E(core.Invalid, op, errors.New("the session is closed"))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxUse, core.E(protocol.Limit, op, fmt.Errorf("took longer than %v", maxUse)))
	defer cancel()
	if err := t.ready(ctx, s.x, kind); err != nil {
		return err
	}
	k := newTalk(ctx, op, t.helper, file, size)
	err := do(k)
	if t.worked += k.worked; k.broken || t.worked > retireAt {
		t.drop()
	}
	return err
}

// ready starts a helper unless there is one. It outlives the call that needed
// it first, but not the session.
func (t *tool) ready(ctx context.Context, x *Extractor, kind string) error {
	if t.helper != nil {
		return nil
	}
	life, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { end(context.Cause(ctx)) })
	defer stop()
	helper, err := x.box.Helper(life, kind, x.helper)
	if err != nil {
		end(err)
		return err
	}
	t.helper = helper
	return nil
}
