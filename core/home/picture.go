package home

import (
	"context"
	"fmt"
	"image"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	maxPicture  = time.Minute      // for one page, waiting for the others included
	pictureRest = 30 * time.Second // without a picture, and its helpers end
)

// pictures draws the pages of stored files, one at a time, so that what it holds
// in memory is bounded by one. It keeps nothing of what it drew. It implements
// [web.Pictures].
type pictures struct {
	extract *extract.Extractor
	place   chan struct{}    // holds one token while somebody draws: it guards the session
	session *extract.Session // nil at rest

	mu     sync.Mutex // held briefly
	idle   *time.Timer
	stop   context.CancelCauseFunc // of who draws
	closed bool
}

func newPictures(x *extract.Extractor) *pictures {
	return &pictures{extract: x, place: make(chan struct{}, 1)}
}

// Measure implements [web.Pictures].
func (p *pictures) Measure(ctx context.Context, f *vault.File, page int) (sheet extract.Sheet, err error) {
	err = p.use(ctx, func(ctx context.Context, s *extract.Session) (err error) {
		sheet, err = s.Measure(ctx, f, f.Info().Size, page)
		return err
	})
	return sheet, err
}

// Draw implements [web.Pictures].
func (p *pictures) Draw(ctx context.Context, f *vault.File, page int) (picture *image.RGBA, err error) {
	err = p.use(ctx, func(ctx context.Context, s *extract.Session) (err error) {
		picture, err = s.Draw(ctx, f, f.Info().Size, page)
		return err
	})
	return picture, err
}

// use hands do a session, once nobody else has it.
func (p *pictures) use(ctx context.Context, do func(context.Context, *extract.Session) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxPicture, core.E(protocol.Limit, "draw", fmt.Errorf("took longer than %v", maxPicture)))
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	select {
	case p.place <- struct{}{}:
		defer func() { <-p.place }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	s, err := p.wake(stop)
	if err != nil {
		return err
	}
	defer p.doze()
	return do(ctx, s)
}

// wake returns the session, a new one after a rest; stop ends what is drawn.
func (p *pictures) wake(stop context.CancelCauseFunc) (*extract.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed()
	}
	p.stop = stop
	if p.idle != nil {
		p.idle.Stop()
	}
	if p.session == nil {
		p.session = p.extract.Session()
	}
	return p.session, nil
}

// doze lets the session rest in a while.
func (p *pictures) doze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.idle = time.AfterFunc(pictureRest, p.rest)
	}
}

// rest ends the helpers, unless somebody draws.
func (p *pictures) rest() {
	select {
	case p.place <- struct{}{}:
		defer func() { <-p.place }()
	default:
		return
	}
	p.drop()
}

func (p *pictures) drop() {
	if p.session != nil {
		_ = p.session.Close() // it returns nil
	}
	p.session = nil
}

// close ends who draws, and the helpers. Nothing is drawn afterwards.
func (p *pictures) close() {
	p.mu.Lock()
	p.closed = true
	if p.idle != nil {
		p.idle.Stop()
	}
	if p.stop != nil {
		p.stop(errClosed())
	}
	p.mu.Unlock()
	p.place <- struct{}{}
	defer func() { <-p.place }()
	p.drop()
}

func errClosed() error { return core.E(core.Locked, "draw", nil) }
