package auth_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
)

func TestSetup_link_works_once(t *testing.T) {
	t.Parallel()
	setup, token := auth.NewSetup()
	_, other := auth.NewSetup()
	if len(string(token)) != 43 || token == other {
		t.Fatalf("token of %d characters", len(string(token)))
	}
	for _, wrong := range []core.Secret{"", other, token + "x", token[:42]} {
		if err := setup.Check(wrong); core.CodeOf(err) != core.Unauthenticated {
			t.Errorf("wrong token: %v", err)
		}
	}
	if err := setup.Check(token); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("disk full")
	if err := setup.Spend(token, func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	done, refused := 0, 0
	for range 50 {
		group.Go(func() {
			err := setup.Spend(token, func() error { done++; return nil })
			mu.Lock()
			defer mu.Unlock()
			if core.CodeOf(err) == core.Unauthenticated {
				refused++
			}
		})
	}
	group.Wait()
	if done != 1 || refused != 49 || core.CodeOf(setup.Check(token)) != core.Unauthenticated {
		t.Errorf("done %d times, refused %d times", done, refused)
	}
}
