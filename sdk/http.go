package sdk

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Request is an HTTP request for the home to make. Cookies are the home's:
// it keeps them from one request, and one run, to the next.
type Request struct {
	Method   string            // GET unless given; POST with a Form or a Body
	URL      string            // absolute
	Header   map[string]string // Host, Cookie and Connection are the home's
	Form     map[string]string // sent URL-encoded, in place of Body; a value may be a secret's placeholder
	Body     []byte
	ToFile   bool // the reply's body becomes a file of the run and never enters the connector
	NoFollow bool // a redirect is the reply
}

// A Response is the reply to a [Request]. Any status is a Response.
type Response struct {
	Status int
	URL    string // after redirects
	Header Header
	Body   []byte // empty with ToFile
	File   File   // with ToFile

	now time.Time
}

// Header is the header of a [Response], by canonical name.
type Header map[string][]string

// Get returns the first value of name, whatever its case, or "".
func (h Header) Get(name string) string {
	for key, values := range h {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// Do makes r. Any status is a reply: see [Response.Problem]. It returns
// [protocol.Blocked] for an address or a use of a secret that the manifest
// does not name, [protocol.Unavailable] when the provider cannot be reached or
// its reply ends early, [protocol.RateLimited] and [protocol.Limit].
func (s *Session) Do(r Request) (*Response, error) {
	in, body := r.encode()
	var out protocol.HTTPReply
	payload, err := s.home.Call(protocol.OpHTTP, in, body, &out)
	if err != nil {
		return nil, err
	}
	res := &Response{Status: out.Status, URL: out.URL, Header: out.Headers, Body: payload, now: s.Now()}
	if out.File != nil {
		res.File = *out.File
	}
	return res, nil
}

// encode returns the body of op http and its payload, nil for none.
func (r Request) encode() (protocol.HTTPRequest, []byte) {
	in := protocol.HTTPRequest{Method: r.Method, URL: r.URL, Headers: r.Header}
	body := r.Body
	if r.Form != nil {
		body = encodeForm(r.Form)
		in.Headers = withType(r.Header, "application/x-www-form-urlencoded")
	}
	if in.Method == "" && body != nil {
		in.Method = "POST"
	}
	if r.NoFollow {
		follow := false
		in.Follow = &follow
	}
	if r.ToFile {
		in.Sink = protocol.SinkFile
	}
	return in, body
}

// withType returns header with a Content-Type, unless it has one.
func withType(header map[string]string, mediaType string) map[string]string {
	all := map[string]string{"Content-Type": mediaType}
	for name, value := range header {
		if strings.EqualFold(name, "Content-Type") {
			delete(all, "Content-Type")
		}
		all[name] = value
	}
	return all
}

// Get fetches address into Response.Body, at most [protocol.MaxPayload] bytes.
// Its codes are those of [Session.Do].
func (s *Session) Get(address string) (*Response, error) { return s.Do(Request{URL: address}) }

// Download fetches address into Response.File, at most [protocol.MaxFile]
// bytes: a document to attach with [Attach], or a page for [Session.Select].
// Its codes are those of [Session.Do].
func (s *Session) Download(address string) (*Response, error) {
	return s.Do(Request{URL: address, ToFile: true})
}

// PostForm submits form to address; the reply's body comes into Response.Body.
// Its codes are those of [Session.Do].
func (s *Session) PostForm(address string, form map[string]string) (*Response, error) {
	return s.Do(Request{URL: address, Form: form})
}

// PostJSON sends v to address as JSON; the reply's body comes into
// Response.Body. Its codes are those of [Session.Do].
func (s *Session) PostJSON(address string, v any) (*Response, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return s.Do(Request{URL: address, Body: body, Header: map[string]string{"Content-Type": "application/json"}})
}

// JSON decodes the body into v. It returns [protocol.SourceChanged] when that
// is not the JSON expected.
func (r *Response) JSON(v any) error {
	if err := json.Unmarshal(r.Body, v); err != nil {
		return Fail(protocol.SourceChanged, "read "+r.page()+": "+err.Error())
	}
	return nil
}

// Problem returns nil for a status below 400, else what the status means for
// the run: [protocol.RateLimited] for 429, with the wait that the provider
// asked for; [protocol.Unavailable] for 408 and 5xx, with that wait too;
// [protocol.AuthExpired] for 401 and 403; [protocol.SourceChanged] for others.
func (r *Response) Problem() error {
	if r.Status < 400 {
		return nil
	}
	e := &protocol.Error{Code: protocol.SourceChanged, Message: r.page() + " answered " + strconv.Itoa(r.Status)}
	switch {
	case r.Status == 429:
		e.Code, e.RetryAfter = protocol.RateLimited, r.retryAfter()
	case r.Status == 408 || r.Status >= 500:
		e.Code, e.RetryAfter = protocol.Unavailable, r.retryAfter()
	case r.Status == 401 || r.Status == 403:
		e.Code = protocol.AuthExpired
	}
	return e
}

// page returns the URL without its query, for messages: queries hold tokens.
func (r *Response) page() string {
	page, _, _ := strings.Cut(r.URL, "?")
	return page
}

// retryAfter reads Retry-After (RFC 9110, 10.2.3) in seconds, 0 for none.
func (r *Response) retryAfter() int {
	text := r.Header.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil {
		return max(n, 0)
	}
	at, err := time.Parse(time.RFC1123, text)
	if err != nil {
		return 0
	}
	return max(int(at.Sub(r.now)/time.Second), 0)
}
