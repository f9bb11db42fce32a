package fetch_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestHeaders_that_belong_to_the_home_are_refused(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	c := n.client(policy, fetch.Options{})
	for header, want := range map[string]core.Code{
		"Host": protocol.Blocked, "cookie": protocol.Blocked, "Cookie2": protocol.Blocked, "CONNECTION": protocol.Blocked, "Keep-Alive": protocol.Blocked,
		"Proxy-Authorization": protocol.Blocked, "proxy-anything": protocol.Blocked, "Content-Length": protocol.Blocked, "Transfer-Encoding": protocol.Blocked,
		"TE": protocol.Blocked, "Trailer": protocol.Blocked, "Upgrade": protocol.Blocked, "Expect": protocol.Blocked, "Accept-Encoding": protocol.Blocked,
		"X-Forwarded-For": protocol.Blocked, "Forwarded": protocol.Blocked, "Via": protocol.Blocked, "HTTP2-Settings": protocol.Blocked,
		":authority": core.Invalid, "A B": core.Invalid, "": core.Invalid, "A\r\nB": core.Invalid, "A:": core.Invalid, "é": core.Invalid,
	} {
		_, err := c.Do(t.Context(), protocol.HTTPRequest{URL: "https://" + host, Headers: map[string]string{header: "x"}}, nil)
		if core.CodeOf(err) != want {
			t.Errorf("%q: got %v, want %s", header, err, want)
		}
	}
	for _, value := range []string{"a\r\nX: b", "a\nb", "a\rb", "a\x00b", "\x7f"} {
		_, err := c.Do(t.Context(), protocol.HTTPRequest{URL: "https://" + host, Headers: map[string]string{"X-Key": value}}, nil)
		if core.CodeOf(err) != core.Invalid {
			t.Errorf("%q: got %v, want invalid", value, err)
		}
	}
	for name, tc := range map[string]struct {
		headers map[string]string
		want    core.Code
	}{
		"one name in two cases": {map[string]string{"X-Key": "a", "x-key": "b"}, core.Invalid},
		"too many bytes":        {map[string]string{"X-Key": strings.Repeat("a", 64<<10)}, protocol.Limit},
		"too many":              {many(65), protocol.Limit},
	} {
		_, err := c.Do(t.Context(), protocol.HTTPRequest{URL: "https://" + host, Headers: tc.headers}, nil)
		if core.CodeOf(err) != tc.want {
			t.Errorf("%s: got %v, want %s", name, err, tc.want)
		}
	}
}

func many(n int) map[string]string {
	headers := map[string]string{}
	for i := range n {
		headers[fmt.Sprint("X-", i)] = "x"
	}
	return headers
}

func TestRequest_that_breaks_the_rules_is_refused(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	c := n.client(policy, fetch.Options{})
	for name, tc := range map[string]struct {
		r    protocol.HTTPRequest
		body int
		want core.Code
	}{
		"a malformed URL":     {get("https://" + host + "/\n"), 0, core.Invalid},
		"a tunnel":            {protocol.HTTPRequest{Method: "CONNECT", URL: "https://" + host}, 0, core.Invalid},
		"a trace":             {protocol.HTTPRequest{Method: "TRACE", URL: "https://" + host}, 0, core.Invalid},
		"an injected method":  {protocol.HTTPRequest{Method: "GET / HTTP/1.1\r\nX:", URL: "https://" + host}, 0, core.Invalid},
		"a body with GET":     {get("https://" + host), 1, core.Invalid},
		"a body over the cap": {protocol.HTTPRequest{Method: "POST", URL: "https://" + host}, 1<<20 + 1, protocol.Limit},
	} {
		_, err := c.Do(t.Context(), tc.r, make([]byte, tc.body))
		if core.CodeOf(err) != tc.want {
			t.Errorf("%s: got %v, want %s", name, err, tc.want)
		}
	}
}

func TestReply_hides_cookies_and_the_connection(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "session=1")
		w.Header().Set("Keep-Alive", "timeout=5")
		w.Header().Set("X-Key", "a")
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "teapot")
	})
	resp, text := mustRead(t, n.client(policy, fetch.Options{}), get("https://"+host), nil)
	if resp.Status != http.StatusTeapot || text != "teapot" || resp.Header.Get("X-Key") != "a" {
		t.Errorf("got %+v %q", resp, text)
	}
	for _, name := range []string{"Set-Cookie", "Keep-Alive", "Content-Length"} {
		if resp.Header[name] != nil {
			t.Errorf("got header %s", name)
		}
	}
}

// size serves as many zeros as the query says, compressed where wanted.
func size(w http.ResponseWriter, r *http.Request) {
	var n int64
	fmt.Sscan(r.URL.Query().Get("n"), &n)
	out := io.Writer(w)
	switch r.URL.Path {
	case "/gzip":
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		out = z
	case "/length":
		w.Header().Set("Content-Length", fmt.Sprint(n))
	}
	chunk := make([]byte, 32<<10)
	for n > 0 {
		m, err := out.Write(chunk[:min(n, int64(len(chunk)))])
		if err != nil {
			return
		}
		n -= int64(m)
	}
}

func TestReply_over_a_cap_is_refused(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(size)
	policy.Limits = fetch.Limits{Response: 100_000, File: 300_000, Run: 1_000_000}
	for _, path := range []string{"/", "/gzip", "/length"} {
		for _, tc := range []struct {
			size int
			sink protocol.Sink
			want core.Code
		}{
			{100_000, protocol.SinkGuest, ""}, {100_001, protocol.SinkGuest, protocol.Limit}, {900_000, protocol.SinkGuest, protocol.Limit},
			{300_000, protocol.SinkFile, ""}, {300_001, protocol.SinkFile, protocol.Limit},
		} {
			c := n.client(policy, fetch.Options{})
			r := protocol.HTTPRequest{URL: fmt.Sprintf("https://%s%s?n=%d", host, path, tc.size), Sink: tc.sink}
			_, text, err := read(t, c, r, nil)
			if core.CodeOf(err) != tc.want || err == nil && len(text) != tc.size {
				t.Errorf("%s of %d into %q: got %d bytes, %v, want code %q", path, tc.size, tc.sink, len(text), err, tc.want)
			}
			if len(text) > 300_000 {
				t.Errorf("%s: got %d bytes", path, len(text))
			}
		}
	}
}

func TestRun_over_its_bytes_or_requests_ends(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(size)
	policy.Limits = fetch.Limits{Run: 250_000, Requests: 4}
	c := n.client(policy, fetch.Options{})
	url := fmt.Sprintf("https://%s/gzip?n=100000", host)
	for i, want := range []core.Code{"", "", protocol.Limit} {
		_, _, err := read(t, c, get(url), nil)
		if core.CodeOf(err) != want {
			t.Errorf("request %d: got %v, want code %q", i, err, want)
		}
	}
	c = n.client(policy, fetch.Options{})
	for range policy.Limits.Requests {
		mustRead(t, c, get("https://"+host+"/?n=0"), nil)
	}
	_, err := c.Do(t.Context(), get("https://"+host), nil)
	wantCode(t, err, protocol.Limit)
}

func TestReply_to_HEAD_may_announce_a_large_body(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(size)
	r := protocol.HTTPRequest{Method: "HEAD", URL: "https://" + host + "/length?n=1000000000"}
	if _, text := mustRead(t, n.client(policy, fetch.Options{}), r, nil); text != "" {
		t.Errorf("got %d bytes", len(text))
	}
}

// stall sends the head of a reply and a byte, and then nothing.
func stall(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/body" {
		io.WriteString(w, "x")
		http.NewResponseController(w).Flush()
	}
	<-r.Context().Done()
}

func TestProvider_that_is_too_slow_is_unavailable(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(stall)
	policy.Limits.Time = 100 * time.Millisecond
	for _, path := range []string{"/head", "/body"} {
		_, _, err := read(t, n.client(policy, fetch.Options{}), get("https://"+host+path), nil)
		wantCode(t, err, protocol.Unavailable)
	}
}

func TestCancelled_run_gives_its_own_cause(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(stall)
	c := n.client(policy, fetch.Options{})
	stopped := errors.New("stopped by the person")
	ctx, cancel := context.WithCancelCause(t.Context())
	resp, err := c.Do(ctx, get("https://"+host+"/body"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	cancel(stopped)
	if _, err := io.ReadAll(resp.Body); !errors.Is(err, stopped) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Do(ctx, get("https://"+host), nil); !errors.Is(err, stopped) {
		t.Errorf("got %v", err)
	}
}

// Connections belong to one Client: another one, with other rules, is judged anew.
func TestConnection_is_not_shared(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(http.ResponseWriter, *http.Request) {})
	mustRead(t, n.client(policy, fetch.Options{}), get("https://"+host), nil)
	strict := n.client(fetch.Policy{Hosts: policy.Hosts, Allowed: []netip.AddrPort{}}, fetch.Options{})
	_, err := strict.Do(t.Context(), get("https://"+host), nil)
	wantCode(t, err, protocol.Blocked)
}

func TestProxy_of_the_environment_is_ignored(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	t.Setenv("ALL_PROXY", "http://127.0.0.1:1")
	n := newInternet(t)
	host, policy := n.bank(func(http.ResponseWriter, *http.Request) {})
	mustRead(t, n.client(policy, fetch.Options{}), get("https://"+host), nil)
}
