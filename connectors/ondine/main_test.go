package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestRun_brings_in_all_that_the_operator_has(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	result := w.run()
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	w.complete()
	if got := w.telco.Stats(); got.Logins != 1 || got.PDFs != 24 || got.CSVs != 24 || got.Pages != 3 {
		t.Errorf("asked the operator for %+v", got)
	}
	contract := data[record.Contract](w, record.TypeContract)
	if len(contract) != 1 || contract[0].Number != w.telco.Client() || contract[0].Price != "29.98" || contract[0].Notice != "P10D" || contract[0].Start.String() != "2019-09-12" {
		t.Errorf("contract: got %+v", contract)
	}
	bills := w.telco.Bills()
	slices.Reverse(bills)
	for i, b := range data[record.Bill](w, record.TypeBill) {
		var want []record.BillLine
		for _, l := range bills[i].Lines {
			want = append(want, record.BillLine{Label: l.Label, Amount: record.Money(l.Amount.String())})
		}
		if diff := cmp.Diff(want, b.Lines); diff != "" {
			t.Errorf("%s: %s", b.Number, diff)
		}
	}
	for _, r := range w.home.Records() {
		if r.Type != record.TypeBill {
			continue
		}
		pdf, _ := w.home.FileData(protocol.FileID(r.Files[0].File))
		if len(r.Files) != 1 || !bytes.HasPrefix(pdf, []byte("%PDF-")) || r.Time.Precision() != record.Day || r.Links[0].ID != w.telco.Client() {
			t.Errorf("bill: got %+v with %d bytes", r, len(pdf))
		}
	}
}

func TestRun_keeps_pages_and_password_out_of_the_program(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	w.home.Intercept = func(op protocol.Op, f protocol.Frame) (protocol.Frame, bool) {
		if op == protocol.OpHTTP && !strings.Contains(string(f.Line), `"sink":"file"`) {
			t.Errorf("a body comes into the program: %s", f.Line)
		}
		if strings.Contains(string(f.Line)+string(f.Payload), w.telco.Password()) {
			t.Errorf("the program knows the password: %s", f.Line)
		}
		return protocol.Frame{}, false
	}
	if result := w.run(); result.Err != nil {
		t.Fatal(result.Err)
	}
}

func TestRun_again_adds_nothing_and_reads_the_last_two_months_only(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	w.run()
	before := w.telco.Stats()
	result := w.run()
	if got := result.Counts; result.Err != nil || got.Added != 0 || got.Updated != 0 || got.Unchanged == 0 {
		t.Errorf("second run: %+v, %v", got, result.Err)
	}
	after := w.telco.Stats()
	if after.PDFs-before.PDFs != 2 || after.Pages-before.Pages != 1 || after.Logins != 1 {
		t.Errorf("second run asked for %+v after %+v", after, before)
	}
	w.complete()
}

func TestRun_a_month_later_adds_that_month(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	w.run()
	w.now = w.now.AddDate(0, 1, 0)
	result := w.run()
	if want := 1 + len(w.telco.Calls(providers.Month{Year: 2026, Month: time.March})); result.Counts.Added != want || result.Counts.Updated != 0 {
		t.Errorf("got %+v, want %d added", result.Counts, want)
	}
	if w.telco.Stats().Logins != 2 {
		t.Error("a session a month old was still good")
	}
	w.complete()
}

func TestRun_goes_on_where_it_was_stopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	w.telco.SetFault(providers.Fault{Kind: providers.Error500, After: 45})
	if result := w.run(); result.Code() != protocol.Unavailable {
		t.Fatalf("got %q", result.Code())
	}
	kept := len(data[record.Bill](w, record.TypeBill))
	if kept == 0 || kept == 24 || kept%batch != 0 {
		t.Fatalf("kept %d bills", kept)
	}
	w.telco.SetFault(providers.Fault{})
	before := w.telco.Stats().PDFs
	if result := w.run(); result.Err != nil || result.Counts.Updated != 0 {
		t.Fatalf("got %+v, %v", result.Counts, result.Err)
	}
	if got := w.telco.Stats().PDFs - before; got != 24-kept+reread {
		t.Errorf("read %d bills after %d", got, kept)
	}
	w.complete()
}

func TestCheck_signs_in_anew_and_writes_nothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	w.run()
	state := string(w.home.State)
	w.home.Mode = protocol.ModeCheck
	if result := w.run(); result.Err != nil || w.telco.Stats().Logins != 2 || string(w.home.State) != state {
		t.Errorf("got %v after %+v", result.Err, w.telco.Stats())
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
		{fault: providers.Fault{Kind: providers.SessionExpired, After: 6, Times: 1}, want: ""},
		{fault: providers.Fault{Kind: providers.SessionExpired, After: 30, Times: 1}, want: ""},
		{fault: providers.Fault{Kind: providers.SessionExpired}, want: protocol.AuthExpired},
		{fault: providers.Fault{Kind: providers.SessionExpired, After: 20}, want: protocol.AuthExpired},
		{fault: providers.Fault{Kind: providers.RateLimit}, want: protocol.RateLimited, wait: 120},
		{fault: providers.Fault{Kind: providers.RateLimit, After: 33}, want: protocol.RateLimited, wait: 120},
		{fault: providers.Fault{Kind: providers.Error500}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Error500, After: 7}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Maintenance}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Cut, After: 5}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Slow, After: 9}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Truncated, After: 4}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Truncated, After: 31}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Layout}, want: protocol.SourceChanged},
		{fault: providers.Fault{Kind: providers.Layout, After: 2}, want: protocol.SourceChanged},
		{fault: providers.Fault{Kind: providers.Partial}, want: protocol.SourceChanged},
		{fault: providers.Fault{Kind: providers.Partial, After: 1}, want: protocol.SourceChanged},
		{fault: providers.Fault{Kind: providers.Terms}, want: protocol.ActionNeeded},
		{fault: providers.Fault{Kind: providers.Terms, After: 10}, want: protocol.ActionNeeded},
	} {
		t.Run(fmt.Sprintf("%s after %d", tc.fault.Kind, tc.fault.After), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, providers.TelcoConfig{Months: 15, Delay: time.Hour})
			if tc.fault.Kind == providers.Slow {
				w.home.Client.Timeout = time.Second
			}
			w.telco.SetFault(tc.fault)
			result := w.run()
			if result.Code() != tc.want || (result.Err == nil) != (tc.want == "") {
				t.Fatalf("got %q (%v), want %q", result.Code(), result.Err, tc.want)
			}
			if result.Problem != nil && result.Problem.RetryAfter != tc.wait {
				t.Errorf("retry after %d, want %d", result.Problem.RetryAfter, tc.wait)
			}
			w.whole()
			w.home.Client.Timeout = 0
			w.telco.SetFault(providers.Fault{})
			if result := w.run(); result.Err != nil || result.Counts.Updated != 0 {
				t.Fatalf("mended: %+v, %v", result.Counts, result.Err)
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
	keys := []string{m.Name, m.Description, "ask.letters", "ask.letters_again"}
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
			if all[key] == "" {
				t.Errorf("%s: no string %q", language, key)
			}
			delete(all, key)
		}
		if len(all) > 0 {
			t.Errorf("%s: unused strings %v", language, all)
		}
	}
	w := newWorld(t, providers.TelcoConfig{Months: 2})
	w.run()
	for _, r := range w.home.Records() {
		if !slices.Contains(m.Produces, string(r.Type)) {
			t.Errorf("emits %s, which the manifest does not name", r.Type)
		}
	}
}
