package fetch

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
)

var noon = time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)

// setCookies keeps the given Set-Cookie lines from a reply of raw.
func setCookies(t *testing.T, j *Jar, raw string, lines ...string) {
	t.Helper()
	resp := http.Response{Header: http.Header{"Set-Cookie": lines}}
	j.set(mustParse(t, raw), resp.Cookies(), noon)
}

// sent returns the Cookie header of a request to raw.
func sent(t *testing.T, j *Jar, raw string, now time.Time) string {
	t.Helper()
	r := http.Request{Header: http.Header{}}
	for _, c := range j.cookies(mustParse(t, raw), now) {
		r.AddCookie(c)
	}
	return r.Header.Get("Cookie")
}

func mustParse(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := parseURL(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestJar(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, from, set, to, want string
	}{
		{"same host", "https://bank.test/", "a=1", "https://bank.test/x", "a=1"},
		{"host only", "https://bank.test/", "a=1", "https://www.bank.test/", ""},
		{"domain", "https://www.bank.test/", "a=1; Domain=bank.test", "https://api.bank.test/", "a=1"},
		{"domain with a dot", "https://www.bank.test/", "a=1; Domain=.Bank.Test", "https://bank.test/", "a=1"},
		{"domain of another", "https://www.bank.test/", "a=1; Domain=shop.test", "https://shop.test/", ""},
		{"domain below", "https://bank.test/", "a=1; Domain=www.bank.test", "https://www.bank.test/", ""},
		{"domain that only ends alike", "https://evilbank.test/", "a=1; Domain=bank.test", "https://bank.test/", ""},
		{"sent to a name that only ends alike", "https://bank.test/", "a=1; Domain=bank.test", "https://evilbank.test/", ""},
		{"top level", "https://bank.test/", "a=1; Domain=test", "https://shop.test/", ""},
		{"public suffix", "https://bank.co.uk/", "a=1; Domain=co.uk", "https://shop.co.uk/", ""},
		{"private suffix", "https://me.github.io/", "a=1; Domain=github.io", "https://you.github.io/", ""},
		{"host that is a suffix", "https://github.io/", "a=1; Domain=github.io", "https://you.github.io/", ""},
		{"host that is a suffix, itself", "https://github.io/", "a=1; Domain=github.io", "https://github.io/", "a=1"},
		{"address", "http://192.168.1.5/", "a=1", "http://192.168.1.5:8080/", "a=1"},
		{"address as domain", "http://192.168.1.5/", "a=1; Domain=192.168.1.5", "http://192.168.1.5/", "a=1"},
		{"address below an address", "http://192.168.1.5/", "a=1; Domain=1.5", "http://2.1.1.5/", ""},
		{"secure by https", "https://bank.test/", "a=1; Secure", "https://bank.test/", "a=1"},
		{"secure by http", "http://192.168.1.5/", "a=1; Secure", "https://192.168.1.5/", ""},
		{"secure is not sent by http", "https://192.168.1.5/", "a=1; Secure", "http://192.168.1.5/", ""},
		{"path", "https://bank.test/", "a=1; Path=/x", "https://bank.test/x/y", "a=1"},
		{"path itself", "https://bank.test/", "a=1; Path=/x", "https://bank.test/x", "a=1"},
		{"path that only starts alike", "https://bank.test/", "a=1; Path=/x", "https://bank.test/xy", ""},
		{"path elsewhere", "https://bank.test/", "a=1; Path=/x/", "https://bank.test/x", ""},
		{"default path", "https://bank.test/x/y", "a=1", "https://bank.test/x/z", "a=1"},
		{"default path elsewhere", "https://bank.test/x/y", "a=1", "https://bank.test/z", ""},
		{"relative path", "https://bank.test/x/y", "a=1; Path=z", "https://bank.test/x", "a=1"},
		{"port", "https://bank.test:8443/", "a=1", "https://bank.test/", "a=1"},
		{"quoted", "https://bank.test/", `a="1 2"`, "https://bank.test/", `a="1 2"`},
		{"max age", "https://bank.test/", "a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:01 GMT", "https://bank.test/", "a=1"},
		{"past", "https://bank.test/", "a=1; Expires=Thu, 01 Jan 1970 00:00:01 GMT", "https://bank.test/", ""},
		{"no max age", "https://bank.test/", "a=1; Max-Age=0", "https://bank.test/", ""},
		{"__Host-", "https://bank.test/", "__Host-a=1; Secure; Path=/", "https://bank.test/", "__Host-a=1"},
		{"__Host- with domain", "https://bank.test/", "__Host-a=1; Secure; Path=/; Domain=bank.test", "https://bank.test/", ""},
		{"__Host- with path", "https://bank.test/", "__Host-a=1; Secure; Path=/x", "https://bank.test/x", ""},
		{"__Secure- without", "https://bank.test/", "__secure-a=1", "https://bank.test/", ""},
		{"too large", "https://bank.test/", "a=" + strings.Repeat("1", maxCookie), "https://bank.test/", ""},
	} {
		j := new(Jar)
		setCookies(t, j, tc.from, tc.set)
		if got := sent(t, j, tc.to, noon); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestJar_orders_replaces_and_expires(t *testing.T) {
	t.Parallel()
	j := new(Jar)
	setCookies(t, j, "https://bank.test/x/y", "a=1; Path=/", "b=2; Max-Age=60; Path=/", "c=3; Path=/x", "a=4; Path=/")
	if got, want := sent(t, j, "https://bank.test/x/y", noon), "c=3; a=4; b=2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := sent(t, j, "https://bank.test/x/y", noon.Add(time.Minute)), "c=3; a=4"; got != want {
		t.Errorf("a minute later: got %q, want %q", got, want)
	}
	setCookies(t, j, "https://bank.test/x/y", "a=; Max-Age=0; Path=/")
	if got, want := sent(t, j, "https://bank.test/x/y", noon), "c=3; b=2"; got != want {
		t.Errorf("after removal: got %q, want %q", got, want)
	}
}

func TestJar_is_bounded_and_drops_the_oldest(t *testing.T) {
	t.Parallel()
	j := new(Jar)
	for host := range 10 {
		for i := range 60 {
			setCookies(t, j, fmt.Sprintf("https://h%d.test/", host), fmt.Sprintf("c%d=%s", i, strings.Repeat("<", 4000)))
		}
	}
	if len(j.list) != maxCookies {
		t.Errorf("holds %d", len(j.list))
	}
	if got := sent(t, j, "https://h9.test/", noon); strings.Contains(got, "c9=") || !strings.Contains(got, "c59=") {
		t.Error("did not drop the oldest of the host")
	}
	if _, err := NewJar(mustState(t, j)); err != nil {
		t.Errorf("a full jar does not come back: %v", err)
	}
}

func mustState(t *testing.T, j *Jar) []byte {
	t.Helper()
	state, err := j.State()
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestJar_round_trips(t *testing.T) {
	t.Parallel()
	j := new(Jar)
	setCookies(t, j, "https://www.bank.test/a/b", "a=1", "b=2; Domain=bank.test; Secure; Max-Age=60", `c="3 4"; Path=/x`, "d=<&>")
	setCookies(t, j, "http://[fd00::5]:8080/", "e=5")
	got, err := NewJar(mustState(t, j))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(j.list, got.list); diff != "" {
		t.Error(diff)
	}
	if empty, err := NewJar(nil); err != nil || len(empty.list) != 0 {
		t.Errorf("nil: got %v, %v", empty, err)
	}
}

func TestNewJar_refuses_what_no_jar_wrote(t *testing.T) {
	t.Parallel()
	one := func(cookie string) string { return `{"version":0,"cookies":[` + cookie + `]}` }
	good := `{"name":"a","value":"1","domain":"bank.test","path":"/"}`
	if _, err := NewJar([]byte(one(good))); err != nil {
		t.Fatal(err)
	}
	for name, state := range map[string]string{
		"text":            "x",
		"a newer version": `{"version":1,"cookies":[]}`,
		"unknown member":  `{"version":0,"cookies":[],"x":1}`,
		"two states":      one(good) + one(good),
		"twice":           one(good + "," + good),
		"too many":        one(strings.Repeat(good+",", maxCookies) + good),
		"a public suffix": one(strings.Replace(good, "bank.test", "co.uk", 1)),
		"a bad domain":    one(strings.Replace(good, "bank.test", "Bank.test", 1)),
		"a port":          one(strings.Replace(good, "bank.test", "bank.test:443", 1)),
		"an address":      one(strings.Replace(good, "bank.test", "10.0.0.1", 1)),
		"an injection":    one(strings.Replace(good, `"1"`, `"1\r\nX: 2"`, 1)),
		"a bad name":      one(strings.Replace(good, `"a"`, `"a b"`, 1)),
		"no path":         one(strings.Replace(good, `"/"`, `""`, 1)),
		"too large":       strings.Repeat(" ", maxJarState+1),
	} {
		if _, err := NewJar([]byte(state)); core.CodeOf(err) != core.Invalid {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
}

// FuzzNewJar: what a jar reads it writes again, and what it sends is a header.
func FuzzNewJar(f *testing.F) {
	f.Add([]byte(`{"version":0,"cookies":[{"name":"a","value":"1","quoted":true,"domain":"bank.test","path":"/x","secure":true,"expires":"2026-03-15T12:00:00Z"}]}`))
	f.Add([]byte(`{"version":0,"cookies":[{"name":"a","value":"1","domain":"fd00::5","path":"/","host_only":true}]}`))
	f.Fuzz(func(t *testing.T, state []byte) {
		j, err := NewJar(state)
		if err != nil {
			return
		}
		first := mustState(t, j)
		again, err := NewJar(first)
		if err != nil || !bytes.Equal(mustState(t, again), first) {
			t.Fatalf("%s: then %v", first, err)
		}
		for _, c := range j.list {
			if strings.ContainsAny(c.Name+c.Value+c.Path, "\r\n\x00;") {
				t.Fatalf("holds %+v", c)
			}
		}
	})
}

// FuzzSetCookie: whatever a provider sets, the jar comes back from its state.
func FuzzSetCookie(f *testing.F) {
	f.Add("a=1; Domain=bank.test; Path=/é; Max-Age=99999999999; Secure", "/x/y")
	f.Add(`a="1,2"; Expires=Thu, 01 Jan 9999 00:00:01 GMT`, "")
	f.Fuzz(func(t *testing.T, line, path string) {
		u, err := parseURL("https://www.bank.test/" + path)
		if err != nil {
			return
		}
		j := new(Jar)
		resp := http.Response{Header: http.Header{"Set-Cookie": {line}}}
		j.set(u, resp.Cookies(), noon)
		if _, err := NewJar(mustState(t, j)); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	})
}
