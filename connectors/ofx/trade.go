package main

import (
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// A trade is an entry of an investment statement that is no bank line: a
// purchase, a sale, a dividend, a transfer of securities. No record type has a
// place for units and prices yet, and some move no money at all, so that they
// would be wrong among the transactions. A trade is kept as a document that
// holds all of it under extra.
type trade struct {
	node *node
	flat *node // all its leaves
	at   record.Time
}

// readTrade checks and reads an entry. It returns a refusal for a date in a
// notation that is not OFX's.
func readTrade(n *node, said *notes) (trade, error) {
	flat := n.flat()
	at, err := dateOf(flat, said, "DTTRADE", "DTSETTLE", "DTPOSTED")
	return trade{n, flat, at}, err
}

func (t trade) record(a account, securities map[string]*node, repeats *repeats) sdk.Record {
	n := t.flat
	security := securities[n.value("UNIQUEID")]
	extra := t.node.extra("FITID")
	extra["bank_account"], extra["currency"] = a.id, t.currency(a)
	if security != nil {
		extra["security"] = map[string]any{"name": security.value("SECNAME"), "ticker": security.value("TICKER")}
	}
	data := record.Document{Kind: "trade", Issuer: clip(a.bank, 200), Number: clip(n.value("FITID"), 200), Extra: extra}
	id := repeats.distinct(a.id + "|" + joined(n.name, n.value("FITID"), day(t.at), n.value("TOTAL"), n.value("UNITS")))
	return sdk.Record{Type: record.TypeDocument, ID: id, Time: t.at, Title: t.title(a, security), Data: data, Links: a.link()}
}

// title is the entry's name, the security and the money moved.
func (t trade) title(a account, security *node) string {
	words := []string{t.node.name, security.first("SECNAME", "TICKER")}
	if words[1] == "" {
		words[1] = t.flat.value("UNIQUEID")
	}
	if m, err := amount(t.flat.value("TOTAL")); err == nil {
		words = append(words, string(m), t.currency(a))
	}
	return clip(strings.Join(strings.Fields(strings.Join(words, " ")), " "), 200)
}

func (t trade) currency(a account) string {
	if code := currency(t.node.kid("CURRENCY").value("CURSYM")); code != "XXX" {
		return code
	}
	return a.currency
}
