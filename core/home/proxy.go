package home

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Headers by which a proxy says whose request it hands on. X-Forwarded-Host is
// none of them: the home is asked for by the name in Host, or not at all.
const (
	forwardedFor   = "X-Forwarded-For"
	forwardedProto = "X-Forwarded-Proto"
)

// A front stands before the pages of a home with trusted proxies: it puts what
// they say of the person's connection in the place of their own. What anybody
// else says of it is not heard.
type front struct {
	proxies []netip.Prefix
	only    bool // others than they and this machine are turned away
	pages   http.Handler
}

// behind returns the pages as a listener's clients reach them.
func behind(l Listen, pages http.Handler) http.Handler {
	if len(l.Proxies) == 0 {
		return pages
	}
	return &front{l.Proxies, !l.isTLS() && !l.Insecure, pages}
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	peer := from.Addr().Unmap()
	switch {
	case r.URL.Path == "/healthz": // says nothing of the home, whoever asks
	case err != nil || f.only && !f.trusts(peer) && !peer.IsLoopback():
		http.Error(w, "This home is reached through its proxy.", http.StatusForbidden)
		return
	case f.trusts(peer) && lastOf(r.Header[forwardedProto]) == "https":
		r = f.forwarded(r, peer)
	case f.trusts(peer) && !isDirect(r):
		http.Error(w, "This home is reached by https only: have the proxy do so and send X-Forwarded-Proto.", http.StatusForbidden)
		return
	}
	f.pages.ServeHTTP(w, r)
}

// isDirect reports whether somebody on this machine asks without the proxy that
// is on it too.
func isDirect(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]")
	}
	return isThisMachine(host) && r.Header[forwardedProto] == nil && r.Header[forwardedFor] == nil
}

func (f *front) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(f.proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// forwarded returns the request as the proxy received it.
func (f *front) forwarded(r *http.Request, peer netip.Addr) *http.Request {
	was := *r
	if was.TLS == nil {
		was.TLS = &tls.ConnectionState{} // there was one, and no more is known of it
	}
	was.RemoteAddr = netip.AddrPortFrom(f.client(r.Header[forwardedFor], peer), 0).String()
	return &was
}

// client returns who asked the outermost trusted proxy. Each proxy adds whom it
// heard at the end: what stands before the first stranger, he may have written.
func (f *front) client(lines []string, peer netip.Addr) netip.Addr {
	for rest := strings.Join(lines, ","); rest != ""; {
		i := strings.LastIndexByte(rest, ',')
		a, err := netip.ParseAddr(strings.TrimSpace(rest[i+1:]))
		if err != nil {
			return peer
		}
		peer, rest = a.Unmap().WithZone(""), rest[:max(i, 0)]
		if !f.trusts(peer) {
			return peer
		}
	}
	return peer
}

func lastOf(lines []string) string {
	all := strings.Join(lines, ",")
	return strings.ToLower(strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:]))
}
