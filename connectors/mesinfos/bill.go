package main

import (
	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// bill reads a bill: those that Cozy gathered of telcos and shops have an
// amount; EDF's have a value, which is what is left to pay.
func (r *reading) bill(row row) error {
	o := row.object
	name := "amount"
	if !o.has(name) {
		name = "value"
	}
	amount, currency, ok := money(o.text(name))
	if !ok {
		return refuse(row.line, "the %s of a bill is no amount: %s", name, quoted(o.text(name)))
	}
	if currency == "" {
		currency = "EUR"
	}
	vendor := o.text("vendor")
	if vendor == "" {
		return refuse(row.line, "a bill without a vendor")
	}
	extra := o.extra("vendor", "number", name, "date", "paymentDueDate", "isRefund")
	data := record.Bill{Vendor: clip(vendor, 200), Number: clip(o.text("number"), 200), Amount: amount, Currency: currency, Extra: extra}
	data.Issued = r.date(row, "date", extra, day)
	data.Due = r.date(row, "paymentDueDate", extra, day)
	data.IsRefund = o["isRefund"] == true || amount.Sign() < 0
	id := joined("bill", vendor, data.Number)
	if data.Number == "" {
		id = r.identify(o, "bill", vendor, o.text("date"), string(amount), o.text("type"))
	}
	title := o.text("title")
	if title == "" {
		title = o.text("type")
	}
	return r.add(sdk.Record{Type: record.TypeBill, ID: id, Time: data.Issued, Title: describe(vendor, title, data.Number), Data: data})
}
