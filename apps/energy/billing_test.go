package main

import (
	"testing"

	"github.com/domicile-home/domicile/sdk/record"
)

func billOf(start, end record.Time, amount string, lines ...record.BillLine) billRow {
	return billRow{ID: start.String(), Data: record.Bill{Start: start, End: end, Amount: record.Money(amount), Currency: "EUR", Lines: lines}}
}

func TestBillingOf(t *testing.T) {
	t.Parallel()
	first := mustMonth(t, "2025-11")
	var all []billRow
	for m := first - 2; m < first+14; m++ {
		y, mon, _ := m.first().Date()
		all = append(all, billOf(record.Date(y, mon, 1), record.Date(y, mon, m.days()), "10.10"))
	}
	b := billingOf(all, first, 12)
	if b.amount != "121.20" || b.days != 365 || !b.whole() || len(b.bills) != 12 {
		t.Errorf("got %s, %d days, %v, %d bills", b.amount, b.days, b.whole(), len(b.bills))
	}
	if b := billingOf(all[:8], first, 12); b.whole() {
		t.Error("half a year is whole")
	}
	refund := billOf(record.Date(2026, 1, 1), record.Date(2026, 1, 31), "-5.00")
	refund.Data.IsRefund = true
	other := billOf(record.Date(2026, 2, 1), record.Date(2026, 2, 28), "99")
	other.Data.Currency = "CHF"
	if b := billingOf(append(all, refund, other, billOf(record.Time{}, record.Time{}, "7")), first, 12); b.amount != "116.20" || b.days != 365 {
		t.Errorf("with a refund, another currency and no period: got %s, %d days", b.amount, b.days)
	}
}

func TestMeanPrice_is_of_the_kWh_alone(t *testing.T) {
	t.Parallel()
	b := billOf(record.Date(2026, 1, 1), record.Date(2026, 1, 31), "70.00", record.BillLine{Label: "Abonnement 9 kVA", Amount: "10.00"},
		record.BillLine{Label: "Heures pleines", Quantity: "200", Unit: "kWh", Amount: "44.00"}, record.BillLine{Label: "Heures creuses", Quantity: "100", Unit: "kWh", Amount: "16.00"})
	p := meanOf(billingOf([]billRow{b}, mustMonth(t, "2026-01"), 1))
	v, ok := p.of(1000 * unit)
	if !ok || v.Money != "200.00" || v.Currency != "EUR" {
		t.Errorf("1000 kWh: got %v, %v", v, ok)
	}
	if _, ok := (meanPrice{}).of(unit); ok {
		t.Error("a price out of nothing")
	}
	if got := subscribed(nil, []billRow{b}); got != "9" {
		t.Errorf("got %q kVA", got)
	}
}
