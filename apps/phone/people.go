package main

import (
	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

const (
	mostPeople  = 30
	askedAtOnce = 3 // months, so that a reply stays small
)

// people shows who costs most, and who one talks to most. Nothing else the app
// shows names anyone.
func (r *reader) people(v *view.View) error {
	if !r.has("counterpart") {
		*v = r.keepTabs(r.t.T("people.no-grant"))
		return nil
	}
	all := map[string]person{}
	for m := r.last - 11; m <= r.last; m += askedAtOnce {
		if err := r.met(all, m, min(m+askedAtOnce-1, r.last)); err != nil {
			return err
		}
	}
	order := ranked(all, r.money)
	if len(order) == 0 {
		*v = r.keepTabs(r.t.T("people.none"))
		return nil
	}
	table := &view.Table{Columns: []view.Column{{Title: r.t.T("person")}, {Title: r.t.T("calls"), Right: true}, {Title: r.t.T("duration"), Right: true},
		{Title: r.t.T("exchanged"), Right: true}, {Title: r.t.T("beyond"), Right: true}}}
	for _, p := range order[:min(len(order), mostPeople)] {
		calls, sent, paid := number(p.calls.count), number(p.messages.count), view.Value{}
		calls.Why, sent.Why = p.calls.why(), p.messages.why()
		if r.money != "" {
			paid = r.paid(p.all())
		}
		table.Rows = append(table.Rows, []view.Value{{Text: p.name}, calls, minutes(p.calls.seconds), sent, paid})
	}
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindTable, Title: r.t.T("people.title"), Table: table},
		text(r.t.Text("people.how", "n", app.Int(len(order)), "shown", app.Int(len(table.Rows)))))
	return nil
}

// met counts in who the lines were in touch with from first to last.
func (r *reader) met(all map[string]person, first, last month) error {
	request := protocol.AggregateRequest{Type: record.TypeCall, Where: protocol.Where{From: first.record(), To: last.record()}, Group: []string{"counterpart", "kind"}}
	for i, sum := range []string{"seconds", "price"} {
		if !r.has(sum) {
			continue
		}
		request.Sum = sum
		groups, err := r.Aggregate(request)
		if err != nil {
			return err
		}
		for _, g := range groups {
			meet(all, sum, g, i == 0)
		}
	}
	return nil
}

// meet counts one group in; its number only once, whatever is summed.
func meet(all map[string]person, sum string, g protocol.Group, counts bool) {
	name, kind := g.Key[0], g.Key[1]
	if name == "" || kind == "data" {
		return
	}
	p := all[name]
	p.name = name
	own := &p.calls
	if kind != "voice" {
		own = &p.messages
	}
	var u use
	if counts {
		u.count, u.bases = int64(g.Count), []string{g.Basis}
	}
	for _, s := range g.Sums {
		u = u.summed(sum, s)
	}
	*own = own.plus(u)
	all[name] = p
}
