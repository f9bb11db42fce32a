package outlook

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Theme is what belongs to one part of life, of protocol.Themes.
type Theme struct {
	Name      string
	Contracts []core.Record // the newest first, as the others
	Bills     []core.Record
	Documents []core.Record
	Usage     []Usage   // of energy
	Accounts  []Account // of money
	Missing   []Missing // bills of the theme's vendors
	Coming    []Event
}

// Bounds of what a theme shows of each.
const (
	maxThemeBills     = 12
	maxThemeDocuments = 12
	maxDocuments      = 500 // that are looked at
)

// themesOf says which themes a kind of contract or document belongs to. Kinds are
// words of connectors; those that are not here belong to none.
func themesOf(kind string) []string {
	switch strings.ToLower(kind) {
	case "electricity", "gas", "heating", "fuel", "wood", "meter-reading":
		return []string{"energy", "home"}
	case "mobile", "internet", "phone", "tv", "water", "rent", "home-insurance", "lease":
		return []string{"home"}
	case "insurance":
		return []string{"home", "health", "transport"} // the kind does not say of what
	case "car", "car-insurance", "transport", "train", "parking", "toll":
		return []string{"transport"}
	case "health", "health-insurance", "prescription", "reimbursement":
		return []string{"health"}
	case "loan", "savings", "card", "trade", "statement", "tax":
		return []string{"money"}
	case "payslip", "employment", "work":
		return []string{"work"}
	}
	return nil
}

// Theme gathers what belongs to a theme on now's day. It returns what reading
// records returns.
func (k *Keeper) Theme(ctx context.Context, name string, now time.Time) (t Theme, err error) {
	look, err := k.On(ctx, now)
	if err != nil {
		return t, err
	}
	t.Name = name
	vendors := map[string]bool{}
	contracts, err := newest(ctx, k.read, record.TypeContract, record.Time{}, maxContracts)
	if err != nil {
		return t, err
	}
	for _, rec := range contracts {
		var c record.Contract
		if json.Unmarshal(rec.Data, &c) == nil && slices.Contains(themesOf(c.Kind), name) {
			t.Contracts, vendors[c.Vendor] = append(t.Contracts, rec), true
		}
	}
	if t.Bills, err = billsOf(ctx, k.read, vendors, dayOf(now)); err != nil {
		return t, err
	}
	if t.Documents, err = documentsOf(ctx, k.read, name); err != nil {
		return t, err
	}
	t.Missing = slices.DeleteFunc(slices.Clone(look.Missing), func(m Missing) bool { return !vendors[m.Vendor] })
	t.Coming = slices.DeleteFunc(slices.Clone(look.Coming), func(e Event) bool { return !vendors[e.Vendor] })
	switch name {
	case "energy":
		t.Usage = look.Usage
	case "money":
		t.Accounts = look.Accounts
	}
	return t, nil
}

// billsOf returns the latest bills of some vendors.
func billsOf(ctx context.Context, r *query.Reader, vendors map[string]bool, day time.Time) (all []core.Record, err error) {
	if len(vendors) == 0 {
		return nil, nil
	}
	bills, err := newest(ctx, r, record.TypeBill, since(day), maxBills)
	for _, rec := range bills {
		var b record.Bill
		if json.Unmarshal(rec.Data, &b) == nil && vendors[b.Vendor] && len(all) < maxThemeBills {
			all = append(all, rec)
		}
	}
	return all, err
}

func documentsOf(ctx context.Context, r *query.Reader, theme string) (all []core.Record, err error) {
	documents, err := newest(ctx, r, record.TypeDocument, record.Time{}, maxDocuments)
	for _, rec := range documents {
		var d record.Document
		if json.Unmarshal(rec.Data, &d) == nil && slices.Contains(themesOf(d.Kind), theme) && len(all) < maxThemeDocuments {
			all = append(all, rec)
		}
	}
	return all, err
}
