package main

import (
	"fmt"
	"strings"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/view"
)

func link(name string, params ...string) view.Link {
	l := view.Link{View: name}
	for i := 0; i+1 < len(params); i += 2 {
		if l.Params == nil {
			l.Params = map[string]string{}
		}
		l.Params[params[i]] = params[i+1]
	}
	return l
}

func (d *desk) tabs(current string) view.Node {
	return view.Node{Kind: view.KindTabs, Tabs: []view.Tab{
		{Label: d.t.T("tab.overview"), Link: link(""), Current: current == ""},
		{Label: d.t.T("tab.letter"), Link: link("letter"), Current: current == "letter"},
		{Label: d.t.T("tab.me"), Link: link("me"), Current: current == "me"},
	}}
}

func text(t view.Text) view.Node { return view.Node{Kind: view.KindText, Text: t} }

func (d *desk) para(key string, pairs ...any) view.Node { return text(d.t.Text(key, pairs...)) }

// overview lists the requests under way, and who holds data.
func (d *desk) overview() view.View {
	v := view.View{Title: d.t.T("name"), Nodes: []view.Node{d.tabs("")}}
	open, late := 0, 0
	var requests view.Node
	requests.Kind, requests.Title = view.KindList, d.t.T("requests")
	for i := len(d.kept.Requests) - 1; i >= 0; i-- {
		r := d.kept.Requests[i]
		if r.open() {
			open++
		}
		if r.late(today(d.Session)) {
			late++
		}
		l := link("request", "id", fmt.Sprint(r.ID))
		requests.Entries = append(requests.Entries, view.Entry{
			Text: view.Text{{Text: d.t.T("right." + string(r.Right)), Link: &l}, {Text: " · " + r.To}}, Note: d.stands(r), Badge: d.badge(r)})
	}
	switch {
	case late > 0:
		v.Summary = d.t.Text("summary.late", "n", app.Int(late))
	case open > 0:
		v.Summary = d.t.Text("summary.open", "n", app.Int(open))
	default:
		v.Summary = d.t.Text("summary.none", "n", app.Int(len(d.holders)))
	}
	if len(requests.Entries) > 0 {
		v.Nodes = append(v.Nodes, requests)
	}
	v.Nodes = append(v.Nodes, d.holderList())
	return v
}

// holderList is who holds data about the person, with a letter to each.
func (d *desk) holderList() view.Node {
	if len(d.holders) == 0 {
		return view.Node{Kind: view.KindEmpty, Text: app.Plain(d.t.T("holders.none"))}
	}
	list := view.Node{Kind: view.KindList, Title: d.t.T("holders")}
	for _, h := range d.holders {
		write := link("letter", "to", h.name)
		e := view.Entry{Text: view.Text{{Text: h.name, Record: h.row}}, Value: &view.Value{Text: d.t.T("write"), Link: &write}}
		if h.basis != "" {
			e.Text[0].Why = &view.Why{Bases: []string{h.basis}}
		}
		if h.number != "" {
			e.Note = d.t.Text("holder.contract", "number", h.number)
		}
		list.Entries = append(list.Entries, e)
	}
	return list
}

// stands says where a request stands.
func (d *desk) stands(r request) view.Text {
	key := "stands." + string(r.Status)
	if r.late(today(d.Session)) {
		key = "stands.late"
	}
	return d.t.Text(key, "sent", app.Date(r.Sent.record()), "due", app.Date(r.due().record()), "ended", app.Date(r.Ended.record()))
}

func (d *desk) badge(r request) *view.Badge {
	switch {
	case r.late(today(d.Session)):
		return &view.Badge{Level: view.LevelBad, Text: d.t.T("badge.late")}
	case r.Status == refused:
		return &view.Badge{Level: view.LevelWarn, Text: d.t.T("badge.refused")}
	case r.Status == answered:
		return &view.Badge{Level: view.LevelGood, Text: d.t.T("badge.answered")}
	}
	return &view.Badge{Level: view.LevelInfo, Text: d.t.T("badge.waiting")}
}

// alerts tell of what is late or soon will be.
func (d *desk) alerts() (all []view.Alert) {
	soon := dayOf(d.Today().AddDate(0, 0, 7))
	for _, r := range d.kept.Requests {
		if !r.open() || r.due() > soon || len(all) == view.MaxAlerts {
			continue
		}
		l := link("request", "id", fmt.Sprint(r.ID))
		key, level := "alert.soon", view.LevelInfo
		if r.late(today(d.Session)) {
			key, level = "alert.late", view.LevelWarn
		}
		all = append(all, view.Alert{Level: level, Key: fmt.Sprintf("%s-%d-%s", strings.TrimPrefix(key, "alert."), r.ID, r.due()), Link: &l,
			Text: d.t.Text(key, "to", r.To, "right", d.t.T("right."+string(r.Right)), "due", app.Date(r.due().record()))})
	}
	return all
}

// request shows one request with what may be done about it.
func (d *desk) request() (view.View, error) {
	r, ok := d.kept.find(d.Param("id"))
	if !ok { // forgotten meanwhile
		return d.overview(), nil
	}
	v := view.View{Title: d.t.T("right."+string(r.Right)) + " · " + r.To, Summary: d.stands(*r)}
	v.Nodes = []view.Node{d.tabs("request"), {Kind: view.KindBadge, Level: d.badge(*r).Level, Text: app.Plain(d.badge(*r).Text)}}
	if r.Note != "" {
		v.Nodes = append(v.Nodes, d.para("noted", "note", r.Note))
	}
	id := fmt.Sprint(r.ID)
	if r.late(today(d.Session)) || r.Status == refused {
		complaint := link("complaint", "id", id)
		v.Nodes = append(v.Nodes, text(view.Text{{Text: d.t.T("complain"), Link: &complaint}}))
	}
	if r.Right == access || r.Right == portability {
		v.Nodes = append(v.Nodes, d.para("import"))
	}
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindForm, Title: d.t.T("what-now"), Form: &view.Form{
		Link: link("request", "id", id), Submit: d.t.T("keep"), Action: true, Fields: []view.Input{
			{Name: "do", Label: d.t.T("field.do"), Kind: view.InputChoice, Value: string(r.Status), Options: []view.Option{
				{Value: "waiting", Label: d.t.T("do.waiting")}, {Value: "answered", Label: d.t.T("do.answered")},
				{Value: "extended", Label: d.t.T("do.extended")}, {Value: "refused", Label: d.t.T("do.refused")}}},
			{Name: "on", Label: d.t.T("field.on"), Kind: view.InputDate, Value: string(today(d.Session))},
			{Name: "note", Label: d.t.T("field.note"), Kind: view.InputText, Value: r.Note},
		}}}, view.Node{Kind: view.KindButton, Form: &view.Form{Link: link("", "do", "forget", "id", id), Submit: d.t.T("forget"), Action: true}})
	return v, nil
}

// me asks for what stands at the head of a letter.
func (d *desk) me() view.View {
	return view.View{Title: d.t.T("tab.me"), Nodes: []view.Node{d.tabs("me"), d.para("me.why"),
		{Kind: view.KindForm, Form: &view.Form{Link: link("letter", "do", "me"), Submit: d.t.T("keep"), Action: true, Fields: []view.Input{
			{Name: "name", Label: d.t.T("field.name"), Kind: view.InputText, Value: d.kept.Name},
			{Name: "address", Label: d.t.T("field.address"), Kind: view.InputText, Value: d.kept.Address},
		}}}}}
}
