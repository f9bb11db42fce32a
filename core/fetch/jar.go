package fetch

import (
	"cmp"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

const (
	maxCookie        = 4096 // bytes of name, value, domain and path
	maxCookies       = 200  // of a jar
	maxDomainCookies = 50
)

// A Jar holds the cookies of one source, as RFC 6265 says, cookies of a session
// included: they last from run to run, as in a browser that restores its tabs.
// The zero Jar is empty. It is safe for concurrent use.
type Jar struct {
	mu   sync.Mutex
	list []cookie // oldest first
}

// cookie is one cookie, and its form in a jar's state.
type cookie struct {
	Name     string    `json:"name"`
	Value    string    `json:"value"`
	Quoted   bool      `json:"quoted,omitempty"`
	Domain   string    `json:"domain"` // host or domain, as in cleanName; or an address
	Path     string    `json:"path"`
	HostOnly bool      `json:"host_only,omitempty"`
	Secure   bool      `json:"secure,omitempty"`
	Expires  time.Time `json:"expires,omitzero"` // zero: with the session
}

// cookies returns what a request to u carries: longest path first, then oldest.
func (j *Jar) cookies(u *url.URL, now time.Time) []*http.Cookie {
	s, err := siteOf(u)
	if err != nil {
		return nil
	}
	path := cmp.Or(u.EscapedPath(), "/")
	var found []cookie
	j.mu.Lock()
	for _, c := range j.list {
		if !c.isExpired(now) && c.matches(s.host(), path) && (!c.Secure || !s.plain) {
			found = append(found, c)
		}
	}
	j.mu.Unlock()
	slices.SortStableFunc(found, func(a, b cookie) int { return len(b.Path) - len(a.Path) })
	sent := make([]*http.Cookie, len(found))
	for i, c := range found {
		sent[i] = &http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}
	}
	return sent
}

// set keeps the cookies that a reply from u set.
func (j *Jar) set(u *url.URL, given []*http.Cookie, now time.Time) {
	s, err := siteOf(u)
	if err != nil || len(given) == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, g := range given {
		if c, ok := newCookie(s, u.EscapedPath(), g, now); ok {
			j.put(c)
			j.list = slices.DeleteFunc(j.list, func(c cookie) bool { return c.isExpired(now) })
		}
	}
}

// put replaces the cookie of the same name and place, or adds c, making room.
func (j *Jar) put(c cookie) {
	if i := slices.IndexFunc(j.list, c.isSame); i >= 0 {
		j.list[i] = c // in its place: it keeps its age
		return
	}
	first, n := -1, 0 // of the domain
	for i, o := range j.list {
		if o.Domain != c.Domain {
			continue
		}
		if n++; first < 0 {
			first = i
		}
	}
	switch {
	case n >= maxDomainCookies:
		j.list = slices.Delete(j.list, first, first+1)
	case len(j.list) >= maxCookies:
		j.list = slices.Delete(j.list, 0, 1)
	}
	j.list = append(j.list, c)
}

// isSame reports whether setting c replaces o.
func (c cookie) isSame(o cookie) bool {
	return c.Name == o.Name && c.Domain == o.Domain && c.Path == o.Path
}

func (c cookie) isExpired(now time.Time) bool { return !c.Expires.IsZero() && !c.Expires.After(now) }

// matches reports whether c goes to host and path (RFC 6265, 5.1.3 and 5.1.4).
func (c cookie) matches(host, path string) bool {
	if host != c.Domain && (c.HostOnly || !strings.HasSuffix(host, "."+c.Domain)) {
		return false
	}
	rest, ok := strings.CutPrefix(path, c.Path)
	return ok && (rest == "" || strings.HasSuffix(c.Path, "/") || rest[0] == '/')
}

// newCookie reads a cookie set by site s at path. It reports false for one
// that is refused.
func newCookie(s site, path string, g *http.Cookie, now time.Time) (cookie, bool) {
	c := cookie{Name: g.Name, Value: g.Value, Quoted: g.Quoted, Path: g.Path, Secure: g.Secure, Expires: g.Expires}
	if !strings.HasPrefix(c.Path, "/") {
		c.Path = defaultPath(path)
	}
	switch {
	case g.MaxAge < 0:
		c.Expires = time.Unix(1, 0)
	case g.MaxAge > 0:
		c.Expires = now.Add(time.Duration(min(g.MaxAge, maxAge)) * time.Second)
	}
	var ok bool
	if c.Domain, c.HostOnly, ok = cookieDomain(s, g.Domain); !ok {
		return cookie{}, false
	}
	c.Expires = c.Expires.UTC().Truncate(time.Second)
	isFit := c.check() == nil && c.keepsPrefix(g.Domain) && (!c.Secure || !s.plain)
	return c, isFit
}

// maxAge is the longest life of a cookie, in seconds (RFC 6265bis: 400 days).
const maxAge = 400 * 24 * 60 * 60

// keepsPrefix reports whether c keeps the promise of its name (RFC 6265bis, 4.1.3).
func (c cookie) keepsPrefix(domain string) bool {
	name := strings.ToLower(c.Name)
	if strings.HasPrefix(name, "__host-") {
		return c.Secure && c.HostOnly && domain == "" && c.Path == "/"
	}
	return c.Secure || !strings.HasPrefix(name, "__secure-")
}

func (c cookie) size() int { return len(c.Name) + len(c.Value) + len(c.Domain) + len(c.Path) }

// cookieDomain returns the domain of a cookie that s sets for domain. No
// cookie is set for a public suffix: strangers live below it.
func cookieDomain(s site, domain string) (_ string, hostOnly, ok bool) {
	host := s.host()
	domain = strings.TrimPrefix(domain, ".")
	if domain == "" {
		return host, true, true
	}
	if addr, err := netip.ParseAddr(domain); err == nil || s.addr.IsValid() {
		return host, true, err == nil && addr.Unmap() == s.addr
	}
	domain, err := cleanName(domain)
	if err != nil || host != domain && !strings.HasSuffix(host, "."+domain) {
		return "", false, false
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		return host, true, host == domain
	}
	return domain, false, true
}

// defaultPath is RFC 6265, 5.1.4.
func defaultPath(path string) string {
	i := strings.LastIndexByte(path, '/')
	if i <= 0 || path[0] != '/' {
		return "/"
	}
	return path[:i]
}
