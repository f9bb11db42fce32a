package main

import (
	"testing"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

func billOn(vendor, day string, amount record.Money) bill {
	at, err := record.ParseTime(day)
	if err != nil {
		panic(err)
	}
	return bill{ID: vendor + day, Time: at, Data: record.Bill{Vendor: vendor, Issued: at, Amount: amount, Currency: "EUR"}}
}

func monthly(vendor string, days ...string) (all []bill) {
	for _, day := range days {
		all = append(all, billOn(vendor, day, "10.00"))
	}
	return all
}

func TestRhythms(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		bills       []bill
		found, late bool
		due         string
	}{
		"month by month":         {monthly("A", "2026-11-05", "2026-10-05", "2026-09-05", "2026-08-05"), true, false, "2026-12-05"},
		"the last of the month":  {monthly("A", "2026-10-31", "2026-09-30", "2026-08-31", "2026-07-31"), true, false, "2026-11-30"},
		"one did not come":       {monthly("A", "2026-10-05", "2026-09-05", "2026-08-05", "2026-07-05"), true, true, "2026-11-05"},
		"a gap within":           {monthly("A", "2026-11-05", "2026-09-05", "2026-08-05", "2026-07-05"), true, false, "2026-12-05"},
		"two gaps within":        {monthly("A", "2026-11-05", "2026-09-05", "2026-07-05", "2026-06-05"), false, false, ""},
		"quarter by quarter":     {monthly("A", "2026-11-05", "2026-08-05", "2026-05-05", "2026-02-05"), false, false, ""},
		"three only":             {monthly("A", "2026-11-05", "2026-10-05", "2026-09-05"), false, false, ""},
		"ended a year ago":       {monthly("A", "2025-11-05", "2025-10-05", "2025-09-05", "2025-08-05"), true, false, "2025-12-05"},
		"known to the year only": {monthly("A", "2026", "2026", "2026", "2026"), false, false, ""},
	} {
		all := rhythms(tc.bills)
		if (len(all) == 1) != tc.found {
			t.Errorf("%s: found %d", name, len(all))
			continue
		}
		if tc.found && (all[0].isLate(today) != tc.late || all[0].due().Format(time.DateOnly) != tc.due) {
			t.Errorf("%s: late %v, due %s", name, all[0].isLate(today), all[0].due())
		}
	}
}

func TestComingBills_tells_the_due_and_the_expected(t *testing.T) {
	t.Parallel()
	due := billOn("B", "2026-11-20", "5.00")
	due.Data.Due = record.Date(2026, 12, 1)
	past := billOn("C", "2026-10-20", "5.00")
	past.Data.Due = record.Date(2026, 11, 1)
	refund := billOn("D", "2026-11-20", "5.00")
	refund.Data.Due, refund.Data.IsRefund = record.Date(2026, 12, 2), true
	all := comingBills(append(monthly("A", "2026-11-05", "2026-10-05", "2026-09-05", "2026-08-05"), due, past, refund), time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC))
	if len(all) != 2 || all[0].bill.Data.Vendor != "B" || all[0].expected || all[1].bill.Data.Vendor != "A" || !all[1].expected {
		t.Errorf("got %+v", all)
	}
}
