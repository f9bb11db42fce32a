package fetch

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// rule lets a request through that goes to a host of the manifest by https, or
// to an address that the person allowed.
type rule struct {
	next    http.RoundTripper
	hosts   []pattern
	allowed []netip.AddrPort
}

// RoundTrip implements http.RoundTripper.
func (r rule) RoundTrip(req *http.Request) (*http.Response, error) {
	s, err := siteOf(req.URL)
	if err != nil {
		return nil, core.E(core.Invalid, "check host", err)
	}
	if err := r.check(s); err != nil {
		return nil, core.E(protocol.Blocked, "check host", err)
	}
	return r.next.RoundTrip(req)
}

func (r rule) check(s site) error {
	switch {
	case s.addr.IsValid() && slices.ContainsFunc(r.allowed, same(s.addrPort())):
		return nil
	case s.addr.IsValid():
		return errors.New("the person did not allow this address")
	case s.plain:
		return errors.New("http is for addresses that the person allowed")
	case slices.ContainsFunc(r.hosts, func(p pattern) bool { return p.matches(s) }):
		return nil
	}
	return errors.New("host is not in the manifest")
}

// same returns whether an address is a, written in whichever way.
func same(a netip.AddrPort) func(netip.AddrPort) bool {
	return func(b netip.AddrPort) bool {
		return a.Port() == b.Port() && a.Addr().Unmap() == b.Addr().Unmap()
	}
}
