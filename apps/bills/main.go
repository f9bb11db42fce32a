// Command bills shows what a person was billed, what was paid, what is missing
// and what comes next.
package main

import (
	"embed"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

//go:embed strings
var files embed.FS

func main() { app.Main(run) }

// A folder is one run of the app: the texts and, once asked for, the bills with
// what pays them.
type folder struct {
	*app.Session
	t     app.Strings
	bills []bill
	byID  map[string]bill
}

// A bill is a bill record with its row.
type bill = app.Row[record.Bill]

func run(s *app.Session) error {
	t, err := s.Strings(files)
	if err != nil {
		return err
	}
	f := &folder{Session: s, t: t, byID: map[string]bill{}}
	show, ok := map[string]func(*folder) (view.View, error){
		"": (*folder).overview, "check": (*folder).check, "paid": (*folder).paid, "next": (*folder).next, "year": (*folder).year,
	}[s.View()]
	if !ok { // an address that was kept from another version
		show = (*folder).overview
	}
	v, err := show(f)
	if err != nil {
		return err
	}
	v.Nodes = append([]view.Node{f.tabs()}, v.Nodes...)
	return s.Show(v)
}

func (f *folder) tabs() view.Node {
	n := view.Node{Kind: view.KindTabs}
	for _, name := range []string{"", "check", "paid", "next", "year"} {
		key := "tab." + name
		if name == "" {
			key = "tab.overview"
		}
		n.Tabs = append(n.Tabs, view.Tab{Label: f.t.T(key), Link: view.Link{View: name}, Current: f.View() == name})
	}
	return n
}

// read reads the bills, the newest first; none where only totals were granted.
func (f *folder) read() (err error) {
	if !f.Sees(record.TypeBill, "amount") {
		return nil
	}
	if f.bills, err = app.All[record.Bill](f.Session, record.TypeBill, protocol.Where{}); err != nil {
		return err
	}
	for _, b := range f.bills {
		f.byID[b.ID] = b
	}
	return nil
}

// pays reports whether bank lines were granted, one by one.
func (f *folder) pays() bool {
	return f.Sees(record.TypeTransaction, "amount") && f.Sees(record.TypeBill, "amount")
}

// issued is a bill's own day.
func issued(b bill) record.Time {
	if !b.Data.Issued.IsZero() {
		return b.Data.Issued
	}
	return b.Time
}

// named is a bill's title, which leads to it.
func named(b bill) view.Value {
	title := b.Title
	if title == "" {
		title = b.Data.Vendor
	}
	return view.Value{Text: title, Record: b.ID}
}

func amountOf(b bill) view.Value { return app.Money(b.Data.Amount, b.Data.Currency) }

func text(t view.Text) view.Node { return view.Node{Kind: view.KindText, Text: t} }

func empty(t string) view.Node { return view.Node{Kind: view.KindEmpty, Text: app.Plain(t)} }
