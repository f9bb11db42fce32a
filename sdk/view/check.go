package view

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/domicile-home/domicile/sdk/record"
)

// Bounds of a view. What exceeds one is refused whole, with the place.
const (
	MaxDepth   = 12
	MaxNodes   = 2000
	MaxValues  = 40_000 // values in all
	MaxText    = 4000   // bytes of one text
	MaxName    = 64     // bytes of a name of a view or of a param
	MaxParam   = 400    // bytes of a param's value
	MaxParams  = 16
	MaxAlerts  = 20
	MaxChart   = 800 // labels of a chart
	MaxSeries  = 60
	MaxColumns = 20
	MaxTable   = 2000
)

// Parse reads a view as op view gives it and checks it whole: members that
// do not exist, members that another kind has, and what exceeds a bound are
// refused with the place, such as "nodes[2].table.rows[0]".
func Parse(text []byte) (v View, err error) {
	if err := strict(text, &v); err != nil {
		return View{}, err
	}
	if err := v.Check(); err != nil {
		return View{}, err
	}
	return v, nil
}

// Check reports what is wrong with a view, as [Parse] does.
func (v View) Check() error {
	c := &viewCheck{}
	c.line("title", v.Title)
	c.must("title", v.Title != "", "is missing")
	c.text("summary", v.Summary)
	c.must("alerts", len(v.Alerts) <= MaxAlerts, "are too many")
	for i, a := range v.Alerts {
		at := fmt.Sprintf("alerts[%d].", i)
		c.level(at+"level", a.Level)
		c.must(at+"text", len(a.Text) > 0, "is missing")
		c.text(at+"text", a.Text)
		c.link(at+"link", a.Link)
		c.must(at+"key", len(a.Key) <= MaxName, "is too long")
		until, err := record.ParseTime(a.Until)
		c.must(at+"until", a.Until == "" || err == nil && until.Precision() == record.Day, "is no day")
	}
	c.nodes("nodes", v.Nodes, 1)
	return c.err
}

// A viewCheck walks a view and keeps the first thing that is wrong.
type viewCheck struct {
	err            error
	nodesN, values int
}

func (c *viewCheck) must(at string, ok bool, what string) {
	if !ok && c.err == nil {
		c.err = fmt.Errorf("%s %s", strings.TrimSuffix(at, "."), what)
	}
}

func (c *viewCheck) line(at, text string) {
	c.must(at, len(text) <= MaxText, "is too long")
	c.must(at, utf8.ValidString(text), "is not UTF-8")
}

func (c *viewCheck) level(at string, l Level) {
	c.must(at, slices.Contains([]Level{LevelInfo, LevelGood, LevelWarn, LevelBad}, l), "is no level")
}

func (c *viewCheck) link(at string, s *Link) {
	if s == nil {
		return
	}
	c.must(at, s.Check() == nil, "names no view")
}

// Check reports what is wrong with the name of a view or its params.
func (s Link) Check() error {
	if s.View != "" && !isName(s.View) || len(s.Params) > MaxParams {
		return errors.New("not the name of a view")
	}
	for name, value := range s.Params {
		if !isName(name) || len(value) > MaxParam || !utf8.ValidString(value) {
			return fmt.Errorf("not a param: %q", name)
		}
	}
	return nil
}

// isName reports whether s is lower-case letters, digits, - and _.
func isName(s string) bool {
	return s != "" && len(s) <= MaxName && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func (c *viewCheck) text(at string, t Text) {
	c.must(at, len(t) <= 100, "has too many parts")
	for i := range t {
		c.value(fmt.Sprintf("%s[%d]", at, i), &t[i])
	}
}

func (c *viewCheck) value(at string, v *Value) {
	if v == nil || c.err != nil {
		return
	}
	c.values++
	c.must(at, c.values <= MaxValues, "is one value too many")
	c.line(at+".text", v.Text)
	given := 0
	for _, is := range []bool{v.Text != "", v.Number != "", v.Money != "", !v.Date.IsZero()} {
		if is {
			given++
		}
	}
	c.must(at, given <= 1, "is more than one of text, number, money and date")
	c.must(at+".unit", v.Unit == "" || v.Number != "" && len(v.Unit) <= 20, "goes with a number")
	c.must(at+".currency", (v.Currency != "") == (v.Money != ""), "goes with money")
	c.must(at+".currency", v.Currency == "" || isCurrency(v.Currency), "is no currency")
	c.must(at+".level", v.Level == "" || v.Level == LevelGood || v.Level == LevelWarn || v.Level == LevelBad || v.Level == LevelInfo, "is no level")
	c.must(at+".record", len(v.Record) <= MaxName, "is no row")
	c.link(at+".link", v.Link)
	c.why(at+".why", v.Why)
}

func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func (c *viewCheck) why(at string, w *Why) {
	if w == nil {
		return
	}
	c.must(at, len(w.Rows) <= 1000 && len(w.Bases) <= MaxChart, "names too much")
	for _, name := range append(append([]string(nil), w.Rows...), w.Bases...) {
		c.must(at, name != "" && len(name) <= MaxName, "names nothing")
	}
}

func (c *viewCheck) nodes(at string, all []Node, depth int) {
	c.must(at, depth <= MaxDepth, "is nested too deep")
	for i := range all {
		if c.err != nil {
			return
		}
		c.node(fmt.Sprintf("%s[%d]", at, i), &all[i], depth)
	}
}

// has lists the members that a kind of node may have, beside its kind.
func has(kind Kind) []string {
	switch kind {
	case KindStack, KindColumns:
		return []string{"nodes"}
	case KindSection:
		return []string{"title", "nodes"}
	case KindText, KindEmpty:
		return []string{"text"}
	case KindStat:
		return []string{"title", "value", "text", "spark", "level"}
	case KindTable:
		return []string{"title", "table"}
	case KindList:
		return []string{"title", "entries"}
	case KindChart:
		return []string{"title", "chart"}
	case KindBadge, KindAlert:
		return []string{"level", "text"}
	case KindForm, KindButton:
		return []string{"title", "form"}
	case KindAct:
		return []string{"title", "act"}
	case KindTabs:
		return []string{"tabs"}
	case KindProgress:
		return []string{"title", "done", "total", "text"}
	}
	return nil
}

func (c *viewCheck) node(at string, n *Node, depth int) {
	c.nodesN++
	c.must(at, c.nodesN <= MaxNodes, "is one component too many")
	members := has(n.Kind)
	c.must(at+".kind", members != nil, "is no component")
	for name, given := range map[string]bool{"title": n.Title != "", "text": n.Text != nil, "level": n.Level != "", "value": n.Value != nil,
		"spark": n.Spark != nil, "done": n.Done != 0, "total": n.Total != 0, "nodes": n.Nodes != nil, "entries": n.Entries != nil,
		"tabs": n.Tabs != nil, "table": n.Table != nil, "chart": n.Chart != nil, "form": n.Form != nil, "act": n.Act != nil} {
		c.must(at+"."+name, !given || slices.Contains(members, name), "does not go with a "+string(n.Kind))
	}
	c.line(at+".title", n.Title)
	c.text(at+".text", n.Text)
	if n.Level != "" || n.Kind == KindBadge || n.Kind == KindAlert {
		c.level(at+".level", n.Level)
	}
	c.must(at+".value", n.Kind != KindStat || n.Value != nil, "is missing")
	c.value(at+".value", n.Value)
	c.numbers(at+".spark", n.Spark, len(n.Spark))
	c.must(at+".done", n.Done >= 0 && n.Total >= 0 && (n.Kind != KindProgress || n.Done <= n.Total), "is no part of the whole")
	c.nodes(at+".nodes", n.Nodes, depth+1)
	c.entries(at+".entries", n.Entries)
	for i, tab := range n.Tabs {
		c.line(fmt.Sprintf("%s.tabs[%d].label", at, i), tab.Label)
		c.must(fmt.Sprintf("%s.tabs[%d]", at, i), i < 20 && tab.Label != "", "is no tab")
		c.link(fmt.Sprintf("%s.tabs[%d].link", at, i), &tab.Link)
	}
	c.must(at+".table", n.Kind != KindTable || n.Table != nil, "is missing")
	c.table(at+".table", n.Table)
	c.must(at+".chart", n.Kind != KindChart || n.Chart != nil, "is missing")
	c.chart(at+".chart", n.Chart)
	c.must(at+".form", n.Kind != KindForm && n.Kind != KindButton || n.Form != nil, "is missing")
	c.form(at+".form", n.Form)
	c.must(at+".act", n.Kind != KindAct || n.Act != nil, "is missing")
	c.act(at+".act", n.Act)
}

func (c *viewCheck) entries(at string, all []Entry) {
	c.must(at, len(all) <= MaxTable, "is too long")
	for i := range all {
		e, at := &all[i], fmt.Sprintf("%s[%d]", at, i)
		c.text(at+".text", e.Text)
		c.text(at+".note", e.Note)
		c.value(at+".value", e.Value)
		if e.Badge != nil {
			c.level(at+".badge.level", e.Badge.Level)
			c.line(at+".badge.text", e.Badge.Text)
		}
	}
}

func (c *viewCheck) table(at string, t *Table) {
	if t == nil {
		return
	}
	c.must(at+".columns", len(t.Columns) > 0 && len(t.Columns) <= MaxColumns, "are none or too many")
	for i, col := range t.Columns {
		c.line(fmt.Sprintf("%s.columns[%d]", at, i), col.Title)
	}
	c.must(at+".rows", len(t.Rows) <= MaxTable, "are too many")
	rows := t.Rows
	if t.Total != nil {
		rows = append(slices.Clip(rows), t.Total)
	}
	for i, row := range rows {
		at := fmt.Sprintf("%s.rows[%d]", at, i)
		c.must(at, len(row) == len(t.Columns), "has not a value for each column")
		for j := range row {
			c.value(fmt.Sprintf("%s[%d]", at, j), &row[j])
		}
	}
	c.link(at+".more", t.More)
	c.link(at+".less", t.Less)
}

func (c *viewCheck) chart(at string, ch *Chart) {
	if ch == nil {
		return
	}
	all := []Drawing{DrawBar, DrawStacked, DrawLine, DrawDonut, DrawHeatmap, DrawSpark}
	c.must(at+".drawing", slices.Contains(all, ch.Drawing), "is no drawing")
	c.line(at+".x", ch.X)
	c.must(at+".unit", len(ch.Unit) <= 20 && (ch.Unit == "" || ch.Currency == ""), "is too long, or not alone")
	c.must(at+".currency", ch.Currency == "" || isCurrency(ch.Currency), "is no currency")
	c.must(at+".labels", len(ch.Labels) <= MaxChart, "are too many")
	for i := range ch.Labels {
		c.value(fmt.Sprintf("%s.labels[%d]", at, i), &ch.Labels[i])
	}
	c.must(at+".series", len(ch.Series) > 0 && len(ch.Series) <= MaxSeries, "are none or too many")
	c.must(at+".series", ch.Drawing != DrawDonut || len(ch.Series) == 1, "are more than a donut has")
	for i, s := range ch.Series {
		at := fmt.Sprintf("%s.series[%d]", at, i)
		c.line(at+".name", s.Name)
		c.numbers(at+".values", s.Values, len(ch.Labels))
		c.must(at+".why", s.Why == nil || len(s.Why) == len(s.Values), "has not one for each value")
		for _, w := range s.Why {
			c.why(at+".why", w)
		}
	}
	c.must(at+".thresholds", len(ch.Thresholds) <= 8, "are too many")
	for _, t := range ch.Thresholds {
		c.line(at+".thresholds", t.Label)
		c.must(at+".thresholds", !math.IsNaN(t.Value) && !math.IsInf(t.Value, 0), "is no number")
	}
}

func (c *viewCheck) numbers(at string, values []*float64, want int) {
	c.must(at, len(values) == want && want <= MaxChart, "has not a value for each label")
	c.values += len(values)
	c.must(at, c.values <= MaxValues, "is one value too many")
	for _, v := range values {
		c.must(at, v == nil || !math.IsNaN(*v) && !math.IsInf(*v, 0), "is no number")
	}
}

func (c *viewCheck) form(at string, f *Form) {
	if f == nil {
		return
	}
	c.link(at+".link", &f.Link)
	c.line(at+".submit", f.Submit)
	c.must(at+".submit", f.Submit != "", "is missing")
	c.must(at+".fields", len(f.Fields)+len(f.Link.Params) <= MaxParams, "are too many")
	kinds := []InputKind{InputText, InputNumber, InputDate, InputMonth, InputChoice, InputToggle}
	for i, in := range f.Fields {
		at := fmt.Sprintf("%s.fields[%d]", at, i)
		c.must(at+".name", isName(in.Name), "is no name")
		c.must(at+".kind", slices.Contains(kinds, in.Kind), "is no kind of field")
		c.must(at+".label", in.Label != "", "is missing")
		c.line(at+".label", in.Label)
		c.must(at+".value", len(in.Value) <= MaxParam, "is too long")
		c.must(at+".options", (in.Kind == InputChoice) == (len(in.Options) > 0) && len(in.Options) <= 200, "go with a choice")
		for _, o := range in.Options {
			c.line(at+".options", o.Label)
			c.must(at+".options", len(o.Value) <= MaxParam && utf8.ValidString(o.Value), "are too long")
		}
	}
}

// act holds an act to its form; which there are, and what they let an app
// choose, is known to the home.
func (c *viewCheck) act(at string, a *Act) {
	if a == nil {
		return
	}
	c.must(at+".id", isName(a.ID), "names no act")
	c.must(at+".choices", Link{Params: a.Choices}.Check() == nil, "are not choices")
	c.line(at+".submit", a.Submit)
	c.must(at+".submit", a.Submit != "", "is missing")
}

// Acts returns the acts that a view proposes, however deep they stand.
func (v View) Acts() []Act { return actsOf(v.Nodes) }

func actsOf(nodes []Node) (all []Act) {
	for _, n := range nodes {
		if n.Act != nil {
			all = append(all, *n.Act)
		}
		all = append(all, actsOf(n.Nodes)...)
	}
	return all
}
