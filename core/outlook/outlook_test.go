package outlook_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/outlook"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A house is a real vault with one source.
type house struct {
	tb     testing.TB
	vault  *vault.Vault
	source core.SourceID
	keeper *outlook.Keeper
	n      int
}

func newHouse(tb testing.TB) *house {
	tb.Helper()
	v, _, err := vault.Create(tb.TempDir()+"/vault.db", "a password", vault.Options{Clock: time.Now, Params: vault.Params{Time: 1, Memory: 8, Threads: 1}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := v.Close(); err != nil {
			tb.Error(err)
		}
	})
	h := &house{tb: tb, vault: v, keeper: outlook.New(query.New(v, nil, query.Owner))}
	err = v.Update(tb.Context(), func(t *vault.Tx) (err error) {
		h.source, err = t.CreateSpace()
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// put keeps a record of some data.
func (h *house) put(t record.Type, at record.Time, data any) core.Ref {
	h.tb.Helper()
	text, err := json.Marshal(data)
	if err != nil {
		h.tb.Fatal(err)
	}
	h.n++
	var ref core.Ref
	err = h.vault.Update(h.tb.Context(), func(tx *vault.Tx) error {
		space, err := tx.Space(h.source)
		if err != nil {
			return err
		}
		r, _, err := space.PutRecord(core.Record{Type: t, ID: fmt.Sprint(h.n), Title: fmt.Sprint(t, h.n), Time: at, Data: text})
		ref = r.Ref
		return err
	})
	if err != nil {
		h.tb.Fatal(err)
	}
	return ref
}

// bill keeps a bill of an amount, issued on a day and due twelve days later.
func (h *house) bill(vendor string, y int, m time.Month, d int, amount record.Money) core.Ref {
	y2, m2, d2 := time.Date(y, m, d+12, 0, 0, 0, 0, time.UTC).Date()
	return h.put(record.TypeBill, record.Date(y, m, d), record.Bill{Vendor: vendor, Issued: record.Date(y, m, d), Due: record.Date(y2, m2, d2),
		Start: record.Date(y, m-1, 1), Amount: amount, Currency: "EUR"})
}

func (h *house) on(y int, m time.Month, d int) outlook.Outlook {
	h.tb.Helper()
	o, err := h.keeper.On(h.tb.Context(), time.Date(y, m, d, 15, 0, 0, 0, time.FixedZone("", 3600)))
	if err != nil {
		h.tb.Fatal(err)
	}
	return o
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func TestOutlook_of_nothing(t *testing.T) {
	t.Parallel()
	if got := newHouse(t).on(2026, 3, 1); len(got.Coming)+len(got.Missing)+len(got.Spending)+len(got.Usage)+len(got.Accounts) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestOutlook_bill_still_due_comes_before_the_next(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for m := time.January; m <= time.June; m++ {
		h.bill("Ondine", 2026, m, 5, "30.10")
	}
	last := h.bill("Ondine", 2026, time.July, 5, "31.00")
	want := []outlook.Event{{What: outlook.Due, Day: day(2026, 7, 17), Vendor: "Ondine", Amount: "31.00", Currency: "EUR", Ref: last}}
	if diff := cmp.Diff(want, h.on(2026, 7, 17).Coming); diff != "" {
		t.Error(diff)
	}
	want[0].What, want[0].Day, want[0].Amount = outlook.Expected, day(2026, 8, 5), "30.10"
	if diff := cmp.Diff(want, h.on(2026, 7, 18).Coming); diff != "" {
		t.Error(diff)
	}
}

func TestOutlook_month_end_bills_stay_at_the_end(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, d := range []time.Time{day(2025, 10, 31), day(2025, 11, 30), day(2025, 12, 31), day(2026, 1, 31)} {
		h.bill("Gaz", d.Year(), d.Month(), d.Day(), "50.00")
	}
	got := h.on(2026, 2, 20).Coming
	if len(got) != 1 || !got[0].Day.Equal(day(2026, 2, 28)) {
		t.Errorf("got %+v", got)
	}
}

func TestOutlook_missing_bill(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for m := time.January; m <= time.April; m++ {
		h.bill("Ondine", 2026, m, 5, "30.00")
	}
	for _, tc := range []struct {
		m       time.Month
		d       int
		missing bool
	}{
		{5, 5, false}, {5, 17, false}, // within the grace
		{5, 18, true}, {6, 10, true}, {8, 5, true},
		{8, 6, false}, // three in a row: the contract has ended
	} {
		got := h.on(2026, tc.m, tc.d).Missing
		if (len(got) == 1) != tc.missing {
			t.Errorf("%d %s: %+v", tc.d, tc.m, got)
		}
		if tc.missing && len(got) == 1 && (got[0].Month != time.April || got[0].Year != 2026 || got[0].Vendor != "Ondine") {
			t.Errorf("%d %s: %+v", tc.d, tc.m, got[0]) // the bill of May is for April
		}
	}
}

func TestOutlook_without_rhythm_expects_nothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, d := range []time.Time{day(2025, 1, 3), day(2025, 4, 20), day(2025, 5, 2), day(2026, 1, 9)} {
		h.bill("Plombier", d.Year(), d.Month(), d.Day(), "120.00")
	}
	h.bill("Dentiste", 2026, 3, 1, "60.00")
	if got := h.on(2026, 4, 30); len(got.Coming) != 0 || len(got.Missing) != 0 {
		t.Errorf("got %+v %+v", got.Coming, got.Missing)
	}
}

func TestOutlook_spending_by_month_and_currency(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.bill("A", 2026, 1, 5, "10.10")
	h.bill("B", 2026, 1, 9, "20.205")
	h.bill("A", 2026, 2, 5, "10.00")
	h.bill("A", 2026, 3, 2, "99.00") // this month: not usual yet
	h.bill("A", 2024, 3, 2, "1.00")  // too long ago
	h.put(record.TypeBill, record.Date(2026, 2, 2), record.Bill{Vendor: "Swiss", Amount: "5", Currency: "CHF"})
	got := h.on(2026, 3, 15).Spending
	if len(got) != 2 || got[0].Currency != "EUR" || got[1].Currency != "CHF" {
		t.Fatalf("got %+v", got)
	}
	months := got[0].Months
	if len(months) != 13 || months[10].Total != "30.305" || months[10].Bills != 2 || months[11].Total != "10.00" || months[12].Total != "99.00" || months[0].Year != 2025 || months[0].Month != time.March {
		t.Errorf("months %+v", months)
	}
	if got[0].Usual != "10.00" {
		t.Errorf("usual %s", got[0].Usual)
	}
}

func TestOutlook_usage_adds_meters_up(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	n := func(v int64) *int64 { return &v }
	series := func(meter, unit string, scale int, values ...*int64) record.Series {
		return record.Series{Measure: "electricity.consumption", Meter: meter, Unit: unit, Step: "P1D", Start: record.Date(2026, 2, 1), Scale: scale, Values: values}
	}
	h.put(record.TypeSeries, record.MonthOf(2026, 2), series("1", "Wh", 0, n(1500), nil, n(500)))
	h.put(record.TypeSeries, record.MonthOf(2026, 2), series("2", "kWh", 1, n(35)))
	h.put(record.TypeSeries, record.MonthOf(2026, 1), series("2", "kWh", 1, nil))
	h.put(record.TypeSeries, record.MonthOf(2026, 2), record.Series{Measure: "electricity.index", Unit: "kWh", Values: []*int64{n(7)}})
	got := h.on(2026, 3, 15).Usage
	if len(got) != 1 || got[0].Unit != "kWh" || got[0].Months[11].Value != 5.5 || !math.IsNaN(got[0].Months[10].Value) {
		t.Errorf("got %+v", got)
	}
}

func TestOutlook_accounts_as_last_seen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.put(record.TypeBalance, record.Date(2026, 1, 1), record.Balance{BankAccount: "joint", Amount: "10.00", Currency: "EUR"})
	last := h.put(record.TypeBalance, record.Date(2026, 2, 1), record.Balance{BankAccount: "joint", Amount: "-4.00", Currency: "EUR", Kind: "booked"})
	h.put(record.TypeBalance, record.Date(2026, 3, 1), record.Balance{BankAccount: "joint", Amount: "99.00", Currency: "EUR", Kind: "available"})
	got := h.on(2026, 3, 2).Accounts
	if len(got) != 1 || got[0].Amount != "-4.00" || got[0].Ref != last {
		t.Fatalf("got %+v", got)
	}
	if diff := cmp.Diff([]float64{10, -4}, got[0].Before); diff != "" {
		t.Error(diff)
	}
}

func TestOutlook_follows_the_home(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.bill("A", 2026, 3, 5, "10.00")
	if got := h.on(2026, 3, 6).Coming; len(got) != 1 {
		t.Fatalf("got %+v", got)
	}
	h.bill("B", 2026, 3, 5, "10.00")
	if got := h.on(2026, 3, 6).Coming; len(got) != 2 {
		t.Errorf("after a change: %+v", got)
	}
	if got := h.on(2026, 3, 25).Coming; len(got) != 0 {
		t.Errorf("after the days: %+v", got)
	}
}
