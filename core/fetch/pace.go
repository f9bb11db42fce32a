package fetch

import (
	"context"
	"errors"
	"maps"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	burst        = 20             // requests to a host at once
	perSecond    = 5.0            // and then each second
	maxHold      = 24 * time.Hour // the longest Retry-After believed
	maxPaceHosts = 1024           // hosts remembered before the idle ones are dropped
	argRetry     = "retry_after"  // of a core.Error: seconds
)

// A Pace spaces the requests to each host and keeps away from hosts that asked
// for it with Retry-After. It may be shared by Clients and is safe for
// concurrent use.
type Pace struct {
	clock core.Clock
	mu    sync.Mutex
	hosts map[string]*bucket
}

// bucket is what Pace knows of one host.
type bucket struct {
	tokens float64 // at time at; below zero when requests wait
	at     time.Time
	until  time.Time // no request before
}

// NewPace returns a Pace by clock; nil is time.Now.
func NewPace(clock core.Clock) *Pace {
	if clock == nil {
		clock = time.Now
	}
	return &Pace{clock: clock, hosts: map[string]*bucket{}}
}

// wait returns when a request may go to host. It takes from the host's bucket
// when spaced. It returns rate_limited at once, with nothing taken, when the
// wait would outlast ctx.
func (p *Pace) wait(ctx context.Context, host string, spaced bool) error {
	longest := time.Duration(math.MaxInt64)
	if deadline, ok := ctx.Deadline(); ok {
		longest = time.Until(deadline)
	}
	d := p.take(host, spaced, longest)
	if d > longest {
		return rateLimited(d)
	}
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take returns how long to wait. It takes a token unless that is over longest.
func (p *Pace) take(host string, spaced bool, longest time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	b := p.bucket(host, now)
	d := b.until.Sub(now)
	if !spaced {
		return d
	}
	if b.tokens < 1 {
		d = max(d, time.Duration((1-b.tokens)/perSecond*float64(time.Second)))
	}
	if d <= longest {
		b.tokens--
	}
	return d
}

// bucket returns the bucket of host, filled up to now.
func (p *Pace) bucket(host string, now time.Time) *bucket {
	b := p.hosts[host]
	if b == nil {
		if len(p.hosts) >= maxPaceHosts {
			maps.DeleteFunc(p.hosts, func(_ string, b *bucket) bool { return b.isIdle(now) })
		}
		b = &bucket{tokens: burst, at: now}
		p.hosts[host] = b
	}
	if d := now.Sub(b.at); d > 0 {
		b.tokens, b.at = min(burst, b.tokens+d.Seconds()*perSecond), now
	}
	return b
}

// isIdle reports whether forgetting b changes nothing.
func (b *bucket) isIdle(now time.Time) bool {
	return !b.until.After(now) && b.tokens+now.Sub(b.at).Seconds()*perSecond >= burst
}

// hold keeps requests away from host for d.
func (p *Pace) hold(host string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	if until := now.Add(min(d, maxHold)); until.After(p.bucket(host, now).until) {
		p.hosts[host].until = until
	}
}

// pacing makes each request wait for its turn and believes Retry-After.
type pacing struct {
	next    http.RoundTripper
	pace    *Pace
	allowed []netip.AddrPort // are not spaced
}

// RoundTrip implements http.RoundTripper.
func (l pacing) RoundTrip(req *http.Request) (*http.Response, error) {
	s, err := siteOf(req.URL)
	if err != nil {
		return nil, core.E(core.Invalid, "pace", err)
	}
	spaced := !s.addr.IsValid() || !slices.ContainsFunc(l.allowed, same(s.addrPort()))
	if err := l.pace.wait(req.Context(), s.hostport(), spaced); err != nil {
		return nil, failure(req.Context(), err)
	}
	resp, err := l.next.RoundTrip(req)
	if err == nil && (resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable) {
		if d := readRetryAfter(resp.Header.Get("Retry-After"), l.pace.clock()); d > 0 {
			l.pace.hold(s.hostport(), d)
		}
	}
	return resp, err
}

// readRetryAfter reads seconds or a date (RFC 9110, section 10.2.3). What it
// cannot read is 0.
func readRetryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// rateLimited returns the error that asks to come back after d.
func rateLimited(d time.Duration) error {
	e := core.E(protocol.RateLimited, "wait for turn", errors.New("the provider asked for a pause"))
	e.Args = map[string]string{argRetry: strconv.FormatInt(int64(math.Ceil(d.Seconds())), 10)}
	return e
}

// RetryAfter returns how long to wait after an error of code rate_limited that
// this package returned, 0 when err does not say.
func RetryAfter(err error) time.Duration {
	e, ok := errors.AsType[*core.Error](err)
	if !ok || e.Code != protocol.RateLimited {
		return 0
	}
	n, err := strconv.Atoi(e.Args[argRetry])
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}
