package search_test

import (
	"sync"
	"testing"

	"github.com/domicile-home/domicile/core/search"
)

func TestIndex_is_searched_while_it_follows(t *testing.T) {
	t.Parallel()
	h, g := furnish(t, 9)
	h.config.Budget = 100_000
	h.reopen(t)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for worker := range uint64(4) {
		wg.Go(func() {
			asks := newGenerator(worker)
			for {
				select {
				case <-stop:
					return
				default:
				}
				q := search.ParseQuery(asks.question().text)
				q.IsExact = asks.IntN(2) == 0
				result, err := h.Search(t.Context(), q)
				if err != nil || result.IsPartial {
					t.Errorf("%+v, %v", result, err)
					return
				}
			}
		})
	}
	for range soak(15, 300) {
		for range 40 {
			g.step(h.journal)
		}
		h.follow(t)
	}
	close(stop)
	wg.Wait()
	g.compare(t, h, 20)
	if got, want := len(h.directories(t)), h.Stats().Partitions; got != want {
		t.Errorf("%d directories, want %d", got, want)
	}
}
