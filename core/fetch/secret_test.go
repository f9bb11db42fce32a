package fetch_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	password = `p&"w=é<s>e\c/r'et 1`
	mark     = "{{secret:password}}"
)

// echo replies with the body and the headers of interest, as the server saw them.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("X-Seen", r.Header.Get("Authorization")+r.Header.Get("X-Key"))
	fmt.Fprintf(w, "%s", body)
}

// seen records what a server was sent.
type seen struct{ body, authorization, key, cookie string }

func (s *seen) handler(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	*s = seen{string(body), r.Header.Get("Authorization"), r.Header.Get("X-Key"), r.Header.Get("Cookie")}
}

func secretAt(uses ...protocol.Use) []fetch.Secret {
	return []fetch.Secret{{Name: "password", Value: password, Use: uses}}
}

func TestSecret_is_filled_where_the_manifest_says(t *testing.T) {
	t.Parallel()
	basic := func(text string) map[string]string {
		return map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(text))}
	}
	typed := func(media string) map[string]string { return map[string]string{"Content-Type": media} }
	const formType, jsonType = "application/x-www-form-urlencoded; charset=utf-8", "application/vnd.bank+json"
	for _, tc := range []struct {
		name    string
		use     protocol.Use
		headers map[string]string
		body    string
		want    seen
		code    core.Code
	}{
		{name: "a form field", use: protocol.Use{Place: "form", Name: "pass word"}, headers: typed(formType),
			body: "user=a%20b&pass+word=%7B%7Bsecret:password}}&&x", want: seen{body: "user=a%20b&pass+word=p%26%22w%3D%C3%A9%3Cs%3Ee%5Cc%2Fr%27et+1&&x"}},
		{name: "part of a form field", use: protocol.Use{Place: "form", Name: "p"}, headers: typed(formType),
			body: "p=a" + mark + "b", want: seen{body: "p=ap%26%22w%3D%C3%A9%3Cs%3Ee%5Cc%2Fr%27et+1b"}},
		{name: "another form field", use: protocol.Use{Place: "form", Name: "p"}, headers: typed(formType), body: "comment=" + mark, code: protocol.Blocked},
		{name: "the name of a form field", use: protocol.Use{Place: "form", Name: "p"}, headers: typed(formType), body: mark + "=p", code: protocol.Blocked},
		{name: "a form declared as JSON", use: protocol.Use{Place: "json", Name: "p"}, headers: typed(formType), body: "p=" + mark, code: protocol.Blocked},

		{name: "a member", use: protocol.Use{Place: "json", Name: "p"}, headers: typed(jsonType),
			body: ` { "a" : [ "p", {"p":1.0} ], "p" : "` + mark + `" , "z":"\u00e9"} `,
			want: seen{body: ` { "a" : [ "p", {"p":1.0} ], "p" : "p&\"w=é<s>e\\c/r'et 1" , "z":"\u00e9"} `}},
		{name: "a member of an object", use: protocol.Use{Place: "json", Name: "login.p"}, headers: typed(jsonType),
			body: `{"login":{"p":"` + mark + `"}}`, want: seen{body: `{"login":{"p":"p&\"w=é<s>e\\c/r'et 1"}}`}},
		{name: "another member", use: protocol.Use{Place: "json", Name: "p"}, headers: typed(jsonType), body: `{"q":"` + mark + `"}`, code: protocol.Blocked},
		{name: "the member deeper", use: protocol.Use{Place: "json", Name: "p"}, headers: typed(jsonType), body: `{"a":{"p":"` + mark + `"}}`, code: protocol.Blocked},
		{name: "the member in an array", use: protocol.Use{Place: "json", Name: "p"}, headers: typed(jsonType), body: `[{"p":"` + mark + `"}]`, code: protocol.Blocked},
		{name: "a member named like a path", use: protocol.Use{Place: "json", Name: "a.p"}, headers: typed(jsonType), body: `{"a.p":"` + mark + `"}`, code: protocol.Blocked},
		{name: "a member after an array", use: protocol.Use{Place: "json", Name: "p"}, headers: typed(jsonType), body: `{"a":["` + mark + `"],"p":""}`, code: protocol.Blocked},
		{name: "a key", use: protocol.Use{Place: "json", Name: "p"}, headers: typed(jsonType), body: `{"` + mark + `":"p"}`, code: protocol.Blocked},
		{name: "broken JSON", use: protocol.Use{Place: "json", Name: "p"}, headers: typed(jsonType), body: `{"p":"` + mark + `"`, code: protocol.Blocked},

		{name: "a header", use: protocol.Use{Place: "header", Name: "x-key"}, headers: map[string]string{"X-KEY": "k " + mark}, want: seen{key: "k " + password}},
		{name: "a bearer", use: protocol.Use{Place: "header", Name: "Authorization"}, headers: map[string]string{"Authorization": "Bearer " + mark}, want: seen{authorization: "Bearer " + password}},
		{name: "another header", use: protocol.Use{Place: "header", Name: "X-Key"}, headers: map[string]string{"X-Other": mark}, code: protocol.Blocked},

		{name: "a basic password", use: protocol.Use{Place: "basic"}, headers: basic("me:" + mark),
			want: seen{authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+password))}},
		{name: "a basic user", use: protocol.Use{Place: "basic", Name: "user"}, headers: basic(mark + ":"),
			want: seen{authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte(password+":"))}},
		{name: "a basic user declared as password", use: protocol.Use{Place: "basic", Name: "password"}, headers: basic(mark + ":x"), code: protocol.Blocked},

		{name: "another media type", use: protocol.Use{Place: "form", Name: "p"}, headers: typed("text/plain"), body: "p=" + mark, code: protocol.Blocked},
		{name: "no media type", use: protocol.Use{Place: "form", Name: "p"}, body: "p=" + mark, code: protocol.Blocked},
		{name: "an unknown secret", use: protocol.Use{Place: "form", Name: "p"}, headers: typed(formType), body: "p={{secret:other}}", code: protocol.Blocked},
		{name: "the wrong kind", use: protocol.Use{Place: "form", Name: "p"}, headers: typed(formType), body: "p={{totp:password:1}}", code: protocol.Blocked},
		{name: "nothing", use: protocol.Use{Place: "form", Name: "p"}, headers: typed(formType), body: "p={{secret:}}&q={{x}}", want: seen{body: "p={{secret:}}&q={{x}}"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			n := newInternet(t)
			var got seen
			host, policy := n.bank(got.handler)
			tc.use.Host, tc.use.Method, tc.use.Path = host, "POST", "/login"
			c := n.client(policy, fetch.Options{Secrets: secretAt(tc.use)})
			_, _, err := read(t, c, protocol.HTTPRequest{Method: "POST", URL: "https://" + host + "/login?a=1", Headers: tc.headers}, []byte(tc.body))
			wantCode(t, err, tc.code)
			if got != tc.want {
				t.Errorf("server saw %+v, want %+v", got, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), password) {
				t.Errorf("error holds the secret: %v", err)
			}
		})
	}
}

func TestSecret_is_refused_for_another_request(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	n.name("www.bank.test", "127.0.0.1")
	policy.Hosts = append(policy.Hosts, "www."+host)
	c := n.client(policy, fetch.Options{Secrets: secretAt(protocol.Use{Host: host, Method: "POST", Path: "/login", Place: "form", Name: "p"})})
	for _, url := range []string{
		"https://" + host + "/", "https://" + host + "/login/", "https://" + host + "/login;x", "https://" + host + "//login",
		"https://" + host + "/%6cogin", "https://" + host + "/x/../login", "https://www." + host + "/login", "https://" + host + "/login?p=" + mark,
		"https://" + host + "/" + mark,
	} {
		r, body := form(url, "p", mark)
		_, err := c.Do(t.Context(), r, body)
		if core.CodeOf(err) != protocol.Blocked {
			t.Errorf("%s: got %v, want blocked", url, err)
		}
	}
	r, body := form("https://"+host+"/login", "p", mark)
	r.Method = "PUT"
	_, err := c.Do(t.Context(), r, body)
	wantCode(t, err, protocol.Blocked)
}

func TestSecret_goes_to_the_address_of_the_source(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	var got seen
	to := n.plain(got.handler)
	c := n.client(fetch.Policy{Allowed: []netip.AddrPort{to}},
		fetch.Options{Secrets: secretAt(protocol.Use{Method: "POST", Path: "/", Place: "form", Name: "p"})})
	r, body := form("http://"+to.String(), "p", mark)
	mustRead(t, c, r, body)
	if !strings.HasPrefix(got.body, "p=p%26") {
		t.Errorf("got %q", got.body)
	}
}

func TestSecret_that_breaks_a_header_is_refused(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	c := n.client(policy, fetch.Options{Secrets: []fetch.Secret{{Name: "password", Value: "a\r\nX: b",
		Use: []protocol.Use{{Host: host, Method: "GET", Path: "/", Place: "header", Name: "X-Key"}}}}})
	_, err := c.Do(t.Context(), protocol.HTTPRequest{URL: "https://" + host, Headers: map[string]string{"X-Key": mark}}, nil)
	wantCode(t, err, protocol.Blocked)
}

func TestSecret_is_scrubbed_from_replies(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(echo)
	c := n.client(policy, fetch.Options{Secrets: secretAt(
		protocol.Use{Host: host, Method: "POST", Path: "/", Place: "form", Name: "p"},
		protocol.Use{Host: host, Method: "POST", Path: "/", Place: "header", Name: "X-Key"},
		protocol.Use{Host: host, Method: "POST", Path: "/", Place: "basic"},
	)})
	r, body := form("https://"+host+"/", "p", mark, "q", "w")
	r.Headers["X-Key"] = mark
	for _, sink := range []protocol.Sink{protocol.SinkGuest, protocol.SinkFile} {
		r.Sink = sink
		resp, text := mustRead(t, c, r, body)
		if want := "p=" + mark + "&q=w"; text != want {
			t.Errorf("got %q, want %q", text, want)
		}
		if got := resp.Header.Get("X-Seen"); got != mark {
			t.Errorf("got %q, want %q", got, mark)
		}
	}
	token := base64.StdEncoding.EncodeToString([]byte("me:" + mark))
	resp, _ := mustRead(t, c, protocol.HTTPRequest{Method: "POST", URL: "https://" + host, Headers: map[string]string{"Authorization": "Basic " + token}}, nil)
	if got, want := resp.Header.Get("X-Seen"), "Basic "+token; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSecret_in_a_file_that_it_would_break_is_left(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	const pdf = "%PDF-1.7 (password1)"
	host, policy := n.bank(func(w http.ResponseWriter, _ *http.Request) {
		for _, c := range []byte(pdf) { // arrives in pieces
			w.Write([]byte{c})
			http.NewResponseController(w).Flush()
		}
	})
	c := n.client(policy, fetch.Options{Secrets: []fetch.Secret{{Name: "password", Value: "password1"}}})
	if _, text := mustRead(t, c, get("https://"+host), nil); text != pdf {
		t.Errorf("got %q", text)
	}
}

// Vectors of RFC 6238, appendix B, and the forms that people paste.
func TestTOTP(t *testing.T) {
	t.Parallel()
	b32 := map[string]string{
		"SHA1":   "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
		"SHA256": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA",
		"SHA512": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA",
	}
	long := func(algorithm string) string {
		return "otpauth://totp/x?digits=8&algorithm=" + algorithm + "&secret=" + b32[algorithm]
	}
	for _, tc := range []struct {
		key  string
		at   int64
		want string
	}{
		{long("SHA1"), 59, "94287082"}, {long("SHA256"), 59, "46119246"}, {long("SHA512"), 59, "90693936"},
		{long("SHA1"), 1111111109, "07081804"}, {long("SHA256"), 1111111109, "68084774"}, {long("SHA512"), 1111111109, "25091201"},
		{long("SHA1"), 1234567890, "89005924"}, {long("SHA256"), 2000000000, "90698825"}, {long("SHA512"), 20000000000, "47863826"},
		{"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59, "287082"},
		{" gezd gnbv gy3t-qojq gezd gnbv gy3t qojq ", 59, "287082"},
		{"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ======", 59, "287082"},
		{"not base32!", 59, ""}, {"", 59, ""}, {"otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=1", 59, ""},
		{"otpauth://totp/x?digits=1000000000&secret=GEZDGNBVGY3TQOJQ", 59, ""},
		{"otpauth://totp/x?digits=5&secret=GEZDGNBVGY3TQOJQ", 59, ""}, {"otpauth://totp/x?digits=9&secret=GEZDGNBVGY3TQOJQ", 59, ""},
		{"otpauth://totp/x?period=0&secret=GEZDGNBVGY3TQOJQ", 59, ""}, {"otpauth:%", 59, ""},
	} {
		n := newInternet(t)
		var got seen
		host, policy := n.bank(got.handler)
		c := n.client(policy, fetch.Options{
			Clock:   func() time.Time { return time.Unix(tc.at, 0) },
			Secrets: []fetch.Secret{{Name: "code", TOTP: true, Value: core.Secret(tc.key), Use: []protocol.Use{{Host: host, Method: "POST", Path: "/", Place: "form", Name: "otp"}}}},
		})
		r, body := form("https://"+host, "otp", "{{totp:code:1}}")
		_, _, err := read(t, c, r, body)
		if tc.want == "" {
			wantCode(t, err, protocol.Blocked)
			continue
		}
		if got.body != "otp="+tc.want {
			t.Errorf("%s at %d: got %q (%v), want %s", tc.key, tc.at, got.body, err, tc.want)
		}
	}
}

func TestTOTP_key_is_never_filled_and_its_code_is_scrubbed(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(echo)
	c := n.client(policy, fetch.Options{Clock: func() time.Time { return time.Unix(59, 0) }, Secrets: []fetch.Secret{{Name: "code", TOTP: true, Value: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
		Use: []protocol.Use{{Host: host, Method: "POST", Path: "/", Place: "form", Name: "otp"}}}}})
	r, body := form("https://"+host, "otp", "{{secret:code}}")
	_, err := c.Do(t.Context(), r, body)
	wantCode(t, err, protocol.Blocked)
	r, body = form("https://"+host, "otp", "{{totp:code:7}}")
	if _, text := mustRead(t, c, r, body); text != "otp={{totp:code:0}}" {
		t.Errorf("got %q", text)
	}
	r, body = form("https://"+host, "bill", "287082") // the code at that moment, in an innocent place
	if _, text := mustRead(t, c, r, body); text != "bill=287082" {
		t.Errorf("got %q", text)
	}
}
