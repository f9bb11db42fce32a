package fetch_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestCarry_goes_on_in_another_client(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(echo)
	policy.Limits = fetch.Limits{Requests: 3}
	options := fetch.Options{Secrets: secretAt(protocol.Use{Host: host, Method: "POST", Path: "/", Place: "basic"})}
	first := n.client(policy, options)
	token := base64.StdEncoding.EncodeToString([]byte("me:" + mark))
	filled := base64.StdEncoding.EncodeToString([]byte("me:" + password))
	mustRead(t, first, protocol.HTTPRequest{Method: "POST", URL: "https://" + host, Headers: map[string]string{"Authorization": "Basic " + token}}, nil)

	text, err := json.Marshal(first.Carry())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &options.Carry); err != nil {
		t.Fatal(err)
	}
	if c := options.Carry; c.Requests != 1 || len(c.Made) != 1 {
		t.Fatalf("got %+v", c)
	}
	second := n.client(policy, options)
	if _, body := mustRead(t, second, protocol.HTTPRequest{Method: "POST", URL: "https://" + host}, []byte("it was "+filled)); body != "it was "+token {
		t.Errorf("got %q, want what was made of the password scrubbed", body)
	}
	mustRead(t, second, protocol.HTTPRequest{URL: "https://" + host}, nil)
	_, err = second.Do(t.Context(), protocol.HTTPRequest{URL: "https://" + host}, nil)
	wantCode(t, err, protocol.Limit)
	if got := second.Carry(); got.Requests != 4 || got.Received < int64(len(filled)) {
		t.Errorf("got %+v", got)
	}
}
