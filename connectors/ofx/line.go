package main

import (
	"errors"
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// A line is a STMTTRN: a transaction of a bank or card account.
type line struct {
	node   *node
	amount record.Money
	booked record.Time
	value  record.Time
	fitid  string
}

// readLine checks and reads a STMTTRN. It returns a refusal for an amount that
// cannot be used, or a date in a notation that is not OFX's; what else cannot
// be read goes to notes and stays in the record as it came.
func readLine(n *node, said *notes) (line, error) {
	l := line{node: n, fitid: n.value("FITID")}
	var err error
	if l.amount, err = amountOf(n, "TRNAMT"); err != nil {
		return line{}, err
	}
	if given := n.find("TRNAMT"); !strings.ContainsAny(given.value, "0123456789") {
		said.add(given.line, "TRNAMT %s has no digits and is read as zero", quoted(given.value))
	}
	if l.booked, err = dateOf(n, said, "DTPOSTED", "DTUSER", "DTAVAIL", "DTTRAN"); err != nil {
		return line{}, err
	}
	if given := n.first("DTAVAIL", "VALUEDATE"); given != "" {
		at, err := date(given)
		if err == nil {
			l.value = at
		} else if !errors.Is(err, errNoDate) {
			said.add(n.line, "the value date %s cannot be read and stays as it came", quoted(given))
		}
	}
	return l, nil
}

// amountOf reads the amount under name.
func amountOf(n *node, name string) (record.Money, error) {
	l := n.find(name)
	m, err := amount(l.value)
	switch {
	case err == nil:
		return m, nil
	case l.name == "":
		return "", refuse(n.line, "%s has no %s", n.name, name)
	case errors.Is(err, errNoAmount):
		return "", refuse(l.line, "%s is empty", name)
	default:
		return "", refuse(l.line, "%s is no amount: %s", name, quoted(l.value))
	}
}

// dateOf reads the date under the first of names, or under the next when there
// is none. An impossible day gives the month or the year; with no date at all
// the result is none, noted: a line is worth keeping without its day.
func dateOf(n *node, said *notes, names ...string) (record.Time, error) {
	for _, name := range names {
		l := n.find(name)
		switch at, err := date(l.value); {
		case err == nil:
			return at, nil
		case errors.Is(err, errImpossible):
			said.add(l.line, "%s %s is no day: the rest is kept", name, quoted(l.value))
			return at, nil
		case errors.Is(err, errDate):
			return record.Time{}, refuse(l.line, "%s is no date: %s", name, quoted(l.value))
		}
	}
	said.add(n.line, "%s has no %s and is kept without a date", n.name, names[0])
	return record.Time{}, nil
}

// record returns the transaction record. The id is "" when the bank gives
// none: the home then counts equal lines.
func (l line) record(a account, repeats *repeats) sdk.Record {
	n := l.node
	label, state := l.label(), "booked"
	if n.name == "STMTTRNP" {
		state = "pending"
	}
	data := record.Transaction{BankAccount: a.id, Booked: l.booked, ValueDate: l.value, Amount: l.amount, Currency: l.currency(a),
		Label: clip(label, 2000), Counterparty: clip(n.kid("PAYEE").value("NAME"), 500), Reference: clip(l.reference(), 500),
		Kind: clip(n.value("TRNTYPE"), 64), State: state, Extra: l.extra(label)}
	id := ""
	if !isBlankID(l.fitid) {
		id = repeats.distinct(a.id + "|" + joined(l.fitid, day(l.booked), string(l.amount)))
	}
	return sdk.Record{Type: record.TypeTransaction, ID: id, Time: l.booked, Title: l.title(label), Data: data, Links: a.link()}
}

// label joins name and memo, of which one often repeats the other.
func (l line) label() string {
	name, memo := l.node.first("NAME", "EXTDNAME"), l.node.value("MEMO")
	if name == "" {
		name = l.node.kid("PAYEE").value("NAME")
	}
	switch lowName, lowMemo := strings.ToLower(name), strings.ToLower(memo); {
	case strings.Contains(lowName, lowMemo):
		return name
	case strings.Contains(lowMemo, lowName):
		return memo
	}
	return name + " " + memo
}

func (l line) title(label string) string {
	for _, text := range []string{l.node.value("NAME"), l.node.kid("PAYEE").value("NAME"), label, l.node.value("TRNTYPE")} {
		if text != "" {
			return clip(text, 200)
		}
	}
	return string(l.amount)
}

// reference returns the cheque's number or the bank's reference. Zeros are how
// some banks write none.
func (l line) reference() string {
	for _, name := range []string{"CHECKNUM", "REFNUM"} {
		if v := l.node.value(name); strings.Trim(v, "0") != "" {
			return v
		}
	}
	return ""
}

// currency is that of the statement unless the line names its own (OFX 2.2,
// 5.2): CURRENCY says what the amount is in; with ORIGCURRENCY the amount was
// converted, so the statement's holds.
func (l line) currency(a account) string {
	if code := currency(l.node.kid("CURRENCY").value("CURSYM")); code != "XXX" {
		return code
	}
	if code := currency(l.node.value("CURRENCY")); code != "XXX" {
		return code
	}
	return a.currency
}

// extra is what the bank sent beyond the record's members. Name and memo stay
// when the label does not show both.
func (l line) extra(label string) map[string]any {
	all := l.node.extra("TRNTYPE", "TRNAMT")
	if l.booked.Precision() >= record.Day {
		delete(all, "DTPOSTED")
	}
	for _, name := range []string{"NAME", "MEMO"} {
		if v, ok := all[name].(string); ok && v == label {
			delete(all, name)
		}
	}
	return all
}

// isBlankID reports whether a FITID tells nothing: banks write none as zeros.
func isBlankID(fitid string) bool {
	return strings.Trim(fitid, "0 -") == "" || strings.EqualFold(fitid, "NONE")
}

// day returns the civil date of t as YYYY-MM-DD, "" for none.
func day(t record.Time) string {
	if t.IsZero() {
		return ""
	}
	y, m, d := t.Civil()
	return record.Date(y, m, d).String()
}
