package fetch_test

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"testing"

	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	tokenMark = "{{secret:oauth}}"
	firstOne  = "first-access-token"
	secondOne = "second-access-token"
)

func bearer(hosts ...string) []fetch.Secret {
	return []fetch.Secret{{Name: "oauth", Value: firstOne, Bearer: hosts}}
}

func withToken(url string) protocol.HTTPRequest {
	return protocol.HTTPRequest{URL: url, Headers: map[string]string{"Authorization": "Bearer " + tokenMark}}
}

// tells replies with what it was sent, in a header and in the body.
func tells(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Seen", r.Header.Get("Authorization"))
	fmt.Fprint(w, "you sent ", r.Header.Get("Authorization"))
}

func TestBearer_is_filled_at_its_hosts_on_any_path_and_never_told(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	var got []string
	host, policy := n.bank(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
		tells(w, r)
		fmt.Fprint(w, " after "+firstOne)
	})
	c := n.client(policy, fetch.Options{Secrets: bearer(host)})
	for _, path := range []string{"/", "/a/b?c=d"} {
		resp, body := mustRead(t, c, withToken("https://"+host+path), nil)
		if want := "you sent Bearer " + tokenMark + " after " + tokenMark; body != want || resp.Header.Get("X-Seen") != "Bearer "+tokenMark {
			t.Errorf("got %q %q, want %q", body, resp.Header.Get("X-Seen"), want)
		}
	}
	c.SetToken("oauth", secondOne)
	if _, body := mustRead(t, c, withToken("https://"+host), nil); body != "you sent Bearer "+tokenMark+" after "+tokenMark {
		t.Errorf("got %q, want both tokens scrubbed", body)
	}
	if want := []string{"Bearer " + firstOne, "Bearer " + firstOne, "Bearer " + secondOne}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the server was sent %q, want %q", got, want)
	}
}

func TestBearer_is_refused_anywhere_else(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	shop := n.secure(func(http.ResponseWriter, *http.Request) { t.Error("reached the shop") })
	n.name("shop.test", "127.0.0.1")
	lan := n.plain(func(http.ResponseWriter, *http.Request) { t.Error("reached the device") })
	policy.Hosts, policy.Allowed = append(policy.Hosts, at("shop.test", shop)), append(policy.Allowed, shop, lan)
	c := n.client(policy, fetch.Options{Secrets: bearer(host)})
	in := func(name, value string) protocol.HTTPRequest {
		return protocol.HTTPRequest{URL: "https://" + host, Headers: map[string]string{name: value}}
	}
	inForm, form := form("https://"+host+"/", "token", tokenMark)
	for name, r := range map[string]protocol.HTTPRequest{
		"another host of the manifest": withToken("https://" + at("shop.test", shop)),
		"an address":                   withToken("http://" + lan.String()),
		"another header":               in("X-Key", tokenMark),
		"another scheme":               in("Authorization", "Token "+tokenMark),
		"with more around it":          in("Authorization", "Bearer x"+tokenMark),
		"the query":                    get("https://" + host + "/?token=" + quote(tokenMark)),
	} {
		_, _, err := read(t, c, r, nil)
		if err == nil {
			t.Errorf("%s: it was sent", name)
			continue
		}
		wantCode(t, err, protocol.Blocked)
	}
	_, err := c.Do(t.Context(), inForm, form)
	wantCode(t, err, protocol.Blocked)
}

func TestBearer_follows_no_redirect_to_another_host(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	var seen string
	shop := n.secure(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Get("Authorization")
		io.WriteString(w, "ok")
	})
	n.name("shop.test", "127.0.0.1")
	host, policy := n.bank(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+at("shop.test", shop)+"/", http.StatusTemporaryRedirect)
	})
	policy.Hosts, policy.Allowed = append(policy.Hosts, at("shop.test", shop)), append(policy.Allowed, netip.AddrPort(shop))
	c := n.client(policy, fetch.Options{Secrets: bearer(host)})
	mustRead(t, c, withToken("https://"+host), nil)
	if seen != "" {
		t.Errorf("the shop was sent %q", seen)
	}
}

func TestManifest_oauth_goes_to_hosts_of_the_manifest(t *testing.T) {
	t.Parallel()
	m := protocol.Manifest{Hosts: []string{"api.example.org", "*.example.net"},
		OAuth: &protocol.OAuth{Authorize: "https://elsewhere.example/authorize", Token: "https://api.example.org/token", Hosts: []string{"api.example.org"}}}
	if err := fetch.CheckManifest(m); err != nil {
		t.Errorf("got %v", err)
	}
	for name, change := range map[string]func(*protocol.OAuth){
		"token elsewhere":          func(o *protocol.OAuth) { o.Token = "https://evil.example/token" },
		"device codes elsewhere":   func(o *protocol.OAuth) { o.Device = "https://elsewhere.example/device" },
		"bearer elsewhere":         func(o *protocol.OAuth) { o.Hosts = []string{"evil.example"} },
		"bearer for any host":      func(o *protocol.OAuth) { o.Hosts = []string{"*.example.net"} },
		"bearer for no address":    func(o *protocol.OAuth) { o.Hosts = []string{""} },
		"bearer for another port":  func(o *protocol.OAuth) { o.Hosts = []string{"api.example.org:8443"} },
		"token at another port":    func(o *protocol.OAuth) { o.Token = "https://api.example.org:8443/token" },
		"bearer for a bare suffix": func(o *protocol.OAuth) { o.Hosts = []string{"org"} },
	} {
		o := *m.OAuth
		change(&o)
		bad := m
		bad.OAuth = &o
		if err := fetch.CheckManifest(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
