package home_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core/home"
)

func prefixes(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// TestProxy puts a real proxy with a certificate before a home.
func TestProxy(t *testing.T) {
	t.Parallel()
	h, _ := unlocked(t, t.TempDir(), shared(t), &log{})
	port := freePort(t)
	address, _ := serve(t, h, home.Listen{Address: "127.0.0.1:" + port, Hosts: []string{homeName}, Proxies: prefixes("127.0.0.1/32")})
	if want := "https://" + homeName; address != want {
		t.Errorf("served at %s, want %s", address, want)
	}
	inner, err := url.Parse("http://127.0.0.1:" + port)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(inner)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
		if from := r.In.Header.Get("Test-From"); from != "" { // as if it had come from there
			r.Out.Header.Set("X-Forwarded-For", from)
		}
	}})
	t.Cleanup(proxy.Close)
	signIn := func(password, host, from string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "POST", proxy.URL+"/unlock", strings.NewReader(url.Values{"password": {password}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://"+host)
		r.Header.Set("Test-From", from)
		res, err := proxy.Client().Transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(text)
	}
	res, _ := signIn(password, homeName, "")
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 {
		t.Fatalf("sign in: %d, %v", res.StatusCode, res.Cookies())
	}
	if c := res.Cookies()[0]; c.Name != "__Host-domicile" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("cookie %+v", c)
	}
	if res, _ := signIn(password, "evil.example", ""); res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("by another name: %d", res.StatusCode)
	}
	// Each person pays for their own wrong passwords.
	for range 4 {
		signIn("wrong", homeName, "203.0.113.5")
	}
	if res, _ := signIn(password, homeName, "203.0.113.5"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("who guesses is not slowed down: %d", res.StatusCode)
	}
	if res, _ := signIn(password, homeName, "203.0.113.6"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("another person pays for who guesses: %d", res.StatusCode)
	}
}
