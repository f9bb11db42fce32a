package providers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/examples/providers"
)

func TestFault(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind providers.FaultKind
		path string
		ok   func(reply) bool
	}{
		{providers.Error500, "/factures", func(r reply) bool { return r.status == 500 }},
		{providers.Maintenance, "/factures", func(r reply) bool { return r.status == 503 && strings.Contains(r.body, "Maintenance") }},
		{providers.RateLimit, "/contrat", func(r reply) bool { return r.status == 429 && r.header.Get("Retry-After") == "120" }},
		{providers.SessionExpired, "/contrat", func(r reply) bool { return r.path == "/login" }},
		{providers.Layout, "/factures", func(r reply) bool { return r.status == 200 && !strings.Contains(r.body, "<table") }},
		{providers.Partial, "/factures", func(r reply) bool { return strings.Contains(r.body, `<td class="montant"></td>`) }},
		{providers.Truncated, "/factures", func(r reply) bool { return r.err != nil && strings.Contains(r.body, "<html") }},
		{providers.Truncated, "/consommation/2026-02.csv", func(r reply) bool { return r.err != nil && r.status == 200 }},
		{providers.Terms, "/factures", func(r reply) bool { return strings.Contains(r.body, `id="conditions"`) }},
		{providers.Cut, "/factures", func(r reply) bool { return r.err != nil && r.status == 0 }},
		{providers.WrongPassword, "/factures", func(r reply) bool { return strings.Contains(r.body, "<table") }},
	} {
		t.Run(string(tc.kind)+tc.path, func(t *testing.T) {
			t.Parallel()
			telco := newTelco(providers.TelcoConfig{})
			b := browse(t, telco)
			b.signIn(telco)
			telco.SetFault(providers.Fault{Kind: tc.kind})
			for range 2 {
				if got := b.get(tc.path); !tc.ok(got) {
					t.Errorf("got %d, %s, %v", got.status, got.path, got.err)
				}
			}
			telco.SetFault(providers.Fault{})
			b.signIn(telco)
			if got := b.get(tc.path); got.status != 200 || got.err != nil {
				t.Errorf("mended: got %d, %v", got.status, got.err)
			}
		})
	}
}

func TestFault_wrong_password_refuses_the_right_one(t *testing.T) {
	t.Parallel()
	telco := newTelco(providers.TelcoConfig{})
	telco.SetFault(providers.Fault{Kind: providers.WrongPassword})
	b := browse(t, telco)
	if got := b.login(telco.User(), telco.Password(), b.csrf()); got.path != "/login" || !strings.Contains(got.body, `role="alert"`) {
		t.Errorf("got %d, %s", got.status, got.path)
	}
}

func TestFault_slow_outlasts_an_impatient_visitor(t *testing.T) {
	t.Parallel()
	telco := newTelco(providers.TelcoConfig{Delay: time.Hour})
	telco.SetFault(providers.Fault{Kind: providers.Slow, Times: 1})
	b := browse(t, telco)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got := b.do(http.NewRequestWithContext(ctx, "GET", b.site+"/login", nil)); got.err == nil {
		t.Errorf("got %d", got.status)
	}
	if got := b.get("/login"); got.status != 200 {
		t.Errorf("then got %d, %v", got.status, got.err)
	}
}

func TestFault_strikes_after_and_for_as_many_requests_as_told(t *testing.T) {
	t.Parallel()
	telco := newTelco(providers.TelcoConfig{})
	telco.SetFault(providers.Fault{Kind: providers.Error500, After: 2, Times: 2})
	b := browse(t, telco)
	for i, want := range []int{200, 200, 500, 500, 200} {
		if got := b.get("/login"); got.status != want {
			t.Errorf("request %d: got %d, want %d", i+1, got.status, want)
		}
	}
}

func TestControl_sets_faults_and_tells_counts(t *testing.T) {
	t.Parallel()
	b := browse(t, newTelco(providers.TelcoConfig{}))
	set := func(form url.Values) int {
		res, err := b.client.PostForm(b.site+"/_control/fault", form)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if got := set(url.Values{"kind": {"flood"}}); got != 400 {
		t.Errorf("unknown fault: got %d", got)
	}
	if got := set(url.Values{"kind": {"error"}, "times": {"1"}}); got != 200 {
		t.Errorf("got %d", got)
	}
	if got := b.get("/_control"); !strings.Contains(got.body, "<b>error</b>") {
		t.Errorf("page says %s", got.body)
	}
	if got := b.get("/contrat"); got.status != 500 {
		t.Errorf("got %d", got.status)
	}
	if got := b.get("/_control/stats"); !strings.Contains(got.body, `"requests":1,`) {
		t.Errorf("got %s", got.body)
	}
}
