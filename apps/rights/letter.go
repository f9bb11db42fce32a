package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/view"
)

// letter shows a letter, ready to be printed or copied, and asks whether it went
// out.
func (d *desk) letter() (view.View, error) {
	to, what := d.Param("to"), right(d.Param("right"))
	if !slices.Contains(rights(), what) {
		what = access
	}
	v := view.View{Title: d.t.T("tab.letter"), Nodes: []view.Node{d.tabs("letter"), d.choose(to, what)}}
	if to = strings.TrimSpace(to); to == "" {
		return v, nil
	}
	h, _ := d.holder(to)
	v.Title = d.t.T("right."+string(what)) + " · " + to
	v.Nodes = append(v.Nodes, d.para("letter.how"), view.Node{Kind: view.KindSection, Title: d.t.T("subject." + string(what)), Nodes: d.body(h, what)},
		view.Node{Kind: view.KindForm, Title: d.t.T("sent"), Form: &view.Form{Link: link("", "do", "sent", "to", to, "right", string(what)), Submit: d.t.T("keep"), Action: true,
			Fields: []view.Input{{Name: "on", Label: d.t.T("field.sent"), Kind: view.InputDate, Value: string(today(d.Session))}}}})
	return v, nil
}

// choose is to whom, and what for.
func (d *desk) choose(to string, what right) view.Node {
	var options []view.Option
	for _, r := range rights() {
		options = append(options, view.Option{Value: string(r), Label: d.t.T("right." + string(r))})
	}
	addressee := view.Input{Name: "to", Label: d.t.T("field.to"), Kind: view.InputText, Value: to}
	if _, known := d.holder(to); len(d.holders) > 0 && (known || to == "") {
		addressee.Kind = view.InputChoice
		for _, h := range d.holders[:min(len(d.holders), 199)] {
			addressee.Options = append(addressee.Options, view.Option{Value: h.name, Label: h.name})
		}
	}
	return view.Node{Kind: view.KindForm, Form: &view.Form{Link: link("letter"), Submit: d.t.T("show"), Fields: []view.Input{addressee,
		{Name: "right", Label: d.t.T("field.right"), Kind: view.InputChoice, Value: string(what), Options: options}}}}
}

// body is the letter itself, paragraph by paragraph.
func (d *desk) body(h holder, what right) []view.Node {
	name, address := d.kept.Name, d.kept.Address
	if name == "" {
		name = d.t.T("blank.name")
	}
	if address == "" {
		address = d.t.T("blank.address")
	}
	nodes := []view.Node{text(app.Plain(name)), text(app.Plain(address)), d.para("letter.to", "to", h.name), text(view.Text{app.Date(today(d.Session).record())})}
	if h.number != "" {
		nodes = append(nodes, d.para("letter.reference", "number", h.number))
	}
	nodes = append(nodes, text(app.Plain(d.t.T("letter.salutation"))))
	for i := 1; ; i++ {
		key := fmt.Sprintf("letter.%s.%d", what, i)
		if _, ok := d.t[key]; !ok {
			break
		}
		nodes = append(nodes, d.para(key, "to", h.name))
	}
	if what != closing {
		nodes = append(nodes, d.para("letter.deadline"), d.para("letter.identity"))
	}
	return append(nodes, text(app.Plain(d.t.T("letter.farewell"))), text(app.Plain(name)))
}

// complaint gathers, for the authority, what was asked and what came of it.
func (d *desk) complaint() (view.View, error) {
	r, ok := d.kept.find(d.Param("id"))
	if !ok {
		return d.overview(), nil
	}
	h, _ := d.holder(r.To)
	v := view.View{Title: d.t.T("complaint") + " · " + r.To, Nodes: []view.Node{d.tabs("complaint"), d.para("complaint.how")}}
	name := d.kept.Name
	if name == "" {
		name = d.t.T("blank.name")
	}
	story := []view.Node{text(app.Plain(name)), d.para("complaint.against", "to", r.To)}
	if h.number != "" {
		story = append(story, d.para("letter.reference", "number", h.number))
	}
	story = append(story, d.para("complaint.asked", "right", d.t.T("right."+string(r.Right)), "sent", app.Date(r.Sent.record())),
		d.para("complaint.due", "due", app.Date(r.due().record())))
	switch r.Status {
	case extended:
		story = append(story, d.para("complaint.extended", "ended", app.Date(r.Ended.record())))
	case refused:
		story = append(story, d.para("complaint.refused", "ended", app.Date(r.Ended.record())))
	case answered:
		story = append(story, d.para("complaint.answered", "ended", app.Date(r.Ended.record())))
	}
	if r.late(today(d.Session)) {
		story = append(story, d.para("complaint.silent", "today", app.Date(today(d.Session).record())))
	}
	if r.Note != "" {
		story = append(story, d.para("noted", "note", r.Note))
	}
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindSection, Title: d.t.T("complaint.title"), Nodes: append(story, d.para("complaint.wish"))})
	return v, nil
}
