package pack

import (
	"net/url"
	"testing"

	"github.com/domicile-home/domicile/core/fetch"
)

func TestReadPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		" https://Packs.Example.org/a.pack ":     "https://packs.example.org/a.pack packs.example.org",
		"https://packs.example.org:443/a.pack":   "https://packs.example.org/a.pack packs.example.org",
		"https://packs.example.org:8443/a.pack":  "https://packs.example.org:8443/a.pack packs.example.org:8443",
		"http://192.168.1.7/a.pack":              "http://192.168.1.7/a.pack 192.168.1.7:80",
		"https://[2001:db8::1]:8443/a.pack":      "https://[2001:db8::1]:8443/a.pack [2001:db8::1]:8443",
		"https://packs.example.org/a.pack?":      "",
		"https://packs.example.org/a.pack?x=1":   "",
		"https://*.example.org/a.pack":           "",
		"https://name:word@example.org/a.pack":   "",
		"http://packs.example.org/a.pack":        "",
		"gopher://192.168.1.7/a.pack":            "",
		"packs.example.org/a.pack":               "",
		"https://packs.example.org:99999/a.pack": "",
	} {
		p, err := readPlace(text)
		got := p.url + " " + p.host
		if p.host == "" {
			got = p.url + " " + p.address.String()
		}
		if err != nil {
			got = ""
		}
		if got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func FuzzReadPlace(f *testing.F) {
	for _, text := range []string{"https://example.org/a.pack", "http://127.0.0.1:80/", "http://[::1%25eth0]/", "https://example.org\\@x/", "//", "https://1.2.3/x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readPlace(text)
		if err != nil {
			return
		}
		u, err := url.Parse(p.url)
		if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "https" && p.host != "") {
			t.Fatalf("%q is %q: %v", text, p.url, err)
		}
		if again, err := readPlace(p.url); err != nil || again != p {
			t.Fatalf("%q is %q, which is %q: %v", text, p.url, again.url, err)
		}
		client, err := fetch.New(p.policy(), fetch.Options{})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		client.Close()
	})
}
