package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

func lines(g protocol.Granularity, fields ...string) protocol.Granted {
	return protocol.Granted{Type: record.TypeTransaction, Granularity: g, Fields: fields}
}

func row(t *testing.T, id, day string, data record.Transaction) protocol.Row {
	t.Helper()
	at, err := record.ParseTime(day)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return protocol.Row{ID: id, Time: at, Data: text}
}

func written(t *testing.T, v view.View) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestShow_says_what_a_smaller_grant_leaves_out(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		reads []protocol.Granted
		want  string
	}{
		{"nothing", nil, "You have not let this app read bank lines"},
		{"whether there are any", []protocol.Granted{lines(protocol.YesNo)}, "You granted only whether there are bank lines"},
		{"no days", []protocol.Granted{lines(protocol.Records, "label", "amount", "currency")}, "Without their days there are no months"},
		{"no lines yet", []protocol.Granted{lines(protocol.Records, "time", "label", "amount", "currency")}, "No bank line yet. Add a source"},
		{"totals, none yet", []protocol.Granted{lines(protocol.Monthly, "amount")}, "No bank line yet. Add a source"},
	} {
		v := houseOf(tc.reads...).show(t)
		if len(v.Nodes) != 1 || v.Nodes[0].Kind != view.KindEmpty || !strings.Contains(v.Nodes[0].Text[0].Text, tc.want) {
			t.Errorf("%s: got %+v", tc.name, v)
		}
	}
}

func TestShow_draws_totals_where_only_those_were_granted(t *testing.T) {
	t.Parallel()
	for granularity, key := range map[protocol.Granularity]string{protocol.Daily: "2026-10", protocol.Monthly: "2026-10", protocol.Yearly: "2026"} {
		h := houseOf(lines(granularity, "amount", "currency"))
		h.groups[record.TypeTransaction] = []protocol.Group{{Key: []string{""}, Basis: "b1"}, {Key: []string{key}, Count: 2, Basis: "b2",
			Sums: []protocol.Sum{{Unit: "EUR", Value: "-12.30", Count: 1}, {Unit: "GBP", Value: "5", Count: 1}}}}
		v := h.show(t)
		if len(v.Nodes) != 3 {
			t.Fatalf("%s: got %+v", granularity, v)
		}
		c := v.Nodes[1].Chart
		if c.Currency != "EUR" || *c.Series[0].Values[0] != -12.3 || c.Series[0].Why[0].Bases[0] != "b2" || v.Nodes[2].Chart.Currency != "GBP" {
			t.Errorf("%s: got %+v", granularity, c)
		}
	}
}

func TestShow_keeps_currencies_and_pending_lines_apart(t *testing.T) {
	t.Parallel()
	h := houseOf(lines(protocol.Records, "time", "label", "amount", "currency", "state"))
	h.rows[record.TypeTransaction] = []protocol.Row{
		row(t, "a", "2026-11-20", record.Transaction{Amount: "-10.10", Currency: "EUR", Label: "SUPERMARCHE"}),
		row(t, "b", "2026-11-19", record.Transaction{Amount: "-20.20", Currency: "EUR", Label: "CAFE"}),
		row(t, "c", "2026-11-18", record.Transaction{Amount: "-5", Currency: "GBP", Label: "TESCO"}),
		row(t, "d", "2026-11-17", record.Transaction{Amount: "-99", Currency: "EUR", Label: "AUTORISATION CB CAFE", State: "pending"}),
		row(t, "u", "2026-11", record.Transaction{Amount: "-66", Currency: "EUR", Label: "SUPERMARCHE"}),
		row(t, "e", "2026-12-24", record.Transaction{Amount: "-77", Currency: "EUR", Label: "SUPERMARCHE"}),
	}
	v := h.show(t)
	if len(v.Nodes) != 4 || !strings.Contains(v.Nodes[1].Text[0].Text, "left out") || v.Nodes[1].Text[1].Number != "2" || v.Nodes[2].Title != "EUR" || v.Nodes[3].Title != "GBP" {
		t.Fatalf("got %s", written(t, v))
	}
	stats := v.Nodes[2].Nodes[0].Nodes
	if len(stats) != 4 || stats[1].Value.Money != "30.30" || stats[3].Value.Money != "-99.00" || strings.Join(stats[1].Value.Why.Rows, "") != "ba" {
		t.Errorf("got %+v", stats)
	}
	if text := written(t, v); strings.Contains(text, "77") || strings.Contains(text, "66") || strings.Contains(text, "35.30") {
		t.Errorf("what is to come, or currencies, were added up: %s", text)
	}
}

func TestBalance_says_that_it_was_not_granted_and_is_told_of_when_below_zero(t *testing.T) {
	t.Parallel()
	h := houseOf(lines(protocol.Records, "time", "label", "amount", "currency", "bank_account"))
	h.rows[record.TypeTransaction] = []protocol.Row{row(t, "a", "2026-11-20", record.Transaction{BankAccount: "x", Amount: "-10", Currency: "EUR", Label: "CAFE"})}
	h.start.Show = &view.Link{View: viewBalance}
	if text := written(t, h.show(t)); !strings.Contains(text, "You have not let this app read balances") {
		t.Errorf("got %s", text)
	}
	h.start.Reads = append(h.start.Reads, protocol.Granted{Type: record.TypeBalance, Granularity: protocol.Records, Fields: []string{"time"}})
	if text := written(t, h.show(t)); !strings.Contains(text, "No balance yet") {
		t.Errorf("got %s", text)
	}
	balance := row(t, "z", "2026-11-19", record.Transaction{})
	balance.Data = []byte(`{"bank_account":"x","amount":"4.00","currency":"EUR","kind":"booked"}`)
	h.rows[record.TypeBalance] = []protocol.Row{balance}
	h.start.Show, h.start.Mode = &view.Link{}, protocol.ModeBackground
	v := h.show(t)
	if len(v.Alerts) != 1 || v.Alerts[0].Level != view.LevelBad || !strings.HasPrefix(v.Alerts[0].Key, "below-") || !strings.Contains(written(t, v), `"money":"-6.00"`) {
		t.Errorf("got %s", written(t, v))
	}
	if again := h.show(t); again.Alerts[0].Key != v.Alerts[0].Key {
		t.Errorf("key %s, then %s", v.Alerts[0].Key, again.Alerts[0].Key)
	}
}

func TestAct_does_nothing_while_the_person_only_looks(t *testing.T) {
	t.Parallel()
	h := houseOf(lines(protocol.Records, "time", "label", "amount", "currency"))
	h.rows[record.TypeTransaction] = []protocol.Row{row(t, "a", "2026-11-20", record.Transaction{Amount: "-10", Currency: "EUR", Label: "CAFE"})}
	h.start.Show = &view.Link{View: viewLabel, Params: map[string]string{"do": "learn", "key": "CAFE", "category": "leisure"}}
	h.show(t)
	if h.start.State != nil {
		t.Errorf("kept %s", h.start.State)
	}
	h.start.Mode = protocol.ModeAction
	h.show(t)
	if want := `{"learnt":[{"key":"CAFE","category":"leisure"}]}`; string(h.start.State) != want {
		t.Errorf("kept %s, want %s", h.start.State, want)
	}
	for _, param := range []map[string]string{{"do": "learn", "key": "CAFE", "category": "yacht"}, {"do": "sell", "key": "CAFE"}} {
		before := string(h.start.State)
		h.start.Show.Params = param
		if h.show(t); string(h.start.State) != before {
			t.Errorf("%v: kept %s", param, h.start.State)
		}
	}
	h.start.Show = &view.Link{View: viewLearnt, Params: map[string]string{"do": "forget", "key": "CAFE"}}
	if v := h.show(t); string(h.start.State) != `{}` || !strings.Contains(written(t, v), "is forgotten") {
		t.Errorf("kept %s", h.start.State)
	}
}

func TestLines_are_paged(t *testing.T) {
	t.Parallel()
	h := houseOf(lines(protocol.Records, "time", "label", "amount", "currency"))
	for i := range 250 {
		h.rows[record.TypeTransaction] = append(h.rows[record.TypeTransaction], row(t, "r"+string(rune('a'+i%26)), "2026-11-20", record.Transaction{Amount: "-1", Currency: "EUR", Label: "CAFE"}))
	}
	h.start.Show = &view.Link{View: viewLines, Params: map[string]string{"month": "2026-11", "category": "eating-out", "page": "2"}}
	v := h.show(t)
	table := v.Nodes[len(v.Nodes)-1].Table
	if len(table.Rows) != 50 || table.More != nil || table.Less == nil || table.Less.Params["page"] != "1" {
		t.Errorf("got %d rows, more %v, less %v", len(table.Rows), table.More, table.Less)
	}
}
