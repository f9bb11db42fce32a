package main

import (
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const me, other = "06 39 98 12 07", "33700000001"

func group(basis string, count int, unit, value string, key ...string) protocol.Group {
	g := protocol.Group{Key: key, Count: count, Basis: basis}
	if value != "" {
		g.Sums = []protocol.Sum{{Unit: unit, Value: record.Decimal(value), Count: count}}
	}
	return g
}

// testLog is a log as the home tells it: one operator that gives prices and
// countries and one, as Orange's in the MesInfos sets, that gives neither.
func testLog() log {
	l := log{}
	l.add("seconds", []protocol.Group{
		group("b1", 2, "EUR", "600", me, "2026-09", "out", "voice", "FR"),
		group("b2", 1, "EUR", "90", me, "2026-09", "out", "voice", "IE"),
		group("b3", 4, "EUR", "", me, "2026-09", "out", "sms", "FR"),
		group("b4", 3, "EUR", "1800", me, "2026-10", "in", "voice", "FR"),
		group("b5", 2, "", "61", other, "2026-10", "out", "voice", ""),
		group("b6", 5, "", "", other, "2026-10", "out", "mms", ""),
		group("b7", 1, "EUR", "", me, "2026-10", "out", "data", "FR"),
		group("b8", 9, "EUR", "1", me, "", "out", "voice", "FR"), // without a date
	})
	l.add("bytes", []protocol.Group{group("c1", 1, "EUR", "1500000000", me, "2026-10", "out", "data", "FR")})
	l.add("price", []protocol.Group{
		group("d1", 2, "EUR", "0.00", me, "2026-09", "out", "voice", "FR"),
		group("d2", 1, "EUR", "0.70", me, "2026-09", "out", "voice", "IE")})
	return l
}

func TestLog(t *testing.T) {
	t.Parallel()
	l := testLog()
	if got := strings.Join(l.lines(), ", "); got != me+", "+other {
		t.Errorf("lines: got %s", got)
	}
	if l.latest().String() != "2026-10" || l.currency() != "EUR" || l.home() != "FR" {
		t.Errorf("got %s, %s, %s", l.latest(), l.currency(), l.home())
	}
	out := l.of(func(c cell) bool { return c.line == me && c.kind == "voice" && c.direction == "out" })
	if out.count != 3 || out.seconds != 690 || out.in("EUR") != "0.70" || strings.Join(out.bases, " ") != "b1 b2" {
		t.Errorf("got %+v", out)
	}
	if all := l.of(func(cell) bool { return true }); all.bytes != 1_500_000_000 || all.count != 18 {
		t.Errorf("got %+v", all)
	}
	if (log{}).currency() != "" || (log{}).home() != "" {
		t.Error("a currency or a country out of nothing")
	}
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	l, last := testLog(), month(2026*12+9)
	all, used := l.needs(me, "FR", last, 12)
	if used != 2 || all[0].seconds != 600 || all[0].messages != 4 || all[0].abroad["IE"].seconds != 90 || all[1].bytes != 1_500_000_000 || all[1].seconds != 0 {
		t.Errorf("got %+v", all)
	}
	all, used = l.needs(other, "FR", last, 12)
	if used != 1 || all[0].seconds != 61 || all[0].messages != 5 || len(all[0].abroad) != 0 {
		t.Errorf("without countries: got %+v", all)
	}
	if _, used := l.needs(me, "FR", last-12, 12); used != 0 {
		t.Error("months after the last are counted")
	}
}

func TestAllowanceOf(t *testing.T) {
	t.Parallel()
	for label, want := range map[string][2]int64{
		"Forfait Marée Haute 80 Go":  {80e9, 0},
		"Forfait 2h 100 Mo":          {100e6, 7200},
		"Plan 2.5 GB, 5 hours":       {25e8, 18000},
		"Forfait 1,5Go":              {15e8, 0},
		"Forfait illimité":           {0, 0},
		"Option Été à l'étranger":    {0, 0},
		"Forfait 3 Gorges 4 heureux": {0, 0},
	} {
		if a := allowanceOf(label); a.bytes != want[0] || a.seconds != want[1] {
			t.Errorf("%s: got %d bytes, %d seconds", label, a.bytes, a.seconds)
		}
	}
}

func TestIsOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		label, line string
		want        bool
	}{
		{"Forfait Estran 5 Go, 06 39 98 45 33", "06 39 98 45 33", true}, {"Forfait, 0639984533", "+33639984533", true},
		{"Forfait, 06 39 98 12 07", "06 39 98 45 33", false}, {"Forfait 12", "12", false}, {"Forfait", "", false},
	} {
		if got := isOf(tc.label, tc.line); got != tc.want {
			t.Errorf("%q, %q: got %v", tc.label, tc.line, got)
		}
	}
}

func TestPlanned_takes_the_newest_bill(t *testing.T) {
	t.Parallel()
	row := func(label string) billRow {
		return billRow{Data: record.Bill{Lines: []record.BillLine{{Label: label + ", " + me, Amount: "9.99"}, {Label: "Option"}}}}
	}
	all := planned([]billRow{row("Forfait 40 Go"), row("Forfait 5 Go")}, []string{me, other})
	if a := all[me]; a.bytes != 40e9 || a.label != "Forfait 40 Go" || len(all) != 1 {
		t.Errorf("got %+v", all)
	}
}

func TestSpent(t *testing.T) {
	t.Parallel()
	last := month(2026*12 + 9)
	var bills []billRow
	for i := range 14 {
		m := int(last) - i
		bills = append(bills, billRow{ID: "b", Data: record.Bill{Start: month(m).record(), Currency: "EUR", Lines: []record.BillLine{
			{Label: "Forfait, " + me, Amount: "9.99"}, {Label: "Hors forfait", Amount: "3.00"}}}})
	}
	s := spent(bills, me, last)
	if s.amount != "119.88" || s.months != 12 {
		t.Errorf("got %+v", s)
	}
	beyond := use{price: map[string]record.Money{"EUR": "1.05"}}
	if cents, ok := s.total(beyond, "EUR", 12); !ok || cents != 12093 {
		t.Errorf("got %d, %v", cents, ok)
	}
	if _, ok := s.total(beyond, "EUR", 11); ok {
		t.Error("a bill too many is compared")
	}
	if s := spent(bills, other, last); s.months != 0 {
		t.Errorf("another line: got %+v", s)
	}
}

func TestUnusual(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		now    int64
		before []int64
		want   bool
	}{{1500, []int64{300, 400, 200}, true}, {1500, []int64{900, 900, 900}, false}, {400, []int64{0, 0, 0}, false}, {1500, []int64{100, 100}, false}, {500, []int64{0, 0, 0}, true}} {
		if _, got := unusual(tc.now, tc.before); got != tc.want {
			t.Errorf("%d after %v: got %v", tc.now, tc.before, got)
		}
	}
}

func TestRanked(t *testing.T) {
	t.Parallel()
	all := map[string]person{}
	for _, g := range []protocol.Group{group("1", 3, "EUR", "500", "Anna", "voice"), group("2", 1, "EUR", "60", "Bruno", "voice"),
		group("3", 9, "EUR", "", "Chloé", "sms"), group("4", 9, "EUR", "", "", "voice"), group("5", 9, "EUR", "", "Data", "data")} {
		meet(all, "seconds", g, true)
	}
	meet(all, "price", group("6", 1, "EUR", "4.20", "Bruno", "voice"), false)
	var order []string
	for _, p := range ranked(all, "EUR") {
		order = append(order, p.name)
	}
	if got := strings.Join(order, " "); got != "Bruno Anna Chloé" {
		t.Errorf("got %s", got)
	}
	if p := all["Bruno"]; p.calls.count != 1 || p.calls.seconds != 60 || p.calls.in("EUR") != "4.20" {
		t.Errorf("got %+v", p)
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ got, want string }{
		{string(minutes(61).Number), "2"}, {string(minutes(0).Number), "0"}, {string(volume(1_500_000).Number) + volume(1_500_000).Unit, "2MB"},
		{string(volume(4_949_000_000).Number) + volume(4_949_000_000).Unit, "4.9GB"}, {string(moneyOf(5)), "0.05"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %s, want %s", tc.got, tc.want)
		}
	}
}
