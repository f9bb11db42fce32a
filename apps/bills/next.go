package main

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// ahead is how far the next debits are told.
const ahead = 45 * 24 * time.Hour

// A coming bill is due, or expected by its rhythm.
type coming struct {
	day      time.Time
	bill     bill // the one due, or the last of the rhythm
	expected bool
}

// comingBills returns what is due or expected within ahead, the soonest first.
func comingBills(bills []bill, today time.Time) (all []coming) {
	for _, b := range bills {
		if b.Data.IsRefund || b.Data.Due.Precision() < record.Day {
			continue
		}
		year, month, day := b.Data.Due.Civil()
		if due := time.Date(year, month, day, 0, 0, 0, 0, time.UTC); !due.Before(today) && due.Sub(today) <= ahead {
			all = append(all, coming{due, b, false})
		}
	}
	for _, r := range rhythms(bills) {
		if due := r.due(); !due.Before(today) && due.Sub(today) <= ahead {
			all = append(all, coming{due, r.bills[0], true})
		}
	}
	slices.SortStableFunc(all, func(a, b coming) int {
		return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.bill.Data.Vendor, b.bill.Data.Vendor))
	})
	return all
}

// next lists the bills to come.
func (f *folder) next() (view.View, error) {
	v := view.View{Title: f.t.T("tab.next")}
	if err := f.read(); err != nil {
		return v, err
	}
	now := f.Today()
	all := comingBills(f.bills, time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC))
	if len(all) == 0 {
		v.Nodes = []view.Node{empty(f.t.T("next.none"))}
		return v, nil
	}
	list := view.Node{Kind: view.KindList, Title: f.t.T("tab.next")}
	for _, c := range all[:min(len(all), view.MaxTable)] {
		e := view.Entry{Text: view.Text{date(c.day), {Text: " · "}, {Text: c.bill.Data.Vendor, Record: c.bill.ID}}, Note: app.Plain(f.t.T("next.due"))}
		amount := amountOf(c.bill)
		amount.Why = &view.Why{Rows: []string{c.bill.ID}}
		e.Value = &amount
		if c.expected {
			e.Note = append(f.t.Text("next.expected"), append(view.Text{{Text: ", "}}, f.t.Text("next.about", "amount", amountOf(c.bill))...)...)
		}
		list.Entries = append(list.Entries, e)
	}
	v.Nodes = []view.Node{list, text(app.Plain(f.t.T("next.how")))}
	return v, nil
}

// year shows one year, for the taxes say.
func (f *folder) year() (view.View, error) {
	v := view.View{Title: f.t.T("tab.year")}
	years, err := f.sum(protocol.Where{}, protocol.ByYear)
	if err != nil {
		return v, err
	}
	if len(years) == 0 {
		v.Nodes = []view.Node{empty(f.t.T("empty"))}
		return v, nil
	}
	chosen := f.Param("year")
	if chosen == "" {
		chosen = years[len(years)-1].Key[0]
	}
	choice := view.Input{Name: "year", Label: f.t.T("year"), Kind: view.InputChoice, Value: chosen}
	for i := len(years) - 1; i >= 0; i-- {
		choice.Options = append(choice.Options, view.Option{Value: years[i].Key[0], Label: years[i].Key[0]})
	}
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindForm, Title: f.t.T("years"), Form: &view.Form{Link: view.Link{View: "year"}, Fields: []view.Input{choice}, Submit: f.t.T("show")}})
	n, err := strconv.Atoi(chosen)
	if err != nil || n < 1900 || n > 9999 {
		v.Nodes = append(v.Nodes, empty(f.t.T("year.none", "year", chosen)))
		return v, nil
	}
	where := protocol.Where{From: record.YearOf(n), To: record.YearOf(n)}
	byVendor, err := f.sum(where, "vendor")
	if err != nil {
		return v, err
	}
	if len(byVendor) == 0 {
		v.Nodes = append(v.Nodes, empty(f.t.T("year.none", "year", chosen)))
		return v, nil
	}
	total, err := f.sum(where)
	if err != nil {
		return v, err
	}
	table := f.vendorTable("tab.year", byVendor)
	if sums := total[0].Sums; len(sums) == 1 {
		amount := app.Money(sums[0].Value, sums[0].Unit)
		amount.Why = &view.Why{Bases: []string{total[0].Basis}}
		table.Table.Total = []view.Value{{Text: f.t.T("total")}, app.Int(sums[0].Count), amount}
	}
	table.Title = chosen
	v.Nodes = append(v.Nodes, table, text(app.Plain(f.t.T("year.dossier", "year", chosen))))
	return v, nil
}
