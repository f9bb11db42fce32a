package main

import (
	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// recurring is what leaves and comes in again and again.
func (d *desk) recurring() (view.View, error) {
	v := d.begin(nil, viewRecurring)
	all := d.book.Recurring()
	if len(all) == 0 {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindEmpty, Text: app.Plain(d.t.T("recurring.none"))})
		return v, nil
	}
	forgotten, err := d.forgotten(all)
	if err != nil {
		return v, err
	}
	v.Nodes = append(v.Nodes, d.rises(all), d.maybeForgotten(forgotten))
	for _, group := range []struct {
		title, when string
		is          func(*book.Recurring) bool
	}{
		{"recurring.debits", "next", func(r *book.Recurring) bool { return r.Usual < 0 && !r.IsOver }},
		{"recurring.credits", "next", func(r *book.Recurring) bool { return r.Usual > 0 && !r.IsOver }},
		{"recurring.over", "last-seen", func(r *book.Recurring) bool { return r.Usual < 0 && r.IsOver }},
	} {
		if t := d.recurringTable(all, group.when, group.is); len(t.Rows) > 0 {
			v.Nodes = append(v.Nodes, view.Node{Kind: view.KindTable, Title: d.t.T(group.title), Table: t})
		}
	}
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindText, Text: app.Plain(d.t.T("recurring.method"))})
	return v, nil
}

// rises are the prices that went up.
func (d *desk) rises(all []book.Recurring) view.Node {
	n := view.Node{Kind: view.KindSection, Title: d.t.T("rises")}
	for i := range all {
		if r := &all[i]; r.Rise != nil && !r.IsOver {
			n.Nodes = append(n.Nodes, view.Node{Kind: view.KindAlert, Level: view.LevelWarn, Text: d.riseText(r, "rise")})
		}
	}
	if n.Nodes == nil {
		n.Nodes = []view.Node{{Kind: view.KindText, Text: app.Plain(d.t.T("rises.none"))}}
	}
	return n
}

// maybeForgotten are subscriptions that may have been forgotten, each with the
// reasons and a button for those that the person knows.
func (d *desk) maybeForgotten(all []book.Recurring) view.Node {
	n := view.Node{Kind: view.KindSection, Title: d.t.T("forgotten")}
	for i := range all {
		r := &all[i]
		paid := d.book.Paid(r)
		paid.Amount = paid.Amount.Abs()
		text := d.t.Text("forgotten.why."+rhythm(r.Rhythm), "name", view.Value{Text: r.Name}, "amount", d.last(r), "since", app.Date(r.Begun.Month().Time()),
			"times", app.Int(len(r.Lines)), "paid", d.money(paid, r.Currency))
		reason := "forgotten.reasons"
		if !d.canExplain() {
			reason = "forgotten.reasons.alone"
		}
		why := app.Plain(d.t.T(reason))
		if r.Begun.Month() <= d.book.First {
			why = append(why, view.Value{Text: " " + d.t.T("forgotten.older")})
		}
		n.Nodes = append(n.Nodes,
			view.Node{Kind: view.KindAlert, Level: view.LevelWarn, Text: text},
			view.Node{Kind: view.KindText, Text: why},
			view.Node{Kind: view.KindButton, Form: &view.Form{Link: *to(viewRecurring, "do", "know", "key", r.Key), Submit: d.t.T("forgotten.know"), Action: true}})
	}
	if n.Nodes == nil {
		n.Nodes = []view.Node{{Kind: view.KindText, Text: app.Plain(d.t.T("forgotten.none"))}}
	}
	return n
}

// canExplain reports whether bills or contracts may be read.
func (d *desk) canExplain() bool {
	for _, t := range []record.Type{record.TypeBill, record.TypeContract} {
		if g, ok := d.Granted(t); ok && g.Granularity != protocol.YesNo {
			return true
		}
	}
	return false
}

func rhythm(r book.Rhythm) string {
	switch r {
	case book.Quarterly:
		return "quarterly"
	case book.Yearly:
		return "yearly"
	}
	return "monthly"
}

func (d *desk) recurringTable(all []book.Recurring, when string, is func(*book.Recurring) bool) *view.Table {
	t := &view.Table{Columns: []view.Column{{Title: d.t.T("who")}, {Title: d.t.T("category")}, {Title: d.t.T("rhythm")}, {Title: d.t.T("last-amount"), Right: true},
		{Title: d.t.T(when)}, {Title: d.t.T("a-year"), Right: true}}}
	for i := range all {
		r := &all[i]
		if !is(r) {
			continue
		}
		last := app.Money(r.Last.Money(), r.Currency)
		last.Why = d.why(r.Lines[len(r.Lines)-1:])
		next := app.Date(r.Next.Time())
		if r.IsOver {
			next = app.Date(r.Latest.Time())
		}
		t.Rows = append(t.Rows, []view.Value{linked(r.Name, to(viewLabel, "key", r.Key)), {Text: d.category(r.Category)}, {Text: d.t.T("rhythm." + rhythm(r.Rhythm))},
			last, next, d.money(book.Figure{Amount: r.Yearly(), Lines: r.Lines}, r.Currency)})
	}
	return t
}
