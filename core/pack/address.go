package pack

import (
	"cmp"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
)

// maxAddress bounds the address of a pack, in bytes.
const maxAddress = 1000

// A place is where a pack is fetched from: one host by https, or one exact
// address, as the person wrote it.
type place struct {
	url     string
	host    string // as fetch.CheckHosts wants it; "" for an address
	address netip.AddrPort
}

// readPlace reads an address that the person gave. One that could tell homes
// apart, by a name, a password or a query, is none for a pack.
func readPlace(text string) (place, error) {
	p, err := newPlace(strings.TrimSpace(text))
	if err != nil {
		return place{}, refusal(core.Invalid, WhyAddress, err)
	}
	return p, nil
}

func newPlace(text string) (p place, err error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > maxAddress || u.Opaque != "" || u.Host == "" || strings.Contains(u.Host, "*"):
		return p, errors.New("want an address such as https://example.org/tariffs.pack")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return p, errors.New("the address of a pack is the same for everyone: it has no name, no password and no query")
	}
	port := map[string]string{"https": "443", "http": "80"}[u.Scheme]
	if u.Host = strings.ToLower(u.Host); u.Port() == port {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	p = place{url: u.String(), host: u.Host}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && port != "" {
		p.host = ""
		p.address, err = netip.ParseAddrPort(net.JoinHostPort(addr.String(), cmp.Or(u.Port(), port)))
		return p, err
	}
	if u.Scheme != "https" {
		return p, errors.New("only https, or an address in numbers that you allow")
	}
	return p, fetch.CheckHosts([]string{p.host})
}

// policy lets the place be reached, and nothing else.
func (p place) policy() fetch.Policy {
	if p.host != "" {
		return fetch.Policy{Hosts: []string{p.host}}
	}
	return fetch.Policy{Allowed: []netip.AddrPort{p.address}}
}
