package connect

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/domicile-home/domicile/core"
)

// A person presses "run now" as soon as the page shows that a run has ended,
// which is before its last row is written.
func TestEnter_waits_for_a_run_that_is_shown_as_ended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, id, going := &Connect{active: map[core.SourceID]*active{}}, core.NewSourceID(), newActive(func(error) {})
		if err := c.enter(t.Context(), id, going); err != nil {
			t.Fatal(err)
		}
		going.update(func(r *Run) { r.State = Committing })
		if err := c.enter(t.Context(), id, newActive(nil)); core.CodeOf(err) != core.Conflict {
			t.Errorf("beside a run that goes on: got %v, want conflict", err)
		}
		going.update(func(r *Run) { r.State = Failed })
		hurried, cancel := context.WithCancel(t.Context())
		entered, left := make(chan error, 1), make(chan error, 1)
		go func() { entered <- c.enter(t.Context(), id, newActive(nil)) }()
		go func() { left <- c.enter(hurried, id, newActive(nil)) }()
		synctest.Wait()
		if len(entered)+len(left) > 0 {
			t.Fatal("entered while the source is busy")
		}
		cancel()
		if err := <-left; err != context.Canceled {
			t.Errorf("given up: got %v", err)
		}
		c.leave(id, going)
		if err := <-entered; err != nil {
			t.Errorf("once it has left: %v", err)
		}
	})
}
