package providers_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/examples/providers"
)

// codes is what a device gets first.
type codes struct {
	Device   string `json:"device_code"`
	User     string `json:"user_code"`
	Page     string `json:"verification_uri"`
	Seconds  int    `json:"expires_in"`
	Interval int    `json:"interval"`
}

func (c *pkce) device() (got codes) {
	c.t.Helper()
	r := c.form("/device_authorization", url.Values{"client_id": {c.energy.Client()}, "scope": {"bills"}})
	if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != 200 || got.Device == "" || got.Page != c.site+"/device" || r.header.Get("Cache-Control") != "no-store" {
		c.t.Fatalf("got %d %s", r.status, r.body)
	}
	return got
}

func (c *pkce) poll(device string) tokens {
	c.t.Helper()
	return c.ask(url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {device}})
}

// enterCode sends the supplier's page as the person fills it in.
func (c *pkce) enterCode(code, password, decision string) reply {
	c.t.Helper()
	return c.form("/device", url.Values{"code": {code}, "username": {c.energy.User()}, "password": {password}, "decision": {decision}})
}

func TestEnergy_device_flow(t *testing.T) {
	t.Parallel()
	now := today()
	energy := newEnergy(providers.EnergyConfig{Clock: func() time.Time { return now }})
	c := newPKCE(t, energy)
	got := c.device()
	if got.Seconds != 900 || got.Interval != 5 || len(got.User) != 9 || got.User[4] != '-' {
		t.Errorf("got %+v", got)
	}
	if r := c.get("/device"); r.status != 200 || !strings.Contains(r.body, `name="code"`) || strings.Contains(r.body, got.User) {
		t.Errorf("the page: %d %s", r.status, r.body)
	}
	if e := c.poll(got.Device).Error; e != "slow_down" {
		t.Errorf("at once: %q", e)
	}
	now = now.Add(9 * time.Second)
	if e := c.poll(got.Device).Error; e != "slow_down" {
		t.Errorf("before the longer interval: %q", e)
	}
	now = now.Add(15 * time.Second)
	if e := c.poll(got.Device).Error; e != "authorization_pending" {
		t.Errorf("after it: %q", e)
	}
	for _, wrong := range []reply{c.enterCode("XXXX-XXXX", energy.Password(), "allow"), c.enterCode("", energy.Password(), "allow"), c.enterCode(got.User, "wrong", "allow")} {
		if wrong.status != 200 || !strings.Contains(wrong.body, `role="alert"`) {
			t.Errorf("got %d %s", wrong.status, wrong.body)
		}
	}
	if r := c.enterCode(" "+strings.ToLower(strings.ReplaceAll(got.User, "-", " ")), energy.Password(), "allow"); !strings.Contains(r.body, `id="fait"`) {
		t.Fatalf("got %d %s", r.status, r.body)
	}
	now = now.Add(15 * time.Second)
	if tokens := c.poll(got.Device); tokens.Error != "" || tokens.Scope != "bills" {
		t.Fatalf("got %+v", tokens)
	}
	if r := c.api("/api/contract"); r.status != 200 {
		t.Errorf("contract: %d %s", r.status, r.body)
	}
	if renewed := c.renew(c.tokens.Refresh); renewed.Error != "" {
		t.Errorf("renewed: %+v", renewed)
	}
	if e := c.poll(got.Device).Error; e != "invalid_grant" {
		t.Errorf("given twice: %q", e)
	}
	if r := c.api("/api/contract"); r.status != 401 {
		t.Errorf("a device code came twice, and its token is still good: %d", r.status)
	}
	if s := energy.Stats(); s.Devices != 1 || s.Polls != 5 || s.Logins != 1 || s.Refused != 1 {
		t.Errorf("counted %+v", s)
	}
}

func TestEnergy_device_flow_that_does_not_end_well(t *testing.T) {
	t.Parallel()
	now := today()
	energy := newEnergy(providers.EnergyConfig{Clock: func() time.Time { return now }, Device: time.Minute, Interval: time.Second})
	c := newPKCE(t, energy)
	if r := c.form("/device_authorization", url.Values{"client_id": {"x"}}); r.status != 400 || !strings.Contains(r.body, "invalid_client") {
		t.Errorf("unknown client: %d %s", r.status, r.body)
	}
	poll := func(device string) string {
		now = now.Add(time.Second)
		return c.poll(device).Error
	}
	if e := poll("x"); e != "invalid_grant" {
		t.Errorf("unknown code: %q", e)
	}
	denied := c.device()
	c.enterCode(denied.User, "", "deny")
	if e := poll(denied.Device); e != "access_denied" {
		t.Errorf("denied: %q", e)
	}
	if r := c.enterCode(denied.User, energy.Password(), "allow"); !strings.Contains(r.body, `role="alert"`) {
		t.Errorf("a code that was denied is taken: %s", r.body)
	}
	late := c.device()
	now = now.Add(time.Minute)
	if r := c.enterCode(late.User, energy.Password(), "allow"); !strings.Contains(r.body, `role="alert"`) {
		t.Errorf("a code that is over is taken: %s", r.body)
	}
	if e := poll(late.Device); e != "expired_token" {
		t.Errorf("late: %q", e)
	}
	for kind, want := range map[providers.FaultKind]string{providers.Pending: "authorization_pending", providers.SlowDown: "slow_down", providers.CodeExpired: "expired_token"} {
		got := c.device()
		c.enterCode(got.User, energy.Password(), "allow")
		energy.SetFault(providers.Fault{Kind: kind, Times: 1})
		if e := poll(got.Device); e != want {
			t.Errorf("%s: got %q, want %q", kind, e, want)
		}
		now = now.Add(10 * time.Second)
		if e := poll(got.Device); e != "" {
			t.Errorf("%s, mended: got %q", kind, e)
		}
	}
	energy.SetFault(providers.Fault{Kind: providers.WrongCode, Times: 1})
	got := c.device()
	c.enterCode(got.User, energy.Password(), "allow")
	if e := poll(got.Device); e != "access_denied" {
		t.Errorf("the person declines: %q", e)
	}
}
