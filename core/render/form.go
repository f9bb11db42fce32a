package render

import (
	"html/template"
	"maps"
	"slices"

	"github.com/domicile-home/domicile/sdk/view"
)

// A form is one to fill in, as the template sees it.
type form struct {
	Head   head
	Action string // address
	Post   bool
	Hidden []option // what the link brings along
	Fields []field
	Submit string
	Small  bool // a button alone
}

type field struct {
	Name, Label, Type, Value string
	Options                  []option
	Checked                  bool
}

type option struct {
	Name, Value, Label string
	Selected           bool
}

// form draws what sends the person to another view. A button that only leads
// there is a link.
func (p *painter) form(n view.Node, h head) (template.HTML, error) {
	f := n.Form
	shown := form{Head: h, Post: f.Action, Submit: p.name(f.Submit), Small: n.Kind == view.KindButton}
	bare := view.Link{View: f.Link.View}
	switch {
	case f.Link.Check() != nil:
		return "", nil
	case f.Action:
		shown.Action = p.to.Action(bare)
	case len(f.Fields) == 0:
		shown.Action = p.to.View(f.Link)
	default:
		shown.Action = p.to.View(bare)
	}
	if shown.Action == "" {
		return "", nil
	}
	shown.Fields = p.fields(f.Fields)
	if !f.Action && len(f.Fields) == 0 {
		return execute("link-button", shown)
	}
	shown.Hidden = hidden(f)
	return execute("form", shown)
}

// hidden returns what a form sends besides what is filled in: the params of its
// link, but those that a field fills.
func hidden(f *view.Form) (all []option) {
	for _, name := range slices.Sorted(maps.Keys(f.Link.Params)) {
		if !slices.ContainsFunc(f.Fields, func(in view.Input) bool { return in.Name == name }) {
			all = append(all, option{Name: name, Value: f.Link.Params[name]})
		}
	}
	return all
}

func (p *painter) fields(inputs []view.Input) (all []field) {
	for _, in := range inputs {
		f := field{Name: in.Name, Label: p.name(in.Label), Type: string(in.Kind), Value: Plain(in.Value), Checked: in.Kind == view.InputToggle && in.Value == "yes"}
		for _, o := range in.Options {
			label := o.Label
			if title(label) == "" {
				label = o.Value
			}
			f.Options = append(f.Options, option{Value: o.Value, Label: Apart(p.name(label)), Selected: o.Value == in.Value})
		}
		all = append(all, f)
	}
	return all
}

// act draws the link to the home's own page on which an act is shown and signed.
func (p *painter) act(n view.Node, h head) (template.HTML, error) {
	shown := form{Head: h, Submit: p.name(n.Act.Submit), Action: p.to.Act(*n.Act)}
	if shown.Action == "" {
		return "", nil
	}
	return execute("act", struct {
		form
		Words string // of the home
	}{shown, p.l.T("view.act")})
}
