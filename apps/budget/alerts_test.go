package main

import (
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// alertsOf returns the alerts of a background run over what was paid in the four
// months before and in this one.
func alertsOf(t *testing.T, label string, amounts ...record.Money) []view.Alert {
	t.Helper()
	h := houseOf(lines(protocol.Records, "time", "label", "amount", "currency"))
	h.start.Mode = protocol.ModeBackground
	for i, day := range []string{"2026-11-05", "2026-10-05", "2026-09-05", "2026-08-05", "2026-07-05", "2026-06-05", "2026-05-05", "2026-04-05"} {
		if i < len(amounts) && amounts[i] != "" {
			h.rows[record.TypeTransaction] = append(h.rows[record.TypeTransaction], row(t, "r"+day, day, record.Transaction{Amount: amounts[i], Currency: "EUR", Label: label}))
		}
	}
	v := h.show(t)
	if len(v.Summary) == 0 {
		t.Error("no summary")
	}
	return v.Alerts
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, label, want string
		amounts           []record.Money
	}{
		{"a month as usual", "SUPERMARCHE", "", []record.Money{"-100", "-98", "-102", "-97", "-103"}},
		{"a third more than usual", "SUPERMARCHE", "unusual-", []record.Money{"-140", "-98", "-102", "-97", "-103"}},
		{"a price that rose", "PRLV CHATEAU", "rise-", []record.Money{"-12", "-12", "-10", "-10", "-10", "-10"}},
		{"a price that rose just now", "PRLV CHATEAU", "rise-", []record.Money{"-12", "-10", "-10", "-10", "-10", "-10", "-10"}},
		{"less than usual", "SUPERMARCHE", "", []record.Money{"-10", "-98", "-102", "-97", "-103"}},
	} {
		alerts := alertsOf(t, tc.label, tc.amounts...)
		if len(alerts) > 1 || (len(alerts) == 1) != (tc.want != "") || len(alerts) == 1 && !strings.HasPrefix(alerts[0].Key, tc.want) {
			t.Errorf("%s: got %+v", tc.name, alerts)
		}
	}
}
