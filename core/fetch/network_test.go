package fetch_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestClient_reaches_a_host_of_the_manifest(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", r.Method, r.URL, r.Proto)
	})
	c := n.client(policy, fetch.Options{})
	resp, text := mustRead(t, c, get("https://"+host+"/a%20b?q=é#part"), nil)
	if want := "GET /a%20b?q=%C3%A9 HTTP/2.0"; text != want || resp.Status != 200 {
		t.Fatalf("got %d %q, want %q", resp.Status, text, want)
	}
	if want := "https://" + host + "/a%20b?q=%C3%A9"; resp.URL != want {
		t.Errorf("got %q, want %q", resp.URL, want)
	}
}

func TestClient_refuses_other_hosts_and_http(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	n.name("shop.test", "127.0.0.1")
	c := n.client(policy, fetch.Options{})
	for _, url := range []string{
		"https://shop.test/", "https://www." + host + "/", "https://bank.test/", "http://" + host + "/",
		"https://bank.test.shop.test/", "https://8.8.8.8/", "https://127.0.0.1:1/", "http://[::1]:80/",
	} {
		_, err := c.Do(t.Context(), get(url), nil)
		if core.CodeOf(err) != protocol.Blocked {
			t.Errorf("%s: got %v, want blocked", url, err)
		}
	}
	for _, hop := range n.audited() {
		if hop.Denied == "" || hop.Code != protocol.Blocked {
			t.Errorf("got %+v, want a denied hop", hop)
		}
	}
	if got := len(n.audited()); got != 8 {
		t.Errorf("got %d hops, want 8", got)
	}
}

func TestClient_reaches_what_a_wildcard_covers(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	server := n.secure(func(http.ResponseWriter, *http.Request) {})
	c := n.client(fetch.Policy{Hosts: []string{"*." + at("bank.test", server)}, Allowed: []netip.AddrPort{server}}, fetch.Options{})
	for host, want := range map[string]core.Code{
		"www.bank.test": "", "bank.test": protocol.Blocked, "evilbank.test": protocol.Blocked, "www.bank.test.shop.test": protocol.Blocked,
	} {
		n.name(host, "127.0.0.1")
		_, _, err := read(t, c, get("https://"+at(host, server)), nil)
		if core.CodeOf(err) != want {
			t.Errorf("%s: got %v, want code %q", host, err, want)
		}
	}
}

// The addresses a hostile or unlucky name may resolve to: none is connected to,
// although the manifest has the host.
func TestClient_refuses_names_that_resolve_to_special_addresses(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	to := n.secure(func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	host := at("bank.test", to)
	for _, addr := range []string{
		"127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
		"::1", "::", "fd00::1", "fe80::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1",
	} {
		n.name("bank.test", addr)
		c := n.client(fetch.Policy{Hosts: []string{host}}, fetch.Options{})
		_, err := c.Do(t.Context(), get("https://"+host+"/"), nil)
		if core.CodeOf(err) != protocol.Blocked {
			t.Errorf("%s: got %v, want blocked", addr, err)
		}
	}
}

func TestClient_refuses_a_name_that_changes_its_address(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	to := n.secure(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	n.name("rebind.test", "127.0.0.1", "169.254.169.254")
	host := at("rebind.test", to)
	c := n.client(fetch.Policy{Hosts: []string{host}, Allowed: []netip.AddrPort{to}}, fetch.Options{})
	mustRead(t, c, get("https://"+host+"/"), nil)
	c.Close() // its idle connections
	_, err := c.Do(t.Context(), get("https://"+host+"/"), nil)
	wantCode(t, err, protocol.Blocked)
}

func TestClient_reaches_an_allowed_address_by_http(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	to := n.plain(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "meter") })
	other := n.plain(func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	c := n.client(fetch.Policy{Allowed: []netip.AddrPort{to}}, fetch.Options{})
	if _, text := mustRead(t, c, get("http://"+to.String()+"/"), nil); text != "meter" {
		t.Errorf("got %q", text)
	}
	_, err := c.Do(t.Context(), get("http://"+other.String()+"/"), nil)
	wantCode(t, err, protocol.Blocked)
}

func TestClient_never_reaches_the_home_itself(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	to := n.plain(func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	for _, own := range []netip.AddrPort{to, netip.AddrPortFrom(netip.IPv4Unspecified(), to.Port()), netip.AddrPortFrom(netip.IPv6Unspecified(), to.Port())} {
		c := n.client(fetch.Policy{Allowed: []netip.AddrPort{to}, Own: func() []netip.AddrPort { return []netip.AddrPort{own} }}, fetch.Options{})
		_, err := c.Do(t.Context(), get("http://"+to.String()+"/"), nil)
		if core.CodeOf(err) != protocol.Blocked {
			t.Errorf("own %s: got %v, want blocked", own, err)
		}
	}
}

func TestClient_never_reaches_metadata_even_if_allowed(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	for _, text := range []string{"169.254.169.254:80", "[fe80::1]:80", "0.0.0.0:80", "[::]:80", "[fd00:ec2::254]:80", "[64:ff9b::a9fe:a9fe]:80", "[::ffff:169.254.169.254]:80", "224.0.0.1:80"} {
		to := netip.MustParseAddrPort(text)
		c := n.client(fetch.Policy{Allowed: []netip.AddrPort{to}}, fetch.Options{})
		_, err := c.Do(t.Context(), get("http://"+text+"/"), nil)
		if core.CodeOf(err) != protocol.Blocked {
			t.Errorf("%s: got %v, want blocked", text, err)
		}
	}
}

func TestClient_gives_the_network_s_faults_as_unavailable(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	cut := func(head string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, buf, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			writeAll(t, buf, head)
		}
	}
	refused := netip.MustParseAddrPort("127.0.0.1:1")
	c := n.client(fetch.Policy{Hosts: []string{"nowhere.test"}, Allowed: []netip.AddrPort{refused}}, fetch.Options{})
	for _, url := range []string{"https://nowhere.test/", "http://" + refused.String()} {
		_, err := c.Do(t.Context(), get(url), nil)
		wantCode(t, err, protocol.Unavailable)
	}
	for name, head := range map[string]string{
		"nothing":           "",
		"half a body":       "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
		"half a chunk":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
		"half a gzip":       "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01\x00",
		"not HTTP":          "SSH-2.0-OpenSSH\r\n",
		"too large headers": "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 128<<10) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			to := n.plain(cut(head))
			c := n.client(fetch.Policy{Allowed: []netip.AddrPort{to}}, fetch.Options{})
			_, _, err := read(t, c, get("http://"+to.String()), nil)
			wantCode(t, err, protocol.Unavailable)
		})
	}
}

func writeAll(t *testing.T, w *bufio.ReadWriter, text string) {
	t.Helper()
	_, err := w.WriteString(text)
	if err := errors.Join(err, w.Flush()); err != nil {
		t.Log("peer left:", err) // it may, once it has seen enough
	}
}
