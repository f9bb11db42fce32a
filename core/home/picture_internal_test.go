package home

import (
	"context"
	"errors"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
)

// TestPictures_end_with_the_home holds that locking waits for no page, and that
// nothing is drawn afterwards.
func TestPictures_end_with_the_home(t *testing.T) {
	t.Parallel()
	p := newPictures(extract.New(sandboxtest.Box(t), nil))
	drawing, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- p.use(t.Context(), func(ctx context.Context, _ *extract.Session) error {
			close(drawing)
			<-ctx.Done()
			return context.Cause(ctx)
		})
	}()
	<-drawing
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := p.use(gone, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("who left while another draws: %v", err)
	}
	p.rest() // disturbs nobody
	p.close()
	if err := <-ended; core.CodeOf(err) != core.Locked {
		t.Errorf("who draws: %v", err)
	}
	if err := p.use(t.Context(), nil); core.CodeOf(err) != core.Locked {
		t.Errorf("who comes later: %v", err)
	}
	if p.session != nil {
		t.Error("its helpers live on")
	}
}

func TestPictures_rest_and_go_on(t *testing.T) {
	t.Parallel()
	p := newPictures(extract.New(sandboxtest.Box(t), nil))
	defer p.close()
	var first, second *extract.Session
	keep := func(to **extract.Session) func(context.Context, *extract.Session) error {
		return func(_ context.Context, s *extract.Session) error { *to = s; return nil }
	}
	if err := p.use(t.Context(), keep(&first)); err != nil {
		t.Fatal(err)
	}
	if err := p.use(t.Context(), keep(&second)); err != nil || second != first {
		t.Errorf("the next has another session: %v", err)
	}
	p.rest()
	if err := p.use(t.Context(), keep(&second)); err != nil || second == first {
		t.Errorf("no rest: %v", err)
	}
}
