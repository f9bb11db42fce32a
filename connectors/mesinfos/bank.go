package main

import (
	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// operation reads a bank operation, and emits its account when it is new. The
// id is "" when there is none: the home then counts equal operations.
func (r *reading) operation(row row) error {
	o := row.object
	amount, currency, ok := money(o.text("amount"))
	if !ok {
		return refuse(row.line, "the amount of an operation is no amount: %s", quoted(o.text("amount")))
	}
	if currency == "" {
		currency = "EUR"
	}
	account, err := r.account(o.text("bankAccount"))
	if err != nil {
		return err
	}
	label, title := o.text("raw"), o.text("title")
	if label == "" {
		label = title
	}
	extra := o.extra("amount", "bankAccount", "date", "raw")
	if title == label {
		delete(extra, "title")
	}
	data := record.Transaction{BankAccount: account, Amount: amount, Currency: currency, Label: clip(label, 2000), State: "booked", Extra: extra}
	data.Booked = r.date(row, "date", extra, day)
	id := ""
	if given := o.text("_id"); given != "" {
		id = joined(given)
	}
	return r.add(sdk.Record{Type: record.TypeTransaction, ID: id, Time: data.Booked, Title: describe(firstOf(title, label, string(amount))), Data: data,
		Links: []record.Link{{Rel: "bank-account", Type: record.TypeBankAccount, ID: account}}})
}

// account returns the id of a bank account.
func (r *reading) account(number string) (string, error) {
	id := joined("bank", number)
	if r.accounts[id] {
		return id, nil
	}
	r.accounts[id] = true
	data := record.BankAccount{Number: clip(number, 64), Currency: "EUR"}
	return id, r.add(sdk.Record{Type: record.TypeBankAccount, ID: id, Title: describe(firstOf(number, "current")), Data: data})
}

// firstOf returns the first text that is not empty.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
