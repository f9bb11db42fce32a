package outlook_test

import (
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestTheme_gathers_what_belongs_to_it(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	power := h.put(record.TypeContract, record.Date(2024, 1, 1), record.Contract{Vendor: "Armor", Kind: "Electricity"})
	phone := h.put(record.TypeContract, record.Date(2024, 1, 1), record.Contract{Vendor: "Ondine", Kind: "mobile"})
	payslip := h.put(record.TypeDocument, record.Date(2026, 10, 31), record.Document{Kind: "payslip"})
	h.put(record.TypeDocument, record.Date(2026, 10, 31), record.Document{Kind: "poem"})
	armor := h.bill("Armor", 2026, 11, 2, "80.00")
	ondine := h.bill("Ondine", 2026, 11, 3, "31.20")
	h.put(record.TypeBalance, record.Date(2026, 11, 27), record.Balance{BankAccount: "1", Amount: "100.00", Currency: "EUR"})

	refs := func(records []core.Record) (all []core.Ref) {
		for _, r := range records {
			all = append(all, r.Ref)
		}
		return all
	}
	same := func(got []core.Record, want ...core.Ref) bool {
		g := refs(got)
		if len(g) != len(want) {
			return false
		}
		for i := range g {
			if g[i] != want[i] {
				return false
			}
		}
		return true
	}
	for name, want := range map[string]struct{ contracts, bills, documents []core.Ref }{
		"energy":    {[]core.Ref{power}, []core.Ref{armor}, nil},
		"home":      {[]core.Ref{phone, power}, []core.Ref{ondine, armor}, nil},
		"work":      {nil, nil, []core.Ref{payslip}},
		"transport": {}, "health": {}, "money": {},
	} {
		got, err := h.keeper.Theme(t.Context(), name, now)
		if err != nil {
			t.Fatal(err)
		}
		if !same(got.Contracts, want.contracts...) || !same(got.Bills, want.bills...) || !same(got.Documents, want.documents...) {
			t.Errorf("%s: got %v, %v, %v", name, refs(got.Contracts), refs(got.Bills), refs(got.Documents))
		}
		if (len(got.Accounts) == 1) != (name == "money") {
			t.Errorf("%s: accounts %v", name, got.Accounts)
		}
	}
	if n := len(protocol.Themes()); n != 6 {
		t.Errorf("%d themes", n)
	}
}
