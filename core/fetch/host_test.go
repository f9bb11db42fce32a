package fetch_test

import (
	"strconv"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestCheckHosts(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"www.bank.test": true, "bank.test": true, "*.bank.test": true, "bank.test:8443": true, "*.bank.test:8443": true,
		"xn--bcher-kva.test": true, "me.github.io": true, "*.me.github.io": true, "*.bank.co.uk": true, "*.orange.fr": true,

		"": false, "*": false, "*.": false, "*.test": false, "test": false, "localhost": false, "*.localhost": false,
		"*.com": false, "*.co.uk": false, "*.github.io": false, "*.gouv.fr": false, "*.s3.amazonaws.com": false, "*.blogspot.com": false, "*.ck": false,
		"www.*.test": false, "*.*.test": false, "**.bank.test": false, "w*.bank.test": false, ".bank.test": false, "bank.test.": false,
		"Bank.test": false, "bücher.test": false, "bank.test:443": false, "bank.test:": false, "bank.test:0": false, "bank.test:99999": false, "bank.test:08443": false,
		"127.0.0.1": false, "127.0.0.1:8080": false, "8.8.8.8": false, "[::1]": false, "[::1]:8080": false, "::1": false, "127.1": false, "*.0.0.1": false, "2130706433.1": false,
		"https://bank.test": false, "bank.test/": false, "me@bank.test": false, "bank.test?": false, "bank.test#": false, " bank.test": false, "bank.test\n": false, "b%61nk.test": false, `bank.test\`: false,
	} {
		err := fetch.CheckHosts([]string{host})
		if (err == nil) != want || err != nil && core.CodeOf(err) != core.Invalid {
			t.Errorf("%q: got %v, want valid %v", host, err, want)
		}
	}
	if err := fetch.CheckHosts([]string{"bank.test", "bank.test"}); core.CodeOf(err) != core.Invalid {
		t.Errorf("given twice: got %v", err)
	}
	many := make([]string, 65)
	for i := range many {
		many[i] = "www" + strconv.Itoa(i) + ".bank.test"
	}
	if err := fetch.CheckHosts(many); core.CodeOf(err) != core.Invalid {
		t.Errorf("65 hosts: got %v", err)
	}
	if _, err := fetch.New(fetch.Policy{Hosts: []string{"*.github.io"}}, fetch.Options{}); core.CodeOf(err) != core.Invalid {
		t.Errorf("New: got %v", err)
	}
}

func TestCheckUse(t *testing.T) {
	t.Parallel()
	hosts := []string{"www.bank.test", "*.api.bank.test:8443"}
	good := protocol.Use{Host: "www.bank.test", Method: "POST", Path: "/login", Place: "form", Name: "p"}
	for name, tc := range map[string]struct {
		change func(*protocol.Use)
		want   bool
	}{
		"as it is":               {func(*protocol.Use) {}, true},
		"a host of a wildcard":   {func(u *protocol.Use) { u.Host = "a.api.bank.test:8443" }, true},
		"the person's address":   {func(u *protocol.Use) { u.Host = "" }, true},
		"a wildcard":             {func(u *protocol.Use) { u.Host = "*.api.bank.test:8443" }, false},
		"a host elsewhere":       {func(u *protocol.Use) { u.Host = "shop.test" }, false},
		"another port":           {func(u *protocol.Use) { u.Host = "a.api.bank.test" }, false},
		"no method":              {func(u *protocol.Use) { u.Method = "" }, false},
		"a method in lower case": {func(u *protocol.Use) { u.Method = "post" }, false},
		"no path":                {func(u *protocol.Use) { u.Path = "" }, false},
		"a path with a query":    {func(u *protocol.Use) { u.Path = "/a?b" }, false},
		"a path not escaped":     {func(u *protocol.Use) { u.Path = "/é" }, false},
		"a relative path":        {func(u *protocol.Use) { u.Path = "login" }, false},
		"a URL for a path":       {func(u *protocol.Use) { u.Path = "//shop.test/a" }, false},
		"no place":               {func(u *protocol.Use) { u.Place = "" }, false},
		"the URL":                {func(u *protocol.Use) { u.Place = "query" }, false},
		"a form without name":    {func(u *protocol.Use) { u.Name = "" }, false},
		"a header":               {func(u *protocol.Use) { u.Place, u.Name = "header", "Authorization" }, true},
		"the cookie":             {func(u *protocol.Use) { u.Place, u.Name = "header", "cookie" }, false},
		"the host header":        {func(u *protocol.Use) { u.Place, u.Name = "header", "Host" }, false},
		"no header":              {func(u *protocol.Use) { u.Place, u.Name = "header", "a b" }, false},
		"basic":                  {func(u *protocol.Use) { u.Place, u.Name = "basic", "" }, true},
		"basic user":             {func(u *protocol.Use) { u.Place, u.Name = "basic", "user" }, true},
		"basic else":             {func(u *protocol.Use) { u.Place, u.Name = "basic", "p" }, false},
	} {
		use := good
		tc.change(&use)
		err := fetch.CheckUse(hosts, use)
		if (err == nil) != tc.want || err != nil && core.CodeOf(err) != core.Invalid {
			t.Errorf("%s: got %v, want valid %v", name, err, tc.want)
		}
		_, err = fetch.New(fetch.Policy{Hosts: hosts}, fetch.Options{Secrets: secretAt(use)})
		if (err == nil) != tc.want {
			t.Errorf("%s: New: got %v, want valid %v", name, err, tc.want)
		}
	}
}

func TestCheckManifest_wants_lan_for_the_person_s_address(t *testing.T) {
	t.Parallel()
	m := protocol.Manifest{Fields: []protocol.Field{{Name: "p", Use: []protocol.Use{{Method: "POST", Path: "/", Place: "basic"}}}}}
	if err := fetch.CheckManifest(m); core.CodeOf(err) != core.Invalid {
		t.Errorf("got %v, want invalid", err)
	}
	m.LAN = true
	if err := fetch.CheckManifest(m); err != nil {
		t.Error(err)
	}
	m.Hosts = []string{"*.github.io"}
	if err := fetch.CheckManifest(m); core.CodeOf(err) != core.Invalid {
		t.Errorf("got %v, want invalid", err)
	}
}

func FuzzCheckHosts(f *testing.F) {
	for _, seed := range []string{"*.bank.test:8443", "bank.test", "*.github.io", "[::1]:1", "bücher.test", "a.b:"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if fetch.CheckHosts([]string{host}) != nil {
			return
		}
		for i := range len(host) {
			if c := host[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != ':' && c != '*' {
				t.Fatalf("%q passes", host)
			}
		}
	})
}
