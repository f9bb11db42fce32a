package render

import (
	"html/template"
	"math"

	"github.com/domicile-home/domicile/sdk/view"
)

// nodes draws components one after another; heading is the level that a title
// among them has.
func (p *painter) nodes(all []view.Node, heading int) (drawn []template.HTML, err error) {
	for _, n := range all {
		html, err := p.node(n, heading)
		if err != nil {
			return nil, err
		}
		if len(n.Nodes) == 0 {
			p.drawn += len(html)
		}
		if p.drawn > maxDrawn {
			return nil, errTooLarge
		}
		if html != "" {
			drawn = append(drawn, html)
		}
	}
	return drawn, nil
}

// A head is a title above a component.
type head struct {
	Level int
	Title string
}

func (p *painter) node(n view.Node, heading int) (template.HTML, error) {
	h := head{min(heading, 6), title(n.Title)}
	switch n.Kind {
	case view.KindStack, view.KindColumns, view.KindSection:
		return p.group(n, h)
	case view.KindText:
		return execute("paragraph", p.text(n.Text))
	case view.KindEmpty:
		return execute("nothing", p.text(n.Text))
	case view.KindBadge:
		return execute("badge-line", badge{levelOf(p.l, n.Level), title(Words(n.Text, p.l))})
	case view.KindAlert:
		return execute("alert", p.alert(n.Level, n.Text))
	case view.KindStat:
		return p.stat(n)
	case view.KindTable:
		return execute("table", p.table(n.Title, n.Table))
	case view.KindList:
		return p.list(n, h)
	case view.KindProgress:
		return p.progress(n)
	case view.KindTabs:
		return p.tabbed(n.Tabs)
	case view.KindForm, view.KindButton:
		return p.form(n, h)
	case view.KindAct:
		return p.act(n, h)
	case view.KindChart:
		return p.chart(n.Title, n.Chart)
	}
	return "", nil
}

// group draws components within another.
func (p *painter) group(n view.Node, h head) (template.HTML, error) {
	level := h.Level
	if n.Kind == view.KindSection && h.Title != "" {
		level++
	}
	nodes, err := p.nodes(n.Nodes, level)
	if err != nil {
		return "", err
	}
	if n.Kind == view.KindSection {
		return execute("section", struct {
			Head  head
			Nodes []template.HTML
		}{h, nodes})
	}
	return execute(string(n.Kind), nodes)
}

// A badge is a few words that say a state.
type badge struct {
	Level level
	Text  string
}

func (p *painter) stat(n view.Node) (template.HTML, error) {
	var v view.Value
	if n.Value != nil {
		v = *n.Value
	}
	spark, err := Spark(floats(n.Spark))
	if err != nil {
		return "", err
	}
	shown := p.value(v)
	shown.Level = level{}
	return execute("stat", struct {
		Title string
		Value value
		Level level
		Note  []value
		Spark template.HTML
	}{title(n.Title), shown, levelOf(p.l, statLevel(n, v)), p.text(n.Text), spark})
}

// statLevel is how a stat is meant: as it says, else as its value says.
func statLevel(n view.Node, v view.Value) view.Level {
	if n.Level != "" {
		return n.Level
	}
	return v.Level
}

// floats returns values with NaN for those that are missing.
func floats(values []*float64) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		if all[i] = math.NaN(); v != nil {
			all[i] = *v
		}
	}
	return all
}

func (p *painter) list(n view.Node, h head) (template.HTML, error) {
	type entry struct {
		Text, Note []value
		Badge      badge
		Value      *value
	}
	data := struct {
		Head    head
		Entries []entry
	}{Head: h}
	for _, e := range n.Entries {
		shown := entry{Text: p.text(e.Text), Note: p.text(e.Note)}
		if e.Badge != nil {
			shown.Badge = badge{levelOf(p.l, e.Badge.Level), title(e.Badge.Text)}
		}
		if e.Value != nil {
			v := p.value(*e.Value)
			shown.Value = &v
		}
		data.Entries = append(data.Entries, shown)
	}
	return execute("list", data)
}

func (p *painter) progress(n view.Node) (template.HTML, error) {
	data := struct {
		Title, Label, Words string
		Done, Total         int
		Text                []value
	}{Title: title(n.Title), Label: p.l.T("view.progress"), Done: n.Done, Total: n.Total, Text: p.text(n.Text)}
	if data.Title != "" {
		data.Label = Apart(data.Title)
	}
	if n.Total > 0 {
		data.Words = p.l.T("view.progress-of", "done", p.l.Int(int64(n.Done)), "total", p.l.Int(int64(n.Total)))
	}
	return execute("progress", data)
}

// tabbed draws the ways to other views. Each group of them has a name of its
// own for those who jump from one to the next.
func (p *painter) tabbed(tabs []view.Tab) (template.HTML, error) {
	type tab struct {
		Label, Href string
		Current     bool
	}
	data := struct {
		Label string
		Tabs  []tab
	}{Label: p.l.T("view.tabs")}
	if p.tabs++; p.tabs > 1 {
		data.Label = p.l.T("view.tabs-n", "n", p.l.Int(int64(p.tabs)))
	}
	for _, t := range tabs {
		data.Tabs = append(data.Tabs, tab{p.name(t.Label), p.address(&t.Link), t.Current})
	}
	if len(tabs) == 0 {
		return "", nil
	}
	return execute("tabs", data)
}
