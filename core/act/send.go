package act

import (
	"context"
	"errors"
	"io"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	sendTime  = time.Minute // from the first packet to the end of the answer
	unbounded = 1 << 40     // of an answer, whose beginning is all that is read
)

// send makes the one request and keeps what came of it.
func (a *Acts) send(ctx context.Context, r Receipt) {
	r = a.deliver(ctx, r)
	r.Ended = a.Clock().UTC().Round(0)
	err := a.Vault.Update(context.WithoutCancel(ctx), func(tx *vault.Tx) error {
		now, err := a.read(tx, r.ID) // what took it back meanwhile stays
		if err != nil {
			return err
		}
		r.Withdrawals = now.Withdrawals
		if err := write(tx, r); err != nil {
			return err
		}
		e := r.entry(r.kind(), "")
		e.Outcome, e.Egress = r.outcome(), egress(r.Hops)
		return a.Ledger.Add(tx, e)
	})
	if err != nil { // it stays signed: sent or not, unknown
		a.Log.Error("keep what came of an act", "receipt", r.ID.String(), "error", err)
	}
}

func (r Receipt) kind() ledger.Kind {
	switch {
	case r.State == Failed:
		return ledger.ActFailed
	case r.Withdraws != (ID{}):
		return ledger.ActWithdrawn
	}
	return ledger.ActSent
}

// outcome is the status of the answer, or the code of why there is none.
func (r Receipt) outcome() string {
	if r.Answer != nil {
		return strconv.Itoa(r.Answer.Status)
	}
	return string(r.Code)
}

// deliver makes the request. Whatever happens after there was a connection
// counts as sent.
func (a *Acts) deliver(ctx context.Context, r Receipt) Receipt {
	var left atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { left.Store(true) }})
	answer, hops, err := a.exchange(ctx, r)
	r.Hops, r.Answer = hops, answer
	switch {
	case answer != nil:
		r.State = Answered
	case left.Load():
		r.State, r.Code = Silent, core.CodeOf(err)
		for i := range r.Hops { // of a request without an answer nobody knows how much arrived
			r.Hops[i].Sent = int64(len(r.Body))
		}
	default:
		r.State, r.Code = Failed, core.CodeOf(err)
	}
	return r
}

// exchange sends the body and reads the answer. A redirect is an answer.
func (a *Acts) exchange(ctx context.Context, r Receipt) (answer *Answer, hops []fetch.Hop, err error) {
	var mu sync.Mutex
	policy, err := a.policy(r.Act)
	if err != nil {
		return nil, nil, err
	}
	client, err := fetch.New(policy, fetch.Options{Clock: a.Clock, Resolver: a.Resolver, Roots: a.Roots, Audit: func(h fetch.Hop) {
		mu.Lock()
		defer mu.Unlock()
		hops = append(hops, h)
	}})
	if err != nil {
		return nil, nil, err
	}
	defer client.Close()
	follow := false
	resp, err := client.Do(ctx, protocol.HTTPRequest{Method: "POST", URL: r.Act.Recipient.URL, Headers: map[string]string{"Content-Type": contentType(r.Act)}, Follow: &follow}, r.Body)
	if err == nil {
		answer = read(resp)
		err = resp.Body.Close() // the hop is told of by then
	}
	mu.Lock()
	defer mu.Unlock()
	if answer != nil {
		err = nil
	}
	return answer, hops, err
}

// policy lets an act reach its recipient and nobody else: its host by https, or
// the one address that the person allowed.
func (a *Acts) policy(act protocol.Act) (fetch.Policy, error) {
	p := fetch.Policy{Own: a.Own, Limits: fetch.Limits{Requests: 1, Response: unbounded, Run: unbounded, Redirects: 1, Time: sendTime}}
	u, err := url.Parse(act.Recipient.URL)
	if err != nil {
		return p, core.E(core.Invalid, "send act", errors.New("malformed address"))
	}
	if at, ok := addressOf(act); ok {
		p.Allowed = []netip.AddrPort{at}
	} else {
		p.Hosts = []string{u.Host}
	}
	return p, nil
}

func contentType(a protocol.Act) string {
	if a.MediaType == "text/plain" {
		return "text/plain; charset=utf-8"
	}
	return a.MediaType
}

// read keeps the beginning of an answer. One that breaks off is kept as far as
// it came.
func read(resp *fetch.Response) *Answer {
	answer := &Answer{Status: resp.Status, Header: map[string]string{}}
	for _, name := range answerHeaders() {
		if value := resp.Header.Get(name); value != "" {
			answer.Header[name] = ledger.Clip(value)
		}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	answer.IsCut = err != nil || len(body) > MaxAnswer
	answer.Body = body[:min(len(body), MaxAnswer)]
	return answer
}

// egress is what the ledger says of the hops.
func egress(hops []fetch.Hop) (all []ledger.Host) {
	for _, h := range hops {
		host := ledger.Host{Name: ledger.Clip(h.Host), Requests: 1, Sent: h.Sent, Received: h.Received}
		if h.Denied != "" {
			host.Requests, host.Denied = 0, 1
		}
		all = append(all, host)
	}
	return all
}
