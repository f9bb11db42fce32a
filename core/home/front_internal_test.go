package home

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// seen is what the pages were told of who asks.
type seen struct {
	from     string
	isSecure bool
}

func ask(l Listen, peer, host, path string, headers http.Header) (seen, int) {
	var s seen
	pages := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		at, _ := netip.ParseAddrPort(r.RemoteAddr)
		s = seen{at.Addr().String(), r.TLS != nil}
	})
	r := httptest.NewRequest("GET", path, nil)
	r.RemoteAddr, r.Host, r.Header = peer, host, headers
	if l.isTLS() {
		r.TLS = &tls.ConnectionState{}
	}
	w := httptest.NewRecorder()
	behind(l, pages).ServeHTTP(w, r)
	return s, w.Code
}

func TestFront(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.2/32"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("172.18.0.0/16"), netip.MustParsePrefix("fd00::2/128")}
	plain := Listen{Proxies: proxies}
	encrypted := Listen{Proxies: proxies, Certificate: "chain.pem"}
	says := func(proto string, from ...string) http.Header {
		return http.Header{"X-Forwarded-Proto": {proto}, "X-Forwarded-For": from}
	}
	for name, tc := range map[string]struct {
		listen  Listen
		peer    string
		host    string
		headers http.Header
		want    seen
		status  int
	}{
		"the proxy is believed":               {plain, "10.0.0.2:99", "home.example", says("https", "203.0.113.5"), seen{"203.0.113.5", true}, 200},
		"one of its network":                  {plain, "172.18.3.4:99", "home.example", says("https", "2001:db8::1"), seen{"2001:db8::1", true}, 200},
		"written as IPv6":                     {plain, "[::ffff:10.0.0.2]:99", "home.example", says("https", "::ffff:203.0.113.5"), seen{"203.0.113.5", true}, 200},
		"what the person wrote is not":        {plain, "10.0.0.2:99", "home.example", says("https", "127.0.0.1, 203.0.113.5"), seen{"203.0.113.5", true}, 200},
		"nor on a line of its own":            {plain, "10.0.0.2:99", "home.example", says("https", "127.0.0.1", "203.0.113.5"), seen{"203.0.113.5", true}, 200},
		"two proxies":                         {plain, "10.0.0.2:99", "home.example", says("https", "198.51.100.1, 203.0.113.5, 172.18.0.9"), seen{"203.0.113.5", true}, 200},
		"proxies all the way":                 {plain, "10.0.0.2:99", "home.example", says("https", "172.18.0.9"), seen{"172.18.0.9", true}, 200},
		"nonsense":                            {plain, "10.0.0.2:99", "home.example", says("https", "203.0.113.5, unknown"), seen{"10.0.0.2", true}, 200},
		"nobody named":                        {plain, "10.0.0.2:99", "home.example", http.Header{"X-Forwarded-Proto": {"HTTPS"}}, seen{"10.0.0.2", true}, 200},
		"http before the proxy":               {plain, "10.0.0.2:99", "home.example", says("http", "203.0.113.5"), seen{}, 403},
		"http, then https written by a guest": {plain, "10.0.0.2:99", "home.example", says("https, http", "203.0.113.5"), seen{}, 403},
		"a proxy that says nothing":           {plain, "10.0.0.2:99", "home.example", nil, seen{}, 403},
		"the same on this machine":            {plain, "127.0.0.1:99", "home.example", nil, seen{}, 403},
		"a proxy here, as this machine":       {plain, "127.0.0.1:99", "localhost:8420", http.Header{"X-Forwarded-For": {"203.0.113.5"}}, seen{}, 403},
		"somebody on this machine":            {plain, "127.0.0.1:99", "localhost:8420", nil, seen{"127.0.0.1", false}, 200},
		"here, past the proxy":                {plain, "127.0.0.9:99", "home.example", says("https", "203.0.113.5"), seen{"127.0.0.9", false}, 200},
		"a stranger, in clear":                {plain, "203.0.113.7:99", "home.example", says("https", "10.0.0.2"), seen{}, 403},
		"a stranger, by TLS":                  {encrypted, "203.0.113.7:99", "home.example", says("http", "10.0.0.2"), seen{"203.0.113.7", true}, 200},
		"no address":                          {plain, "@", "home.example", says("https", "203.0.113.5"), seen{}, 403},
		"without a proxy":                     {Listen{Insecure: true}, "203.0.113.7:99", "home.example", says("https", "10.0.0.2"), seen{"203.0.113.7", false}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			got, status := ask(tc.listen, tc.peer, tc.host, "/", tc.headers)
			if got != tc.want || status != tc.status {
				t.Errorf("got %+v, %d, want %+v, %d", got, status, tc.want, tc.status)
			}
		})
	}
	if _, status := ask(plain, "203.0.113.7:99", "any", "/healthz", nil); status != 200 {
		t.Errorf("health: %d", status)
	}
}

// FuzzForwarded: whatever stands in the header, who is named is the peer or an
// address in it, and what stands before a stranger changes nothing.
func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{"", ",", "203.0.113.5", "a, 10.0.0.2", "1.2.3.4, 10.0.0.2,10.0.0.2", "fe80::1%eth0", "::ffff:1.2.3.4"} {
		f.Add(seed)
	}
	peer, stranger := netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("203.0.113.5")
	front := &front{proxies: []netip.Prefix{netip.PrefixFrom(peer, 32)}}
	f.Fuzz(func(t *testing.T, header string) {
		if got := front.client([]string{header}, peer); got.Zone() != "" || got.Is4In6() || got != peer && !strings.ContainsAny(header, ".:") {
			t.Errorf("%q names %v", header, got)
		}
		if got := front.client([]string{header, stranger.String(), "10.0.0.2"}, peer); got != stranger {
			t.Errorf("%q before a stranger names %v", header, got)
		}
	})
}
