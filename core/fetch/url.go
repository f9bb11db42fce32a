package fetch

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const (
	maxURL   = 8 << 10
	maxHost  = 253 // bytes of a name, RFC 1035
	maxLabel = 63
)

var (
	errURL      = errors.New("malformed URL")
	errScheme   = errors.New("only https and http URLs are fetched")
	errUserInfo = errors.New("a URL may not hold a name or password")
	errHost     = errors.New("malformed host")
)

// parseURL reads an absolute URL and normalises it: ASCII only, the host in
// lower case and punycode, no fragment, no default port. What readers of URLs
// disagree about (backslashes, white space, user info, zones, trailing dots,
// addresses in octal, hexadecimal or fewer than four parts) is refused.
// Its errors never hold the URL.
func parseURL(raw string) (*url.URL, error) {
	if len(raw) == 0 || len(raw) > maxURL || !utf8.ValidString(raw) || strings.ContainsFunc(raw, isOdd) {
		return nil, errURL
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return nil, errURL
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, errScheme
	}
	if u.User != nil {
		return nil, errUserInfo
	}
	s, err := siteOf(u)
	if err != nil {
		return nil, err
	}
	// Go escapes a path on the way out but sends a query as it stands.
	query, path := escape(u.RawQuery), escape(u.EscapedPath())
	clean := u.Scheme + "://" + s.hostport() + path
	if u.ForceQuery || query != "" {
		clean += "?" + query
	}
	if u, err = url.Parse(clean); err != nil || len(clean) > maxURL {
		return nil, errURL
	}
	return u, nil
}

// isOdd reports white space, controls and the backslash, which some readers
// take for a slash.
func isOdd(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }

// escape percent-encodes what is not ASCII.
func escape(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] < utf8.RuneSelf {
			b.WriteByte(s[i])
			continue
		}
		b.WriteByte('%')
		b.WriteString(strings.ToUpper(strconv.FormatUint(uint64(s[i]), 16)))
	}
	return b.String()
}

// A site is where a URL leads: scheme, host and port.
type site struct {
	name  string     // ASCII, lower case; "" for an address
	addr  netip.Addr // valid for an address; never v4-mapped
	port  uint16
	plain bool // http
}

// siteOf returns the site of u.
func siteOf(u *url.URL) (site, error) {
	s := site{plain: u.Scheme == "http", port: 443}
	if s.plain {
		s.port = 80
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return site{}, errHost
		}
		s.port = uint16(n)
	}
	host := u.Hostname()
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return site{}, errHost
		}
		s.addr = addr.Unmap()
		return s, nil
	}
	var err error
	s.name, err = cleanName(host)
	return s, err
}

// cleanName returns the ASCII, lower-case form of a host name. It refuses what
// a resolver might take for an address: a last label that is a number.
func cleanName(name string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(name)
	if err != nil || len(ascii) > maxHost {
		return "", errHost
	}
	last := ""
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > maxLabel {
			return "", errHost
		}
		last = label
	}
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", errHost
	}
	return ascii, nil
}

// host returns the name or the address.
func (s site) host() string {
	if s.addr.IsValid() {
		return s.addr.String()
	}
	return s.name
}

// hostport returns the host as in a URL, with the port unless the scheme's own.
func (s site) hostport() string {
	host := s.name
	if s.addr.IsValid() {
		host = s.addr.String()
		if s.addr.Is6() {
			host = "[" + host + "]"
		}
	}
	if s.plain && s.port == 80 || !s.plain && s.port == 443 {
		return host
	}
	return host + ":" + strconv.Itoa(int(s.port))
}

// addrPort returns the address and port of a site that is an address.
func (s site) addrPort() netip.AddrPort { return netip.AddrPortFrom(s.addr, s.port) }
