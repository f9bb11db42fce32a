package main

import (
	"slices"
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// balances finds the last balance of an account: that of the last row in time.
// Rows go forwards or backwards in time, as the first and the last show; of
// rows of one day nobody knows.
type balances struct {
	account     account
	begin, end  string // the days of the first and the last row
	latest      record.Time
	first, last record.Money // on the latest day, in the order of the file
	rows        int          // with a balance on the latest day
	currency    string
}

func (b *balances) see(l bankLine) {
	y, m, d := l.booked.Civil()
	day := record.Date(y, m, d)
	if b.begin == "" {
		b.begin = day.String()
	}
	b.end = day.String()
	if l.balance == "" || !b.latest.IsZero() && day.String() < b.latest.String() {
		return
	}
	if day.String() != b.latest.String() {
		b.latest, b.first, b.rows = day, l.balance, 0
	}
	b.last, b.currency = l.balance, l.currency
	b.rows++
}

// record returns the balance record; ok is false when none is known for sure.
func (b *balances) record() (sdk.Record, bool) {
	amount := b.last
	switch {
	case b.rows == 0 || b.rows > 1 && b.first != b.last && b.begin == b.end:
		return sdk.Record{}, false
	case b.begin > b.end:
		amount = b.first
	}
	data := record.Balance{BankAccount: b.account.id, Amount: amount, Currency: b.currency, Kind: "booked"}
	title := strings.TrimSpace(b.account.title + " " + string(amount) + " " + b.currency)
	return sdk.Record{Type: record.TypeBalance, ID: b.account.id + "|" + b.latest.String(), Time: b.latest, Title: clip(title, 200), Data: data, Links: b.account.link()}, true
}

func (e *emitter) emitBalances() error {
	if !e.m.has("balance") {
		return nil
	}
	var all []sdk.Record
	for _, b := range e.accounts {
		if r, ok := b.record(); ok {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b sdk.Record) int { return strings.Compare(a.ID, b.ID) })
	for _, r := range all {
		if err := e.s.Emit(r); err != nil {
			return err
		}
	}
	return nil
}
