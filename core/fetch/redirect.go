package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const maxDiscard = 4 << 10

// redirect follows redirects. Each hop is built from the request as the program
// wrote it, placeholders unfilled, so that the rules of the next address decide
// what it gets: a secret never follows to another host, and a request whose body
// holds one is not repeated elsewhere.
type redirect struct {
	next http.RoundTripper
	keep *keep
	most int
}

// RoundTrip implements http.RoundTripper.
func (r redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	const op = "follow redirect"
	for hops := 0; ; hops++ {
		resp, err := r.next.RoundTrip(req)
		if err != nil || !isRedirect(resp) {
			return resp, err
		}
		if err := discard(resp.Body); err != nil {
			return nil, failure(req.Context(), err)
		}
		if hops == r.most {
			return nil, core.E(protocol.Limit, op, fmt.Errorf("over %d redirects", r.most))
		}
		if req, err = r.follow(req, resp); err != nil {
			return nil, core.E(protocol.Blocked, op, err)
		}
	}
}

// discard closes the body of a redirect, which is read a little so that its
// connection can serve the next hop. What reading gives does not matter.
func discard(body io.ReadCloser) error {
	_, _ = io.CopyN(io.Discard, body, maxDiscard)
	return body.Close()
}

func isRedirect(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

// follow returns the request that resp sends req to.
func (r redirect) follow(req *http.Request, resp *http.Response) (*http.Request, error) {
	to, err := r.location(req.URL, resp.Header.Get("Location"))
	if err != nil {
		return nil, err
	}
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	sent, err := readBody(resp.Request)
	if err != nil {
		return nil, err
	}
	method, header := req.Method, req.Header.Clone()
	switch keeps := resp.StatusCode == http.StatusTemporaryRedirect || resp.StatusCode == http.StatusPermanentRedirect; {
	case keeps && !bytes.Equal(body, sent):
		return nil, errors.New("the provider wants the secret sent again")
	case !keeps && method != http.MethodGet && method != http.MethodHead:
		method, body = http.MethodGet, nil
		header.Del("Origin")
		header.Del("Content-Type")
	}
	if to.Host != req.URL.Host || to.Scheme != req.URL.Scheme {
		r.keep.dropSecrets(header)
	}
	return newRequest(req.Context(), method, to.String(), header, body)
}

// location resolves a Location header, which providers write in many ways, and
// refuses one that carries a secret to another host.
func (r redirect) location(from *url.URL, location string) (*url.URL, error) {
	errLocation := errors.New("malformed redirect")
	location = strings.ReplaceAll(strings.TrimSpace(location), " ", "%20")
	if strings.ContainsFunc(location, isOdd) {
		return nil, errLocation
	}
	to, err := from.Parse(location)
	if err != nil {
		return nil, errLocation
	}
	if to, err = parseURL(to.String()); err != nil {
		return nil, fmt.Errorf("malformed redirect: %w", err)
	}
	if text := to.RequestURI(); to.Host != from.Host && r.keep.scrubber().text(text) != text {
		return nil, errors.New("the provider sends a secret to another host")
	}
	return to, nil
}
