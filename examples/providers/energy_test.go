package providers_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/examples/providers"
)

func newEnergy(config providers.EnergyConfig) *providers.Energy {
	if config.Clock == nil {
		config.Clock = today
	}
	return providers.NewEnergy(config)
}

func TestEnergy_code_flow(t *testing.T) {
	t.Parallel()
	energy := newEnergy(providers.EnergyConfig{})
	c := newPKCE(t, energy)
	if r := c.api("/api/contract"); r.status != 401 || r.code() != "invalid_token" || r.header.Get("WWW-Authenticate") == "" {
		t.Errorf("without a token: %d %s", r.status, r.body)
	}
	if r := c.decide(energy.User(), "wrong", "allow"); r.status != 200 || !strings.Contains(r.body, `role="alert"`) {
		t.Errorf("wrong password: %d", r.status)
	}
	if q := c.back(c.decide("", "", "deny")); q.Get("error") != "access_denied" || q.Get("state") != "s&1" || q.Has("code") {
		t.Errorf("declined: %v", q)
	}
	q := c.back(c.decide(energy.User(), energy.Password(), "allow"))
	if q.Get("state") != "s&1" || q.Get("code") == "" {
		t.Fatalf("allowed: %v", q)
	}
	if got := c.redeem(q.Get("code")); got.Error != "" || got.Scope != "bills consumption" {
		t.Fatalf("redeemed: %+v", got)
	}
	if r := c.api("/api/contract"); r.status != 200 || !strings.Contains(r.body, `"peak":"0.2336"`) {
		t.Errorf("contract: %d %s", r.status, r.body)
	}
	if got := energy.Stats(); got.Logins != 1 || got.Refused != 1 || got.Denied != 1 {
		t.Errorf("counted %+v", got)
	}
}

func TestEnergy_refuses_what_the_RFCs_do(t *testing.T) {
	t.Parallel()
	energy := newEnergy(providers.EnergyConfig{Redirects: []string{"https://home.example/cb"}})
	c := newPKCE(t, energy)
	for _, foreign := range []url.Values{{"client_id": {"x"}}, {"redirect_uri": {"https://evil.example/"}}, {"redirect_uri": {"http://127.0.0.1.evil.example/"}},
		{"redirect_uri": {"http://127.0.0.1@evil.example/"}}, {"redirect_uri": {"http://evil.example@127.0.0.1/"}}, {"redirect_uri": {"https://127.0.0.1/"}}, {"redirect_uri": {""}}, {"redirect_uri": {"https://home.example/cb/"}}} {
		if r := c.get(c.query(foreign)); r.status != 400 || r.header.Get("Location") != "" {
			t.Errorf("%v: %d to %s", foreign, r.status, r.header.Get("Location"))
		}
	}
	if r := c.get(c.query(url.Values{"redirect_uri": {"https://home.example/cb"}})); r.status != 200 {
		t.Errorf("a redirect of the configuration: %d", r.status)
	}
	for _, tc := range []struct {
		change url.Values
		want   string
	}{
		{url.Values{"response_type": {"token"}}, "unsupported_response_type"},
		{url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		{url.Values{"code_challenge": {""}}, "invalid_request"},
		{url.Values{"code_challenge": nil, "code_challenge_method": nil}, "invalid_request"},
	} {
		if q := c.back(c.get(c.query(tc.change))); q.Get("error") != tc.want || q.Get("state") != "s&1" {
			t.Errorf("%v: %v", tc.change, q)
		}
	}
	code := func() string {
		return c.back(c.decide(energy.User(), energy.Password(), "allow")).Get("code")
	}
	good := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {c.redirect}, "code_verifier": {c.verifier}}
	for name, bad := range map[string]string{"redirect_uri": "http://127.0.0.1:8420/other", "code_verifier": strings.Repeat("x", 43), "grant_type": "password", "client_id": "x", "code": "x"} {
		form := url.Values{"code": {code()}}
		for n, v := range good {
			form[n] = v
		}
		form.Set(name, bad)
		want := map[string]string{"grant_type": "unsupported_grant_type", "client_id": "invalid_client"}[name]
		if want == "" {
			want = "invalid_grant"
		}
		if got := c.ask(form); got.Error != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestEnergy_refuses_a_short_verifier(t *testing.T) {
	t.Parallel()
	energy := newEnergy(providers.EnergyConfig{})
	c := newPKCE(t, energy)
	c.verifier = "short"
	code := c.back(c.decide(energy.User(), energy.Password(), "allow")).Get("code")
	if got := c.redeem(code); got.Error != "invalid_grant" {
		t.Errorf("got %+v", got)
	}
}

func TestEnergy_code_is_good_once_and_for_a_minute(t *testing.T) {
	t.Parallel()
	now := today()
	energy := newEnergy(providers.EnergyConfig{Clock: func() time.Time { return now }})
	c := newPKCE(t, energy)
	code := c.back(c.decide(energy.User(), energy.Password(), "allow")).Get("code")
	c.redeem(code)
	if got := c.redeem(code); got.Error != "invalid_grant" {
		t.Errorf("again: %+v", got)
	}
	if r := c.api("/api/contract"); r.status != 401 {
		t.Errorf("a code came twice, and its token is still good: %d", r.status)
	}
	code = c.back(c.decide(energy.User(), energy.Password(), "allow")).Get("code")
	now = now.Add(time.Minute)
	if got := c.redeem(code); got.Error != "invalid_grant" {
		t.Errorf("a minute later: %+v", got)
	}
}

func TestEnergy_tokens_are_renewed_in_turn(t *testing.T) {
	t.Parallel()
	now := today()
	energy := newEnergy(providers.EnergyConfig{Clock: func() time.Time { return now }})
	c := newPKCE(t, energy)
	c.enter()
	now = now.Add(10 * time.Minute)
	if r := c.api("/api/contract"); r.status != 401 {
		t.Errorf("after ten minutes: %d", r.status)
	}
	first := c.tokens.Refresh
	if got := c.renew(first); got.Error != "" || got.Refresh == first || got.Access == "" {
		t.Fatalf("renewed: %+v", got)
	}
	if r := c.api("/api/contract"); r.status != 200 || energy.Stats().Refreshes != 1 || energy.Stats().Logins != 1 {
		t.Errorf("then %d, %+v", r.status, energy.Stats())
	}
	second := c.tokens.Refresh
	if got := c.renew(first); got.Error != "invalid_grant" {
		t.Errorf("a spent token: %+v", got)
	}
	if got := c.renew(second); got.Error != "invalid_grant" {
		t.Errorf("the good token of a grant that is over: %+v", got)
	}
	if r := c.api("/api/contract"); r.status != 401 {
		t.Errorf("the grant is over: %d", r.status)
	}
}

func TestEnergy_consent_ends(t *testing.T) {
	t.Parallel()
	now := today()
	energy := newEnergy(providers.EnergyConfig{Clock: func() time.Time { return now }, Access: 1000 * 24 * time.Hour})
	c := newPKCE(t, energy)
	c.enter()
	now = now.Add(90 * 24 * time.Hour)
	if r := c.api("/api/bills"); r.status != 403 || r.code() != "consent_expired" {
		t.Errorf("after 90 days: %d %s", r.status, r.code())
	}
	if got := c.renew(c.tokens.Refresh); got.Error != "invalid_grant" || !strings.Contains(got.Description, "consent") {
		t.Errorf("renewed: %+v", got)
	}
	for _, step := range []struct {
		what string
		want int
	}{{"renew", 200}, {"end", 403}} {
		if r := c.form("/_control/consent", url.Values{"what": {step.what}}); r.status != 303 {
			t.Errorf("control: %d", r.status)
		}
		if r := c.api("/api/bills"); r.status != step.want {
			t.Errorf("%s: %d", step.what, r.status)
		}
	}
}

func TestEnergy_lists_bills_with_their_PDF(t *testing.T) {
	t.Parallel()
	energy := newEnergy(providers.EnergyConfig{})
	c := newPKCE(t, energy)
	c.enter()
	client, point := energy.Contract()
	var listed []string
	for page := 1; page <= 2; page++ {
		r := c.api(fmt.Sprintf("/api/bills?page=%d", page))
		var out struct {
			Bills []struct {
				Number, Amount, PDF string
				Lines               []struct{ Amount string }
			}
			Pages, Count int
		}
		if err := json.Unmarshal([]byte(r.body), &out); err != nil || out.Pages != 2 || out.Count != 24 || len(out.Bills) != 12 {
			t.Fatalf("page %d: %d %s", page, r.status, r.body)
		}
		for _, b := range out.Bills {
			listed = append(listed, b.Number+" "+b.Amount+" "+b.PDF)
		}
	}
	for i, b := range energy.Bills() {
		path := "/api/bills/" + b.Number + ".pdf"
		if want := b.Number + " " + b.Total.String() + " " + path; listed[i] != want {
			t.Errorf("got %s, want %s", listed[i], want)
		}
		r := c.api(path)
		text := pdfText(t, r.body)
		for _, want := range []string{b.Number, client, point, b.Total.French(), b.Tax.French(), b.Keyword, fmt.Sprintf("%d kWh", b.Lines[1].KWh)} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in its PDF", b.Number, want)
			}
		}
		if again := c.api(path); again.body != r.body || r.header.Get("Content-Type") != "application/pdf" {
			t.Errorf("%s: another PDF the second time", b.Number)
		}
	}
	if r := c.api("/api/bills/EA209901-00000.pdf"); r.status != 404 {
		t.Errorf("no such bill: %d", r.status)
	}
}

func TestEnergy_keywords_are_not_the_telcos(t *testing.T) {
	t.Parallel()
	stems := map[string]bool{}
	for _, b := range newTelco(providers.TelcoConfig{Months: 240}).Bills() {
		stems[strings.TrimSuffix(b.Keyword, "ine")] = true
	}
	for _, b := range newEnergy(providers.EnergyConfig{Months: 240}).Bills() {
		if stem := strings.TrimSuffix(b.Keyword, "ade"); stems[stem] || stem == b.Keyword {
			t.Errorf("%s", b.Keyword)
		}
	}
}

func TestEnergy_faults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind providers.FaultKind
		ok   func(bills, curve reply) bool
	}{
		{providers.Error500, func(b, c reply) bool { return b.status == 500 && c.code() == "internal_error" }},
		{providers.Maintenance, func(b, c reply) bool { return b.status == 503 && c.code() == "maintenance" }},
		{providers.RateLimit, func(b, c reply) bool { return b.status == 429 && c.header.Get("Retry-After") == "120" }},
		{providers.SessionExpired, func(b, c reply) bool { return b.status == 401 && c.code() == "invalid_token" }},
		{providers.Layout, func(b, c reply) bool {
			return b.status == 200 && !strings.HasPrefix(b.body, `{"bills"`) && !strings.HasPrefix(c.body, `{"meter`)
		}},
		{providers.Partial, func(b, c reply) bool {
			return strings.Count(c.body, `"value"`) == 47 && strings.Count(b.body, `"amount"`) == 12*4-1
		}},
		{providers.Truncated, func(b, c reply) bool { return b.err != nil && c.err != nil && c.status == 200 }},
		{providers.Terms, func(b, c reply) bool { return b.status == 403 && c.code() == "terms_to_accept" }},
		{providers.ConsentExpired, func(b, c reply) bool { return b.status == 403 && c.code() == "consent_expired" }},
		{providers.Cut, func(b, c reply) bool { return b.err != nil && c.err != nil }},
		{providers.WrongPassword, func(b, c reply) bool { return b.status == 200 && c.status == 200 }},
		{providers.WrongCode, func(b, c reply) bool { return b.status == 200 && c.status == 200 }},
	} {
		t.Run(string(tc.kind), func(t *testing.T) {
			t.Parallel()
			energy := newEnergy(providers.EnergyConfig{})
			c := newPKCE(t, energy)
			c.enter()
			_, point := energy.Contract()
			curve := "/api/consumption_load_curve?usage_point_id=" + point + "&start=2026-03-01&end=2026-03-02"
			energy.SetFault(providers.Fault{Kind: tc.kind})
			if b, l := c.api("/api/bills"), c.api(curve); !tc.ok(b, l) {
				t.Errorf("got %d %.200s and %d %.200s", b.status, b.body, l.status, l.body)
			}
			energy.SetFault(providers.Fault{})
			if got := c.api(curve); got.status != 200 || got.err != nil {
				t.Errorf("mended: got %d, %v", got.status, got.err)
			}
		})
	}
	t.Run("at sign-in", func(t *testing.T) {
		t.Parallel()
		energy := newEnergy(providers.EnergyConfig{})
		c := newPKCE(t, energy)
		energy.SetFault(providers.Fault{Kind: providers.WrongPassword, Times: 1})
		if r := c.decide(energy.User(), energy.Password(), "allow"); r.status != 200 || !strings.Contains(r.body, `role="alert"`) {
			t.Errorf("wrong password: %d", r.status)
		}
		energy.SetFault(providers.Fault{Kind: providers.WrongCode, Times: 1})
		if q := c.back(c.decide(energy.User(), energy.Password(), "allow")); q.Get("error") != "access_denied" {
			t.Errorf("declined: %v", q)
		}
		c.enter()
		for _, kind := range []providers.FaultKind{providers.SessionExpired, providers.ConsentExpired} {
			energy.SetFault(providers.Fault{Kind: kind})
			if got := c.renew(c.tokens.Refresh); got.Error != "invalid_grant" {
				t.Errorf("%s: %+v", kind, got)
			}
		}
		energy.SetFault(providers.Fault{})
		if got := c.renew(c.tokens.Refresh); got.Error != "" {
			t.Errorf("mended: %+v", got)
		}
	})
}
