package connect

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestParseDevice(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 15, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		status int
		body   string
		until  time.Duration // 0: an error
		every  time.Duration
		want   core.Code
	}{
		{"codes", 200, `{"device_code":"d","user_code":"A B","verification_uri":"u","expires_in":900,"interval":7}`, 15 * time.Minute, 7 * time.Second, ""},
		{"without interval", 200, `{"device_code":"d","user_code":"A B","verification_uri":"u","expires_in":"900"}`, 15 * time.Minute, 5 * time.Second, ""},
		{"as in the drafts", 200, `{"device_code":"d","user_code":"A B","verification_url":"u","expires_in":1800,"interval":5}`, 30 * time.Minute, 5 * time.Second, ""},
		{"a life that is not believed", 200, `{"device_code":"d","user_code":"A B","verification_uri":"u","expires_in":9e99,"interval":-1}`, 10 * time.Minute, 5 * time.Second, ""},
		{"for ever, and never asked", 200, `{"device_code":"d","user_code":"A B","verification_uri":"u","expires_in":9223372036854775807,"interval":9223372036854775807}`, time.Hour, 5 * time.Minute, ""},
		{"no device code", 200, `{"user_code":"A B","verification_uri":"u"}`, 0, 0, protocol.SourceChanged},
		{"no user code", 200, `{"device_code":"d","verification_uri":"u"}`, 0, 0, protocol.SourceChanged},
		{"a user code that turns the line", 200, "{\"device_code\":\"d\",\"user_code\":\"A\u202eB\"}", 0, 0, protocol.SourceChanged},
		{"a user code without end", 200, `{"device_code":"d","user_code":"` + strings.Repeat("A", 65) + `"}`, 0, 0, protocol.SourceChanged},
		{"a page", 200, `<html>`, 0, 0, protocol.SourceChanged},
		{"a client nobody knows", 401, `{"error":"invalid_client"}`, 0, 0, protocol.AuthFailed},
		{"a client that may not", 400, `{"error":"unauthorized_client"}`, 0, 0, protocol.AuthFailed},
		{"down", 503, ``, 0, 0, protocol.Unavailable},
		{"too often", 429, ``, 0, 0, protocol.RateLimited},
	} {
		got, err := parseDevice(c.status, []byte(c.body), now)
		if core.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if want := (pendingDevice{Device: storedSecret{"d"}, User: "A B", Address: "u", Until: now.Add(c.until), Every: c.every}); c.want == "" && got != want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, want)
		}
	}
}

func TestPendingDevice_prints_as_dots_and_is_kept(t *testing.T) {
	t.Parallel()
	d := pendingDevice{Device: storedSecret{"the-device-code"}, User: "A"}
	for _, said := range []string{fmt.Sprint(d), fmt.Sprintf("%+v %#v %s", d, d, &d), fmt.Sprintf("%q %v", d.Device, d.Device), d.Device.LogValue().String()} {
		if strings.Contains(said, "the-device-code") {
			t.Errorf("it prints %s", said)
		}
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var again pendingDevice
	if err := json.Unmarshal(text, &again); err != nil || again != d {
		t.Errorf("got %+v %v", again, err)
	}
}

func FuzzParseDevice(f *testing.F) {
	f.Add(200, []byte(`{"device_code":"d","user_code":"A B","verification_uri":"u","expires_in":900,"interval":7}`))
	f.Add(400, []byte(`{"error":"invalid_client"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		now := time.Unix(0, 0)
		got, err := parseDevice(status, body, now)
		if err == nil && (!isToken(string(got.Device.Secret)) || !isShown(got.User, maxUserCode) || got.Every <= 0 || got.Every > maxEvery ||
			!got.Until.After(now) || got.Until.After(now.Add(deviceWithin))) {
			t.Errorf("got %+v", got)
		}
	})
}
