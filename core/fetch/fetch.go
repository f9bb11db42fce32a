// Package fetch is the only way out of the home to the network. A [Client]
// serves one run of one source: it goes only to the hosts of the connector's
// manifest and to the addresses that the person allowed, fills secrets where
// the manifest says and nowhere else, keeps the cookies, and tells of every hop.
//
// Each rule is an http.RoundTripper in a file of its own, stacked in [New]:
// redirect > audit > count > rule > pace > fill > cookies > meter > wire. A redirect
// goes through all of them again, from the request as the program wrote it.
//
// Limits: scrubbing replies of secrets is best effort (see [scrubber]); a
// provider that wants to tell a program its password can. NAT64 addresses are
// refused, so a network with IPv6 only and DNS64 reaches no IPv4 provider.
package fetch

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Options are what a Client works with. Zero members have a safe meaning.
type Options struct {
	Jar      *Jar           // nil: a new one, forgotten with the Client
	Secrets  []Secret       // of the source
	Audit    func(Hop)      // told each hop when it ended, denied ones too; nil: nobody
	Pace     *Pace          // shared by the sources of a home; nil: of this Client alone
	Clock    core.Clock     // nil: time.Now
	Resolver *net.Resolver  // nil: the system's
	Roots    *x509.CertPool // nil: the system's
	Carry    Carry          // from the Client in which the run began
}

// A Client makes the HTTP requests of one run, meant one after the other; it is
// safe for concurrent use.
// Nothing of it is shared with another run but Options.Jar and Options.Pace:
// see [newWire].
type Client struct {
	limits Limits
	keep   *keep
	budget *budget
	hop    http.RoundTripper // one hop
	hops   http.RoundTripper // with redirects
	wire   *http.Transport
}

// New returns a Client for policy. It returns [core.Invalid] when the hosts
// break the rules of [CheckHosts] or a secret those of [CheckUse].
func New(policy Policy, o Options) (*Client, error) {
	patterns, err := parseHosts(policy.Hosts)
	if err != nil {
		return nil, err
	}
	o.fillDefaults()
	keep, err := newKeep(policy.Hosts, o.Secrets, o.Clock)
	if err != nil {
		return nil, err
	}
	limits := policy.Limits.withDefaults()
	budget := &budget{limits: limits}
	o.Carry.take(budget, keep)

	wire := newWire(newGuard(policy.Allowed, policy.Own), o.Resolver, o.Roots)
	var hop http.RoundTripper = meter{next: wire, budget: budget}
	hop = cookies{next: hop, jar: o.Jar, clock: o.Clock}
	hop = fill{next: hop, keep: keep}
	hop = pacing{next: hop, pace: o.Pace, allowed: policy.Allowed}
	hop = rule{next: hop, hosts: patterns, allowed: policy.Allowed}
	hop = count{next: hop, budget: budget}
	audit := &audit{next: hop, tell: o.Audit, clock: o.Clock, keep: keep, most: int64(limits.Requests) + 1}
	audit.told.Store(o.Carry.Requests)
	hop = audit
	hops := redirect{next: hop, keep: keep, most: limits.Redirects}
	return &Client{limits: limits, keep: keep, budget: budget, hop: hop, hops: hops, wire: wire}, nil
}

func (o *Options) fillDefaults() {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Jar == nil {
		o.Jar = new(Jar)
	}
	if o.Pace == nil {
		o.Pace = NewPace(o.Clock)
	}
	if o.Audit == nil {
		o.Audit = func(Hop) {}
	}
}

// Close ends the idle connections. The Client is not used afterwards.
func (c *Client) Close() { c.wire.CloseIdleConnections() }

// A Response is a reply, scrubbed of secrets. Any status is a reply.
type Response struct {
	Status int
	URL    string      // after redirects
	Header http.Header // without cookies and what belongs to the connection
	Body   io.ReadCloser
}

var errSlow = errors.New("the provider took too long")

// Do makes the request that a program asked for, whose body is body (nil for
// none), and follows its redirects unless told otherwise. The caller reads and
// closes Response.Body; its Read returns the codes below too. A cancelled ctx
// gives its own cause, without code.
//
// It returns [core.Invalid] for a malformed request, [protocol.Blocked] for what
// the program may not have, [protocol.Limit] beyond a limit of the run,
// [protocol.RateLimited] when the provider asked for a longer wait than a request
// may last ([RetryAfter] says how long) and [protocol.Unavailable] when the
// provider cannot be reached, is too slow or cuts its reply.
func (c *Client) Do(ctx context.Context, r protocol.HTTPRequest, body []byte) (*Response, error) {
	c.keep.forgetCodes()
	ctx, cancel := context.WithTimeoutCause(ctx, c.limits.Time, errSlow)
	req, err := c.request(ctx, r, body)
	if err != nil {
		cancel()
		return nil, err
	}
	via := c.hops
	if r.Follow != nil && !*r.Follow {
		via = c.hop
	}
	resp, err := via.RoundTrip(req)
	if err != nil {
		cancel()
		return nil, failure(ctx, err)
	}
	return c.response(resp, c.limits.body(r.Sink), cancel)
}

// request checks what the program wrote. Placeholders are still in it.
func (c *Client) request(ctx context.Context, r protocol.HTTPRequest, body []byte) (*http.Request, error) {
	const op = "check request"
	u, err := parseURL(r.URL)
	if err != nil {
		return nil, core.E(core.Invalid, op, err)
	}
	method, err := checkMethod(r.Method, len(body) > 0)
	if err != nil {
		return nil, core.E(core.Invalid, op, err)
	}
	if int64(len(body)) > c.limits.Request {
		return nil, core.E(protocol.Limit, op, fmt.Errorf("body over %d bytes", c.limits.Request))
	}
	header, err := checkHeaders(r.Headers)
	if err != nil {
		return nil, err
	}
	return newRequest(ctx, method, u.String(), header, body)
}

// newRequest builds a request whose body can be read again.
func newRequest(ctx context.Context, method, url string, header http.Header, body []byte) (*http.Request, error) {
	var r io.Reader // stays nil without a body: an empty reader would be sent as one
	if len(body) > 0 {
		r = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, r)
	if err != nil {
		return nil, core.E(core.Invalid, "build request", errors.New("malformed request"))
	}
	req.Header = header
	return req, nil
}

// response makes of resp what the program may see.
func (c *Client) response(resp *http.Response, most int64, cancel context.CancelFunc) (*Response, error) {
	if resp.ContentLength > most && resp.Request.Method != http.MethodHead {
		defer cancel()
		return nil, errors.Join(tooLong(most), resp.Body.Close())
	}
	scrub := c.keep.scrubber()
	return &Response{
		Status: resp.StatusCode,
		URL:    scrub.text(resp.Request.URL.String()),
		Header: scrub.header(replyHeader(resp.Header)),
		Body:   &reply{body: resp.Body, r: scrub.reader(resp.Body), left: most, most: most, cancel: cancel},
	}, nil
}

// reply is a body of at most most bytes. Closing it ends the request.
type reply struct {
	body       io.Closer
	r          io.Reader
	left, most int64
	err        error // after the first error
	cancel     context.CancelFunc
}

// Read implements io.Reader.
func (r *reply) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.r.Read(p[:min(int64(len(p)), r.left+1)])
	if int64(n) > r.left {
		n, err = int(r.left), tooLong(r.most)
	}
	r.left -= int64(n)
	r.err = err
	return n, err
}

// Close implements io.Closer.
func (r *reply) Close() error {
	defer r.cancel()
	return r.body.Close()
}

func tooLong(most int64) error {
	return core.E(protocol.Limit, "read reply", fmt.Errorf("body over %d bytes", most))
}

// failure classifies an error of the network met during ctx, which Do made.
func failure(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*core.Error](err); ok || err == nil {
		return err
	}
	cause := context.Cause(ctx)
	if cause != nil && !errors.Is(cause, errSlow) {
		return fmt.Errorf("reach provider: %w", cause)
	}
	if cause != nil {
		err = cause
	}
	return core.E(protocol.Unavailable, "reach provider", err)
}
