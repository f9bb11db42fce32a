package home

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"

	"github.com/domicile-home/domicile/core"
)

// Listen says where a home is served.
type Listen struct {
	Address          string         // "127.0.0.1:8420"
	Hosts            []string       // names by which it is reached, besides loopback's and the authority's
	Certificate, Key string         // PEM files; both or none
	Authority        Authority      // issues the certificate instead; zero for none
	Proxies          []netip.Prefix // whose word on the person's connection is taken
	Insecure         bool           // listen beyond the machine without TLS
}

// check refuses a listener that is not safe, or that says two things.
func (l Listen) check() error {
	host, _, err := net.SplitHostPort(l.Address)
	if err != nil {
		return err
	}
	switch {
	case l.Certificate != "" && l.Authority.isNamed():
		return errors.New("give a certificate or the name of one to ask for, not both")
	case len(l.Proxies) > 0 && l.Authority.isNamed():
		return errors.New("behind a proxy, the proxy has the certificate")
	case !isThisMachine(host) && !l.isTLS() && len(l.Proxies) == 0 && !l.Insecure:
		return errors.New("beyond this machine, give --tls-cert and --tls-key, --acme-domain or --trusted-proxy, or use a tunnel (docs/hosting.md)")
	}
	return nil
}

func (l Listen) isTLS() bool { return l.Certificate != "" || l.Authority.isNamed() }

// names returns all names by which the home is reached.
func (l Listen) names() []string { return slices.Concat(l.Authority.Domains, l.Hosts) }

// url returns the address at which a browser finds the pages.
func (l Listen) url(a net.Addr) string {
	_, port, err := net.SplitHostPort(a.String())
	switch {
	case err == nil && l.Authority.isNamed() && port == "443":
		return "https://" + l.Authority.Domains[0]
	case err == nil && l.Authority.isNamed():
		return "https://" + net.JoinHostPort(l.Authority.Domains[0], port)
	case len(l.Proxies) > 0 && len(l.Hosts) > 0:
		return "https://" + l.Hosts[0]
	case l.isTLS():
		return "https://" + a.String()
	}
	return "http://" + a.String()
}

// isThisMachine reports whether host is a name or an address of loopback.
func isThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// listen opens the pages' listener: on this machine only, with TLS, for a proxy,
// or where the person insists. The keeper is nil without an authority.
func (h *Home) listen(l Listen) (net.Listener, *keeper, error) {
	const op = "listen"
	if err := l.check(); err != nil {
		return nil, nil, core.E(core.Invalid, op, err)
	}
	config, keeper, err := h.encryption(l)
	if err != nil {
		return nil, nil, core.E(core.Invalid, op, err)
	}
	plain, err := net.Listen("tcp", l.Address)
	if err != nil {
		return nil, nil, core.E(core.Conflict, op, err)
	}
	h.remember(plain.Addr())
	if config == nil {
		return plain, nil, nil
	}
	return tls.NewListener(plain, config), keeper, nil
}

// encryption returns how the listener encrypts, nil when it does not.
func (h *Home) encryption(l Listen) (*tls.Config, *keeper, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}}
	switch {
	case l.Authority.isNamed():
		k, err := newKeeper(h.path(Acme), l.Authority, h.Log)
		if err != nil {
			return nil, nil, err
		}
		config.GetCertificate = k.certificate
		config.NextProtos = append(config.NextProtos, challengeProtocol)
		return config, k, nil
	case l.Certificate != "":
		pair, err := tls.LoadX509KeyPair(l.Certificate, l.Key)
		config.Certificates = []tls.Certificate{pair}
		return config, nil, err
	}
	return nil, nil, nil
}

// remember keeps the listener's address out of every connector's reach.
func (h *Home) remember(a net.Addr) {
	own, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return
	}
	h.ownMu.Lock()
	defer h.ownMu.Unlock()
	h.own = append(h.own, own)
}

// listeners returns the home's own addresses.
func (h *Home) listeners() []netip.AddrPort {
	h.ownMu.Lock()
	defer h.ownMu.Unlock()
	return h.own
}
