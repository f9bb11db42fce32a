package fetch

import (
	"net/http"

	"github.com/domicile-home/domicile/core"
)

// cookies sends the source's cookies and keeps those that replies set.
type cookies struct {
	next  http.RoundTripper
	jar   *Jar
	clock core.Clock
}

// RoundTrip implements http.RoundTripper.
func (c cookies) RoundTrip(req *http.Request) (*http.Response, error) {
	if held := c.jar.cookies(req.URL, c.clock()); len(held) > 0 {
		req = req.Clone(req.Context())
		for _, cookie := range held {
			req.AddCookie(cookie)
		}
	}
	resp, err := c.next.RoundTrip(req)
	if err == nil {
		c.jar.set(resp.Request.URL, resp.Cookies(), c.clock())
	}
	return resp, err
}
