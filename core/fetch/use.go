package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// The places where a secret may stand, and the names of place basic: "" means
// basicPassword.
const (
	placeForm   = "form"   // a field of an application/x-www-form-urlencoded body
	placeJSON   = "json"   // a member of a JSON body: "password", or "login.password" for one inside an object
	placeHeader = "header" // a header
	placeBearer = "bearer" // "Authorization: Bearer" with an access token alone; no manifest writes it
	placeBasic  = "basic"  // the base64 of "user:password" in Authorization

	basicUser     = "user"
	basicPassword = "password"
)

// CheckManifest checks the parts of a manifest that this package enforces
// later: its hosts and the uses of its secrets. It returns [core.Invalid].
func CheckManifest(m protocol.Manifest) error {
	if err := CheckHosts(m.Hosts); err != nil {
		return err
	}
	if err := checkOAuth(m); err != nil {
		return core.E(core.Invalid, "check oauth", err)
	}
	for _, field := range m.Fields {
		for i, use := range field.Use {
			if err := CheckUse(m.Hosts, use); err != nil {
				return fmt.Errorf("field %s, use %d: %w", field.Name, i+1, err)
			}
			if use.Host == "" && !m.LAN {
				return core.E(core.Invalid, "check use", fmt.Errorf("field %s, use %d: no host, and the manifest has no lan", field.Name, i+1))
			}
		}
	}
	return nil
}

// checkOAuth holds the hosts of a sign-in against those of the manifest.
func checkOAuth(m protocol.Manifest) error {
	o := m.OAuth
	if o == nil {
		return nil
	}
	for _, host := range o.Hosts {
		if err := checkUseHost(m.Hosts, host); err != nil {
			return fmt.Errorf("hosts: %q: %w", host, err)
		}
		if host == "" && !m.LAN {
			return errors.New("hosts: no address is given where the manifest has no lan")
		}
	}
	if err := checkEndpoint(m.Hosts, o.Token); err != nil {
		return fmt.Errorf("token: %w", err)
	}
	if err := checkEndpoint(m.Hosts, o.Device); err != nil {
		return fmt.Errorf("device: %w", err)
	}
	return nil
}

// checkEndpoint holds an address that the home itself asks against hosts.
func checkEndpoint(hosts []string, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return err // a path, at the address given, or none
	}
	return checkUseHost(hosts, u.Host)
}

// CheckUse checks one use of a secret, for a program that may reach hosts: an
// exact host among them ("" for the address that the person gives), an exact
// method and path, and a place with its name. It returns [core.Invalid].
func CheckUse(hosts []string, use protocol.Use) error {
	const op = "check use"
	for _, check := range []func() error{
		func() error { return checkUseHost(hosts, use.Host) },
		func() error { return checkUseRequest(use.Method, use.Path) },
		func() error { return checkUsePlace(use.Place, use.Name) },
	} {
		if err := check(); err != nil {
			return core.E(core.Invalid, op, err)
		}
	}
	return nil
}

func checkUseHost(hosts []string, host string) error {
	if host == "" {
		return nil
	}
	p, err := parseHost(host)
	if err != nil || p.wild {
		return errors.New("host is not an exact host")
	}
	patterns, err := parseHosts(hosts)
	if err != nil {
		return err
	}
	s := site{name: p.name, port: p.port}
	if !slices.ContainsFunc(patterns, func(q pattern) bool { return q.matches(s) }) {
		return errors.New("host is not among the hosts")
	}
	return nil
}

func checkUseRequest(method, path string) error {
	if m, err := checkMethod(method, false); err != nil || m != method {
		return errors.New("unknown method")
	}
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") || u.EscapedPath() != path || strings.ContainsFunc(path, isOdd) {
		return errors.New("path is not an escaped path, without query")
	}
	return nil
}

func checkUsePlace(place, name string) error {
	switch place {
	case placeForm, placeJSON:
		if name == "" {
			return fmt.Errorf("place %s wants a name", place)
		}
	case placeHeader:
		if key := http.CanonicalHeaderKey(name); !httpguts.ValidHeaderFieldName(name) || isReserved(key) {
			return errors.New("name is not a header that a program may set")
		}
	case placeBasic:
		if name != "" && name != basicUser && name != basicPassword {
			return fmt.Errorf("place basic wants the name %s or %s", basicUser, basicPassword)
		}
	default:
		return errors.New("place is not form, json, header or basic")
	}
	return nil
}
