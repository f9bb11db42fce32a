package fetch

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const maxAuditPath = 512 // bytes of a Hop's path

// A Hop is one request that was made or refused: a line of the run's log. It
// holds no query, no body and no secret.
type Hop struct {
	At       time.Time
	Method   string
	Host     string // with :port unless the scheme's own
	Path     string // escaped, at most 512 bytes
	Status   int    // of the reply; 0 without one
	Sent     int64  // bytes of the body
	Received int64  // bytes of the body, decompressed
	Duration time.Duration
	Code     core.Code // of the error it ended with; "" when the reply came whole or was left unread
	Denied   string    // why the home refused to send it; "" when it was sent
}

// audit tells of each hop when it ended: with an error, or when the body of
// its reply is closed. After the run's limit of requests it tells of one more
// and then falls silent, so that a program cannot flood the log.
type audit struct {
	next  http.RoundTripper
	tell  func(Hop)
	clock core.Clock
	keep  *keep
	most  int64
	told  atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (a *audit) RoundTrip(req *http.Request) (*http.Response, error) {
	hop := Hop{At: a.clock(), Method: req.Method, Host: req.URL.Host}
	resp, err := a.next.RoundTrip(req)
	hop.Path = a.path(req.URL.EscapedPath()) // now that the codes just filled are known too
	if err != nil {
		hop.end(err)
		a.finish(hop)
		return nil, err
	}
	hop.Status = resp.StatusCode
	hop.Sent = max(0, resp.Request.ContentLength)
	resp.Body = &audited{ReadCloser: resp.Body, audit: a, hop: hop}
	return resp, nil
}

// end notes the error that ended the hop.
func (h *Hop) end(err error) {
	h.Code = core.CodeOf(err)
	if e, ok := errors.AsType[*core.Error](err); ok && h.Code == protocol.Blocked && e.Err != nil {
		h.Denied = protocol.Text(e.Err)
	}
}

func (a *audit) path(path string) string {
	path = a.keep.scrubber().text(path)
	return path[:min(len(path), maxAuditPath)]
}

func (a *audit) finish(hop Hop) {
	if a.told.Add(1) > a.most {
		return
	}
	hop.Duration = a.clock().Sub(hop.At)
	a.tell(hop)
}

// audited is a body that finishes its hop when closed.
type audited struct {
	io.ReadCloser
	audit *audit
	hop   Hop
	once  sync.Once
}

// Read implements io.Reader.
func (b *audited) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.hop.Received += int64(n)
	if err != nil && err != io.EOF {
		b.hop.end(err)
	}
	return n, err
}

// Close implements io.Closer.
func (b *audited) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(func() { b.audit.finish(b.hop) })
	return err
}
