package program

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
)

const maxConsent = 10 * 366 * 24 * time.Hour

// checkOAuth checks the shape of a sign-in at the provider. Whether its hosts
// are the manifest's is for core/fetch.
func checkOAuth(m protocol.Manifest) error {
	o := m.OAuth
	if o == nil {
		return nil
	}
	switch {
	case m.Kind != protocol.KindConnector:
		return errors.New("oauth: an app signs in nowhere")
	case o.Authorize == "" && o.Device == "":
		return errors.New("oauth: want authorize, device or both")
	case o.Authorize != "" && !isEndpoint(o.Authorize, m.LAN):
		return errors.New("oauth.authorize: want an https address without query, or a path at the address given")
	case o.Device != "" && !isEndpoint(o.Device, m.LAN):
		return errors.New("oauth.device: want an https address without query, or a path at the address given")
	case !isEndpoint(o.Token, m.LAN):
		return errors.New("oauth.token: want an https address without query, or a path at the address given")
	case len(o.Hosts) == 0:
		return errors.New("oauth.hosts: want the hosts that get the token")
	case (o.Client == "") == (o.ClientField == ""):
		return errors.New("oauth.client: want either client or client_field")
	case o.Client != "" && !isText(o.Client, 300):
		return errors.New("oauth.client: not valid")
	case o.ClientField != "" && !hasField(m, o.ClientField, fieldText):
		return errors.New("oauth.client_field: want a required field of kind text")
	case o.SecretField != "" && !hasField(m, o.SecretField, fieldSecret):
		return errors.New("oauth.secret_field: want a required field of kind secret")
	case o.Issuer != "" && !isEndpoint(o.Issuer, false):
		return errors.New("oauth.issuer: want an https address")
	case o.Consent < 0 || time.Duration(o.Consent) > maxConsent:
		return errors.New("oauth.consent: want at most ten years")
	}
	if err := checkList("oauth.hosts", o.Hosts, func(s string) bool { return len(s) <= 300 }); err != nil {
		return err
	}
	return checkList("oauth.scopes", o.Scopes, isScope)
}

// isEndpoint reports whether text is an https address that holds nothing but
// host and path, or a path where paths is true.
func isEndpoint(text string, paths bool) bool {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxValue || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery {
		return false
	}
	if u.Scheme == "" {
		return paths && u.Host == "" && strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//")
	}
	return u.Scheme == "https" && u.Host != ""
}

func hasField(m protocol.Manifest, name, kind string) bool {
	return slices.ContainsFunc(m.Fields, func(f protocol.Field) bool { return f.Name == name && f.Kind == kind && f.Required })
}

// isScope reports whether s is a scope-token (RFC 6749, 3.3).
func isScope(s string) bool {
	return s != "" && len(s) <= 300 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}
