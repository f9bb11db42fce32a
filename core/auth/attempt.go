package auth

import (
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of guessing.
const (
	freeAttempts    = 3                // of one address, without delay
	freeAll         = 20               // of all addresses together
	firstDelay      = time.Second      // doubles with each failure
	maxDelay        = 15 * time.Minute // of one address
	maxDelayAll     = 30 * time.Second // of all: a crowd must not shut the owner out
	forgetAfter     = 24 * time.Hour   // without an attempt
	maxAddresses    = 4096
	maxKnown        = 64
	privatePrefixV6 = 64 // bits that one customer usually holds
)

// Attempts slows down guessing of the password: each failure of an address
// doubles its wait, and many failures from anywhere make strangers wait. An
// address that signed in before is not held back by others. It lives in memory
// and is safe for concurrent use. Make one with [NewAttempts].
type Attempts struct {
	now  core.Clock
	mu   sync.Mutex
	from map[netip.Addr]failures
	all  failures
	good map[netip.Addr]time.Time // last sign-in
}

type failures struct {
	count int
	last  time.Time
}

// NewAttempts returns Attempts without any failure.
func NewAttempts(now core.Clock) *Attempts {
	return &Attempts{now: now, from: map[netip.Addr]failures{}, good: map[netip.Addr]time.Time{}}
}

// Apart returns Attempts at another secret, by the same clock.
func (a *Attempts) Apart() *Attempts { return NewAttempts(a.now) }

// Begin asks to try a password from an address; the zero Addr stands for the
// home's own socket. The attempt counts as a failure until Succeeded is called,
// so attempts made at once do not slip past. It returns rate_limited, with
// the seconds to wait as Args["seconds"].
func (a *Attempts) Begin(addr netip.Addr) (*Attempt, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, addr := a.now(), holder(addr)
	a.forget(now)
	wait := a.from[addr].wait(now, freeAttempts, maxDelay)
	if _, known := a.good[addr]; !known {
		wait = max(wait, a.all.wait(now, freeAll, maxDelayAll))
	}
	if wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		return nil, &core.Error{Code: protocol.RateLimited, Op: "sign in", Args: map[string]string{"seconds": strconv.Itoa(seconds)}}
	}
	f := a.from[addr]
	a.from[addr] = failures{f.count + 1, now}
	a.all = failures{a.all.count + 1, now}
	return &Attempt{a, addr}, nil
}

// wait is how long the next attempt has to wait at now.
func (f failures) wait(now time.Time, free int, most time.Duration) time.Duration {
	if f.count < free {
		return 0
	}
	delay := most
	if n := f.count - free; n < 20 {
		delay = min(most, firstDelay<<n)
	}
	return f.last.Add(delay).Sub(now)
}

// forget drops what is old, and the oldest addresses when there are too many.
func (a *Attempts) forget(now time.Time) {
	if now.Sub(a.all.last) > forgetAfter || now.Before(a.all.last) {
		a.all = failures{}
	}
	var oldest netip.Addr
	at := now
	for addr, f := range a.from {
		if now.Sub(f.last) > forgetAfter || now.Before(f.last) {
			delete(a.from, addr)
		} else if !f.last.After(at) {
			oldest, at = addr, f.last
		}
	}
	if len(a.from) >= maxAddresses {
		delete(a.from, oldest)
	}
}

// An Attempt is one try at the password.
type Attempt struct {
	of   *Attempts
	addr netip.Addr
}

// Succeeded says that the password was right: the failures of its address are
// forgiven.
func (t *Attempt) Succeeded() {
	a := t.of
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all.count = max(0, a.all.count-a.from[t.addr].count)
	delete(a.from, t.addr)
	if _, known := a.good[t.addr]; !known && len(a.good) >= maxKnown {
		oldest := t.addr
		for addr, at := range a.good {
			if oldest == t.addr || at.Before(a.good[oldest]) {
				oldest = addr
			}
		}
		delete(a.good, oldest)
	}
	a.good[t.addr] = a.now()
}

// holder is the address that stands for all those of one customer: an IPv6
// network, or an IPv4 address however it is written.
func holder(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, privatePrefixV6).Masked().Addr()
	}
	return addr
}
