package connect

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	signInWithin = 10 * time.Minute // at the provider, once begun
	addingWithin = 24 * time.Hour   // of adding a source, else it is forgotten
)

// SignsIn reports whether the person signs in to p at the provider's own site.
func SignsIn(p *program.Program) bool { return p.Manifest.OAuth != nil }

// A SignIn is a sign-in at a provider that was begun.
type SignIn struct {
	URL     string      // of the provider's page
	Binding core.Secret // proves, with Landing, that the same browser comes back
	Until   time.Time
}

// pendingSignIn is what the home remembers of one, in the source's space.
type pendingSignIn struct {
	State    string    `json:"state"`
	Verifier string    `json:"verifier"` // of PKCE (RFC 7636)
	Redirect string    `json:"redirect"`
	Binding  string    `json:"binding"`
	Until    time.Time `json:"until"`
}

// BeginSignIn begins a sign-in of the source; one begun before is void. The
// provider will send the browser to redirect, an address of this home that ends
// in the connector's id: a code given for one connector is of no use at
// another's (RFC 9700, 4.4). Codes: not_found; invalid when the connector has no
// such sign-in.
func (c *Connect) BeginSignIn(ctx context.Context, id core.SourceID, redirect string) (SignIn, error) {
	s, err := c.Source(ctx, id)
	if err != nil {
		return SignIn{}, err
	}
	p, ok := c.Program(s.Connector)
	if !ok || !HasCodeFlow(p) {
		return SignIn{}, core.E(core.Invalid, "begin sign-in", errors.New("this source has no sign-in at its provider"))
	}
	verifier := make([]byte, 32)
	rand.Read(verifier)
	pending := pendingSignIn{State: rand.Text(), Binding: rand.Text(), Redirect: redirect,
		Verifier: base64.RawURLEncoding.EncodeToString(verifier), Until: c.Clock().Add(signInWithin).UTC()}
	if err := c.CancelDeviceSignIn(ctx, id); err != nil {
		return SignIn{}, err
	}
	if err := c.inSpace(ctx, id, func(space *vault.Space) error { return putJSON(space, keySignIn, pending) }); err != nil {
		return SignIn{}, err
	}
	return SignIn{authorizeURL(p, s, pending), core.Secret(pending.Binding), pending.Until}, nil
}

// authorizeURL is the provider's page with what it must know (RFC 6749, 4.1.1).
func authorizeURL(p *program.Program, s Source, pending pendingSignIn) string {
	o := p.Manifest.OAuth
	challenge := sha256.Sum256([]byte(pending.Verifier))
	client := o.Client
	if o.ClientField != "" {
		client = s.Config[o.ClientField]
	}
	q := url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {pending.Redirect}, "state": {pending.State},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"}}
	if len(o.Scopes) > 0 {
		q.Set("scope", strings.Join(o.Scopes, " "))
	}
	return endpoint(p, o.Authorize, s) + "?" + q.Encode()
}

// A Landing is where the provider sent the person's browser.
type Landing struct {
	URL     *url.URL    // with the query; where the person pasted it, the whole address
	Pasted  bool        // by the signed-in person: no Binding is needed, all of URL must fit
	Binding core.Secret // as BeginSignIn gave it to this browser
}

// Land ends a sign-in: it redeems the code, keeps the tokens, makes a source
// that was being added one like others, and starts its run. A state is good
// once. The source is returned as soon as it is known.
//
// Codes: forbidden for a state that no sign-in of this browser has, one used
// before, or a code meant for another; auth_expired for one begun too long ago
// or a code that the provider takes no more; action_needed when the person or
// the provider refused; and those of reaching the provider.
func (c *Connect) Land(ctx context.Context, l Landing) (core.SourceID, error) {
	const op = "sign in"
	q := l.URL.Query()
	s, pending, err := c.takeSignIn(ctx, l, q.Get("state"))
	if err != nil {
		return s.ID, err
	}
	p, ok := c.Program(s.Connector)
	if !ok || !HasCodeFlow(p) {
		return s.ID, core.E(core.NotFound, op, errors.New("the connector is gone"))
	}
	switch issuer := p.Manifest.OAuth.Issuer; {
	case !c.Clock().Before(pending.Until):
		return s.ID, core.E(protocol.AuthExpired, op, errors.New("it was begun too long ago"))
	case issuer != "" && q.Has("iss") && q.Get("iss") != issuer:
		return s.ID, core.E(core.Forbidden, op, errors.New("the answer is another provider's"))
	case q.Get("error") != "" || q.Get("code") == "":
		return s.ID, core.E(protocol.ActionNeeded, op, errors.New("the sign-in was refused"))
	}
	got, err := c.redeem(ctx, p, s, url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")},
		"redirect_uri": {pending.Redirect}, "code_verifier": {pending.Verifier}})
	if err != nil {
		return s.ID, err
	}
	if err := c.keepTokens(ctx, s.ID, got); err != nil {
		return s.ID, err
	}
	_, err = c.Start(ctx, s.ID, ByPerson)
	if core.CodeOf(err) == core.Conflict {
		err = nil // a run goes on, with these tokens from now on
	}
	return s.ID, err
}

// takeSignIn returns the source whose sign-in l ends, and forgets the sign-in.
// Anyone may come with a guess: only the right one writes.
func (c *Connect) takeSignIn(ctx context.Context, l Landing, state string) (Source, pendingSignIn, error) {
	sources, err := c.Sources(ctx)
	if err != nil {
		return Source{}, pendingSignIn{}, err
	}
	var found pendingSignIn
	look := func(space *vault.Space) error {
		pending, err := readSignIn(space)
		if err == nil && pending != nil && pending.fits(l, state) {
			found = *pending
		}
		return err
	}
	for _, s := range sources {
		if err := c.lookInto(ctx, s.ID, look); err != nil {
			return s, found, err
		}
		if found.State == "" {
			continue
		}
		found = pendingSignIn{} // unless it is still there
		err := c.inSpace(ctx, s.ID, func(space *vault.Space) error {
			if err := look(space); err != nil || found.State == "" {
				return err
			}
			return space.Delete(settings, []byte(keySignIn))
		})
		if err != nil || found.State != "" {
			return s, found, err
		}
	}
	return Source{}, pendingSignIn{}, core.E(core.Forbidden, "sign in", errors.New("no such sign-in was begun here"))
}

func readSignIn(space *vault.Space) (*pendingSignIn, error) {
	text, err := optional(space, keySignIn)
	if err != nil || text == nil {
		return nil, err
	}
	p := new(pendingSignIn)
	if err := json.Unmarshal(text, p); err != nil {
		return nil, core.E(core.Damaged, "read sign-in", err)
	}
	return p, nil
}

// fits reports whether l is the end of this sign-in.
func (p *pendingSignIn) fits(l Landing, state string) bool {
	redirect, err := url.Parse(p.Redirect)
	if err != nil || !same(state, p.State) || l.URL.Path != redirect.Path {
		return false
	}
	if l.Pasted {
		return l.URL.Scheme == redirect.Scheme && l.URL.Host == redirect.Host
	}
	return same(string(l.Binding), p.Binding)
}

func same(a, b string) bool { return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// redeem gives the code to the provider.
func (c *Connect) redeem(ctx context.Context, p *program.Program, s Source, form url.Values) (tokens, error) {
	var given secrets
	err := c.lookInto(ctx, s.ID, func(space *vault.Space) (err error) {
		given, err = readSecrets(space, p)
		return err
	})
	if err != nil {
		return tokens{}, err
	}
	var hops []fetch.Hop
	client, err := c.network(p, s, fetch.Limits{}, fetch.Options{Secrets: fills(p, given), Audit: func(h fetch.Hop) { hops = append(hops, h) }})
	if err != nil {
		return tokens{}, err
	}
	defer client.Close()
	got, err := c.askTokens(ctx, client, p, s, form)
	if errors.Is(err, errGrant) {
		err = core.E(protocol.AuthExpired, "sign in", fmt.Errorf("the provider takes this code no more: %w", err))
	}
	code := core.Code("")
	if err != nil {
		code = problemOf(err)
	}
	c.noteSignIn(ctx, s, hops, code)
	return got, err
}

// keepTokens makes the source one that is signed in, by whatever flow.
func (c *Connect) keepTokens(ctx context.Context, id core.SourceID, t tokens) error {
	return c.inSpace(context.WithoutCancel(ctx), id, func(space *vault.Space) error {
		s, err := sourceIn(space)
		if err != nil {
			return err
		}
		s.Adding = false
		if err := writeSource(space, s); err != nil {
			return err
		}
		if err := space.Delete(settings, []byte(keyDevice)); err != nil {
			return err
		}
		return putJSON(space, keyTokens, t)
	})
}
