package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestRun_brings_in_all_that_the_bank_has(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.BankConfig{})
	result := w.good()
	w.complete()
	if len(w.asked) != 1 || w.asked[0].Kind != protocol.AskOTP || w.asked[0].Prompt != "ask.code" || w.asked[0].Args["phone"] != "06 •• •• •• 07" {
		t.Errorf("asked %+v", w.asked)
	}
	if got := w.bank.Stats(); got.Logins != 1 || got.Codes != 1 || got.Refused != 0 || got.Denied != 0 {
		t.Errorf("asked the bank for %+v", got)
	}
	if result.Counts.Added < 1200 || result.Counts.Forgotten > 0 {
		t.Errorf("counts %+v", result.Counts)
	}
	for _, r := range w.home.Records() {
		if r.Type != record.TypeBankAccount && (len(r.Links) != 1 || r.Links[0].Rel != "bank-account") || r.Time.Precision() > record.Day {
			t.Fatalf("got %+v", r)
		}
	}
}

func TestRun_emits_pending_lines_first_then_booked_ones_from_the_oldest_on(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.BankConfig{Months: 3})
	w.good()
	was := map[string]string{} // by account: what the line before sorts as
	for _, r := range w.home.Records() {
		if r.Type != record.TypeTransaction {
			continue
		}
		v := decode[record.Transaction](w, r)
		now := v.State + " " + v.Booked.String() // "booked 2026-…", "pending "
		if v.State == "pending" {
			now = ""
		}
		if now < was[v.BankAccount] {
			t.Errorf("%s comes after %s", r.Title, was[v.BankAccount])
		}
		was[v.BankAccount] = now
	}
}

func TestMark_goes_back_some_days(t *testing.T) {
	t.Parallel()
	for booked, want := range map[string]string{"2026-03-05": "2026-02-23", "": "", "yesterday": ""} {
		if got := (mark{Booked: booked}).since(); got != want {
			t.Errorf("%q: got %q, want %q", booked, got, want)
		}
	}
}

func TestRun_keeps_the_password_out_of_the_program(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.BankConfig{Months: 2})
	w.home.Intercept = func(_ protocol.Op, f protocol.Frame) (protocol.Frame, bool) {
		if strings.Contains(string(f.Line)+string(f.Payload), w.bank.Password()) {
			t.Errorf("the program knows the password: %s", f.Line)
		}
		return protocol.Frame{}, false
	}
	w.good()
}

func TestRun_again_adds_nothing_and_asks_for_no_code(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.BankConfig{})
	w.good()
	before := w.bank.Stats()
	result := w.good()
	if got := result.Counts; got.Added != 0 || got.Updated != 0 || got.Forgotten != 0 || got.Unchanged == 0 {
		t.Errorf("second run: %+v", got)
	}
	after := w.bank.Stats()
	if after.Pages-before.Pages != 2 || after.Logins != 1 || len(w.asked) != 1 {
		t.Errorf("second run asked for %+v after %+v", after, before)
	}
	w.complete()
}

func TestRun_day_by_day_books_what_was_pending(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.BankConfig{Months: 3})
	forgotten, pending := 0, 0
	for range 12 {
		result := w.good()
		forgotten += result.Counts.Forgotten
		if result.Counts.Updated > 0 {
			t.Errorf("%s: %+v", w.now, result.Counts)
		}
		for _, v := range data[record.Transaction](w, record.TypeTransaction) {
			if v.State == "pending" {
				pending++
			}
		}
		w.complete()
		w.now = w.now.Add(24 * time.Hour)
	}
	if forgotten < 5 || pending < 5 || w.bank.Stats().Logins != 1 {
		t.Errorf("%d forgotten, %d pending, %+v", forgotten, pending, w.bank.Stats())
	}
}

func TestRun_asks_for_a_new_code_when_the_session_has_ended(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.BankConfig{Months: 3})
	w.good()
	w.now = w.now.AddDate(0, 2, 0)
	w.good()
	if len(w.asked) != 2 || w.bank.Stats().Logins != 2 {
		t.Errorf("asked %d times, %+v", len(w.asked), w.bank.Stats())
	}
	w.complete()
}

func TestRun_of_a_code_that_nobody_enters_needs_the_person(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.BankConfig{Months: 3})
	w.home.Answer = func(protocol.AskRequest) (string, error) { return "", errors.New("nobody is there") }
	if result := w.run(); result.Code() != protocol.ActionNeeded || len(w.home.Records()) > 0 {
		t.Errorf("got %q", result.Code())
	}
}

func TestRun_gives_a_second_try_at_the_code(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		answers []string // "" is the right one
		want    protocol.Code
	}{{[]string{"000", ""}, ""}, {[]string{"000", "111"}, protocol.OTPWrong}} {
		w := newWorld(t, providers.BankConfig{Months: 2})
		var prompts []string
		w.home.Answer = func(q protocol.AskRequest) (string, error) {
			prompts = append(prompts, q.Prompt)
			if answer := tc.answers[len(prompts)-1]; answer != "" {
				return answer, nil
			}
			return w.bank.Code(), nil
		}
		if result := w.run(); result.Code() != tc.want {
			t.Errorf("%v: got %q", tc.answers, result.Code())
		}
		if !slices.Equal(prompts, []string{"ask.code", "ask.code_again"}) || w.bank.Stats().Codes != 1 {
			t.Errorf("asked %v, %+v", prompts, w.bank.Stats())
		}
	}
}

func TestRun_keeps_its_session_whatever_becomes_of_it(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.BankConfig{Months: 3})
	w.bank.SetFault(providers.Fault{Kind: providers.Error500, After: 6})
	saved := false
	w.home.Intercept = func(op protocol.Op, f protocol.Frame) (protocol.Frame, bool) {
		saved = saved || op == protocol.OpSave
		if op == protocol.OpEmit && !saved {
			t.Error("emitted before the cookie was saved")
		}
		return protocol.Frame{}, false
	}
	if result := w.run(); result.Code() != protocol.Unavailable || !saved {
		t.Fatalf("got %q, saved %t", result.Code(), saved)
	}
	w.bank.SetFault(providers.Fault{})
	w.good()
	if w.bank.Stats().Logins != 1 {
		t.Errorf("%+v", w.bank.Stats())
	}
	w.complete()
}

func TestCheck_proves_the_password_without_a_code(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.BankConfig{Months: 2})
	w.home.Mode = protocol.ModeCheck
	if result := w.run(); result.Err != nil || len(w.asked) > 0 || w.bank.Stats().Codes > 0 || w.home.State != nil {
		t.Errorf("got %v after %+v", result.Err, w.bank.Stats())
	}
	w.home.Secrets["password"] = "changed-since"
	if result := w.run(); result.Code() != protocol.AuthFailed {
		t.Errorf("wrong password: got %q", result.Code())
	}
}

func TestFault_ends_in_its_code_and_the_next_good_run_completes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault providers.Fault
		want  protocol.Code
		wait  int
	}{
		{fault: providers.Fault{Kind: providers.WrongPassword}, want: protocol.AuthFailed},
		{fault: providers.Fault{Kind: providers.WrongCode}, want: protocol.OTPWrong},
		{fault: providers.Fault{Kind: providers.WrongCode, Times: 1}, want: ""},
		{fault: providers.Fault{Kind: providers.ConsentExpired}, want: protocol.ConsentExpired},
		{fault: providers.Fault{Kind: providers.ConsentExpired, After: 5}, want: protocol.ConsentExpired},
		{fault: providers.Fault{Kind: providers.SessionExpired, After: 6, Times: 1}, want: protocol.AuthExpired},
		{fault: providers.Fault{Kind: providers.SessionExpired}, want: protocol.AuthExpired},
		{fault: providers.Fault{Kind: providers.Terms}, want: protocol.ActionNeeded},
		{fault: providers.Fault{Kind: providers.Terms, After: 3}, want: protocol.ActionNeeded},
		{fault: providers.Fault{Kind: providers.RateLimit}, want: protocol.RateLimited, wait: 120},
		{fault: providers.Fault{Kind: providers.RateLimit, After: 8}, want: protocol.RateLimited, wait: 120},
		{fault: providers.Fault{Kind: providers.Error500}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Error500, After: 2}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Error500, After: 9}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Maintenance}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Cut, After: 5}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Slow, After: 9}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Truncated}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Truncated, After: 7}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Layout}, want: protocol.SourceChanged},
		{fault: providers.Fault{Kind: providers.Layout, After: 2}, want: protocol.SourceChanged},
		{fault: providers.Fault{Kind: providers.Partial}, want: protocol.SourceChanged},
		{fault: providers.Fault{Kind: providers.Partial, After: 4}, want: protocol.SourceChanged},
	} {
		t.Run(fmt.Sprintf("%s after %d", tc.fault.Kind, tc.fault.After), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, providers.BankConfig{Months: 12, Delay: time.Hour})
			if tc.fault.Kind == providers.Slow {
				w.home.Client.Timeout = time.Second
			}
			w.bank.SetFault(tc.fault)
			result := w.run()
			if result.Code() != tc.want || (result.Err == nil) != (tc.want == "") {
				t.Fatalf("got %q (%v), want %q", result.Code(), result.Err, tc.want)
			}
			if result.Problem != nil && result.Problem.RetryAfter != tc.wait {
				t.Errorf("retry after %d, want %d", result.Problem.RetryAfter, tc.wait)
			}
			w.home.Client.Timeout = 0
			w.bank.SetFault(providers.Fault{})
			if result := w.good(); result.Counts.Updated != 0 {
				t.Fatalf("mended: %+v", result.Counts)
			}
			w.complete()
		})
	}
}

func TestManifest_names_what_the_connector_uses(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var m protocol.Manifest
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&m); err != nil {
		t.Fatal(err)
	}
	keys := []string{m.Name, m.Description, "ask.code", "ask.code_again"}
	for _, f := range m.Fields {
		keys = append(keys, f.Label)
	}
	for _, language := range m.Languages {
		text, err := os.ReadFile("strings/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]string
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if all[key] == "" || strings.HasPrefix(key, "ask.") && !strings.Contains(all[key], "{phone}") {
				t.Errorf("%s: no string %q", language, key)
			}
			delete(all, key)
		}
		if len(all) > 0 {
			t.Errorf("%s: unused strings %v", language, all)
		}
	}
	w := newWorld(t, providers.BankConfig{Months: 2})
	w.good()
	for _, r := range w.home.Records() {
		if !slices.Contains(m.Produces, string(r.Type)) {
			t.Errorf("emits %s, which the manifest does not name", r.Type)
		}
	}
	for _, q := range w.asked {
		if !slices.Contains(m.Interactive, q.Kind) {
			t.Errorf("asks %s, which the manifest does not name", q.Kind)
		}
	}
}
