package sdk_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

// echo says what it was sent.
func echo(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		body, _ := io.ReadAll(r.Body)
		io.WriteString(w, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestDo(t *testing.T) {
	t.Parallel()
	site := echo(t)
	for _, tc := range []struct {
		name    string
		request sdk.Request
		status  int
		want    string
	}{
		{"get", sdk.Request{URL: site}, 200, "GET  "},
		{"a form posts", sdk.Request{URL: site, Form: map[string]string{"b": "é&=", "a": sdk.Secret("pin")}}, 200,
			"POST application/x-www-form-urlencoded a={{secret:pin}}&b=%C3%A9%26%3D"},
		{"a body posts", sdk.Request{URL: site, Body: []byte("x")}, 200, "POST  x"},
		{"method and type are kept", sdk.Request{Method: "PUT", URL: site, Form: map[string]string{}, Header: map[string]string{"content-type": "text/plain"}}, 200, "PUT text/plain "},
		{"redirects are followed", sdk.Request{URL: site + "/moved"}, 200, "GET  "},
		{"unless told not to", sdk.Request{URL: site + "/moved", NoFollow: true}, 302, "<a href=\"/\">Found</a>.\n\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := &sdktest.Host{Secrets: map[string]string{"pin": "4711"}}
			run(t, h, func(s *sdk.Session) error {
				for _, toFile := range []bool{false, true} {
					tc.request.ToFile = toFile
					res, err := s.Do(tc.request)
					if err != nil {
						return err
					}
					body := res.Body
					if toFile {
						if body, err = s.ReadFile(res.File); err != nil {
							return err
						}
					}
					if res.Status != tc.status || string(body) != tc.want {
						t.Errorf("to file %t: got %d %q", toFile, res.Status, body)
					}
				}
				return nil
			})
		})
	}
}

func TestPostJSON(t *testing.T) {
	t.Parallel()
	site := echo(t)
	run(t, &sdktest.Host{}, func(s *sdk.Session) error {
		res, err := s.PostJSON(site, map[string]int{"a": 1})
		if err != nil || string(res.Body) != `POST application/json {"a":1}` {
			t.Errorf("got %q, %v", res.Body, err)
		}
		var v struct{}
		if code := sdk.CodeOf(res.JSON(&v)); code != protocol.SourceChanged {
			t.Errorf("not JSON: got %q", code)
		}
		return nil
	})
}

func TestResponse_Problem(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status int
		after  string
		code   protocol.Code
		wait   int
	}{
		{200, "", "", 0}, {302, "", "", 0}, {401, "", protocol.AuthExpired, 0}, {403, "", protocol.AuthExpired, 0}, {404, "", protocol.SourceChanged, 0},
		{408, "", protocol.Unavailable, 0}, {429, "120", protocol.RateLimited, 120}, {429, "Sun, 15 Mar 2026 08:01:00 GMT", protocol.RateLimited, 60},
		{429, "Sun, 15 Mar 2026 07:00:00 GMT", protocol.RateLimited, 0}, {429, "soon", protocol.RateLimited, 0}, {429, "-5", protocol.RateLimited, 0},
		{500, "", protocol.Unavailable, 0}, {503, "7", protocol.Unavailable, 7},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", tc.after)
			w.WriteHeader(tc.status)
		}))
		result := run(t, &sdktest.Host{}, func(s *sdk.Session) error {
			res, err := s.Do(sdk.Request{URL: server.URL + "/?token=4711", NoFollow: true})
			if err != nil {
				return err
			}
			return res.Problem()
		})
		server.Close()
		if result.Code() != tc.code || result.Problem != nil && (result.Problem.RetryAfter != tc.wait || strings.Contains(result.Problem.Message, "4711")) {
			t.Errorf("%d after %q: got %v", tc.status, tc.after, result.Problem)
		}
	}
}

func TestOpen_reads_a_large_file_in_any_order(t *testing.T) {
	t.Parallel()
	reads := 0
	h := &sdktest.Host{Mode: protocol.ModeFile, Intercept: func(op protocol.Op, _ protocol.Frame) (protocol.Frame, bool) {
		if op == protocol.OpReadFile {
			reads++
		}
		return protocol.Frame{}, false
	}}
	data := []byte(strings.Repeat("0123456789", 350_000))
	h.Input = h.AddFile("big", "", data)
	result := run(t, h, func(s *sdk.Session) error {
		all, err := s.ReadFile(s.File())
		if err != nil || string(all) != string(data) {
			t.Errorf("got %d bytes, %v", len(all), err)
		}
		if reads > 4 {
			t.Errorf("3.5 MB took %d reads", reads)
		}
		r := s.Open(s.File())
		for _, offset := range []int64{3_000_000, 5, 1<<20 - 3, r.Size() - 5} {
			var part [10]byte
			n, err := r.ReadAt(part[:], offset)
			if want := data[offset:min(offset+10, r.Size())]; string(part[:n]) != string(want) || (n < 10) != (err == io.EOF) {
				t.Errorf("at %d: got %q, %v", offset, part[:n], err)
			}
		}
		_, err = s.ReadFile(sdk.File{ID: "f99", Size: 1})
		if sdk.CodeOf(err) != protocol.NotFound {
			t.Errorf("no such file: got %v", err)
		}
		return nil
	})
	if result.Err != nil {
		t.Fatal(result.Err)
	}
}

func TestHelpers_are_asked_of_the_home(t *testing.T) {
	t.Parallel()
	h := &sdktest.Host{
		Secrets: map[string]string{"key": "JBSWY3DP"},
		Select: func(html []byte, q map[string]protocol.Query) (map[string][]map[string]string, error) {
			return map[string][]map[string]string{"got": {{"html": string(html), "rows": q["got"].Rows}}}, nil
		},
		PDFText: func(pdf []byte) ([]string, error) { return []string{"page of " + string(pdf), "end"}, nil },
		Unzip: func([]byte) ([]sdktest.Entry, error) {
			return []sdktest.Entry{{Name: "a/b.txt", Data: []byte("in")}}, nil
		},
		Answer: func(q protocol.AskRequest) (string, error) { return string(q.Kind) + " " + q.Prompt, nil },
	}
	f := h.AddFile("x", "", []byte("doc"))
	result := run(t, h, func(s *sdk.Session) error {
		for _, from := range []func(sdk.Queries) (sdk.Selection, error){
			func(q sdk.Queries) (sdk.Selection, error) { return s.Select(*f, q) },
			func(q sdk.Queries) (sdk.Selection, error) { return s.SelectHTML([]byte("doc"), q) },
		} {
			sel, err := from(sdk.Queries{"got": {Rows: "tr"}})
			if row := sel.First("got"); err != nil || row["html"] != "doc" || row["rows"] != "tr" || sel.First("other")["x"] != "" {
				t.Errorf("select: got %v, %v", sel, err)
			}
		}
		if pdf, err := s.PDFText(*f); err != nil || pdf.Text() != "page of doc\nend\n" {
			t.Errorf("pdf: got %q, %v", pdf.Text(), err)
		}
		if files, err := s.Unzip(*f); err != nil || len(files) != 1 || files[0].Name != "a/b.txt" || files[0].Size != 2 {
			t.Errorf("unzip: got %v, %v", files, err)
		}
		if answer, err := s.Ask(sdk.Question{Prompt: "code"}); err != nil || answer != "text code" {
			t.Errorf("ask: got %q, %v", answer, err)
		}
		if code, err := s.TOTP("key"); err != nil || code != "{{secret:key}}" {
			t.Errorf("totp: got %q, %v", code, err)
		}
		s.Logf("hello %d", 1)
		s.Warnf("hm")
		return nil
	})
	if result.Err != nil || strings.Join(result.Log, ",") != "info: hello 1,warn: hm" {
		t.Errorf("got %v, %v", result.Log, result.Err)
	}
}
