package fetch

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	planted     = "hunter22&\"é"
	plantedMark = "{{secret:pw}}"
)

// newWriter fills a POST to /login of bank.test, where the secret may stand in
// the place of kind, named p or login.p.
func newWriter(t *testing.T, kind string) writer {
	t.Helper()
	use := protocol.Use{Host: "bank.test", Method: "POST", Path: "/login", Place: kind, Name: "p"}
	deep := use
	deep.Name = "login.p"
	k, err := newKeep([]string{"bank.test"}, []Secret{{Name: "pw", Value: planted, Use: []protocol.Use{use, deep}}}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return writer{keep: k, place: place{site: site{name: "bank.test", port: 443}, method: "POST", path: "/login"}}
}

// FuzzFillForm: the secret stands in field p only, and other fields keep their values.
func FuzzFillForm(f *testing.F) {
	f.Add("p=" + plantedMark)
	f.Add("user=a+b&p=%7B%7Bsecret:pw%7D%7D&&=x&y")
	f.Add("q=" + plantedMark + "&p=%zz{{secret:pw}}")
	f.Add("%70=x{{secret:pw}}{{secret:pw}}&p;p={{secret:pw}}")
	f.Fuzz(func(t *testing.T, body string) {
		out, err := newWriter(t, placeForm).form([]byte(body))
		if err != nil || strings.Contains(body, "hunter22") {
			return
		}
		before, after := strings.Split(body, "&"), strings.Split(string(out), "&")
		if len(before) != len(after) {
			t.Fatalf("%q gives %q", body, out)
		}
		for i := range before {
			if before[i] == after[i] {
				continue
			}
			name, value, _ := strings.Cut(after[i], "=")
			was := strings.TrimPrefix(before[i], name+"=")
			wasPlain, err := url.QueryUnescape(was)
			if err != nil {
				wasPlain = was
			}
			plain, err := url.QueryUnescape(value)
			if err != nil || plain != strings.ReplaceAll(wasPlain, plantedMark, planted) {
				t.Fatalf("%q gives %q", before[i], after[i])
			}
			if decoded, err := url.QueryUnescape(name); err != nil || decoded != "p" && decoded != "login.p" {
				t.Fatalf("filled in field %q", name)
			}
		}
	})
}

// FuzzFillJSON: filling gives the same JSON value but for the secret, which
// stands at p or login.p only.
func FuzzFillJSON(f *testing.F) {
	f.Add(`{"p":"` + plantedMark + `"}`)
	f.Add(` {"login" : {"p":"x{{secret:pw}}","q":[1.50,{"p":null}]},"p":""} `)
	f.Add(`{"q":"{{secret:pw}}"}`)
	f.Add(`[{"p":"{{secret:pw}}"}]`)
	f.Add(`{"p":"a","p":"{{secret:pw}}"}{"p":1}`)
	f.Add(`"{{secret:pw}}"`)
	f.Fuzz(func(t *testing.T, body string) {
		out, err := newWriter(t, placeJSON).json([]byte(body))
		var before, after any
		if err != nil || json.Unmarshal([]byte(body), &before) != nil || strings.Contains(body, "hunter22") {
			return
		}
		if err := json.Unmarshal(out, &after); err != nil {
			t.Fatalf("%q gives %q: %v", body, out, err)
		}
		if object, ok := before.(map[string]any); ok {
			refill(object, "p")
			if login, ok := object["login"].(map[string]any); ok {
				refill(login, "p")
			}
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Fatalf("%q gives %q: %s", body, out, diff)
		}
	})
}

func refill(object map[string]any, key string) {
	if text, ok := object[key].(string); ok {
		object[key] = strings.ReplaceAll(text, plantedMark, planted)
	}
}

// FuzzCheckHeaders: what passes can be sent and frames nothing.
func FuzzCheckHeaders(f *testing.F) {
	f.Add("X-Key", "value")
	f.Add("hOST", "bank.test")
	f.Add("A\r\nB", "x\r\ny")
	f.Add("Proxy-X", "")
	f.Fuzz(func(t *testing.T, name, value string) {
		header, err := checkHeaders(map[string]string{name: value})
		if err != nil {
			return
		}
		if got := header.Get(name); got != value {
			t.Fatalf("%q: got %q, want %q", name, got, value)
		}
		key := http.CanonicalHeaderKey(name)
		if !httpguts.ValidHeaderFieldName(key) || strings.ContainsAny(value, "\r\n\x00") || isReserved(key) || strings.EqualFold(name, "host") || strings.EqualFold(name, "cookie") {
			t.Fatalf("%q: %q passes", name, value)
		}
	})
}

// FuzzIsUse: only the very request that the manifest declares is filled.
func FuzzIsUse(f *testing.F) {
	f.Add("https://bank.test/login", "POST", "form", "p")
	f.Add("https://bank.test:8443/login?x", "POST", "form", "p")
	f.Add("https://bank.test/%6cogin", "POST", "json", "p")
	use := protocol.Use{Host: "bank.test", Method: "POST", Path: "/login", Place: placeForm, Name: "p"}
	f.Fuzz(func(t *testing.T, raw, method, kind, name string) {
		u, err := parseURL(raw)
		if err != nil {
			return
		}
		s, err := siteOf(u)
		if err != nil {
			t.Fatal(err)
		}
		got := place{site: s, method: method, path: u.EscapedPath(), kind: kind, name: name}.isUse(use)
		text, _, _ := strings.Cut(u.String(), "?")
		want := text == "https://bank.test/login" && method == "POST" && kind == placeForm && name == "p"
		if got != want {
			t.Fatalf("%q %q %q %q: got %v", raw, method, kind, name, got)
		}
	})
}
