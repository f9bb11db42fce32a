package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	vendor      = "Ondine Télécom"
	monthLayout = "2006-01"
	maxPages    = 50 // of ten bills
)

// row is a bill as the list shows it.
type row struct {
	number, period, pdf, csv string
	month                    time.Time // its first day
	issued                   record.Time
	amount                   record.Money
}

// bills lists those of month since and later, oldest first. A list that was
// read to its end must hold as many bills as it says.
func (p *site) bills(since time.Time) ([]row, error) {
	var all []row
	path := "/factures"
	for range maxPages {
		page, next, count, err := p.billPage(path)
		if err != nil {
			return nil, err
		}
		for _, b := range page {
			if b.month.Before(since) {
				slices.Reverse(all)
				return all, nil
			}
			all = append(all, b)
		}
		if path = next; path == "" {
			if len(all) != count {
				return nil, changed("the list says " + strconv.Itoa(count) + " bills and shows " + strconv.Itoa(len(all)))
			}
			slices.Reverse(all)
			return all, nil
		}
	}
	return nil, changed("the list of bills has no end")
}

// billPage reads one page of the list, newest first, and where the next is.
func (p *site) billPage(path string) (page []row, next string, count int, err error) {
	sel, err := p.read(path, sdk.Queries{
		"list": {Rows: "section#factures", Fields: map[string]string{"count": ".nombre", "next": "a[rel=next]@href"}},
		"bill": {Rows: "section#factures table.factures tbody tr", Fields: map[string]string{"number": "@data-numero", "month": "td.periode@data-mois",
			"period": "td.periode", "issued": "td.date time@datetime", "amount": "td.montant", "pdf": "a.pdf@href", "csv": "a.detail@href"}},
	})
	if err != nil {
		return nil, "", 0, err
	}
	list := sel.First("list")
	if count, err = strconv.Atoi(list["count"]); err != nil || count > 0 && len(sel["bill"]) == 0 {
		return nil, "", 0, changed("no list of bills on " + path)
	}
	for _, fields := range sel["bill"] {
		b, err := readRow(fields)
		if err != nil {
			return nil, "", 0, err
		}
		page = append(page, b)
	}
	return page, list["next"], count, nil
}

func readRow(fields map[string]string) (row, error) {
	b := row{number: fields["number"], period: fields["period"], pdf: fields["pdf"], csv: fields["csv"]}
	var errs [3]error
	b.month, errs[0] = time.Parse(monthLayout, fields["month"])
	b.issued, errs[1] = record.ParseTime(fields["issued"])
	b.amount, errs[2] = sdk.Amount(fields["amount"], ',')
	for _, err := range errs {
		if err != nil {
			return row{}, changed("bill " + b.number + ": " + err.Error())
		}
	}
	if b.issued.Precision() != record.Day || b.number == "" || b.period == "" || !strings.HasPrefix(b.pdf, "/") || !strings.HasPrefix(b.csv, "/") {
		return row{}, changed("bill " + b.number + " lacks a number, a day, a period or its files")
	}
	return b, nil
}

// bill returns the record of b, with its PDF, and those of its calls.
func (p *site) bill(b row, contract string) ([]sdk.Record, error) {
	file, err := p.document(b.pdf, "application/pdf")
	if err != nil {
		return nil, err
	}
	pdf, err := p.s.PDFText(file)
	if sdk.CodeOf(err) == protocol.InvalidFile { // no file of the person's: a download gone wrong
		return nil, sdk.Fail(protocol.Unavailable, "bill "+b.number+": "+protocol.Text(err))
	}
	if err != nil {
		return nil, err
	}
	printed, err := readPDF(pdf.Text())
	if err != nil {
		return nil, err
	}
	if printed.number != b.number || printed.total != b.amount {
		return nil, changed("bill " + b.number + " is not what its PDF says")
	}
	calls, err := p.calls(b.csv)
	if err != nil {
		return nil, err
	}
	year, month, _ := b.month.Date()
	bill := sdk.Record{Type: record.TypeBill, ID: b.number, Time: b.issued, Title: vendor + ", " + b.period,
		Data: record.Bill{Vendor: vendor, Number: b.number, Issued: b.issued, Due: printed.due,
			Start: record.Date(year, month, 1), End: record.Date(year, month+1, 0),
			Amount: b.amount, Currency: "EUR", Tax: printed.tax, Contract: contract, IsRefund: b.amount.Sign() < 0, Lines: printed.lines},
		Files: []record.FileRef{sdk.Attach(file, "ondine-"+b.month.Format(monthLayout)+".pdf")},
		Links: []record.Link{{Rel: "contract", Type: record.TypeContract, ID: contract}},
	}
	return append([]sdk.Record{bill}, calls...), nil
}
