package web

import (
	"slices"
	"strconv"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// A cause is what a figure of a view was computed from, and the figure.
type cause struct {
	why           view.Why
	About, Figure string // foreign texts
}

func (c cause) is(w view.Why) bool {
	return slices.Equal(c.why.Rows, w.Rows) && slices.Equal(c.why.Bases, w.Bases)
}

// causesOf returns what a view says to be behind its figures, in their order,
// each once. An app shows the same for the same, so that the order names them.
func causesOf(l *locale.Locale, v view.View) []cause {
	w := &causeWalk{l: l}
	w.text(v.Title, v.Summary)
	for _, a := range v.Alerts {
		w.text(v.Title, a.Text)
	}
	w.nodes(v.Title, v.Nodes)
	return w.all
}

type causeWalk struct {
	l   *locale.Locale
	all []cause
}

func (w *causeWalk) add(about, figure string, why *view.Why) {
	if why == nil || slices.ContainsFunc(w.all, func(c cause) bool { return c.is(*why) }) {
		return
	}
	w.all = append(w.all, cause{*why, about, figure})
}

func (w *causeWalk) value(about string, v *view.Value) {
	if v != nil {
		w.add(about, valueWords(w.l, *v), v.Why)
	}
}

func (w *causeWalk) text(about string, t view.Text) {
	for i := range t {
		w.value(about, &t[i])
	}
}

func (w *causeWalk) nodes(about string, all []view.Node) {
	for _, n := range all {
		title := about
		if n.Title != "" {
			title = n.Title
		}
		w.text(title, n.Text)
		w.value(title, n.Value)
		for i := range n.Entries {
			e := &n.Entries[i]
			w.text(title, e.Text)
			w.text(title, e.Note)
			w.value(render.Words(e.Text, w.l), e.Value)
		}
		if n.Table != nil {
			w.table(title, n.Table)
		}
		if n.Chart != nil {
			w.chart(title, n.Chart)
		}
		w.nodes(title, n.Nodes)
	}
}

func (w *causeWalk) table(title string, t *view.Table) {
	for _, row := range append(slices.Clip(t.Rows), t.Total) {
		for i := range row {
			about := title
			if first := valueWords(w.l, row[0]); i > 0 && first != "" {
				about = joinedBy(title, first)
			}
			w.value(about, &row[i])
		}
	}
}

func (w *causeWalk) chart(title string, c *view.Chart) {
	for i := range c.Labels {
		w.value(title, &c.Labels[i])
	}
	for _, s := range c.Series {
		for i, why := range s.Why {
			if why == nil || s.Values[i] == nil {
				continue
			}
			w.add(joinedBy(title, joinedBy(s.Name, valueWords(w.l, c.Labels[i]))), pointWords(w.l, c, *s.Values[i]), why)
		}
	}
}

// joinedBy names a part of something.
func joinedBy(whole, part string) string {
	if whole == "" || part == "" {
		return whole + part
	}
	return whole + " · " + part
}

// pointWords writes a point of a chart.
func pointWords(l *locale.Locale, c *view.Chart, value float64) string {
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if c.Currency != "" {
		return l.Money(record.Money(text), c.Currency)
	}
	return l.Unit(l.Number(record.Decimal(text)), c.Unit)
}

// valueWords writes a value as the view has it.
func valueWords(l *locale.Locale, v view.Value) string { return render.Words(view.Text{v}, l) }
