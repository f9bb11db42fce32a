package fetch

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"sync"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Secret is a secret of the source. A program writes its placeholder, as
// protocol.Placeholder or, with TOTP, "{{totp:name:1}}" gives it, and the home
// fills it in the places of Use and in no other.
type Secret struct {
	Name  string // of the field
	Value core.Secret
	TOTP  bool // Value is the key of one-time codes, in base32 or as an otpauth URL; it never leaves the home
	Use   []protocol.Use
	// Bearer, unless nil, says that Value is an access token: it may stand in
	// "Authorization: Bearer" of any request to these hosts, written as in a
	// manifest, and nowhere else.
	Bearer []string
}

const (
	kindSecret = "secret"
	kindTOTP   = "totp"

	maxSecret = 4096 // bytes of a value
	maxRecent = 64
)

// placeholder matches a placeholder: its kind and its name. The number after a
// TOTP name tells one request of the program from another; any code is the one
// of the moment it is filled.
func placeholder() *regexp.Regexp {
	return regexp.MustCompile(`\{\{(?:(secret):([A-Za-z0-9_-]{1,64})|(totp):([A-Za-z0-9_-]{1,64}):[0-9]{1,9})\}\}`)
}

// keep holds the secrets of a run: it fills requests and makes scrubbers.
type keep struct {
	secrets []Secret
	clock   core.Clock
	marks   *regexp.Regexp

	mu     sync.Mutex
	recent []recent // oldest first
}

// recent is a text made of a secret and sent: the base64 of user and password,
// scrubbed for the rest of the run, or a one-time code, scrubbed from the reply
// to the request it was filled in: six digits stand in too many later pages.
type recent struct {
	text, mark string
	isCode     bool
}

// newKeep checks the secrets against hosts.
func newKeep(hosts []string, secrets []Secret, clock core.Clock) (*keep, error) {
	for i, s := range secrets {
		for _, use := range s.Use {
			if err := CheckUse(hosts, use); err != nil {
				return nil, fmt.Errorf("secret %s: %w", s.Name, err)
			}
		}
		isSame := func(o Secret) bool { return o.Name == s.Name }
		if len(s.Value) > maxSecret || slices.ContainsFunc(secrets[:i], isSame) {
			return nil, core.E(core.Invalid, "read secrets", fmt.Errorf("secret %s is too long or given twice", s.Name))
		}
	}
	return &keep{secrets: secrets, clock: clock, marks: placeholder()}, nil
}

// value returns what stands for the placeholder of kind and name at a place of
// a request.
func (k *keep) value(kind, name string, at place) (string, error) {
	s, ok := k.secret(kind, name)
	if !ok {
		return "", fmt.Errorf("there is no %s %s", kind, name)
	}
	if s.Bearer != nil && at.isBearer(s.Bearer) {
		return string(s.Value), nil
	}
	if !slices.ContainsFunc(s.Use, at.isUse) {
		return "", fmt.Errorf("the manifest does not let %s %s stand in %s %q of this request", kind, name, at.kind, at.name)
	}
	if !s.TOTP {
		return string(s.Value), nil
	}
	code, err := totpCode(s.Value, k.clock())
	if err != nil {
		return "", err
	}
	k.remember(recent{text: code, mark: "{{totp:" + name + ":0}}", isCode: true})
	return code, nil
}

func (k *keep) secret(kind, name string) (Secret, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.secrets, func(s Secret) bool { return s.Name == name && s.TOTP == (kind == kindTOTP) })
	if i < 0 {
		return Secret{}, false
	}
	return k.secrets[i], true
}

// SetToken gives the access token of name its new value. The old one stays
// scrubbed from replies.
func (c *Client) SetToken(name string, value core.Secret) {
	k := c.keep
	k.mu.Lock()
	i := slices.IndexFunc(k.secrets, func(s Secret) bool { return s.Name == name && s.Bearer != nil })
	if i < 0 {
		k.mu.Unlock()
		return
	}
	old := k.secrets[i].Value
	k.secrets = slices.Clone(k.secrets) // scrubbers read the old ones
	k.secrets[i].Value = value
	k.mu.Unlock()
	if old != "" {
		k.remember(recent{text: string(old), mark: protocol.Placeholder(name)})
	}
}

// remember has text scrubbed from replies.
func (k *keep) remember(r recent) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.recent = slices.DeleteFunc(k.recent, func(o recent) bool { return o.text == r.text })
	if len(k.recent) >= maxRecent {
		k.recent = k.recent[1:]
	}
	k.recent = append(k.recent, r)
}

// forgetCodes is called when a program's next request begins.
func (k *keep) forgetCodes() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.recent = slices.DeleteFunc(k.recent, func(r recent) bool { return r.isCode })
}

// place is where in a request a text stands.
type place struct {
	site         site
	method, path string // the path escaped
	kind, name   string // as in protocol.Use
}

// host is the place's, as manifests write it: with :port unless 443, "" for an
// address that the person allowed.
func (p place) host() string {
	if p.site.name == "" {
		return ""
	}
	return site{name: p.site.name, port: p.site.port}.hostport()
}

// isBearer reports whether an access token for hosts may stand here.
func (p place) isBearer(hosts []string) bool {
	host := p.host()
	return p.kind == placeBearer && !(p.site.plain && host != "") && slices.Contains(hosts, host)
}

// isUse reports whether use declares this place.
func (p place) isUse(use protocol.Use) bool {
	host := p.host()
	return !(p.site.plain && host != "") && use.Host == host && use.Method == p.method && use.Path == p.path &&
		use.Place == p.kind && p.isName(use.Name)
}

func (p place) isName(name string) bool {
	switch p.kind {
	case placeHeader:
		return http.CanonicalHeaderKey(name) == p.name
	case placeBasic:
		return name == p.name || name == "" && p.name == basicPassword
	}
	return name == p.name
}

var errPlace = errors.New("a secret may not stand here")

// dropSecrets removes what proves who the person is: Authorization and every
// header with a placeholder.
func (k *keep) dropSecrets(header http.Header) {
	header.Del("Authorization")
	maps.DeleteFunc(header, func(_ string, values []string) bool {
		return slices.ContainsFunc(values, k.marks.MatchString)
	})
}

// scrubber returns a scrubber of all secrets and of what was recently made of them.
func (k *keep) scrubber() *scrubber {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := new(scrubber)
	for _, secret := range k.secrets {
		s.add(string(secret.Value), "{{"+secret.kind()+":"+secret.Name+"}}")
	}
	for _, r := range k.recent {
		s.add(r.text, r.mark)
	}
	return s
}

// kind returns the kind of the secret's placeholder.
func (s Secret) kind() string {
	if s.TOTP {
		return kindTOTP
	}
	return kindSecret
}
