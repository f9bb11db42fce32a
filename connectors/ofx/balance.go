package main

import (
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// balances returns the balance records of a statement. A balance that cannot
// be read is left out and noted: the lines stand without it. Empty ones are
// how some banks write none.
func (st *statement) balanceRecords(a account, said *notes) []sdk.Record {
	var all []sdk.Record
	for _, n := range st.balances {
		b, at := n.find(balanceTag(n)), n.find("DTASOF")
		if at.value == "" {
			at = st.asOf
		}
		if b.value == "" {
			continue
		}
		m, err := amount(b.value)
		if err != nil {
			said.add(b.line, "the balance %s cannot be read and is left out", quoted(b.value))
			continue
		}
		when, err := date(at.value)
		if err != nil {
			said.add(n.line, "the balance of %s is left out: its date %s cannot be read", b.value, quoted(at.value))
			continue
		}
		all = append(all, balance(a, n, m, when))
	}
	return all
}

// balanceTag is where the amount stands.
func balanceTag(n *node) string {
	switch n.name {
	case "INVBAL":
		return "AVAILCASH"
	case "INV401KBAL":
		return "TOTAL"
	}
	return "BALAMT"
}

func balance(a account, n *node, m record.Money, at record.Time) sdk.Record {
	kind := map[string]string{"LEDGERBAL": "booked", "AVAILBAL": "available", "INVBAL": "available"}[n.name]
	if kind == "" {
		kind = "other"
	}
	data := record.Balance{BankAccount: a.id, Amount: m, Currency: a.currency, Kind: kind, Extra: n.extra(balanceTag(n), "DTASOF")}
	title := strings.TrimSpace(a.title() + " " + string(m) + " " + a.currency)
	return sdk.Record{Type: record.TypeBalance, ID: a.id + "|" + joined(strings.ToLower(n.name), at.String()), Time: at, Title: title, Data: data, Links: a.link()}
}
