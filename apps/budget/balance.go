package main

import (
	"cmp"
	"slices"

	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// balances reads what banks said was on the accounts; none without a grant.
func (d *desk) balances() (all []book.Balance, err error) {
	if !d.Sees(record.TypeBalance, protocol.FieldTime) {
		return nil, nil
	}
	for row, err := range app.Rows[record.Balance](d.Session, record.TypeBalance, protocol.Where{}) {
		if err != nil {
			return nil, err
		}
		amount, ok := book.Parse(row.Data.Amount)
		if !ok || row.Time.Precision() < record.Day {
			continue
		}
		all = append(all, book.Balance{ID: row.ID, Account: row.Data.BankAccount, Currency: row.Data.Currency, Kind: row.Data.Kind,
			Day: book.DayOf(row.Time.Civil()), Amount: amount})
	}
	return all, nil
}

// names are what accounts are called, by their ids in lines.
type names map[string]view.Value

// of returns the name of an account; a short mark for one that was not granted.
func (n names) of(id string) view.Value {
	if v, ok := n[id]; ok {
		return v
	}
	return view.Value{Text: "#" + id[:min(len(id), 4)]}
}

// accounts names the accounts that were granted: a line tells its account by the
// name of that one's row.
func (d *desk) accounts() (names, error) {
	found := names{}
	if !d.Sees(record.TypeBankAccount, protocol.FieldTitle) {
		return found, nil
	}
	for row, err := range app.Rows[record.BankAccount](d.Session, record.TypeBankAccount, protocol.Where{}) {
		if err != nil {
			return nil, err
		}
		found[row.ID] = view.Value{Text: row.Title, Record: row.ID}
	}
	return found, nil
}

// balance is what will be on each account at the end of the month.
func (d *desk) balance() (view.View, error) {
	v := d.begin(nil, viewBalance)
	balances, err := d.balances()
	if err != nil {
		return v, err
	}
	if len(balances) == 0 {
		key := "balance.none"
		if !d.Sees(record.TypeBalance, protocol.FieldTime) {
			key = "balance.not-granted"
		}
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindEmpty, Text: app.Plain(d.t.T(key))})
		return v, nil
	}
	called, err := d.accounts()
	if err != nil {
		return v, err
	}
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindText, Text: app.Plain(d.t.T("balance.method"))})
	all := d.book.Expected(balances, d.book.Recurring())
	slices.SortStableFunc(all, func(a, b book.Expected) int { // ids are of this home only
		return cmp.Compare(called.of(a.Balance.Account).Text, called.of(b.Balance.Account).Text)
	})
	for _, e := range all {
		v.Nodes = append(v.Nodes, d.expected(e, called))
	}
	return v, nil
}

// expected is one account's estimate, with its parts.
func (d *desk) expected(e book.Expected, called names) view.Node {
	currency, name := e.Balance.Currency, called.of(e.Balance.Account)
	total := app.Money(e.Amount.Money(), currency)
	if e.Amount < 0 {
		total.Level = view.LevelBad
	}
	known := app.Money(e.Balance.Amount.Money(), currency)
	known.Why = &view.Why{Rows: []string{e.Balance.ID}}
	total.Why = &view.Why{Rows: []string{e.Balance.ID}}
	table := &view.Table{Columns: []view.Column{{Title: d.t.T("part")}, {Title: d.t.T("day")}, {Title: d.t.T("amount"), Right: true}}}
	table.Rows = append(table.Rows, []view.Value{{Text: d.t.T("balance.last." + kindOf(e.Balance.Kind))}, app.Date(e.Balance.Day.Time()), known})
	for _, part := range []struct {
		name string
		f    book.Figure
	}{{"balance.since", e.Since}, {"balance.pending", e.Pending}} {
		if len(part.f.Lines) > 0 {
			table.Rows = append(table.Rows, []view.Value{{Text: d.t.T(part.name)}, {}, d.money(part.f, currency)})
			total.Why.Rows = append(total.Why.Rows, d.ids(part.f.Lines)...)
		}
	}
	for i := range e.Coming {
		r := &e.Coming[i]
		amount := app.Money(r.Usual.Money(), currency)
		amount.Why = d.why(r.Lines)
		table.Rows = append(table.Rows, []view.Value{linked(r.Name, to(viewLabel, "key", r.Key)), app.Date(r.Next.Time()), amount})
		total.Why.Rows = append(total.Why.Rows, d.ids(r.Lines)...)
	}
	total.Why.Rows = total.Why.Rows[:min(len(total.Why.Rows), maxWhy)]
	table.Total = []view.Value{{Text: d.t.T("balance.expected")}, app.Date(e.End.Time()), total}
	nodes := []view.Node{{Kind: view.KindStat, Title: d.t.T("balance.expected"), Value: &total, Text: d.t.Text("balance.on", "day", app.Date(e.End.Time()))}}
	if len(e.Coming) == 0 {
		nodes = append(nodes, view.Node{Kind: view.KindText, Text: app.Plain(d.t.T("balance.nothing-due"))})
	}
	nodes = append(nodes, view.Node{Kind: view.KindTable, Title: d.t.T("balance.parts"), Table: table})
	return view.Node{Kind: view.KindSection, Title: name.Text, Nodes: nodes}
}

func kindOf(kind string) string {
	if kind == "booked" || kind == "available" {
		return kind
	}
	return "other"
}

func (d *desk) ids(lines []int) (all []string) {
	for _, i := range lines {
		all = append(all, d.book.Lines[i].ID)
	}
	return all
}
