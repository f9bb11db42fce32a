package render

import (
	"html/template"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/view"
)

// View draws what an app shows, but for its title, which is that of the page:
// its summary, its alerts and its components, under headings of the second
// level and below. A view that [view.View.Check] refuses is an error, and so is
// one that would take more than 16 MiB.
func View(v view.View, l *locale.Locale, to Addresses) (template.HTML, error) {
	if err := v.Check(); err != nil {
		return "", err
	}
	p := &painter{l: l, to: to}
	alerts, err := p.alerts(v.Alerts)
	if err != nil {
		return "", err
	}
	nodes, err := p.nodes(v.Nodes, topHeading)
	if err != nil {
		return "", err
	}
	return execute("view", struct {
		Summary []value
		Alerts  template.HTML
		Nodes   []template.HTML
	}{p.text(v.Summary), alerts, nodes})
}

// Text draws a run of values for a line of the home's own, such as what an app
// has to say today. It shows as much of a text as a view may hold.
func Text(t view.Text, l *locale.Locale, to Addresses) (template.HTML, error) {
	p := &painter{l: l, to: to}
	return execute("text", p.text(t[:min(len(t), maxParts)]))
}

// Alerts draws what an app tells, each with the link to the view that says
// more. It shows as many alerts as a view may have.
func Alerts(all []view.Alert, l *locale.Locale, to Addresses) (template.HTML, error) {
	p := &painter{l: l, to: to}
	return p.alerts(all[:min(len(all), view.MaxAlerts)])
}

// Figures draws the first figures of a view for a page that shows those of many
// apps: at most so many stats, as they stand anywhere in it. A view without
// stats is nothing.
func Figures(v view.View, most int, l *locale.Locale, to Addresses) (template.HTML, error) {
	if err := v.Check(); err != nil {
		return "", err
	}
	p := &painter{l: l, to: to}
	stats, err := p.nodes(stats(v.Nodes, most), topHeading)
	if err != nil || len(stats) == 0 {
		return "", err
	}
	return execute("columns", stats)
}

// stats returns the first stats among nodes, however deep.
func stats(nodes []view.Node, most int) (found []view.Node) {
	for _, n := range nodes {
		if n.Kind == view.KindStat {
			found = append(found, n)
		} else {
			found = append(found, stats(n.Nodes, most)...)
		}
		if len(found) >= most {
			return found[:max(most, 0)]
		}
	}
	return found
}

const (
	topHeading = 2   // level of the first headings below the page's own
	maxParts   = 100 // of a text
)

// A painter draws the components of one view.
type painter struct {
	l     *locale.Locale
	to    Addresses
	drawn int // bytes so far, of components without others within
	tabs  int // how many there were
}

// alerts draws alerts of a view.
func (p *painter) alerts(all []view.Alert) (template.HTML, error) {
	if len(all) == 0 {
		return "", nil
	}
	var shown []alert
	for _, a := range all {
		one := p.alert(a.Level, a.Text)
		one.More, one.MoreWords = p.address(a.Link), p.l.T("view.see")
		shown = append(shown, one)
	}
	return execute("alerts", shown)
}

// An alert is what the person should know.
type alert struct {
	Level     level
	Text      []value
	More      string // address
	MoreWords string
	MoreLabel string // says more to those who hear the link alone
}

func (p *painter) alert(of view.Level, t view.Text) alert {
	return alert{Level: levelOf(p.l, of), Text: p.text(t), MoreLabel: p.l.T("view.see-label", "text", Apart(Words(t, p.l)))}
}
