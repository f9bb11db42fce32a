package view_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

func number(f float64) *float64 { return &f }

// whole returns a view with every component.
func whole(t *testing.T) view.View {
	t.Helper()
	day, err := record.ParseTime("2026-03-15")
	if err != nil {
		t.Fatal(err)
	}
	next := &view.Link{View: "month", Params: map[string]string{"of": "2026-03"}}
	why := &view.Why{Rows: []string{"abc"}, Bases: []string{"b1"}}
	form := &view.Form{Link: *next, Submit: "Show", Fields: []view.Input{
		{Name: "from", Label: "From", Kind: view.InputMonth, Value: "2026-01"},
		{Name: "kind", Label: "Kind", Kind: view.InputChoice, Options: []view.Option{{Value: "a", Label: "A"}}},
	}}
	return view.View{
		Title: "Bills", Summary: view.Text{{Text: "You paid "}, {Money: "31.20", Currency: "EUR", Why: why}},
		Alerts: []view.Alert{{Level: view.LevelWarn, Text: view.Text{{Text: "March is missing"}}, Link: next, Key: "missing", Until: "2026-04-30"}},
		Nodes: []view.Node{
			{Kind: view.KindStack, Nodes: []view.Node{{Kind: view.KindText, Text: view.Text{{Date: day}}}}},
			{Kind: view.KindColumns, Nodes: []view.Node{{Kind: view.KindStat, Title: "Spent", Value: &view.Value{Number: "12.5", Unit: "kWh"}, Spark: []*float64{number(1), nil}}}},
			{Kind: view.KindSection, Title: "More", Nodes: []view.Node{{Kind: view.KindBadge, Level: view.LevelGood, Text: view.Text{{Text: "Paid"}}}}},
			{Kind: view.KindTable, Title: "Bills", Table: &view.Table{Columns: []view.Column{{Title: "Who"}, {Title: "Amount", Right: true}},
				Rows: [][]view.Value{{{Text: "Ondine", Record: "abc"}, {Money: "1", Currency: "EUR"}}}, Total: []view.Value{{Text: "All"}, {}}, More: next, Less: next}},
			{Kind: view.KindList, Title: "Next", Entries: []view.Entry{{Text: view.Text{{Text: "x"}}, Note: view.Text{{Text: "y"}},
				Value: &view.Value{Text: "z"}, Badge: &view.Badge{Level: view.LevelBad, Text: "late"}}}},
			{Kind: view.KindChart, Title: "By month", Chart: &view.Chart{Drawing: view.DrawBar, X: "Month", Unit: "kWh", Labels: []view.Value{{Date: day}},
				Series: []view.Series{{Name: "2026", Values: []*float64{number(2)}, Why: []*view.Why{why}, Past: true}}, Thresholds: []view.Threshold{{Label: "usual", Value: 3}}}},
			{Kind: view.KindAlert, Level: view.LevelInfo, Text: view.Text{{Text: "x"}}},
			{Kind: view.KindForm, Title: "Filter", Form: form},
			{Kind: view.KindButton, Form: &view.Form{Link: *next, Submit: "Forget", Action: true}},
			{Kind: view.KindAct, Title: "Nothing is sent before you sign", Act: &view.Act{ID: "accept", Choices: map[string]string{"band": "B"}, Submit: "Accept"}},
			{Kind: view.KindTabs, Tabs: []view.Tab{{Label: "All", Link: view.Link{}, Current: true}}},
			{Kind: view.KindProgress, Title: "Plan", Done: 1, Total: 2, Text: view.Text{{Text: "half"}}},
			{Kind: view.KindEmpty, Text: view.Text{{Text: "Nothing yet"}}},
		},
	}
}

func TestParse_round_trips_every_component(t *testing.T) {
	t.Parallel()
	want := whole(t)
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := view.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), string(again)); diff != "" {
		t.Error(diff)
	}
}

func TestParse_takes_short_forms_of_text(t *testing.T) {
	t.Parallel()
	v, err := view.Parse([]byte(`{"title":"x","nodes":[{"kind":"text","text":"plain"},{"kind":"text","text":{"money":"1.50","currency":"EUR"}},{"kind":"text","text":["You paid ",{"date":"2026"}]}],"alerts":[{"level":"info","text":"x"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(v.Nodes[2].Text); v.Nodes[0].Text[0].Text != "plain" || v.Nodes[1].Text[0].Money != "1.50" || got != 2 {
		t.Errorf("got %+v", v.Nodes)
	}
}

func TestParse_refuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"kind":"stack","nodes":[`, view.MaxDepth+1) + strings.Repeat(`]}`, view.MaxDepth+1)
	for place, text := range map[string]string{
		"title":                      `{"nodes":[]}`,
		"unknown field":              `{"title":"x","style":"color:red","nodes":[]}`,
		"unknown field \"href\"":     `{"title":"x","nodes":[{"kind":"text","text":{"text":"x","href":"https://example.org"}}]}`,
		"nodes[0].kind":              `{"title":"x","nodes":[{"kind":"iframe"}]}`,
		"nodes[0].table":             `{"title":"x","nodes":[{"kind":"text","table":{"columns":[{"title":"x"}],"rows":[]}}]}`,
		"nodes[0].table.rows[0]":     `{"title":"x","nodes":[{"kind":"table","table":{"columns":[{"title":"x"}],"rows":[[]]}}]}`,
		"nodes[0].text[0]":           `{"title":"x","nodes":[{"kind":"text","text":{"text":"x","money":"1","currency":"EUR"}}]}`,
		"nodes[0].text[0].currency":  `{"title":"x","nodes":[{"kind":"text","text":{"money":"1"}}]}`,
		"nodes[0].text[0].link":      `{"title":"x","nodes":[{"kind":"text","text":{"text":"x","link":{"view":"../settings"}}}]}`,
		"nodes[0].chart.series[0]":   `{"title":"x","nodes":[{"kind":"chart","chart":{"drawing":"bar","labels":["a","b"],"series":[{"name":"","values":[1]}]}}]}`,
		"nodes[0].chart.drawing":     `{"title":"x","nodes":[{"kind":"chart","chart":{"drawing":"svg","labels":["a"],"series":[{"name":"","values":[1]}]}}]}`,
		"nodes[0].form.submit":       `{"title":"x","nodes":[{"kind":"form","form":{"link":{"view":""}}}]}`,
		"nodes[0].form.fields[0]":    `{"title":"x","nodes":[{"kind":"form","form":{"link":{"view":""},"submit":"x","fields":[{"name":"A b","label":"x","kind":"text"}]}}]}`,
		"nodes[0].act.id":            `{"title":"x","nodes":[{"kind":"act","act":{"id":"../x","submit":"x"}}]}`,
		"nodes[0].act.choices":       `{"title":"x","nodes":[{"kind":"act","act":{"id":"a","choices":{"A b":"x"},"submit":"x"}}]}`,
		"nodes[0].act.submit":        `{"title":"x","nodes":[{"kind":"act","act":{"id":"a"}}]}`,
		"unknown field \"url\"":      `{"title":"x","nodes":[{"kind":"act","act":{"id":"a","submit":"x","url":"https://example.org"}}]}`,
		"is nested too deep":         `{"title":"x","nodes":[` + deep + `]}`,
		"is too long":                `{"title":"` + strings.Repeat("x", view.MaxText+1) + `","nodes":[]}`,
		"alerts[0].until":            `{"title":"x","alerts":[{"level":"info","text":"x","until":"2026"}],"nodes":[]}`,
		"alerts[0].level":            `{"title":"x","alerts":[{"level":"urgent","text":"x"}],"nodes":[]}`,
		"is one component too many":  `{"title":"x","nodes":[` + strings.Repeat(`{"kind":"empty"},`, view.MaxNodes) + `{"kind":"empty"}]}`,
		"nodes[0].chart.series are ": `{"title":"x","nodes":[{"kind":"chart","chart":{"drawing":"donut","labels":["a"],"series":[{"name":"","values":[1]},{"name":"","values":[1]}]}}]}`,
	} {
		if _, err := view.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: got %v", place, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"title":"x","nodes":[{"kind":"text","text":["a",{"money":"1","currency":"EUR"}]}]}`)
	f.Add(`{"title":"x","nodes":[{"kind":"chart","chart":{"drawing":"line","labels":["a"],"series":[{"name":"","values":[null]}]}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := view.Parse([]byte(text))
		if err != nil {
			return
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := view.Parse(again); err != nil {
			t.Fatalf("%s: %v", again, err)
		}
	})
}
