package fetch

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	const refused = ""
	for raw, want := range map[string]string{
		"https://bank.test":                      "https://bank.test",
		"HTTPS://Bank.TEST:443/A?B":              "https://bank.test/A?B",
		"http://bank.test:80/":                   "http://bank.test/",
		"https://bank.test:8443/":                "https://bank.test:8443/",
		"https://bank.test:":                     "https://bank.test",
		"https://bank.test:00443/":               "https://bank.test/",
		"https://bank.test/?":                    "https://bank.test/?",
		"https://bank.test/a#b":                  "https://bank.test/a",
		"https://bank.test/../%2e%2e/a%2Fb//c;d": "https://bank.test/../%2e%2e/a%2Fb//c;d",
		"https://bank.test/é?ü=€":                "https://bank.test/%C3%A9?%C3%BC=%E2%82%AC",
		"https://bücher.test/":                   "https://xn--bcher-kva.test/",
		"https://xn--bcher-kva.test/":            "https://xn--bcher-kva.test/",
		"https://ＢＡＮＫ.test/":                     "https://bank.test/",
		"https://bank。test/":                     "https://bank.test/",
		"https://127.0.0.1/":                     "https://127.0.0.1/",
		"https://[::1]:8443/":                    "https://[::1]:8443/",
		"https://[0:0::1]/":                      "https://[::1]/",
		"https://[::ffff:127.0.0.1]/":            "https://127.0.0.1/",

		"":                                                 refused,
		"bank.test":                                        refused,
		"//bank.test/":                                     refused,
		"/a":                                               refused,
		"https:bank.test":                                  refused,
		"https:///a":                                       refused,
		"https://":                                         refused,
		"ftp://bank.test/":                                 refused,
		"javascript:alert(1)":                              refused,
		"https://me@bank.test/":                            refused,
		"https://me:pw@bank.test/":                         refused,
		"https://bank.test@shop.test/":                     refused,
		"https://@bank.test/":                              refused,
		`https://bank.test\@shop.test/`:                    refused,
		`https:\\bank.test/`:                               refused,
		`https://bank.test/\..\a`:                          refused,
		"https://bank.test/ a":                             refused,
		" https://bank.test/":                              refused,
		"https://bank.test/\r\nHost: x":                    refused,
		"https://bank.test/\x00":                           refused,
		"https://bank.test/\xff":                           refused,
		"https://bank.test:99999/":                         refused,
		"https://bank.test:0/":                             refused,
		"https://bank.test:x/":                             refused,
		"https://bank.test:-1/":                            refused,
		"https://bank.test:443:443/":                       refused,
		"https://bank.test./":                              refused,
		"https://bank..test/":                              refused,
		"https://.bank.test/":                              refused,
		"https://bank_a.test/":                             refused,
		"https://-bank.test/":                              refused,
		"https://xn--zzzzzz.test/":                         refused,
		"https://b%61nk.test/":                             refused,
		"https://bank.test%2f@shop.test/":                  refused,
		"https://bank.test%00.shop.test/":                  refused,
		"https://[fe80::1%25eth0]/":                        refused,
		"https://[::1/":                                    refused,
		"https://[bank.test]/":                             refused,
		"https://::1/":                                     refused,
		"https://2130706433/":                              refused,
		"https://0x7f000001/":                              refused,
		"https://0x7f.1/":                                  refused,
		"https://127.1/":                                   refused,
		"https://0177.0.0.1/":                              refused,
		"https://127.0.0.1./":                              refused,
		"https://127.0.0.01/":                              refused,
		"https://127.0.0.0x1/":                             refused,
		"https://1.2.3.4.5/":                               refused,
		"https://256.256.256.256/":                         refused,
		"https://bank.99999999999999999999/":               refused,
		"https://１２７.0.0.1/":                               refused,
		"https://①②⑦.0.0.1/":                               refused,
		"https://127。0。0。1/":                               refused,
		"https://bank.test/" + strings.Repeat("a", maxURL): refused,
		"https://" + strings.Repeat("a.", 200) + "test/":   refused,
	} {
		u, err := parseURL(raw)
		if want == refused {
			if err == nil {
				t.Errorf("%q: got %s, want it refused", raw, u)
			}
			continue
		}
		if err != nil || u.String() != want {
			t.Errorf("%q: got %v, %v, want %s", raw, u, err, want)
		}
	}
}

func TestParseURL_never_repeats_the_URL_in_its_error(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"https://bank.test/%zz?hunter22", "https://hunter22@bank.test", "https://hunter22.0/", "x://hunter22"} {
		if _, err := parseURL(raw); err == nil || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%q: got %v", raw, err)
		}
	}
}

// FuzzParseURL: what passes is normal, plain to every reader, and stays itself.
func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{"https://bank.test:8443/a?b#c", "http://[::ffff:1.2.3.4]:80/é", "https://bücher.test/", "https://me@x/", `https://a\b`, "https://0x7f.1", "https://a//b?c?d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := parseURL(raw)
		if err != nil {
			return
		}
		text := u.String()
		again, err := parseURL(text)
		if err != nil || again.String() != text {
			t.Fatalf("%q: got %q, then %v, %v", raw, text, again, err)
		}
		if u.User != nil || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" {
			t.Fatalf("%q: got %q", raw, text)
		}
		for i := range len(text) {
			if text[i] <= ' ' || text[i] >= 0x7f || text[i] == '\\' {
				t.Fatalf("%q: got %q", raw, text)
			}
		}
		s, err := siteOf(u)
		if err != nil || s.addr.Is4In6() || s.addr.Zone() != "" || s.addr.IsValid() == (s.name != "") {
			t.Fatalf("%q: got site %+v, %v", raw, s, err)
		}
		// Go's own reader, used by the transport, sees the same host.
		std, err := url.Parse(text)
		if err != nil || std.Hostname() != s.host() {
			t.Fatalf("%q: transport sees %v, %v", raw, std, err)
		}
		if _, err := netip.ParseAddr(s.name); err == nil {
			t.Fatalf("%q: name %q is an address", raw, s.name)
		}
	})
}
