package connect

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestParseTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 15, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   core.Code // "" for tokens
	}{
		{"tokens", 200, `{"access_token":"a","token_type":"bearer","expires_in":60,"refresh_token":"r"}`, ""},
		{"seconds as text", 200, `{"access_token":"a","token_type":"Bearer","expires_in":"60","refresh_token":"r"}`, ""},
		{"another type", 200, `{"access_token":"a","token_type":"mac"}`, protocol.SourceChanged},
		{"no token", 200, `{"token_type":"bearer"}`, protocol.SourceChanged},
		{"a token with a line", 200, `{"access_token":"a\nb","token_type":"bearer"}`, protocol.SourceChanged},
		{"a token too long", 200, `{"access_token":"` + strings.Repeat("a", maxToken+1) + `","token_type":"bearer"}`, protocol.SourceChanged},
		{"a page", 200, `<html>`, protocol.SourceChanged},
		{"unknown client", 401, `{"error":"invalid_client"}`, protocol.AuthFailed},
		{"down", 502, `<html>`, protocol.Unavailable},
		{"too often", 429, ``, protocol.RateLimited},
		{"another error", 400, `{"error":"invalid_request"}`, protocol.SourceChanged},
	} {
		got, err := parseTokens(c.status, []byte(c.body), now)
		if core.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if want := (tokens{Access: "a", Refresh: "r", Expires: now.Add(time.Minute), Granted: now}); c.want == "" && got != want {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
	if _, err := parseTokens(400, []byte(`{"error":"invalid_grant","error_description":"a"}`), now); !errors.Is(err, errGrant) {
		t.Errorf("got %v", err)
	}
}

func FuzzParseTokens(f *testing.F) {
	f.Add(200, []byte(`{"access_token":"a","token_type":"bearer","expires_in":60,"refresh_token":"r"}`))
	f.Add(400, []byte(`{"error":"invalid_grant"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		now := time.Unix(0, 0)
		got, err := parseTokens(status, body, now)
		if err == nil && (!isToken(got.Access) || got.Expires.After(now.Add(maxExpiry*time.Second))) {
			t.Errorf("got %+v", got)
		}
	})
}
