package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/match"
	"github.com/domicile-home/domicile/examples/providers"
)

// householdDocument is what the connectors make of a household's bills and lines.
func householdDocument(t *testing.T, seed uint64, now time.Time) ([]byte, *providers.Bank, int) {
	t.Helper()
	clock := func() time.Time { return now }
	telco := providers.NewTelco(providers.TelcoConfig{Seed: seed, Clock: clock})
	energy := providers.NewEnergy(providers.EnergyConfig{Seed: seed, Clock: clock})
	bank := providers.NewBank(providers.BankConfig{Seed: seed, Clock: clock})
	doc := map[string][]map[string]any{}
	for vendor, bills := range map[string][]providers.Bill{"Ondine Télécom": telco.Bills(), "Énergie d'Armor": energy.Bills()} {
		for _, b := range bills {
			doc["bills"] = append(doc["bills"], map[string]any{"id": b.Number, "vendor": vendor, "amount": b.Total.String(), "currency": "EUR",
				"issued": b.Issued.Format(time.DateOnly), "due": b.Due.Format(time.DateOnly)})
		}
	}
	for _, account := range bank.Accounts() {
		for _, l := range bank.Lines(account.ID) {
			booked, state := l.Booked, "booked"
			if l.Pending {
				booked, state = l.Made, "pending"
			}
			doc["transactions"] = append(doc["transactions"], map[string]any{"id": l.ID, "bank_account": account.ID, "amount": l.Amount.String(), "currency": "EUR",
				"booked": booked.Format(time.DateOnly), "label": l.Label, "counterparty": l.Party, "state": state})
		}
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw, bank, len(doc["bills"])
}

// TestMatch_household leaves numbers and references out, so that vendor, amount
// and day alone must find each line: all bills, and no line of another.
func TestMatch_household(t *testing.T) {
	t.Parallel()
	for seed := range uint64(24) {
		for _, now := range []time.Time{time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC), time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)} {
			raw, bank, bills := householdDocument(t, seed, now)
			in, err := match.Read(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			found, err := match.Match(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			holdHousehold(t, found, bank, bills)
		}
	}
}

func holdHousehold(t *testing.T, got match.Answer, bank *providers.Bank, bills int) {
	t.Helper()
	planted := bank.Planted()
	paidBy := map[string]string{}
	paid := map[string]bool{}
	for _, l := range bank.Lines(bank.Accounts()[0].ID) {
		if l.Bill != "" {
			paidBy[l.ID], paid[l.Bill] = l.Bill, true
		}
	}
	for _, p := range got.Pairs {
		if len(p.Bills) != 1 || len(p.Transactions) != 1 || paidBy[p.Transactions[0]] != p.Bill {
			t.Errorf("false match: %+v", p)
		}
	}
	if len(got.Pairs) != len(paid) || len(got.Pairs)+len(got.Unmatched) != bills {
		t.Errorf("%d pairs and %d unmatched of %d bills, %d paid", len(got.Pairs), len(got.Unmatched), bills, len(paid))
	}
	var missing, raised, forgotten []string
	for _, u := range got.Unmatched {
		if u.Reason == "missing" {
			missing = append(missing, u.Bill)
		} else if u.Reason != "not_due" {
			t.Errorf("unmatched: %+v", u)
		}
	}
	for _, p := range got.PriceRises {
		raised = append(raised, string(p.Before)+">"+string(p.After))
	}
	for _, r := range got.Recurring {
		if r.Forgotten {
			forgotten = append(forgotten, r.Label)
		}
	}
	if len(missing) != len(planted.Missing) || len(missing) == 1 && missing[0] != planted.Missing[0].Number {
		t.Errorf("missing %q, want %+v", missing, planted.Missing)
	}
	if len(got.DoubleDebits) != len(planted.Twice) || len(planted.Twice) == 1 && got.DoubleDebits[0].Bill != planted.Twice[0].Number {
		t.Errorf("double %+v, want %+v", got.DoubleDebits, planted.Twice)
	}
	if len(raised) != len(planted.Raises) {
		t.Errorf("rises %q, want %+v", raised, planted.Raises)
	}
	if len(forgotten) != 1 || !strings.Contains(forgotten[0], planted.Forgotten.Creditor) {
		t.Errorf("forgotten %q, want %s", forgotten, planted.Forgotten.Creditor)
	}
}

// runMatch runs the command on a file or, with "-", on the standard input.
func runMatch(t *testing.T, file, in string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(t.Context(), []string{"match", "--json", file}, world{strings.NewReader(in), &o, &e, func(string) string { return "" }})
	return status, o.String(), e.String()
}

func TestMatch_command_needs_no_home(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.FromSlash("../../docs/match.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "```json\n")
	example, rest, _ := strings.Cut(rest, "```")
	_, rest, _ = strings.Cut(rest, "```json\n")
	want, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/match.md has no example")
	}
	status, out, errs := runMatch(t, "-", example)
	if status != exitOK || out != want {
		t.Errorf("status %d, %s got\n%s want\n%s", status, errs, out, want)
	}
	if status, _, errs := runMatch(t, "-", `{"bills":[{"amount":"x"}],"transactions":[]}`); status != exitUsage || !strings.Contains(errs, "bills[0].amount") {
		t.Errorf("status %d: %s", status, errs)
	}
	if status, _, _ := runMatch(t, filepath.Join(t.TempDir(), "none"), ""); status != exitNotFound {
		t.Errorf("status %d of no file", status)
	}
}
