package connect

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	keyTokens = "tokens"  // in settings: what the provider gave after a sign-in
	keySignIn = "sign-in" // in settings: a sign-in that was begun

	maxTokenReply = 64 << 10         // bytes
	maxToken      = 4096             // bytes
	maxExpiry     = 366 * 24 * 3600  // seconds; a longer life is not believed
	spare         = 30 * time.Second // before an access token ends
)

// tokens are what a provider gave, sealed in the source's space. They are
// written as soon as they come: a refresh token may be good only once.
type tokens struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh,omitempty"`
	Expires time.Time `json:"expires,omitzero"` // of Access; zero: unknown
	Granted time.Time `json:"granted"`          // when the person consented
	Ended   core.Code `json:"ended,omitempty"`  // why they are of no more use
}

func readTokens(space *vault.Space) (*tokens, error) {
	text, err := optional(space, keyTokens)
	if err != nil || text == nil {
		return nil, err
	}
	t := new(tokens)
	if err := json.Unmarshal(text, t); err != nil {
		return nil, core.E(core.Damaged, "read tokens", err)
	}
	return t, nil
}

// A tokenReply is the reply of a token endpoint (RFC 6749, 5.1 and 5.2).
type tokenReply struct {
	Access  string      `json:"access_token"`
	Type    string      `json:"token_type"`
	Expires json.Number `json:"expires_in"`
	Refresh string      `json:"refresh_token"`
	Error   string      `json:"error"`
}

// What an endpoint says (RFC 6749, 5.2; RFC 8628, 3.5).
var (
	errGrant    = errors.New("invalid_grant") // a code or a refresh token is of no more use
	errPending  = core.E(protocol.SourceChanged, "get token", errors.New("authorization_pending"))
	errSlowDown = core.E(protocol.SourceChanged, "get token", errors.New("slow_down"))
	errDenied   = core.E(protocol.ActionNeeded, "get token", errors.New("the sign-in was refused"))
	errLate     = core.E(protocol.AuthExpired, "get token", errors.New("the sign-in took too long"))
)

func grantErrors() map[string]error {
	return map[string]error{"invalid_grant": errGrant, "authorization_pending": errPending, "slow_down": errSlowDown,
		"access_denied": errDenied, "expired_token": errLate}
}

// parseTokens reads the reply of a token endpoint. Its errors are errGrant and
// those with a problem's code; none holds text of the reply but its error code.
func parseTokens(status int, body []byte, now time.Time) (tokens, error) {
	const op = "get token"
	var r tokenReply
	err := json.Unmarshal(body, &r)
	wrong := wrongReply(op, status, r.Error, err)
	switch said := grantErrors()[r.Error]; {
	case err == nil && status < 500 && said != nil:
		return tokens{}, said
	case wrong != nil:
		return tokens{}, wrong
	case !isToken(r.Access), r.Refresh != "" && !isToken(r.Refresh), !strings.EqualFold(r.Type, "bearer"):
		return tokens{}, core.E(protocol.SourceChanged, op, errors.New("not a bearer token"))
	}
	t := tokens{Access: r.Access, Refresh: r.Refresh, Granted: now}
	if seconds, err := strconv.ParseInt(r.Expires.String(), 10, 64); err == nil && seconds > 0 {
		t.Expires = now.Add(time.Duration(min(seconds, maxExpiry)) * time.Second)
	}
	return t, nil
}

// isToken reports whether text can stand in a header (RFC 6749, A.12).
func isToken(text string) bool {
	return text != "" && len(text) <= maxToken && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// askTokens posts form to the token endpoint of a source.
func (c *Connect) askTokens(ctx context.Context, client *fetch.Client, p *program.Program, s Source, form url.Values) (tokens, error) {
	status, body, err := c.post(ctx, client, p, s, p.Manifest.OAuth.Token, form)
	if err != nil {
		return tokens{}, err
	}
	return parseTokens(status, body, c.Clock().UTC())
}

// post posts form to an endpoint of a source, with the client's id and secret.
func (c *Connect) post(ctx context.Context, client *fetch.Client, p *program.Program, s Source, address string, form url.Values) (status int, body []byte, err error) {
	o := p.Manifest.OAuth
	form.Set("client_id", o.Client)
	if o.ClientField != "" {
		form.Set("client_id", s.Config[o.ClientField])
	}
	if o.SecretField != "" {
		form.Set("client_secret", protocol.Placeholder(o.SecretField))
	}
	stay := false
	res, err := client.Do(ctx, protocol.HTTPRequest{Method: http.MethodPost, URL: endpoint(p, address, s), Follow: &stay,
		Headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}}, []byte(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, maxTokenReply+1))
	if err == nil && len(body) > maxTokenReply {
		err = core.E(protocol.SourceChanged, "get token", errors.New("the reply is too long"))
	}
	return res.Status, body, err
}

// endpoint is an address of the manifest, or a path at the address that the
// person gave.
func endpoint(p *program.Program, address string, s Source) string {
	if !strings.HasPrefix(address, "/") {
		return address
	}
	for _, f := range p.Manifest.Fields {
		if f.Kind == "address" {
			return strings.TrimSuffix(strings.TrimSpace(s.Config[f.Name]), "/") + address
		}
	}
	return address
}

// errSignIn says that a source waits for its person to sign in.
func errSignIn(code core.Code) error {
	return core.E(code, "sign in", errors.New("sign in at the provider first"))
}

// usesToken reports whether a request carries the access token.
func (s *session) usesToken(req protocol.HTTPRequest) bool {
	if s.p.Manifest.OAuth == nil {
		return false
	}
	for _, value := range req.Headers {
		if strings.Contains(value, protocol.Placeholder(protocol.OAuthToken)) {
			return true
		}
	}
	return false
}

// send sends a request of the program. One with the access token has a fresh
// one, and is sent again, once, when the provider refuses that.
func (s *session) send(ctx context.Context, req protocol.HTTPRequest, body []byte) (*fetch.Response, error) {
	if !s.usesToken(req) {
		return s.client.Do(ctx, req, body)
	}
	if s.tokens == nil {
		return nil, errSignIn(protocol.AuthExpired)
	}
	if s.tokens.Ended != "" {
		return nil, errSignIn(s.tokens.Ended)
	}
	if at := s.tokens.Expires; !at.IsZero() && !s.c.Clock().Add(spare).Before(at) {
		if err := s.renew(ctx); err != nil {
			return nil, err
		}
		return s.client.Do(ctx, req, body)
	}
	res, err := s.client.Do(ctx, req, body)
	if err != nil || res.Status != http.StatusUnauthorized {
		return res, err
	}
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	if err := s.renew(ctx); err != nil {
		return nil, err
	}
	return s.client.Do(ctx, req, body)
}

// renew gets a new access token for the refresh token. The person may have
// signed in again meanwhile: those tokens come first.
func (s *session) renew(ctx context.Context) error {
	used := *s.tokens
	var got tokens
	var refused error
	if used.Refresh == "" {
		refused = errGrant
	} else if kept, err := s.keptTokens(ctx); err != nil {
		return err
	} else if kept != nil && kept.Access != used.Access {
		s.take(*kept)
		return nil
	} else if got, refused = s.c.askTokens(ctx, s.client, s.p, s.source, url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {used.Refresh}}); refused != nil && !errors.Is(refused, errGrant) {
		return refused
	}
	got.Granted = used.Granted
	if got.Refresh == "" {
		got.Refresh = used.Refresh
	}
	if refused != nil {
		got = tokens{Granted: used.Granted, Ended: s.ended(used)}
	}
	err := s.c.inSpace(context.WithoutCancel(ctx), s.source.ID, func(space *vault.Space) error {
		kept, err := readTokens(space)
		if err != nil {
			return err
		}
		if kept != nil && kept.Access != used.Access {
			got = *kept
			return nil
		}
		return putJSON(space, keyTokens, got)
	})
	if err != nil {
		return err
	}
	s.take(got)
	if got.Ended != "" {
		return errSignIn(got.Ended)
	}
	return nil
}

// ended tells a consent that has run out from a session that was ended.
func (s *session) ended(t tokens) core.Code {
	consent := time.Duration(s.p.Manifest.OAuth.Consent)
	if consent > 0 && !s.c.Clock().Before(t.Granted.Add(consent)) {
		return protocol.ConsentExpired
	}
	return protocol.AuthExpired
}

func (s *session) take(t tokens) {
	s.tokens = &t
	s.client.SetToken(protocol.OAuthToken, core.Secret(t.Access))
}

func (s *session) keptTokens(ctx context.Context) (t *tokens, err error) {
	err = s.c.lookInto(ctx, s.source.ID, func(space *vault.Space) (err error) {
		t, err = readTokens(space)
		return err
	})
	return t, err
}
