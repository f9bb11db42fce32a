package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// stub answers without a network, so that time can be a test's own.
type stub func(*http.Request) *http.Response

func (s stub) RoundTrip(r *http.Request) (*http.Response, error) { return s(r), nil }

func answer(status int, retryAfter string) stub {
	return func(r *http.Request) *http.Response {
		return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {retryAfter}}, Body: io.NopCloser(strings.NewReader("")), Request: r}
	}
}

// ask makes one request through l and returns how long it took.
func ask(t *testing.T, l pacing, url string) (time.Duration, error) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errSlow)
	defer cancel()
	r, err := newRequest(ctx, "GET", url, http.Header{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	resp, err := l.RoundTrip(r)
	if err == nil {
		err = resp.Body.Close()
	}
	return time.Since(start), err
}

func TestPace_spaces_requests_to_a_host(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := pacing{next: answer(200, ""), pace: NewPace(time.Now)}
		start := time.Now()
		for i := range 30 {
			d, err := ask(t, l, "https://bank.test/")
			if err != nil {
				t.Fatal(err)
			}
			if i < 20 && d != 0 || i >= 20 && d != 200*time.Millisecond {
				t.Errorf("request %d waited %v", i, d)
			}
		}
		if d, err := ask(t, l, "https://shop.test/"); d != 0 || err != nil {
			t.Errorf("another host waited %v, %v", d, err)
		}
		<-time.After(time.Until(start.Add(time.Hour))) // of the bubble: takes no time
		if d, err := ask(t, l, "https://bank.test/"); d != 0 || err != nil {
			t.Errorf("an hour later it waited %v, %v", d, err)
		}
	})
}

func TestPace_does_not_space_addresses_that_the_person_allowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := pacing{next: answer(200, ""), pace: NewPace(time.Now), allowed: []netip.AddrPort{netip.MustParseAddrPort("192.168.1.5:80")}}
		for range 100 {
			if d, err := ask(t, l, "http://192.168.1.5/"); d != 0 || err != nil {
				t.Fatalf("waited %v, %v", d, err)
			}
		}
	})
}

func TestPace_believes_Retry_After(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status int
		header string
		want   time.Duration
	}{
		{429, "30", 30 * time.Second}, {503, "30", 30 * time.Second}, {429, "0", 0}, {429, "", 0}, {429, "-1", 0}, {429, "soon", 0}, {429, "1e9", 0},
		{200, "30", 0}, {500, "30", 0},
		{429, "Sat, 01 Jan 2000 00:00:45 GMT", 45 * time.Second}, {429, "Fri, 31 Dec 1999 00:00:00 GMT", 0},
		{429, "60", time.Minute}, {429, "3600", time.Hour}, {429, "4294967295", 24 * time.Hour}, {429, "99999999999999999999", 0},
	} {
		synctest.Test(t, func(t *testing.T) { // starts at 2000-01-01
			for _, url := range []string{"https://bank.test/", "http://192.168.1.5/"} {
				pace := NewPace(time.Now)
				allowed := []netip.AddrPort{netip.MustParseAddrPort("192.168.1.5:80")}
				if strings.Contains(tc.header, "GMT") && url != "https://bank.test/" {
					continue // the clock went on
				}
				if _, err := ask(t, pacing{next: answer(tc.status, tc.header), pace: pace, allowed: allowed}, url); err != nil {
					t.Fatalf("the reply itself: %v", err)
				}
				d, err := ask(t, pacing{next: answer(200, ""), pace: pace, allowed: allowed}, url)
				if tc.want <= time.Minute {
					if d != tc.want || err != nil {
						t.Errorf("%s %d %q: waited %v, %v, want %v", url, tc.status, tc.header, d, err, tc.want)
					}
					continue
				}
				if core.CodeOf(err) != protocol.RateLimited || RetryAfter(err) != tc.want || d != 0 {
					t.Errorf("%s %d %q: waited %v, got %v for %v, want rate_limited for %v", url, tc.status, tc.header, d, err, RetryAfter(err), tc.want)
				}
				<-time.After(tc.want)
				if d, err := ask(t, pacing{next: answer(200, ""), pace: pace, allowed: allowed}, url); d != 0 || err != nil {
					t.Errorf("after the pause: waited %v, %v", d, err)
				}
			}
		})
	}
}

func TestPace_wait_ends_with_the_run(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pace := NewPace(time.Now)
		pace.hold("bank.test", 30*time.Second)
		stopped := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stopped) })
		r, err := newRequest(ctx, "GET", "https://bank.test/", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := (pacing{next: answer(200, ""), pace: pace}).RoundTrip(r); !errors.Is(err, stopped) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

func TestPace_is_fair_under_concurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := pacing{next: answer(200, ""), pace: NewPace(time.Now)}
		start := time.Now()
		for range 50 {
			go func() {
				if _, err := ask(t, l, "https://bank.test/"); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		<-time.After(5 * time.Second)
		synctest.Wait() // 20 at once and 30 in 6 s: five are still waiting
		<-time.After(time.Second)
		synctest.Wait()
		if d, err := ask(t, l, "https://bank.test/"); err != nil || time.Since(start) != 6*time.Second+200*time.Millisecond {
			t.Errorf("waited %v, %v, %v after the start", d, err, time.Since(start))
		}
	})
}

func TestPace_forgets_idle_hosts_only(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pace := NewPace(time.Now)
		pace.hold("held.test", time.Hour)
		for i := range 5 * maxPaceHosts {
			if err := pace.wait(t.Context(), fmt.Sprint("host", i, ".test"), true); err != nil {
				t.Fatal(err)
			}
			if i%maxPaceHosts == 0 {
				<-time.After(time.Minute)
			}
		}
		if n := len(pace.hosts); n > maxPaceHosts+1 {
			t.Errorf("remembers %d hosts", n)
		}
		if pace.take("held.test", true, time.Minute) <= time.Minute {
			t.Error("forgot the pause that a host asked for")
		}
	})
}
