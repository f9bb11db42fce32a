package fetch

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/domicile-home/domicile/core"
)

const maxHosts = 64 // of a manifest

// CheckHosts checks the hosts of a manifest: "www.example.org" or
// "*.example.org" (any name below, not the name itself), with ":port" unless
// 443; at least two labels, lower case, in punycode; no address; and no
// wildcard under a public suffix, where strangers rent names ("*.co.uk",
// "*.github.io"). It returns [core.Invalid].
func CheckHosts(hosts []string) error {
	_, err := parseHosts(hosts)
	return err
}

// A pattern is one host of a manifest.
type pattern struct {
	name string // ASCII, lower case, without "*."
	port uint16
	wild bool
}

func (p pattern) matches(s site) bool {
	if s.plain || s.addr.IsValid() || s.port != p.port {
		return false
	}
	if p.wild {
		return strings.HasSuffix(s.name, "."+p.name)
	}
	return s.name == p.name
}

func parseHosts(hosts []string) ([]pattern, error) {
	const op = "check hosts"
	if len(hosts) > maxHosts {
		return nil, core.E(core.Invalid, op, fmt.Errorf("over %d hosts", maxHosts))
	}
	patterns := make([]pattern, 0, len(hosts))
	for _, host := range hosts {
		p, err := parseHost(host)
		if err != nil {
			return nil, core.E(core.Invalid, op, fmt.Errorf("%q: %w", host, err))
		}
		if slices.Contains(patterns, p) {
			return nil, core.E(core.Invalid, op, fmt.Errorf("%q: given twice", host))
		}
		patterns = append(patterns, p)
	}
	return patterns, nil
}

func parseHost(host string) (pattern, error) {
	bare, wild := strings.CutPrefix(host, "*.")
	if strings.ContainsAny(bare, "/?#@%[]\\") {
		return pattern{}, errHost
	}
	s, err := siteOf(&url.URL{Scheme: "https", Host: bare})
	if err != nil {
		return pattern{}, err
	}
	if s.addr.IsValid() {
		return pattern{}, errors.New("an address is for the person to allow")
	}
	if s.hostport() != bare {
		return pattern{}, fmt.Errorf("write %q", s.hostport())
	}
	if !strings.Contains(s.name, ".") {
		return pattern{}, errors.New("a host has at least two labels")
	}
	if suffix, _ := publicsuffix.PublicSuffix(s.name); wild && suffix == s.name {
		return pattern{}, errors.New("anyone may rent a name under this suffix")
	}
	return pattern{name: s.name, port: s.port, wild: wild}, nil
}
