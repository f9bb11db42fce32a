package main

import (
	"time"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

const maxPages = 200 // of a hundred lines

// line is a line of an account as the bank lists it.
type line struct {
	ID        string       `json:"id"`
	Status    string       `json:"status"` // pending or booked
	Amount    record.Money `json:"amount"`
	Currency  string       `json:"currency"`
	Label     string       `json:"label"`
	Party     string       `json:"counterparty"`
	Type      string       `json:"type"`
	Reference string       `json:"reference"`
	Made      string       `json:"operation_date"`
	Booked    string       `json:"booking_date"`
	Value     string       `json:"value_date"`
	Balance   record.Money `json:"balance_after"` // once booked
}

// page is one reply of the list. The next one is at the cursor, unless "".
type page struct {
	Lines []line `json:"transactions"`
	Next  string `json:"next_cursor"`
}

// lines lists the lines of a, newest first: those pending, and those booked on
// day since and later.
func (b *bank) lines(a account, since string) ([]line, error) {
	path := "/api/accounts/" + a.ID + "/transactions?limit=100"
	if since != "" {
		path += "&from=" + since
	}
	var all []line
	next := ""
	for range maxPages {
		var p page
		if err := b.get(path+next, &p); err != nil {
			return nil, err
		}
		if err := p.check(); err != nil {
			return nil, err
		}
		if all = append(all, p.Lines...); p.Next == "" {
			return all, chain(all)
		}
		next = "&cursor=" + p.Next
	}
	return nil, changed("the list of lines has no end")
}

// check holds a page to what a list of lines must have.
func (p page) check() error {
	if p.Lines == nil {
		return changed("the reply lists no transactions")
	}
	if p.Next != "" && !isCursor(p.Next) {
		return changed("the cursor cannot stand in an address")
	}
	for _, l := range p.Lines {
		if err := l.check(); err != nil {
			return err
		}
	}
	return nil
}

func isCursor(text string) bool {
	for i := 0; i < len(text); i += 64 {
		if !isID(text[i:min(i+64, len(text))]) {
			return false
		}
	}
	return len(text) <= 2048
}

func (l line) check() error {
	wrong := func(what string) error { return changed("line " + l.ID + " has no " + what) }
	if !isID(l.ID) || l.Status != "pending" && l.Status != "booked" {
		return wrong("id or state")
	}
	if cents(l.Amount) == nil || len(l.Currency) != 3 {
		return wrong("amount with its currency")
	}
	if l.Label == "" || !isDay(l.Made) || l.Value != "" && !isDay(l.Value) {
		return wrong("label or day")
	}
	if !l.isPending() && (!isDay(l.Booked) || cents(l.Balance) == nil) {
		return wrong("booking day or balance")
	}
	return nil
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// cents returns an amount that has two decimals in cents, nil for another.
func cents(m record.Money) *int64 {
	n, scale, err := m.Parts()
	if err != nil || scale != 2 {
		return nil
	}
	return &n
}

// chain holds that each booked line's balance is that of the one before it and
// its own amount: if not, one is missing in between. The lines were checked.
func chain(lines []line) error {
	var newer *line
	for i := range lines {
		l := &lines[i]
		if l.isPending() {
			continue
		}
		if newer != nil && *cents(newer.Balance)-*cents(newer.Amount) != *cents(l.Balance) {
			return changed("a line is missing between " + l.ID + " and " + newer.ID + ": their balances do not follow")
		}
		newer = l
	}
	return nil
}

func (l line) isPending() bool { return l.Status == "pending" }

// rank puts pending lines first.
func (l line) rank() int {
	if l.isPending() {
		return 0
	}
	return 1
}

// record returns the record of l. Its time is the day it was booked; of a
// pending line, the day it was made.
func (l line) record(a account) sdk.Record {
	made, booked, value := day(l.Made), day(l.Booked), day(l.Value)
	at := booked
	if l.isPending() {
		at, booked = made, record.Time{}
	}
	extra := map[string]any{"operation_date": l.Made}
	if l.Balance != "" {
		extra["balance_after"] = string(l.Balance)
	}
	return sdk.Record{Type: record.TypeTransaction, ID: a.ID + "|" + l.ID, Time: at, Title: l.Label, Links: a.link(),
		Data: record.Transaction{BankAccount: a.ID, Booked: booked, ValueDate: value, Amount: l.Amount, Currency: l.Currency,
			Label: l.Label, Counterparty: l.Party, Reference: l.Reference, Kind: l.Type, State: l.Status, Extra: extra}}
}

// day reads a day that was checked, or "".
func day(text string) record.Time {
	at, _ := record.ParseTime(text)
	return at
}
