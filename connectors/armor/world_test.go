package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

// world is the supplier and a home with one source there, signed in.
type world struct {
	t      *testing.T
	now    time.Time
	energy *providers.Energy
	home   *sdktest.Host
}

func newWorld(t *testing.T, months int) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC)}
	w.energy = providers.NewEnergy(providers.EnergyConfig{Seed: 11, Months: months, Access: 365 * 24 * time.Hour, Consent: 365 * 24 * time.Hour,
		Clock: func() time.Time { return w.now }, Pause: time.Second})
	server := httptest.NewServer(w.energy)
	t.Cleanup(server.Close)
	w.home = &sdktest.Host{Now: w.now, Config: map[string]string{"address": server.URL + "/"},
		Secrets: map[string]string{protocol.OAuthToken: w.token(server)}}
	return w
}

// token signs in as the person and the home do.
func (w *world) token(server *httptest.Server) string {
	w.t.Helper()
	const verifier, back = "a-verifier.of~at_least-forty-three-characters-0", "http://127.0.0.1:1/oauth/callback/armor"
	sum := sha256.Sum256([]byte(verifier))
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page, err := client.Get(server.URL + "/authorize?" + url.Values{"response_type": {"code"}, "client_id": {w.energy.Client()}, "redirect_uri": {back},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}.Encode())
	if err != nil {
		w.t.Fatal(err)
	}
	request := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(text(w.t, page))
	res, err := client.PostForm(server.URL+"/authorize", url.Values{"request": request[1:], "username": {w.energy.User()}, "password": {w.energy.Password()}, "decision": {"allow"}})
	if err != nil {
		w.t.Fatal(err)
	}
	at, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		w.t.Fatal(err)
	}
	res, err = client.PostForm(server.URL+"/token", url.Values{"grant_type": {"authorization_code"}, "client_id": {w.energy.Client()},
		"code": {at.Query().Get("code")}, "redirect_uri": {back}, "code_verifier": {verifier}})
	if err != nil {
		w.t.Fatal(err)
	}
	var reply struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text(w.t, res)), &reply); err != nil || reply.Access == "" {
		w.t.Fatal("no token", err)
	}
	return reply.Access
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b := make([]byte, 0, 4096)
	for {
		var part [4096]byte
		n, err := res.Body.Read(part[:])
		if b = append(b, part[:n]...); err != nil {
			return string(b)
		}
	}
}

func (w *world) run() sdktest.Result {
	w.t.Helper()
	w.home.Now = w.now
	result, err := w.home.Run(sdk.Connector(run).Serve)
	if err != nil {
		w.t.Fatalf("protocol: %v", err)
	}
	return result
}

func (w *world) good() sdktest.Result {
	w.t.Helper()
	result := w.run()
	if result.Err != nil {
		w.t.Fatal(result.Err)
	}
	return result
}
