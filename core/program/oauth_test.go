package program_test

import (
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func signingIn() protocol.Manifest {
	return protocol.Manifest{Protocol: protocol.Version, Kind: protocol.KindConnector, ID: "a", Version: "1.0.0", Name: "name", Description: "description",
		Licence: "MIT", Runtime: "wasm", Module: "a.wasm", Hosts: []string{"api.example.org"}, Produces: []string{"bill"}, Languages: []string{"en", "fr"},
		Fields: []protocol.Field{{Name: "client", Kind: "text", Label: "l", Required: true},
			{Name: "secret", Kind: "secret", Label: "l", Required: true, Use: []protocol.Use{{Host: "api.example.org", Method: "POST", Path: "/token", Place: "form", Name: "client_secret"}}}},
		OAuth: &protocol.OAuth{Authorize: "https://api.example.org/authorize", Token: "https://api.example.org/token", Hosts: []string{"api.example.org"},
			Issuer: "https://api.example.org", ClientField: "client", SecretField: "secret", Scopes: []string{"bills:read"}, Consent: protocol.Duration(90 * 24 * time.Hour)}}
}

func TestValidate_oauth(t *testing.T) {
	t.Parallel()
	if err := program.Validate(signingIn()); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*protocol.Manifest){
		"oauth.authorize:":           func(m *protocol.Manifest) { m.OAuth.Authorize = "http://api.example.org/authorize" },
		"oauth.authorize: want":      func(m *protocol.Manifest) { m.OAuth.Authorize = "https://api.example.org/authorize?x=1" },
		"oauth.authorize: want an":   func(m *protocol.Manifest) { m.OAuth.Authorize = "javascript:alert(1)" },
		"oauth: want":                func(m *protocol.Manifest) { m.OAuth.Authorize = "" },
		"oauth.device:":              func(m *protocol.Manifest) { m.OAuth.Device = "/device" }, // no address is given
		"oauth.device: want":         func(m *protocol.Manifest) { m.OAuth.Device = "http://api.example.org/device" },
		"oauth.token:":               func(m *protocol.Manifest) { m.OAuth.Token = "/token" }, // no address is given
		"oauth.token: want":          func(m *protocol.Manifest) { m.OAuth.Token = "//evil.example/token" },
		"oauth.hosts:":               func(m *protocol.Manifest) { m.OAuth.Hosts = nil },
		"oauth.client:":              func(m *protocol.Manifest) { m.OAuth.Client = "x" },
		"oauth.client: want":         func(m *protocol.Manifest) { m.OAuth.ClientField = "" },
		"oauth.client_field:":        func(m *protocol.Manifest) { m.OAuth.ClientField = "secret" },
		"oauth.secret_field:":        func(m *protocol.Manifest) { m.OAuth.SecretField = "client" },
		"oauth.issuer:":              func(m *protocol.Manifest) { m.OAuth.Issuer = "api.example.org" },
		"oauth.scopes[0]:":           func(m *protocol.Manifest) { m.OAuth.Scopes = []string{"a b"} },
		"oauth.consent:":             func(m *protocol.Manifest) { m.OAuth.Consent = -1 },
		"fields[0].name:":            func(m *protocol.Manifest) { m.Fields[0].Name = protocol.OAuthToken },
		"oauth.authorize: want an h": func(m *protocol.Manifest) { m.OAuth.Authorize = "https://me@api.example.org/" },
	} {
		m := signingIn()
		change(&m)
		if err := program.Validate(m); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s…", err, want)
		}
	}
	for _, authorize := range []string{"", "https://api.example.org/authorize"} {
		m := signingIn()
		m.OAuth.Authorize, m.OAuth.Device = authorize, "https://api.example.org/device"
		if err := program.Validate(m); err != nil {
			t.Errorf("a device flow, and %q: %v", authorize, err)
		}
	}
	m := signingIn()
	m.Kind, m.Hosts, m.Produces, m.Fields = protocol.KindApp, nil, nil, nil
	if err := program.Validate(m); err == nil {
		t.Error("an app may sign in")
	}
}
