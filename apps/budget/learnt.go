package main

import (
	"slices"

	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/view"
)

const maxKnown = 200 // subscriptions that the person said they know

// act does what the person asked for, and says that it is done; "" for nothing.
func (d *desk) act() (string, error) {
	if d.Mode() != protocol.ModeAction {
		return "", nil
	}
	key, done := d.Param("key"), ""
	if len(key) > book.MaxKey {
		return "", nil
	}
	switch d.Param("do") {
	case "learn":
		c, ok := book.ParseCategory(d.Param("category"))
		if !ok || key == "" {
			return "", nil
		}
		d.kept.Learnt = d.kept.Learnt.Learn(key, c)
		done = d.t.T("learnt.done", "label", key, "category", d.category(c))
	case "forget":
		d.kept.Learnt = d.kept.Learnt.Forget(key)
		done = d.t.T("learnt.forgotten", "label", key)
	case "know":
		d.kept.Known = append(without(d.kept.Known, key), key)
		d.kept.Known = d.kept.Known[max(0, len(d.kept.Known)-maxKnown):]
		done = d.t.T("known.done", "label", key)
	case "doubt":
		d.kept.Known = without(d.kept.Known, key)
		done = d.t.T("known.forgotten", "label", key)
	default:
		return "", nil
	}
	return done, d.Save(d.kept)
}

func without(all []string, key string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(one string) bool { return one == key })
}

// label is what is known of one label: its lines, and a form to correct what
// they were for.
func (d *desk) label() view.View {
	key := d.Param("key")
	var lines []int
	for i := len(d.book.Lines) - 1; i >= 0; i-- {
		if d.book.Lines[i].Key == key {
			lines = append(lines, i)
		}
	}
	if len(lines) == 0 {
		v := d.begin(nil, viewLearnt)
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindEmpty, Text: app.Plain(d.t.T("lines.none"))})
		return v
	}
	v := d.begin(d.t.Text("label.of", "label", view.Value{Text: key}), viewLearnt)
	form := &view.Form{Link: *to(viewLabel, "do", "learn", "key", key), Submit: d.t.T("label.learn"), Action: true}
	choice := view.Input{Name: "category", Label: d.t.T("label.category"), Kind: view.InputChoice, Value: string(d.book.Lines[lines[0]].Category)}
	for _, c := range book.Categories() {
		choice.Options = append(choice.Options, view.Option{Value: string(c), Label: d.category(c)})
	}
	form.Fields = []view.Input{choice}
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindForm, Title: d.t.T("label.correct"), Form: form},
		d.paged(lines, func(page int) *view.Link { return to(viewLabel, "key", key, "page", string(app.Int(page).Number)) }))
	return v
}

// learnt is all that the person taught, each with a button to forget it.
func (d *desk) learnt() view.View {
	v := d.begin(app.Plain(d.t.T("learnt.what")), viewLearnt)
	if len(d.kept.Learnt)+len(d.kept.Known) == 0 {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindEmpty, Text: app.Plain(d.t.T("learnt.none"))})
		return v
	}
	const most = 200 // on one page: the latest
	for n := len(d.kept.Learnt) - 1; n >= 0 && n >= len(d.kept.Learnt)-most; n-- {
		one := d.kept.Learnt[n]
		v.Nodes = append(v.Nodes, d.lesson(d.t.Text("learnt.one", "label", linked(one.Key, to(viewLabel, "key", one.Key)), "category", view.Value{Text: d.category(one.Category)}), "forget", one.Key))
	}
	for _, key := range d.kept.Known {
		v.Nodes = append(v.Nodes, d.lesson(d.t.Text("known.one", "label", linked(key, to(viewLabel, "key", key))), "doubt", key))
	}
	return v
}

func (d *desk) lesson(text view.Text, do, key string) view.Node {
	return view.Node{Kind: view.KindColumns, Nodes: []view.Node{{Kind: view.KindText, Text: text},
		{Kind: view.KindButton, Form: &view.Form{Link: *to(viewLearnt, "do", do, "key", key), Submit: d.t.T("learnt.forget"), Action: true}}}}
}
