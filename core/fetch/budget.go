package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// budget is what is left to a run.
type budget struct {
	limits   Limits
	requests atomic.Int64 // made
	bytes    atomic.Int64 // received, decompressed
}

// count refuses hops beyond the run's number of requests.
type count struct {
	next   http.RoundTripper
	budget *budget
}

// RoundTrip implements http.RoundTripper.
func (c count) RoundTrip(req *http.Request) (*http.Response, error) {
	if most := c.budget.limits.Requests; c.budget.requests.Add(1) > int64(most) {
		return nil, core.E(protocol.Limit, "count requests", fmt.Errorf("over %d requests a run", most))
	}
	return c.next.RoundTrip(req)
}

// meter counts the bytes received and gives the network's errors their codes.
type meter struct {
	next   http.RoundTripper
	budget *budget
}

// RoundTrip implements http.RoundTripper.
func (m meter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := m.next.RoundTrip(req)
	if err != nil {
		return nil, failure(req.Context(), err)
	}
	resp.Body = &metered{ReadCloser: resp.Body, ctx: req.Context(), budget: m.budget}
	return resp, nil
}

// metered is a body whose bytes count.
type metered struct {
	io.ReadCloser
	ctx    context.Context // of the request: tells a cancelled run from a slow provider
	budget *budget
}

// Read implements io.Reader.
func (m *metered) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	if most := m.budget.limits.Run; m.budget.bytes.Add(int64(n)) > most {
		return 0, core.E(protocol.Limit, "read reply", fmt.Errorf("over %d bytes a run", most))
	}
	if err != nil && err != io.EOF {
		err = failure(m.ctx, err)
	}
	return n, err
}
