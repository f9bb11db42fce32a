package home_test

import (
	"context"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/examples/packs"
)

// feeding is a home whose clock a test moves, before a publisher of packs.
type feeding struct {
	*home.Home
	ahead     atomic.Int64 // of the time
	publisher *packs.Publisher
	at        string
}

func newFeeding(t *testing.T) *feeding {
	t.Helper()
	publisher, err := packs.NewPublisher()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(publisher)
	t.Cleanup(server.Close)
	f := &feeding{publisher: publisher, at: server.URL}
	c := config(t.TempDir(), &log{})
	c.Clock = func() time.Time { return time.Now().Add(time.Duration(f.ahead.Load())) }
	if f.Home, err = home.Open(t.Context(), c, shared(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := f.SetUp(t.Context(), password); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *feeding) follow(t *testing.T, r *web.Rooms, name string) pack.Held {
	t.Helper()
	held, err := r.Fetcher.Follow(t.Context(), f.at+"/"+name+packs.Suffix)
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// wakeAt locks the home, lets time pass until at, and unlocks it: the scheduler
// looks at once.
func (f *feeding) wakeAt(t *testing.T, at time.Time) *web.Rooms {
	t.Helper()
	f.Lock()
	f.ahead.Store(int64(time.Until(at)))
	if err := f.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	return rooms(t, f.Home)
}

func next(t *testing.T, r *web.Rooms, id string) time.Time {
	t.Helper()
	at, err := r.NextFetch(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestFeeds_fall_in_the_rhythm_at_times_of_their_own(t *testing.T) {
	t.Parallel()
	f := newFeeding(t)
	r := rooms(t, f.Home)
	seen := map[time.Time]bool{}
	for range 2 {
		for _, name := range packs.Names() {
			last := f.follow(t, r, name).Feed.Last
			at := next(t, r, name)
			if after := at.Sub(last); after < pack.Rhythm/2 || after > pack.Rhythm*3/2+24*time.Hour {
				t.Errorf("%s is fetched again after %v", name, after)
			}
			seen[at] = true
		}
	}
	if len(seen) != 6 {
		t.Errorf("six fetches fall on %d times", len(seen))
	}
	if err := r.Packs.SetPaused(t.Context(), packs.Names()[0], true); err != nil {
		t.Fatal(err)
	}
	if at := next(t, r, packs.Names()[0]); !at.IsZero() {
		t.Errorf("paused, and fetched at %v", at)
	}
}

func TestFeeds_are_fetched_when_due_and_nothing_else_is(t *testing.T) {
	t.Parallel()
	f := newFeeding(t)
	r := rooms(t, f.Home)
	names := packs.Names()
	followed, paused, file := names[0], names[1], names[2]
	f.follow(t, r, followed)
	f.follow(t, r, paused)
	if err := r.Packs.SetPaused(t.Context(), paused, true); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Packs.Add(t.Context(), must(packs.Seal(file, packs.Version, packs.Date, 0))); err != nil {
		t.Fatal(err)
	}
	before := len(f.publisher.Visits())
	r = f.wakeAt(t, next(t, r, followed).Add(-time.Hour))
	due := next(t, r, followed)
	r = f.wakeAt(t, due.Add(time.Minute))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		changed := r.Vault.Watch()
		if at := next(t, r, followed); !at.Equal(due) {
			break
		}
		select {
		case <-changed:
		case <-time.After(100 * time.Millisecond): // what changes no record is not watched
		case <-ctx.Done():
			t.Fatal("it was not fetched")
		}
	}
	visits := f.publisher.Visits()
	if len(visits) != before+1 || visits[before].Target != "/"+followed+packs.Suffix {
		t.Errorf("asked for %+v", visits[before:])
	}
	f.Lock()
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
