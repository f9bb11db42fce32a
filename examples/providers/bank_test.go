package providers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/examples/providers"
)

func newBank(config providers.BankConfig) *providers.Bank {
	if config.Clock == nil {
		config.Clock = today
	}
	return providers.NewBank(config)
}

// post sends v as JSON and decodes the reply.
func (b *browser) post(path string, v any) (reply, map[string]any) {
	b.t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		b.t.Fatal(err)
	}
	r := b.do(http.NewRequest("POST", b.site+path, strings.NewReader(string(body))))
	var out map[string]any
	if err := json.Unmarshal([]byte(r.body), &out); err != nil && r.err == nil {
		b.t.Fatalf("%s: %v in %q", path, err, r.body)
	}
	return r, out
}

// code returns the "error" of a JSON reply, "" for none.
func (r reply) code() string {
	var out struct{ Error string }
	if err := json.Unmarshal([]byte(r.body), &out); err != nil {
		return "no JSON"
	}
	return out.Error
}

// challenge signs in as far as the one-time code.
func (b *browser) challenge(bank *providers.Bank) string {
	b.t.Helper()
	r, out := b.post("/api/login", map[string]string{"identifier": bank.User(), "password": bank.Password()})
	if r.status != 200 {
		b.t.Fatalf("sign in: %d %s", r.status, r.body)
	}
	id := out["challenge"].(map[string]any)["id"].(string)
	if r, _ := b.post("/api/login/code", map[string]string{"challenge": id}); r.status != 202 {
		b.t.Fatalf("ask for a code: %d %s", r.status, r.body)
	}
	return id
}

func (b *browser) confirm(challenge, code string) reply {
	b.t.Helper()
	r, _ := b.post("/api/login/confirm", map[string]string{"challenge": challenge, "code": code})
	return r
}

func (b *browser) enter(bank *providers.Bank) {
	b.t.Helper()
	if r := b.confirm(b.challenge(bank), bank.Code()); r.status != 200 {
		b.t.Fatalf("confirm: %d %s", r.status, r.body)
	}
}

func TestBank_sign_in_wants_the_code_that_was_sent(t *testing.T) {
	t.Parallel()
	now := today()
	bank := newBank(providers.BankConfig{Clock: func() time.Time { return now }})
	b := browse(t, bank)
	if r := b.get("/api/accounts"); r.status != 401 || r.code() != "session_expired" {
		t.Errorf("signed out: %d %s", r.status, r.code())
	}
	if r, _ := b.post("/api/login", map[string]string{"identifier": bank.User(), "password": "wrong"}); r.status != 401 || r.code() != "bad_credentials" {
		t.Errorf("wrong password: %d %s", r.status, r.code())
	}
	if bank.Code() != "" || b.get("/_control/code").status != 404 {
		t.Error("a code before any was asked for")
	}
	r, out := b.post("/api/login", map[string]string{"identifier": bank.User(), "password": bank.Password()})
	early := out["challenge"].(map[string]any)["id"].(string)
	if r := b.confirm(early, ""); r.status != 410 {
		t.Errorf("a code that was never sent: %d", r.status)
	}
	if strings.Contains(r.body, "39 98 12") || !strings.Contains(r.body, "06 •• •• •• 07") {
		t.Errorf("tells the number: %s", r.body)
	}
	id := b.challenge(bank)
	wrong := strings.Map(func(c rune) rune { return '0' + (c-'0'+1)%10 }, bank.Code())
	if r := b.confirm(id, wrong); r.status != 401 || r.code() != "wrong_code" {
		t.Errorf("wrong code: %d %s", r.status, r.code())
	}
	if got := b.get("/_control/code"); strings.TrimSpace(got.body) != bank.Code() || !strings.Contains(b.get("/_control").body, `<b class="code">`+bank.Code()) {
		t.Errorf("the control page tells another code: %s", got.body)
	}
	if r := b.confirm(id, bank.Code()); r.status != 200 {
		t.Errorf("right code: %d %s", r.status, r.body)
	}
	if r := b.confirm(id, bank.Code()); r.status != 410 {
		t.Errorf("the code again: %d", r.status)
	}
	if r := b.get("/api/accounts"); r.status != 200 {
		t.Errorf("signed in: %d %s", r.status, r.body)
	}
	if got := bank.Stats(); got.Logins != 1 || got.Refused != 1 || got.Codes != 1 || got.Denied != 1 {
		t.Errorf("counted %+v", got)
	}
	now = now.Add(61 * 24 * time.Hour)
	if r := b.get("/api/accounts"); r.code() != "session_expired" {
		t.Errorf("two months later: %d %s", r.status, r.code())
	}
}

func TestBank_challenge_ends_after_three_codes_or_ten_minutes(t *testing.T) {
	t.Parallel()
	now := today()
	bank := newBank(providers.BankConfig{Clock: func() time.Time { return now }})
	b := browse(t, bank)
	id := b.challenge(bank)
	for i, want := range []int{401, 401, 401, 410} {
		if r := b.confirm(id, "x"); r.status != want {
			t.Errorf("try %d: %d", i+1, r.status)
		}
	}
	if r := b.confirm(id, bank.Code()); r.status != 410 {
		t.Errorf("the right code after three wrong ones: %d", r.status)
	}
	id = b.challenge(bank)
	now = now.Add(10 * time.Minute)
	if r := b.confirm(id, bank.Code()); r.status != 410 {
		t.Errorf("after ten minutes: %d", r.status)
	}
	if bank.Stats().Logins != 0 {
		t.Error("signed in")
	}
}

func TestBank_consent_ends_and_is_renewed_on_its_page(t *testing.T) {
	t.Parallel()
	now := today()
	bank := newBank(providers.BankConfig{Clock: func() time.Time { return now }, Session: 1000 * 24 * time.Hour})
	b := browse(t, bank)
	b.enter(bank)
	now = now.Add(90 * 24 * time.Hour)
	if r := b.get("/api/accounts"); r.status != 403 || r.code() != "consent_expired" {
		t.Errorf("after 90 days: %d %s", r.status, r.code())
	}
	renew := func(password string) {
		r, err := b.client.PostForm(b.site+"/consentement", url.Values{"identifier": {bank.User()}, "password": {password}})
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
	}
	renew("wrong")
	if r := b.get("/api/accounts"); r.code() != "consent_expired" {
		t.Errorf("renewed with a wrong password: %d", r.status)
	}
	renew(bank.Password())
	if r := b.get("/api/accounts"); r.status != 200 {
		t.Errorf("renewed: %d %s", r.status, r.code())
	}
	for _, step := range []struct {
		what string
		want int
	}{{"end", 403}, {"renew", 200}} {
		r, err := b.client.PostForm(b.site+"/_control/consent", url.Values{"what": {step.what}})
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r := b.get("/api/accounts"); r.status != step.want {
			t.Errorf("%s: %d", step.what, r.status)
		}
	}
}

func TestBank_control_ends_sessions(t *testing.T) {
	t.Parallel()
	bank := newBank(providers.BankConfig{})
	b := browse(t, bank)
	b.enter(bank)
	r, err := b.client.PostForm(b.site+"/_control/sessions", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r := b.get("/api/accounts"); r.code() != "session_expired" {
		t.Errorf("got %d %s", r.status, r.code())
	}
}

// listed is a page of lines.
type listed struct {
	Transactions []struct {
		ID, Status, Amount, Label string
		Booked                    string `json:"booking_date"`
		Balance                   string `json:"balance_after"`
	}
	Next string `json:"next_cursor"`
}

func (b *browser) list(path string) listed {
	b.t.Helper()
	r := b.get(path)
	var page listed
	if err := json.Unmarshal([]byte(r.body), &page); err != nil || r.status != 200 {
		b.t.Fatalf("%s: %d %s", path, r.status, r.body)
	}
	return page
}

func TestBank_cursor_leads_through_all_lines_once(t *testing.T) {
	t.Parallel()
	bank := newBank(providers.BankConfig{Seed: 7})
	b := browse(t, bank)
	b.enter(bank)
	for _, a := range bank.Accounts() {
		for _, limit := range []int{7, 100, 1000} {
			var want, got []string
			for _, line := range bank.Lines(a.ID) {
				want = append(want, fmt.Sprintf("%s %t %s %s", line.ID, line.Pending, line.Amount, line.Label))
			}
			path := fmt.Sprintf("/api/accounts/%s/transactions?limit=%d", a.ID, limit)
			for next := ""; ; {
				page := b.list(path + "&cursor=" + next)
				if len(page.Transactions) > min(limit, 100) {
					t.Fatalf("%d lines on a page", len(page.Transactions))
				}
				for _, line := range page.Transactions {
					got = append(got, fmt.Sprintf("%s %t %s %s", line.ID, line.Status == "pending", line.Amount, line.Label))
				}
				if next = page.Next; next == "" {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%d a page: %s", limit, diff)
			}
		}
	}
}

func TestBank_cursor_stands_while_lines_come_in(t *testing.T) {
	t.Parallel()
	now := today()
	bank := newBank(providers.BankConfig{Seed: 7, Clock: func() time.Time { return now }})
	b := browse(t, bank)
	b.enter(bank)
	path := "/api/accounts/" + bank.Accounts()[0].ID + "/transactions?limit=20"
	first := b.list(path)
	want := b.list(path + "&cursor=" + first.Next)
	now = now.AddDate(0, 0, 9)
	if diff := cmp.Diff(want, b.list(path+"&cursor="+first.Next)); diff != "" {
		t.Error(diff)
	}
	if cmp.Diff(first, b.list(path)) == "" {
		t.Error("nothing came in")
	}
}

func TestBank_refuses_foreign_cursors(t *testing.T) {
	t.Parallel()
	bank := newBank(providers.BankConfig{Seed: 7})
	b := browse(t, bank)
	b.enter(bank)
	path := "/api/accounts/" + bank.Accounts()[0].ID + "/transactions?limit=3"
	next := b.list(path).Next
	other := "/api/accounts/" + bank.Accounts()[1].ID + "/transactions?limit=3"
	for _, bad := range []string{path + "&cursor=x", path + "&cursor=" + next[:len(next)-4], path + "&cursor=A" + next[1:], other + "&cursor=" + next} {
		if r := b.get(bad); r.status != 400 || r.code() != "invalid_cursor" {
			t.Errorf("%s: %d %s", bad, r.status, r.code())
		}
	}
	for _, gone := range []string{"/api/accounts/x/transactions", "/api/accounts/x", "/api/nowhere"} {
		if r := b.get(gone); r.status != 404 {
			t.Errorf("%s: %d", gone, r.status)
		}
	}
}

func TestBank_lists_from_a_day_on(t *testing.T) {
	t.Parallel()
	bank := newBank(providers.BankConfig{Seed: 7})
	b := browse(t, bank)
	b.enter(bank)
	page := b.list("/api/accounts/" + bank.Accounts()[0].ID + "/transactions?from=2026-03-01")
	oldest := page.Transactions[len(page.Transactions)-1]
	if oldest.Booked < "2026-03-01" || oldest.Booked > "2026-03-04" || page.Next != "" || page.Transactions[0].Status != "pending" {
		t.Errorf("from %s to %s", page.Transactions[0].Status, oldest.Booked)
	}
}

func TestBank_faults(t *testing.T) {
	t.Parallel()
	lines := func(bank *providers.Bank) string { return "/api/accounts/" + bank.Accounts()[0].ID + "/transactions" }
	for _, tc := range []struct {
		kind providers.FaultKind
		ok   func(accounts, lines reply) bool
	}{
		{providers.Error500, func(a, l reply) bool { return a.status == 500 && l.code() == "internal_error" }},
		{providers.Maintenance, func(a, l reply) bool { return a.status == 503 && l.code() == "maintenance" }},
		{providers.RateLimit, func(a, l reply) bool { return a.status == 429 && a.header.Get("Retry-After") == "120" }},
		{providers.SessionExpired, func(a, l reply) bool { return a.status == 401 && l.code() == "session_expired" }},
		{providers.Layout, func(a, l reply) bool {
			return a.status == 200 && !strings.Contains(a.body, `"accounts"`) && !strings.Contains(l.body, `"transactions"`)
		}},
		{providers.Partial, func(a, l reply) bool {
			return a.status == 200 && strings.Count(l.body, `"amount"`) == strings.Count(l.body, `"id"`)-1
		}},
		{providers.Truncated, func(a, l reply) bool { return a.err != nil && l.err != nil && l.status == 200 }},
		{providers.Terms, func(a, l reply) bool { return a.status == 403 && l.code() == "terms_to_accept" }},
		{providers.ConsentExpired, func(a, l reply) bool { return a.status == 403 && l.code() == "consent_expired" }},
		{providers.Cut, func(a, l reply) bool { return a.err != nil && a.status == 0 }},
		{providers.WrongPassword, func(a, l reply) bool { return a.status == 200 && l.status == 200 }},
		{providers.WrongCode, func(a, l reply) bool { return a.status == 200 && l.status == 200 }},
	} {
		t.Run(string(tc.kind), func(t *testing.T) {
			t.Parallel()
			bank := newBank(providers.BankConfig{})
			b := browse(t, bank)
			b.enter(bank)
			bank.SetFault(providers.Fault{Kind: tc.kind})
			if a, l := b.get("/api/accounts"), b.get(lines(bank)); !tc.ok(a, l) {
				t.Errorf("got %d %s and %d %.80s", a.status, a.body, l.status, l.body)
			}
			bank.SetFault(providers.Fault{})
			b.enter(bank)
			if got := b.get(lines(bank)); got.status != 200 || got.err != nil {
				t.Errorf("mended: got %d, %v", got.status, got.err)
			}
		})
	}
	t.Run("at sign-in", func(t *testing.T) {
		t.Parallel()
		bank := newBank(providers.BankConfig{})
		b := browse(t, bank)
		bank.SetFault(providers.Fault{Kind: providers.WrongPassword, Times: 1})
		if r, _ := b.post("/api/login", map[string]string{"identifier": bank.User(), "password": bank.Password()}); r.code() != "bad_credentials" {
			t.Errorf("got %d", r.status)
		}
		bank.SetFault(providers.Fault{Kind: providers.WrongCode, Times: 1})
		id := b.challenge(bank)
		if r := b.confirm(id, bank.Code()); r.code() != "wrong_code" {
			t.Errorf("got %d", r.status)
		}
		if r := b.confirm(id, bank.Code()); r.status != 200 {
			t.Errorf("then got %d", r.status)
		}
	})
}

func TestBank_slow_outlasts_an_impatient_visitor(t *testing.T) {
	t.Parallel()
	bank := newBank(providers.BankConfig{Delay: time.Hour})
	bank.SetFault(providers.Fault{Kind: providers.Slow, Times: 1})
	b := browse(t, bank)
	b.client.Timeout = 50 * time.Millisecond
	if got := b.get("/"); got.err == nil {
		t.Errorf("got %d", got.status)
	}
	b.client.Timeout = 0
	if got := b.get("/"); got.status != 200 || !strings.Contains(got.body, "Banque") {
		t.Errorf("then got %d, %v", got.status, got.err)
	}
}

func TestBank_refuses_what_is_no_JSON(t *testing.T) {
	t.Parallel()
	b := browse(t, newBank(providers.BankConfig{}))
	for _, path := range []string{"/api/login", "/api/login/code", "/api/login/confirm"} {
		for _, body := range []string{"", "[]", `{"identifier":`, `{"identifier":"` + strings.Repeat("x", 100_000) + `"}`} {
			r := b.do(http.NewRequest("POST", b.site+path, io.NopCloser(strings.NewReader(body))))
			if r.status != 400 {
				t.Errorf("%s %.20q: %d", path, body, r.status)
			}
		}
	}
}
