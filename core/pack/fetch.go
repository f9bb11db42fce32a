package pack

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	maxFile   = MaxContent + signed.MaxHeader // bytes of a pack with its header
	fetchTime = time.Minute                   // from the first packet to the last
)

// A FetcherConfig holds what a Fetcher works with. Every member is required but
// the last two.
type FetcherConfig struct {
	Shelf *Shelf
	Own   func() []netip.AddrPort // the home's listeners, never reached

	Resolver *net.Resolver  // nil: the system's
	Roots    *x509.CertPool // nil: the system's
}

// A Fetcher fetches packs from the addresses that the person gave: whole, one
// request each, without cookies, without what was known before, and without
// following where the answer points. It fetches nothing by itself. It is safe for
// concurrent use. Close it before the vault is locked.
type Fetcher struct {
	FetcherConfig
	ctx    context.Context // ends with Close
	cancel context.CancelCauseFunc

	mu     sync.Mutex // held for one fetch at a time
	closed bool
}

// NewFetcher returns the fetcher of a home.
func NewFetcher(c FetcherConfig) *Fetcher {
	f := &Fetcher{FetcherConfig: c}
	f.ctx, f.cancel = context.WithCancelCause(context.Background())
	return f
}

// Close cuts off what is being fetched, and waits until that is noted.
func (f *Fetcher) Close() {
	f.cancel(core.E(core.Locked, "close fetcher", nil))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
}

// Follow fetches the pack at an address and has it fetched from there from then
// on, in the place of where it was fetched from before. When that fails nothing
// is kept but the ledger's line. Codes: invalid for what is no address of a pack,
// those of [Shelf.Add], those of fetch.Client.Do, not_found when there is nothing
// at that address.
func (f *Fetcher) Follow(ctx context.Context, address string) (Held, error) {
	at, err := readPlace(address)
	if err != nil {
		return Held{}, err
	}
	return f.fetch(ctx, at, "")
}

// Fetch fetches a pack that is followed. When that fails the pack stays as it is
// and its Feed says why. Its codes are those of Follow, and not_found for a pack
// that is not followed.
func (f *Fetcher) Fetch(ctx context.Context, id string) (Held, error) {
	var at place
	err := f.Shelf.vault.View(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		held, err := followed(own, id)
		if err == nil {
			at, err = readPlace(held.Feed.URL)
		}
		return err
	})
	if err != nil {
		return Held{}, err
	}
	return f.fetch(ctx, at, id)
}

// fetch fetches a pack, that of an id unless it is "". Who asked may leave: what
// left the home is noted.
func (f *Fetcher) fetch(ctx context.Context, at place, id string) (Held, error) {
	ctx = context.WithoutCancel(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.ctx.Err() != nil {
		return Held{}, context.Cause(f.ctx)
	}
	got := delivery{place: at, id: id}
	got.file, got.hops, got.err = f.get(at)
	if got.err == nil {
		got.pack, got.err = f.Shelf.open(ctx, got.file)
	}
	if got.err == nil && id != "" && got.pack.ID != id {
		got.err = refusal(core.Conflict, WhyOther, fmt.Errorf("the address gives %s", got.pack.ID))
	}
	return f.Shelf.settle(ctx, got)
}

// get makes the one request. It is the same from every home: no cookie is kept,
// no answer remembered, and the connection is made for it alone.
func (f *Fetcher) get(at place) (file []byte, hops []fetch.Hop, err error) {
	policy := at.policy()
	policy.Own, policy.Limits = f.Own, fetch.Limits{Requests: 1, Response: maxFile, Run: maxFile, Redirects: 1, Time: fetchTime}
	var mu sync.Mutex
	client, err := fetch.New(policy, fetch.Options{Clock: f.Shelf.now, Resolver: f.Resolver, Roots: f.Roots, Audit: func(h fetch.Hop) {
		mu.Lock()
		defer mu.Unlock()
		hops = append(hops, h)
	}})
	if err != nil {
		return nil, nil, err
	}
	defer client.Close()
	follow := false
	resp, err := client.Do(f.ctx, protocol.HTTPRequest{Method: http.MethodGet, URL: at.url, Follow: &follow}, nil)
	if err == nil {
		file, err = read(resp)
	}
	mu.Lock()
	defer mu.Unlock()
	return file, hops, err
}

// read returns the body of an answer that has a pack.
func read(resp *fetch.Response) (file []byte, err error) {
	if err = isOK(resp.Status); err == nil {
		file, err = io.ReadAll(resp.Body)
	}
	return file, errors.Join(err, resp.Body.Close())
}

// Why an address gives no pack.
const (
	WhyAddress = "address" // it is none of a pack
	WhyMoved   = "moved"   // it leads elsewhere: the person may allow that
	WhyAnswer  = "answer"  // it answers with an error
)

func isOK(status int) error {
	code, why := protocol.Unavailable, WhyAnswer
	switch {
	case status == http.StatusOK:
		return nil
	case status >= 300 && status < 400:
		code, why = protocol.Blocked, WhyMoved
	case status == http.StatusNotFound || status == http.StatusGone:
		code = core.NotFound
	case status == http.StatusTooManyRequests:
		code = protocol.RateLimited
	}
	return refusal(code, why, fmt.Errorf("the answer was %d", status))
}

// A delivery is what came of one request.
type delivery struct {
	place
	id   string // of the pack that was to come; "" for any
	file []byte
	pack Pack // when err is nil
	hops []fetch.Hop
	err  error
}

// settle keeps what was fetched, or why it was not, with its line of the ledger.
func (s *Shelf) settle(ctx context.Context, d delivery) (held Held, err error) {
	err = s.vault.Update(ctx, func(tx *vault.Tx) (err error) {
		if held, err = s.take(tx, &d); err != nil {
			return err
		}
		return s.ledger.Add(tx, d.entry())
	})
	return held, errors.Join(err, d.err)
}

// take keeps what was fetched, or notes why it was not: in d, and in the feed
// unless the home was being locked. What the person took away meanwhile does not
// come back.
func (s *Shelf) take(tx *vault.Tx, d *delivery) (now Held, err error) {
	own, err := tx.Space(core.Own)
	if err != nil {
		return Held{}, err
	}
	feed := Feed{URL: d.url, Since: s.now().UTC()}
	if d.id != "" {
		now, err = followed(own, d.id)
		if core.CodeOf(err) == core.NotFound || err == nil && now.Feed.URL != d.url {
			d.err = core.E(core.NotFound, "keep pack", errors.New("it was taken away meanwhile"))
			return Held{}, nil
		}
		if err != nil {
			return Held{}, err
		}
		feed = *now.Feed
	}
	if d.err == nil {
		if now, d.err = s.admit(tx, d.pack); core.CodeOf(d.err) == core.Damaged {
			return Held{}, d.err
		}
	}
	switch {
	case d.err == nil:
		if now, err = s.keep(tx, d.pack, now, d.file); err != nil {
			return Held{}, err
		}
		d.id = now.ID
	case d.id == "" || core.CodeOf(d.err) == core.Locked:
		return Held{}, nil
	}
	now.Feed = feed.tried(s.now().UTC(), d.err)
	return now, putHeld(own, now)
}

// entry is the ledger's line of a fetch.
func (d delivery) entry() ledger.Entry {
	e := ledger.Entry{Kind: ledger.PackFetched, What: d.id, Outcome: string(core.CodeOf(d.err))}
	if d.err == nil {
		e.Module, e.Outcome = d.pack.SHA256, "succeeded"
	}
	for _, h := range d.hops {
		host := ledger.Host{Name: ledger.Clip(h.Host), Requests: 1, Sent: h.Sent, Received: h.Received}
		if h.Denied != "" {
			host.Requests, host.Denied = 0, 1
		}
		e.Egress = append(e.Egress, host)
	}
	return e
}

// whyOf returns what an error says more closely than its code.
func whyOf(err error) string {
	if e, ok := errors.AsType[*core.Error](err); ok {
		return e.Args[signed.Why]
	}
	return ""
}
