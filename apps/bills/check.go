package main

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// check lists what to look at.
func (f *folder) check() (view.View, error) {
	v := view.View{Title: f.t.T("tab.check")}
	all, err := f.find()
	if err != nil {
		return v, err
	}
	if !f.pays() {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindAlert, Level: view.LevelInfo, Text: app.Plain(f.t.T("no-lines"))})
	}
	v.Nodes = appendList(v.Nodes, f.t.T("check.double"), f.doubles(all.DoubleDebits))
	v.Nodes = appendList(v.Nodes, f.t.T("check.missing"), f.unmatched(all.missing, view.LevelWarn))
	v.Nodes = appendList(v.Nodes, f.t.T("check.unclear"), f.unmatched(all.unclear, view.LevelInfo))
	v.Nodes = appendList(v.Nodes, f.t.T("check.gaps"), f.gaps(all.gaps))
	v.Nodes = appendList(v.Nodes, f.t.T("check.rises"), f.rises(all.PriceRises))
	if len(v.Nodes) == 0 {
		v.Nodes = append(v.Nodes, empty(f.t.T("check.none")))
	}
	return v, nil
}

func appendList(nodes []view.Node, title string, entries []view.Entry) []view.Node {
	if len(entries) == 0 {
		return nodes
	}
	return append(nodes, view.Node{Kind: view.KindList, Title: title, Entries: entries[:min(len(entries), view.MaxTable)]})
}

func (f *folder) doubles(all []protocol.DoubleDebit) (entries []view.Entry) {
	for _, d := range all {
		b := f.byID[d.Bill]
		amount := app.Money(d.Amount, d.Currency)
		amount.Why = &view.Why{Rows: append([]string{d.Bill}, d.Transactions...)}
		entries = append(entries, view.Entry{Text: view.Text{named(b)}, Note: f.t.Text("double", "amount", app.Money(d.Amount, d.Currency), "n", app.Int(len(d.Transactions))),
			Value: &amount, Badge: &view.Badge{Level: view.LevelBad, Text: f.t.T("check.double")}})
	}
	return entries
}

func (f *folder) unmatched(all []protocol.Unmatched, level view.Level) (entries []view.Entry) {
	for _, u := range all {
		b := f.byID[u.Bill]
		amount := amountOf(b)
		amount.Why = &view.Why{Rows: append([]string{u.Bill}, u.Candidates...)}
		entries = append(entries, view.Entry{Text: view.Text{named(b), {Text: " · "}, app.Date(issued(b))}, Note: app.Plain(f.t.T(u.Reason)), Value: &amount})
	}
	return entries
}

func (f *folder) gaps(all []rhythm) (entries []view.Entry) {
	for _, g := range all {
		entries = append(entries, view.Entry{Text: view.Text{{Text: g.vendor, Record: g.bills[0].ID}},
			Note: f.t.Text("gap", "last", date(dayOf(g.bills[0])), "due", date(g.due()))})
	}
	return entries
}

func (f *folder) rises(all []protocol.PriceRise) (entries []view.Entry) {
	for _, r := range all {
		from, err := record.ParseTime(r.From)
		if err != nil {
			continue
		}
		entries = append(entries, view.Entry{Text: view.Text{{Text: r.Label, Record: r.Transaction}},
			Note: f.t.Text("rise", "before", app.Money(r.Before, r.Currency), "after", app.Money(r.After, r.Currency), "from", app.Date(from))})
	}
	return entries
}

// perPage is how many payments one page lists.
const perPage = 50

// paid lists the bills with what pays them, and why.
func (f *folder) paid() (view.View, error) {
	v := view.View{Title: f.t.T("tab.paid")}
	if !f.pays() {
		v.Nodes = []view.Node{empty(f.t.T("no-lines"))}
		return v, f.read()
	}
	all, err := f.find()
	if err != nil {
		return v, err
	}
	if len(all.Pairs) == 0 {
		v.Nodes = []view.Node{empty(f.t.T("paid.none"))}
		return v, nil
	}
	slices.SortStableFunc(all.Pairs, func(a, b protocol.Pair) int {
		return cmp.Compare(issued(f.byID[b.Bill]).String(), issued(f.byID[a.Bill]).String())
	})
	from, err := strconv.Atoi(f.Param("from"))
	if err != nil || from < 0 || from >= len(all.Pairs) {
		from = 0
	}
	table := &view.Table{Columns: []view.Column{{Title: f.t.T("bill")}, {Title: f.t.T("amount"), Right: true}, {Title: f.t.T("when")}, {Title: f.t.T("why")}}}
	for _, p := range all.Pairs[from:min(from+perPage, len(all.Pairs))] {
		table.Rows = append(table.Rows, f.pair(p))
	}
	if next := from + perPage; next < len(all.Pairs) {
		table.More = &view.Link{View: "paid", Params: map[string]string{"from": strconv.Itoa(next)}}
	}
	if from > 0 {
		table.Less = &view.Link{View: "paid", Params: map[string]string{"from": strconv.Itoa(max(0, from-perPage))}}
	}
	v.Nodes = []view.Node{text(app.Plain(f.t.T("paid.how"))), {Kind: view.KindTable, Title: f.t.T("tab.paid"), Table: table}}
	return v, nil
}

// pair is one row: the bill, how much, which leads to the bank line, when, and why
// it is paid.
func (f *folder) pair(p protocol.Pair) []view.Value {
	b := f.byID[p.Bill]
	amount := app.Money(p.Amount, p.Currency)
	amount.Why = &view.Why{Rows: append(slices.Clone(p.Bills), p.Transactions...)}
	why := f.t.T(string(p.Kind)) + ", " + f.t.T("paid."+string(p.Confidence))
	for _, r := range p.Reasons {
		why += "; " + f.t.T(r.Code, "days", r.Args["days"])
	}
	return []view.Value{named(b), amount, app.Date(issued(b)), {Text: why}}
}
