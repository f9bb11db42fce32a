package render_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/render"
)

func points(values ...float64) (list []render.Point) {
	for i, v := range values {
		list = append(list, render.Point{Label: fmt.Sprintf("Month %d", i), Short: fmt.Sprint(i), Value: v, Text: fmt.Sprint(v)})
	}
	return list
}

// drawn is what a chart consists of.
type drawn struct {
	bars, dots, lines, rows, links int
	title                          string
	classes                        map[string]int
}

// read reads a chart as strictly as XML is read, and holds it against what a
// page may hold: no script, style or address but a path of the home.
func read(tb testing.TB, markup string) (d drawn) {
	tb.Helper()
	d.classes = map[string]int{}
	dec := xml.NewDecoder(strings.NewReader(markup))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return d
		}
		if err != nil {
			tb.Fatalf("%v in %.500s", err, markup)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			switch {
			case a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on"):
				tb.Errorf("<%s> has %s", start.Name.Local, a.Name.Local)
			case a.Name.Local == "href" && !strings.HasPrefix(a.Value, "/"):
				tb.Errorf("a link to %q", a.Value)
			case a.Name.Local == "class":
				d.classes[a.Value]++
			case a.Name.Local == "aria-label" && start.Name.Local == "svg":
				d.title = a.Value
			case strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf"):
				tb.Errorf("%s=%q", a.Name.Local, a.Value)
			}
		}
		switch start.Name.Local {
		case "script", "style", "image", "foreignObject", "use":
			tb.Errorf("<%s> in a chart", start.Name.Local)
		case "rect":
			d.bars++
		case "circle":
			d.dots++
		case "polyline":
			d.lines++
		case "tr":
			d.rows++
		case "a":
			d.links++
		}
	}
}

func draw(tb testing.TB, c render.Chart) drawn {
	tb.Helper()
	html, err := c.HTML(locale.New(locale.English))
	if err != nil {
		tb.Fatal(err)
	}
	return read(tb, string(html))
}

func TestChart_draws_and_tells_every_figure(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for name, tc := range map[string]struct {
		kind   render.Kind
		values []float64
		want   drawn
	}{
		"bars":                 {render.Bars, []float64{3, 5, 8}, drawn{bars: 3, rows: 4}},
		"a bar of nothing":     {render.Bars, []float64{0, 5}, drawn{bars: 1, rows: 3}},
		"below zero":           {render.Bars, []float64{-3, 5}, drawn{bars: 2, rows: 3}},
		"a missing bar":        {render.Bars, []float64{1, nan, 2}, drawn{bars: 2, rows: 4}},
		"all missing":          {render.Bars, []float64{nan, nan}, drawn{rows: 3}},
		"a line":               {render.Line, []float64{1, 2, 3}, drawn{lines: 1, dots: 3, rows: 4}},
		"a broken line":        {render.Line, []float64{1, nan, 3}, drawn{lines: 2, dots: 2, rows: 4}},
		"not a number at all":  {render.Bars, []float64{math.Inf(1), 1}, drawn{bars: 2, rows: 3}},
		"one point":            {render.Line, []float64{7}, drawn{lines: 1, dots: 1, rows: 2}},
		"the smallest alone":   {render.Bars, []float64{math.SmallestNonzeroFloat64}, drawn{bars: 1, rows: 2}},
		"the smallest and the": {render.Bars, []float64{math.SmallestNonzeroFloat64, math.MaxFloat64 / 1e10}, drawn{bars: 2, rows: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := draw(t, render.Chart{Kind: tc.kind, Title: "Bills", X: "Month", Y: "Amount", Points: points(tc.values...)})
			if got.bars != tc.want.bars || got.dots != tc.want.dots || got.lines != tc.want.lines || got.rows != tc.want.rows || got.title != "Bills" {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestChart_of_next_to_nothing_writes_no_long_numbers(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{1e-320, 1e-12, math.MaxFloat64} {
		html, err := render.Chart{Points: points(v)}.HTML(locale.New(locale.English))
		if err != nil {
			t.Fatal(err)
		}
		if read(t, string(html)); strings.Contains(string(html), "00000000000") && v < 1 || len(html) > 3000 {
			t.Errorf("%g: %s", v, html)
		}
	}
}

func TestChart_without_points_is_nothing(t *testing.T) {
	t.Parallel()
	if html, err := (render.Chart{Title: "Bills"}).HTML(locale.New(locale.French)); html != "" || err != nil {
		t.Errorf("got %q, %v", html, err)
	}
}

func TestChart_is_bounded_and_keeps_the_newest(t *testing.T) {
	t.Parallel()
	values := make([]float64, 5000)
	html, err := render.Chart{Points: points(values...)}.HTML(locale.New(locale.English))
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, string(html)); got.rows > 800 || !strings.Contains(string(html), "Month 4999") || strings.Contains(string(html), "Month 12<") {
		t.Errorf("%d rows", got.rows)
	}
}

func TestChart_shows_foreign_text_as_text(t *testing.T) {
	t.Parallel()
	const attack = `"><script>alert(1)</script>`
	c := render.Chart{Title: attack, X: attack, Y: attack, Format: func(float64) string { return attack },
		Points: []render.Point{{Label: attack, Short: attack, Value: 1, Text: attack, Href: `javascript:alert(1)`}}}
	html, err := c.HTML(locale.New(locale.English))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(html), "<script") || strings.Contains(string(html), "javascript:") {
		t.Errorf("%s", html)
	}
}

func TestHeat_draws_one_path_a_shade(t *testing.T) {
	t.Parallel()
	h := render.Heat{Title: "Electricity", X: "Day", Y: "kWh", Columns: []string{"0", "12"}}
	for range 31 {
		row := render.HeatRow{Label: "Sat 1", Text: "9 kWh"}
		for i := range 48 {
			row.Cells = append(row.Cells, float64(i))
		}
		row.Cells[3] = math.NaN()
		h.Rows = append(h.Rows, row)
	}
	html, err := h.HTML(locale.New(locale.French))
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, string(html))
	shades := 0
	for class, n := range got.classes {
		if strings.HasPrefix(class, "shade") {
			shades += n
		}
	}
	if shades != 6 || got.rows != 32 || len(html) > 60_000 {
		t.Errorf("%d shades, %d rows, %d bytes", shades, got.rows, len(html))
	}
}

func TestSpark_needs_two_values(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		values []float64
		lines  int
	}{{nil, 0}, {[]float64{1}, 0}, {[]float64{math.NaN(), math.NaN()}, 0}, {[]float64{1, 1}, 1}, {[]float64{1, math.NaN(), 3}, 2}} {
		html, err := render.Spark(tc.values)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, string(html)); got.lines != tc.lines {
			t.Errorf("%v: %d lines", tc.values, got.lines)
		}
	}
}
