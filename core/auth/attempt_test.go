package auth_test

import (
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// seconds is how long the home asks to wait; 0 when it lets the attempt be.
func seconds(t *testing.T, a *auth.Attempts, addr string) int {
	t.Helper()
	_, err := a.Begin(netip.MustParseAddr(addr))
	if err == nil {
		return 0
	}
	e, ok := err.(*core.Error)
	if !ok || e.Code != protocol.RateLimited {
		t.Fatalf("got %v", err)
	}
	n, err := strconv.Atoi(e.Args["seconds"])
	if err != nil || n < 1 {
		t.Fatalf("wait %q", e.Args["seconds"])
	}
	return n
}

func TestAttempts_of_one_address_wait_twice_as_long_after_each(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := auth.NewAttempts(time.Now)
		const addr = "192.0.2.1"
		for range 3 {
			if n := seconds(t, a, addr); n != 0 {
				t.Fatalf("waits %d s", n)
			}
		}
		for _, want := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
			got := seconds(t, a, addr)
			if got != want {
				t.Fatalf("waits %d s, want %d", got, want)
			}
			<-time.After(time.Duration(got)*time.Second - time.Millisecond)
			if seconds(t, a, addr) != 1 {
				t.Fatal("let in early")
			}
			<-time.After(time.Millisecond)
			if n := seconds(t, a, addr); n != 0 {
				t.Fatalf("then waits %d s", n)
			}
		}
		if n := seconds(t, a, "192.0.2.2"); n != 0 {
			t.Errorf("another address waits %d s", n)
		}
		<-time.After(25 * time.Hour)
		if n := seconds(t, a, addr); n != 0 {
			t.Errorf("a day later it waits %d s", n)
		}
	})
}

func TestAttempts_success_forgives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := auth.NewAttempts(time.Now)
		addr := netip.MustParseAddr("2001:db8::1")
		for range 10 {
			for range 2 {
				if _, err := a.Begin(addr); err != nil {
					t.Fatal(err)
				}
			}
			try, err := a.Begin(netip.MustParseAddr("2001:db8::ffff:1")) // the same customer
			if err != nil {
				t.Fatal(err)
			}
			try.Succeeded()
		}
	})
}

func TestAttempts_from_everywhere_slow_strangers_down_but_not_a_known_address(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := auth.NewAttempts(time.Now)
		owner := netip.MustParseAddr("198.51.100.7")
		try, err := a.Begin(owner)
		if err != nil {
			t.Fatal(err)
		}
		try.Succeeded()
		let := 0
		for n := range 10_000 {
			if _, err := a.Begin(netip.MustParseAddr(fmt.Sprintf("2001:db8:%x:%x::1", n/256, n%256))); err == nil {
				let++
			}
			<-time.After(10 * time.Millisecond)
		}
		if let < 20 || let > 35 {
			t.Errorf("%d of 10,000 attempts in 100 s were let in", let)
		}
		if n := seconds(t, a, "203.0.113.9"); n > 30 {
			t.Errorf("a stranger waits %d s", n)
		}
		if n := seconds(t, a, owner.String()); n != 0 {
			t.Errorf("the owner waits %d s", n)
		}
	})
}

func TestAttempts_made_at_once_do_not_slip_past(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a := auth.NewAttempts(func() time.Time { return now })
	var mu sync.Mutex
	var group sync.WaitGroup
	let := 0
	for range 200 {
		group.Go(func() {
			if _, err := a.Begin(netip.MustParseAddr("::ffff:192.0.2.1")); err == nil {
				mu.Lock()
				defer mu.Unlock()
				let++
			}
		})
	}
	group.Wait()
	if let != 3 {
		t.Errorf("%d let in", let)
	}
}
