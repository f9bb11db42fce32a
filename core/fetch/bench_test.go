package fetch_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A page of 100 KB through every rule, beside a plain http.Client.
func BenchmarkDo(b *testing.B) {
	page := bytes.Repeat([]byte("<td>15/03/2026</td> &amp; "), 4000)
	n := newInternet(b)
	serve := func(w http.ResponseWriter, _ *http.Request) { w.Write(page) }

	b.Run("client", func(b *testing.B) {
		to := n.plain(serve)
		c := n.client(fetch.Policy{Allowed: []netip.AddrPort{to}, Limits: fetch.Limits{Requests: 1 << 30, Run: 1 << 60}},
			fetch.Options{Secrets: []fetch.Secret{{Name: "password", Value: "correct horse"}}})
		b.SetBytes(int64(len(page)))
		for b.Loop() {
			resp, err := c.Do(b.Context(), protocol.HTTPRequest{URL: "http://" + to.String()}, nil)
			if err != nil {
				b.Fatal(err)
			}
			drain(b, resp.Body)
		}
	})
	b.Run("plain", func(b *testing.B) {
		s := httptest.NewServer(http.HandlerFunc(serve))
		defer s.Close()
		b.SetBytes(int64(len(page)))
		for b.Loop() {
			resp, err := s.Client().Get(s.URL)
			if err != nil {
				b.Fatal(err)
			}
			drain(b, resp.Body)
		}
	})
}

func drain(b *testing.B, body io.ReadCloser) {
	b.Helper()
	if _, err := io.Copy(io.Discard, body); err != nil {
		b.Fatal(err)
	}
	if err := body.Close(); err != nil {
		b.Fatal(err)
	}
}
