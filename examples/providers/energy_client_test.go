package providers_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/examples/providers"
)

// pkce is a client of the energy supplier, written by hand after RFC 6749 and
// RFC 7636.
type pkce struct {
	*browser
	energy   *providers.Energy
	redirect string
	verifier string
	tokens   tokens
}

type tokens struct {
	Access      string `json:"access_token"`
	Type        string `json:"token_type"`
	Seconds     int    `json:"expires_in"`
	Refresh     string `json:"refresh_token"`
	Scope       string `json:"scope"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func newPKCE(t *testing.T, energy *providers.Energy) *pkce {
	t.Helper()
	c := &pkce{browser: browse(t, energy), energy: energy, redirect: "http://127.0.0.1:8420/oauth/callback",
		verifier: "a-verifier.of~at_least-forty-three-characters-0"}
	c.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// query is what the authorisation page is opened with; change alters it.
func (c *pkce) query(change url.Values) string {
	sum := sha256.Sum256([]byte(c.verifier))
	q := url.Values{"response_type": {"code"}, "client_id": {c.energy.Client()}, "redirect_uri": {c.redirect}, "state": {"s&1"},
		"scope": {"bills consumption"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	for name, values := range change {
		q[name] = values
	}
	return "/authorize?" + q.Encode()
}

func (c *pkce) form(path string, form url.Values) reply {
	c.t.Helper()
	r, err := http.NewRequest("POST", c.site+path, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return c.do(r, err)
}

// decide opens the page and sends it as the person fills it in.
func (c *pkce) decide(user, password, decision string) reply {
	c.t.Helper()
	page := c.get(c.query(nil))
	request := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(page.body)
	if page.status != 200 || request == nil {
		c.t.Fatalf("authorisation page: %d %s", page.status, page.body)
	}
	return c.form("/authorize", url.Values{"request": request[1:], "username": {user}, "password": {password}, "decision": {decision}})
}

// back reads what the redirect tells the client.
func (c *pkce) back(r reply) url.Values {
	c.t.Helper()
	at, err := url.Parse(r.header.Get("Location"))
	if err != nil || r.status != 303 || !strings.HasPrefix(at.String(), c.redirect+"?") {
		c.t.Fatalf("no redirect to the client: %d %s", r.status, r.header.Get("Location"))
	}
	return at.Query()
}

// ask posts to /token and keeps the tokens when there are any.
func (c *pkce) ask(form url.Values) tokens {
	c.t.Helper()
	if form.Get("client_id") == "" {
		form.Set("client_id", c.energy.Client())
	}
	r := c.form("/token", form)
	var out tokens
	if err := json.Unmarshal([]byte(r.body), &out); err != nil || (r.status == 200) != (out.Error == "") || r.header.Get("Cache-Control") != "no-store" {
		c.t.Fatalf("token: %d %s", r.status, r.body)
	}
	if out.Error == "" {
		c.tokens = out
	}
	return out
}

func (c *pkce) redeem(code string) tokens {
	c.t.Helper()
	return c.ask(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.redirect}, "code_verifier": {c.verifier}})
}

func (c *pkce) renew(refresh string) tokens {
	c.t.Helper()
	return c.ask(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
}

// enter signs in and redeems the code.
func (c *pkce) enter() {
	c.t.Helper()
	q := c.back(c.decide(c.energy.User(), c.energy.Password(), "allow"))
	if got := c.redeem(q.Get("code")); got.Error != "" || got.Type != "Bearer" || got.Seconds < 600 || got.Refresh == "" {
		c.t.Fatalf("got %+v", got)
	}
}

// api fetches path with the access token.
func (c *pkce) api(path string) reply {
	c.t.Helper()
	r, err := http.NewRequest("GET", c.site+path, nil)
	if err == nil {
		r.Header.Set("Authorization", "Bearer "+c.tokens.Access)
	}
	return c.do(r, err)
}
