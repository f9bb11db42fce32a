// Command budget shows what came in and went out, month against usual, what
// recurs, what rose, and what will be left.
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

// The views.
const (
	viewOverview  = ""
	viewMonths    = "months"
	viewMonth     = "month"
	viewLines     = "lines"
	viewLabel     = "label"
	viewRecurring = "recurring"
	viewFees      = "fees"
	viewBalance   = "balance"
	viewLearnt    = "learnt"
)

func run(s *app.Session) error {
	t, err := s.Strings(files)
	if err != nil {
		return err
	}
	v, err := show(s, t)
	if err != nil {
		return err
	}
	return s.Show(v)
}

// show makes the view asked for, as far as the person granted what it takes.
func show(s *app.Session, t app.Strings) (view.View, error) {
	g, ok := s.Granted(record.TypeTransaction)
	switch {
	case !ok:
		return sentence(t, t.T("no-lines")), nil
	case g.Granularity == protocol.YesNo:
		return sentence(t, t.T("no-totals")), nil
	case g.Granularity != protocol.Records:
		return totals(s, t, g)
	case !s.Sees(record.TypeTransaction, protocol.FieldTime):
		return sentence(t, t.T("no-time")), nil
	}
	d := &desk{Session: s, t: t, names: maxNames}
	if err := s.State(&d.kept); err != nil {
		return view.View{}, err
	}
	done, err := d.act()
	if err != nil {
		return view.View{}, err
	}
	if err := d.load(); err != nil {
		return view.View{}, err
	}
	v, err := d.view()
	if done != "" {
		v.Nodes = append([]view.Node{{Kind: view.KindAlert, Level: view.LevelGood, Text: app.Plain(done)}}, v.Nodes...)
	}
	return v, err
}

// sentence is a view that says why there is nothing more.
func sentence(t app.Strings, text string) view.View {
	return view.View{Title: t.T("title"), Nodes: []view.Node{{Kind: view.KindEmpty, Text: app.Plain(text)}}}
}

func (d *desk) view() (view.View, error) {
	if len(d.book.Lines) == 0 {
		return sentence(d.t, d.t.T("empty")), nil
	}
	switch d.View() {
	case viewMonths:
		return d.months(), nil
	case viewMonth:
		return d.month(), nil
	case viewLines:
		return d.lines(), nil
	case viewLabel:
		return d.label(), nil
	case viewRecurring:
		return d.recurring()
	case viewFees:
		return d.fees(), nil
	case viewBalance:
		return d.balance()
	case viewLearnt:
		return d.learnt(), nil
	}
	return d.overview()
}
