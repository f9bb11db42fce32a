package fetch_test

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// bounce redirects "/to?status=302&url=…" and shows any other request.
func bounce(w http.ResponseWriter, r *http.Request) {
	var status int
	if _, err := fmt.Sscan(r.URL.Query().Get("status"), &status); err == nil && r.URL.Path == "/to" {
		w.Header().Set("Location", r.URL.Query().Get("url"))
		w.WriteHeader(status)
		return
	}
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %q auth=%q key=%q type=%q", r.Method, r.URL.RequestURI(), body, r.Header.Get("Authorization"), r.Header.Get("X-Key"), r.Header.Get("Content-Type"))
}

func to(host string, status int, url string) string {
	return fmt.Sprintf("https://%s/to?status=%d&url=%s", host, status, quote(url))
}

func TestRedirect_is_followed_as_browsers_do(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(bounce)
	c := n.client(policy, fetch.Options{})
	for _, tc := range []struct {
		method string
		status int
		url    string
		want   string
	}{
		{"GET", 302, "/a?b=c#d", `GET /a?b=c ""`},
		{"GET", 301, "https://" + host + "/x y", `GET /x%20y ""`},
		{"POST", 302, "/a", `GET /a ""`},
		{"POST", 303, "../b", `GET /b ""`},
		{"POST", 307, "/a", `POST /a "q=1"`},
		{"PUT", 308, "/a", `PUT /a "q=1"`},
		{"GET", 304, "/a", ``},
	} {
		r, body := form(to(host, tc.status, tc.url), "q", "1")
		if r.Method = tc.method; tc.method == "GET" {
			body = nil
		}
		resp, text := mustRead(t, c, r, body)
		if !strings.HasPrefix(text, tc.want) {
			t.Errorf("%s %d %s: got %q, want %q", tc.method, tc.status, tc.url, text, tc.want)
		}
		if strings.HasPrefix(text, "GET") && tc.method == "POST" && !strings.Contains(text, `type=""`) {
			t.Errorf("%s: content type kept", text)
		}
		if tc.status == 302 && tc.method == "GET" && resp.URL != "https://"+host+"/a?b=c" {
			t.Errorf("got %q", resp.URL)
		}
	}
}

func TestRedirect_is_a_reply_when_not_followed(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(bounce)
	c := n.client(policy, fetch.Options{})
	follow := false
	resp, _ := mustRead(t, c, protocol.HTTPRequest{URL: to(host, 302, "https://shop.test/"), Follow: &follow}, nil)
	if resp.Status != 302 || resp.Header.Get("Location") != "https://shop.test/" {
		t.Errorf("got %d %v", resp.Status, resp.Header)
	}
}

func TestRedirect_out_of_bounds_is_refused(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(bounce)
	n.name("shop.test", "127.0.0.1")
	n.name("www.bank.test", "10.0.0.1")
	policy.Hosts = append(policy.Hosts, "www."+host)
	device := n.plain(func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	c := n.client(policy, fetch.Options{})
	for _, url := range []string{
		"https://shop.test/", "http://" + host + "/", "//shop.test/", "https://169.254.169.254/latest/meta-data", "http://169.254.169.254/",
		"http://" + device.String(), "https://www." + host + "/", "file:///etc/passwd", "https://me:pw@" + host + "/", `https://` + host + `\@shop.test/`,
		"https://" + host + ".", "javascript:alert(1)", "https://[fe80::1%25eth0]/", "https://2130706433/",
	} {
		_, err := c.Do(t.Context(), get(to(host, 302, url)), nil)
		if core.CodeOf(err) != protocol.Blocked {
			t.Errorf("%s: got %v, want blocked", url, err)
		}
	}
}

func TestRedirect_from_https_to_http_needs_an_allowed_address(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(bounce)
	device := n.plain(bounce)
	policy.Allowed = append(policy.Allowed, device)
	c := n.client(policy, fetch.Options{})
	if _, text := mustRead(t, c, get(to(host, 302, "http://"+device.String()+"/a")), nil); !strings.HasPrefix(text, "GET /a") {
		t.Errorf("got %q", text)
	}
}

func TestRedirect_loop_ends(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) })
	c := n.client(policy, fetch.Options{})
	_, err := c.Do(t.Context(), get("https://"+host), nil)
	wantCode(t, err, protocol.Limit)
	if got := len(n.audited()); got != 11 {
		t.Errorf("got %d hops, want 11", got)
	}
}

func TestRedirect_never_carries_a_secret_elsewhere(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(bounce)
	other := "www." + host
	n.name("www.bank.test", "127.0.0.1")
	policy.Hosts = append(policy.Hosts, other)
	var uses []protocol.Use
	for _, h := range policy.Hosts { // even where both hosts may have it
		uses = append(uses, protocol.Use{Host: h, Method: "POST", Path: "/to", Place: "form", Name: "p"},
			protocol.Use{Host: h, Method: "GET", Path: "/to", Place: "header", Name: "X-Key"},
			protocol.Use{Host: h, Method: "GET", Path: "/a", Place: "header", Name: "X-Key"})
	}
	c := n.client(policy, fetch.Options{Secrets: []fetch.Secret{{Name: "password", Value: "hunter22", Use: uses}}})

	for _, url := range []string{"https://" + host + "/to", "https://" + other + "/to"} {
		for _, status := range []int{307, 308} {
			r, body := form(to(host, status, url), "p", mark)
			_, err := c.Do(t.Context(), r, body)
			wantCode(t, err, protocol.Blocked)
		}
	}
	keyed := func(url string) protocol.HTTPRequest {
		return protocol.HTTPRequest{URL: url, Headers: map[string]string{"X-Key": mark, "Authorization": "Bearer t"}}
	}
	for url, want := range map[string]string{
		"/a":                      `key="` + mark + `"`,     // same host: filled under its own rule, scrubbed from the echo
		"https://" + other + "/a": `auth="" key="" type=""`, // other host: dropped
	} {
		if _, text := mustRead(t, c, keyed(to(host, 302, url)), nil); !strings.Contains(text, want) {
			t.Errorf("%s: got %q, want %q", url, text, want)
		}
	}
	_, err := c.Do(t.Context(), keyed(to(host, 302, "/undeclared")), nil)
	wantCode(t, err, protocol.Blocked)
	_, err = c.Do(t.Context(), get(to(host, 302, "https://"+other+"/?stolen=hunter%322")), nil)
	wantCode(t, err, protocol.Blocked)
}

func TestAudit_tells_each_hop_without_query_body_or_secret(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(bounce)
	c := n.client(policy, fetch.Options{Secrets: []fetch.Secret{{Name: "password", Value: "hunter22",
		Use: []protocol.Use{{Host: host, Method: "POST", Path: "/to", Place: "form", Name: "p"}}}}})
	r, body := form(to(host, 302, "/hunter22/home?q=1"), "p", mark)
	if resp, _ := mustRead(t, c, r, body); resp.URL != "https://"+host+"/"+mark+"/home?q=1" {
		t.Errorf("the program is told %q", resp.URL)
	}
	_, err := c.Do(t.Context(), get(to(host, 302, "https://shop.test/?q=1")), nil)
	wantCode(t, err, protocol.Blocked)
	want := []fetch.Hop{
		{Method: "POST", Host: host, Path: "/to", Status: 302, Sent: 10},
		{Method: "GET", Host: host, Path: "/" + mark + "/home", Status: 200, Received: 48},
		{Method: "GET", Host: host, Path: "/to", Status: 302},
		{Method: "GET", Host: "shop.test", Path: "/", Code: protocol.Blocked, Denied: "host is not in the manifest"},
	}
	if diff := cmp.Diff(want, n.audited(), cmpopts.IgnoreFields(fetch.Hop{}, "At", "Duration")); diff != "" {
		t.Error(diff)
	}
}

func TestAudit_falls_silent_after_the_limit(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	c := n.client(fetch.Policy{Allowed: []netip.AddrPort{}, Limits: fetch.Limits{Requests: 3}}, fetch.Options{})
	for range 10 {
		_, err := c.Do(t.Context(), get("https://shop.test/"), nil)
		if err == nil {
			t.Fatal("got a reply")
		}
	}
	hops := n.audited()
	if len(hops) != 4 || hops[3].Code != protocol.Limit {
		t.Errorf("got %+v, want three denied hops and one over the limit", hops)
	}
}
