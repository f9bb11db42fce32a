package apps_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestMatch_joins_what_was_granted(t *testing.T) {
	t.Parallel()
	lines := protocol.Read{Type: record.TypeTransaction, Fields: []string{"time", "label", "amount", "currency", "booked"}, Granularity: protocol.Records}
	p := puppet(t, billRead, lines)
	h := newHouse(t, p)
	source := h.source(t)
	at, err := record.ParseTime("2026-10-05")
	if err != nil {
		t.Fatal(err)
	}
	h.bring(t, source, bill("1", "2026-10-02", "Ondine", "31.20"), record.Record{Type: record.TypeTransaction, ID: "t", Time: at, Title: "x",
		Data: fmt.Appendf(nil, `{"bank_account":"1","booked":"2026-10-05","amount":"-31.20","currency":"EUR","label":"PRLV SEPA ONDINE"}`)})
	h.grant(t, p, nil)
	replies, _, err := h.run(t, `{'op':'query','type':'bill'}`, `{'op':'match'}`, blank)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(replies[1], `{"ok":{}`) || !strings.Contains(replies[1], `"payload":`) {
		t.Fatalf("got %s", replies[1])
	}

	h.grant(t, p, nil)
	g, err := h.apps.Granted(t.Context(), "puppet")
	if err != nil {
		t.Fatal(err)
	}
	g.Reads = g.Reads[:1] // the bank's lines are not the app's business any more
	if err := h.apps.Grant(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	if replies, _, err = h.run(t, `{'op':'match'}`, blank); err != nil || !strings.Contains(replies[0], string(core.Forbidden)) {
		t.Errorf("without the lines: got %v, %v", replies, err)
	}
}

// TestQuery_tells_other_records_by_the_apps_names: the id of an account may hold
// its number, which was not granted.
func TestQuery_tells_other_records_by_the_apps_names(t *testing.T) {
	t.Parallel()
	p := puppet(t, protocol.Read{Type: record.TypeTransaction, Fields: []string{"time", "amount", "currency", "bank_account"}, Granularity: protocol.Records},
		protocol.Read{Type: record.TypeBankAccount, Fields: []string{"title"}, Granularity: protocol.Records})
	h := newHouse(t, p)
	const iban = "FR7612345678901234567890123"
	at := record.Date(2026, 10, 5)
	h.bring(t, h.source(t), record.Record{Type: record.TypeBankAccount, ID: iban, Title: "Current account", Data: json.RawMessage(`{"iban":"` + iban + `"}`)},
		record.Record{Type: record.TypeTransaction, ID: "t", Time: at, Title: "x",
			Data: json.RawMessage(`{"bank_account":"` + iban + `","booked":"2026-10-05","amount":"-31.20","currency":"EUR","label":"x"}`)})
	h.grant(t, p, nil)
	account := `{'op':'query','type':'bank-account'}`
	replies, _, err := h.run(t, account, `{'op':'query','type':'transaction'}`, `{'op':'aggregate','type':'transaction','group':['bank_account'],'sum':'amount'}`, blank)
	if err != nil {
		t.Fatal(err)
	}
	var rows struct{ OK protocol.QueryReply }
	if err := json.Unmarshal([]byte(replies[0]), &rows); err != nil || len(rows.OK.Rows) != 1 {
		t.Fatalf("got %s, %v", replies[0], err)
	}
	name := rows.OK.Rows[0].ID
	for _, reply := range replies {
		if strings.Contains(reply, iban) {
			t.Errorf("the number is told: %s", reply)
		}
	}
	if !strings.Contains(replies[1], `"bank_account":"`+name+`"`) || !strings.Contains(replies[2], `"key":["`+name+`"]`) {
		t.Errorf("%s is not named in %s, %s", name, replies[1], replies[2])
	}
	replies, _, err = h.run(t, `{'op':'query','type':'transaction','where':{'equal':{'bank_account':'`+name+`'}}}`, `{'op':'query','type':'transaction','where':{'equal':{'bank_account':'`+iban+`'}}}`, blank)
	if err != nil || !strings.Contains(replies[0], "-31.20") || strings.Contains(replies[1], "-31.20") {
		t.Errorf("asked by name: got %v, %v", replies, err)
	}
}
