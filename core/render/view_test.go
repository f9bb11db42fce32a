package render_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/view"
)

var update = flag.Bool("update", false, "write the golden files")

// samples returns views by name, each of which shows one component.
func samples(tb testing.TB) map[string][]byte {
	tb.Helper()
	names, err := filepath.Glob("testdata/*.json")
	if err != nil {
		tb.Fatal(err)
	}
	all := map[string][]byte{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(name), ".json")] = text
	}
	if len(all) < 29 {
		tb.Fatalf("only %d samples", len(all))
	}
	return all
}

func parse(tb testing.TB, text []byte) view.View {
	tb.Helper()
	v, err := view.Parse(text)
	if err != nil {
		tb.Fatalf("%v in %.500s", err, text)
	}
	return v
}

// one returns a view of one component.
func one(n view.Node) view.View { return view.View{Title: "x", Nodes: []view.Node{n}} }

// paint draws v in English and inspects it.
func paint(tb testing.TB, v view.View) ([]*html.Node, string) {
	tb.Helper()
	to := newPlaces()
	drawn, err := render.View(v, locale.New(locale.English), to)
	if err != nil {
		tb.Fatal(err)
	}
	return inspect(tb, string(drawn), to.given), string(drawn)
}

func TestView_draws_each_component(t *testing.T) {
	t.Parallel()
	for name, text := range samples(t) {
		for _, lang := range locale.Langs() {
			t.Run(name+"/"+string(lang), func(t *testing.T) {
				t.Parallel()
				to := newPlaces()
				drawn, err := render.View(parse(t, text), locale.New(lang), to)
				if err != nil {
					t.Fatal(err)
				}
				inspect(t, string(drawn), to.given)
				golden := fmt.Sprintf("testdata/%s.%s.html", name, lang)
				if *update {
					if err := os.WriteFile(golden, []byte(drawn), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(drawn), "\n")); diff != "" {
					t.Errorf("(-golden +now)\n%s", diff)
				}
			})
		}
	}
}

func TestView_samples_show_every_component_and_drawing(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, text := range samples(t) {
		for _, n := range parse(t, text).Nodes {
			shown[string(n.Kind)] = true
			if n.Chart != nil {
				shown[string(n.Chart.Drawing)] = true
			}
		}
	}
	for _, kind := range []view.Kind{view.KindStack, view.KindColumns, view.KindSection, view.KindText, view.KindStat, view.KindTable, view.KindList, view.KindChart,
		view.KindBadge, view.KindAlert, view.KindForm, view.KindButton, view.KindAct, view.KindTabs, view.KindProgress, view.KindEmpty} {
		if !shown[string(kind)] {
			t.Errorf("no sample of %s", kind)
		}
	}
	for _, d := range []view.Drawing{view.DrawBar, view.DrawStacked, view.DrawLine, view.DrawDonut, view.DrawHeatmap, view.DrawSpark} {
		if !shown[string(d)] {
			t.Errorf("no sample of %s", d)
		}
	}
}

func TestView_is_refused_when_its_check_refuses_it(t *testing.T) {
	t.Parallel()
	deep := view.Node{Kind: view.KindStack}
	for range 100_000 {
		deep = view.Node{Kind: view.KindStack, Nodes: []view.Node{deep}}
	}
	for name, n := range map[string]view.Node{
		"no table": {Kind: view.KindTable}, "no chart": {Kind: view.KindChart}, "no form": {Kind: view.KindForm}, "no act": {Kind: view.KindAct}, "no value": {Kind: view.KindStat},
		"deep": deep, "a kind of its own": {Kind: "iframe"}, "rows of any length": {Kind: view.KindTable, Table: &view.Table{Columns: []view.Column{{}}, Rows: [][]view.Value{{{}, {}}}}},
		"a link that climbs": {Kind: view.KindTabs, Tabs: []view.Tab{{Label: "x", Link: view.Link{View: "../settings"}}}},
		"fewer values":       {Kind: view.KindChart, Chart: &view.Chart{Drawing: view.DrawLine, Labels: make([]view.Value, 3), Series: []view.Series{{}}}},
	} {
		if drawn, err := render.View(one(n), locale.New(locale.English), newPlaces()); err == nil {
			t.Errorf("%s: drawn: %.200s", name, drawn)
		}
		if _, err := render.Figures(one(n), 6, locale.New(locale.English), newPlaces()); err == nil {
			t.Errorf("%s: figures of it were drawn", name)
		}
	}
}

func TestText_and_alerts_stand_what_was_never_checked(t *testing.T) {
	t.Parallel()
	l, to := locale.New(locale.English), newPlaces()
	text := make(view.Text, 5000)
	for i := range text {
		text[i] = view.Value{Text: strings.Repeat("<b>", 5000), Link: &view.Link{View: "../.."}, Money: "1e5", Number: "NaN", Currency: `"><script>`}
	}
	alerts := make([]view.Alert, 500)
	for i := range alerts {
		alerts[i] = view.Alert{Level: "<i>", Text: text[:3], Link: &view.Link{View: "javascript:alert(1)"}}
	}
	drawnText, err := render.Text(text, l, to)
	if err != nil {
		t.Fatal(err)
	}
	drawnAlerts, err := render.Alerts(alerts, l, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, drawn := range []template.HTML{drawnText, drawnAlerts} {
		inspect(t, string(drawn), to.given)
	}
	if len(drawnText) > 10_000 || strings.Count(string(drawnAlerts), `role="status"`) != view.MaxAlerts {
		t.Errorf("%d bytes of text, alerts %d", len(drawnText), strings.Count(string(drawnAlerts), `role="status"`))
	}
}

func TestView_without_addresses_is_plain(t *testing.T) {
	t.Parallel()
	for name, text := range samples(t) {
		drawn, err := render.View(parse(t, text), locale.New(locale.French), nowhere{})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range inspect(t, string(drawn), nil) {
			if n.Data == "a" || n.Data == "form" || n.Data == "button" {
				t.Errorf("%s: a <%s> that leads nowhere", name, n.Data)
			}
		}
	}
}

func TestValue_leads_to_its_record_else_to_its_link(t *testing.T) {
	t.Parallel()
	link := &view.Link{View: "month", Params: map[string]string{"of": "2026-03"}}
	for name, tc := range map[string]struct {
		v    view.Value
		want string
	}{
		"record":          {view.Value{Text: "x", Record: "abc"}, "/records%2Fabc"},
		"both":            {view.Value{Text: "x", Record: "abc", Link: link}, "/records%2Fabc"},
		"unknown record":  {view.Value{Text: "x", Record: "gone", Link: link}, "/view%2Fmonth%2Fof=2026-03"},
		"neither":         {view.Value{Text: "x", Record: "gone"}, ""},
		"nothing to read": {view.Value{Text: "\u200b \u3164", Record: "abc"}, ""},
	} {
		all, _ := paint(t, one(view.Node{Kind: view.KindText, Text: view.Text{tc.v}}))
		got := ""
		for _, n := range all {
			if n.Data == "a" {
				got = attr(n, "href")
			}
		}
		if got != tc.want {
			t.Errorf("%s: leads to %q, want %q", name, got, tc.want)
		}
	}
}

func TestWhy_says_which_figure(t *testing.T) {
	t.Parallel()
	v := view.Value{Money: "31.2", Currency: "EUR", Why: &view.Why{Rows: []string{"a", "b"}}}
	for lang, want := range map[locale.Lang]string{locale.English: "Why this figure: \u2068€31.20\u2069", locale.French: "Pourquoi ce chiffre\u00a0: \u206831,20\u00a0€\u2069"} {
		to := newPlaces()
		drawn, err := render.Text(view.Text{v}, locale.New(lang), to)
		if err != nil {
			t.Fatal(err)
		}
		all := inspect(t, string(drawn), to.given)
		if last := all[len(all)-1]; attr(last, "aria-label") != want || attr(last, "href") != "/why%2Fa%2Fb" || inner(last) == "" {
			t.Errorf("got %s", drawn)
		}
	}
}

func TestFigures_draws_the_first_stats(t *testing.T) {
	t.Parallel()
	stat := func(name string) view.Node {
		return view.Node{Kind: view.KindStat, Title: name, Value: &view.Value{Number: "1"}}
	}
	v := view.View{Title: "x", Nodes: []view.Node{{Kind: view.KindText, Text: view.Text{{Text: "no figure"}}},
		{Kind: view.KindSection, Title: "s", Nodes: []view.Node{stat("one"), stat("two")}}, stat("three")}}
	for most, want := range map[int]int{-1: 0, 0: 0, 2: 2, 9: 3} {
		drawn, err := render.Figures(v, most, locale.New(locale.English), newPlaces())
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(drawn), "stat card"); got != want || strings.Contains(string(drawn), "no figure") {
			t.Errorf("at most %d: %d stats in %s", most, got, drawn)
		}
	}
}

func TestWords_are_plain(t *testing.T) {
	t.Parallel()
	text := view.Text{{Text: "You\npaid\u202e "}, {Money: "1234.5", Currency: "EUR"}, {Text: "."}}
	if got, want := render.Words(text, locale.New(locale.French)), "You paid 1\u202f234,50\u00a0€."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPlain_leaves_out_what_cannot_be_seen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"invoice\u202efdp.exe\u2066\u200f": "invoicefdp.exe", "\x00\x01a\u2028b\ufffe\ufeff": "a b", "a\r\nb\tc": "a  b c", "é 漢字 👋": "é 漢字 👋", "\xff": "\ufffd",
		"soft\u00adhyphen \U000e0041tag": "softhyphen tag",
	} {
		if got := render.Plain(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := render.Apart(strings.Repeat("é", 500)); len([]rune(got)) != 203 {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

// TestView_huge draws views as large as a check lets them be, one at a time.
func TestView_huge(t *testing.T) {
	const patience = 30 * time.Second // with the race detector, on a busy machine; a second without
	for name, v := range huge() {
		t.Run(name, func(t *testing.T) {
			if err := v.Check(); err != nil {
				t.Fatal(err)
			}
			start, to := time.Now(), newPlaces()
			drawn, err := render.View(v, locale.New(locale.French), to)
			took := time.Since(start)
			t.Logf("%d bytes in %v, %v", len(drawn), took, err)
			if strings.HasPrefix(name, "too large") != (err != nil) || len(drawn) > 16<<20 || took > patience {
				t.Errorf("%d bytes in %v, %v", len(drawn), took, err)
			}
		})
	}
}

func huge() map[string]view.View {
	why := &view.Why{Rows: []string{strings.Repeat("r", 64)}}
	cell := view.Value{Money: "-123456789.12", Currency: "EUR", Record: strings.Repeat("r", 64), Why: why, Level: view.LevelBad}
	table := &view.Table{Columns: make([]view.Column, 20)}
	for range view.MaxTable {
		row := make([]view.Value, 20)
		for i := range row {
			row[i] = cell
		}
		table.Rows = append(table.Rows, row)
	}
	all := map[string]view.View{"too large, a table with a why for each value": one(view.Node{Kind: view.KindTable, Table: table})}
	plain := &view.Table{Columns: table.Columns, Rows: make([][]view.Value, view.MaxTable)}
	for i := range plain.Rows {
		plain.Rows[i] = make([]view.Value, 20)
		for j := range plain.Rows[i] {
			plain.Rows[i][j] = view.Value{Money: "-123456789.12", Currency: "EUR"}
		}
	}
	all["a table"] = one(view.Node{Kind: view.KindTable, Table: plain})
	for _, d := range []view.Drawing{view.DrawBar, view.DrawStacked, view.DrawLine, view.DrawHeatmap, view.DrawSpark, view.DrawDonut} {
		all[string(d)] = one(view.Node{Kind: view.KindChart, Chart: hugeChart(d)})
	}
	texts := view.View{Title: "x"}
	for range view.MaxNodes {
		texts.Nodes = append(texts.Nodes, view.Node{Kind: view.KindText, Text: view.Text{{Text: strings.Repeat(`"`, view.MaxText)}}})
	}
	all["too large, texts"] = texts
	return all
}

func hugeChart(d view.Drawing) *view.Chart {
	c := &view.Chart{Drawing: d, Unit: strings.Repeat("u", 20), Labels: make([]view.Value, view.MaxChart)}
	n := 48
	if d == view.DrawDonut {
		n = 1
	}
	for k := range n {
		s := view.Series{Name: fmt.Sprint("series ", k), Values: make([]*float64, view.MaxChart)}
		for i := range s.Values {
			v := float64((i*7919+k*104729)%100_000) / 7
			s.Values[i] = &v
		}
		c.Series = append(c.Series, s)
	}
	for i := range c.Labels {
		c.Labels[i] = view.Value{Text: fmt.Sprint("label ", i)}
	}
	return c
}

// FuzzView draws whatever a check accepts.
func FuzzView(f *testing.F) {
	for _, text := range samples(f) {
		f.Add(string(text))
	}
	for _, text := range hostiles() {
		quoted, err := json.Marshal(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(fmt.Sprintf(`{"title":%[1]s,"summary":%[1]s,"nodes":[{"kind":"chart","title":%[1]s,"chart":{"drawing":"bar","labels":[%[1]s,"b"],"series":[{"name":%[1]s,"values":[1e308,-1e-320]}]}}]}`, quoted))
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := view.Parse([]byte(text))
		if err != nil {
			return
		}
		for _, lang := range locale.Langs() {
			to := newPlaces()
			drawn, err := render.View(v, locale.New(lang), to)
			if err != nil {
				t.Fatal(err)
			}
			inspect(t, string(drawn), to.given)
		}
	})
}
