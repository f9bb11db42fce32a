package extract_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// billsPage is a page of n bills as a provider's site shows them.
func billsPage(n int) string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html><head><meta charset="utf-8"><title>Mes factures</title></head><body><table id="bills"><thead><tr><th>Date</th></tr></thead><tbody>`)
	for i := range n {
		fmt.Fprintf(&b, "<tr class=bill data-id=B%03d><td class=date>%02d/03/2026</td>\n<td class=total>\u00a0 1\u202f%03d,50 €</td>"+
			`<td><a class=pdf href="/bills/%d.pdf?a=1&amp;b=2">Télécharger</a></td></tr>`, i, i%28+1, i, i)
	}
	b.WriteString(`</tbody></table></body></html>`)
	return b.String()
}

var billsQuery = protocol.Query{Rows: "#bills tr.bill", Fields: map[string]string{
	"id": "@data-id", "date": "td.date", "total": "td.total", "pdf": "a.pdf@href", "paid": "td.paid",
}}

func TestSelect(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	type rows = []map[string]string
	fields := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	for _, tc := range []struct {
		name, page string
		query      protocol.Query
		want       rows
	}{
		{"rows with text, attributes and absent fields", billsPage(2), billsQuery, rows{
			{"id": "B000", "date": "01/03/2026", "total": "1 000,50 €", "pdf": "/bills/0.pdf?a=1&b=2"},
			{"id": "B001", "date": "02/03/2026", "total": "1 001,50 €", "pdf": "/bills/1.pdf?a=1&b=2"}}},
		{"the whole document once", "<title>A</title><p>x<p>y", protocol.Query{Fields: fields("t", "title", "p", "p", "all", "", "a", "@id")},
			rows{{"t": "A", "p": "x", "all": "A x y"}}},
		{"the whole document once, though nothing matches", "", protocol.Query{Fields: fields("t", "title")}, rows{{}}},
		{"no row", "<p>x", protocol.Query{Rows: "li", Fields: fields("t", "")}, rows{}},
		{"the row itself", "<li>x<li>y", protocol.Query{Rows: "li", Fields: fields("t", "")}, rows{{"t": "x"}, {"t": "y"}}},
		{"a field does not match its own row", "<li>x", protocol.Query{Rows: "li", Fields: fields("t", "li")}, rows{{}}},
		{"a field's selector may name what is around the row", "<ul class=a><li><b>x</b></ul>",
			protocol.Query{Rows: "li", Fields: fields("t", ".a b")}, rows{{"t": "x"}}},
		{"the first match in the order of the page", "<div><p><i>deep</i></p><i>flat</i></div>",
			protocol.Query{Rows: "div", Fields: fields("t", "i")}, rows{{"t": "deep"}}},
		{"an @ in a selector", `<a href="mailto:x@y" title="a  b">t</a>`,
			protocol.Query{Fields: fields("t", `a[href="mailto:x@y"]`, "u", `a[href="mailto:x@y"]@title`)}, rows{{"t": "t", "u": "a  b"}}},
		{"an empty attribute is there", `<input value="" name=n>`, protocol.Query{Fields: fields("v", "input@value", "w", "input@size", "n", "input@NAME")},
			rows{{"v": "", "n": "n"}}},
		{"breaks and blocks are white space, inline is not", "<p>a<br>b<b>c</b>d<p>e", protocol.Query{Fields: fields("t", "body")},
			rows{{"t": "a bcd e"}}},
		{"cells are parted", "<table><tr><td>a<td>b</table>", protocol.Query{Rows: "tr", Fields: fields("t", "")}, rows{{"t": "a b"}}},
		{"scripts are no text unless asked for", "<div>a<script>x = 1</script><style>y</style></div>",
			protocol.Query{Fields: fields("t", "div", "s", "script")}, rows{{"t": "a", "s": "x = 1"}}},
		{"noscript counts", "<noscript><p id=n>without</p></noscript>", protocol.Query{Fields: fields("t", "#n")}, rows{{"t": "without"}}},
		{"several selectors", "<h1>a</h1><h2>b</h2>", protocol.Query{Rows: "h1, h2", Fields: fields("t", "")}, rows{{"t": "a"}, {"t": "b"}}},
		{"comments are nothing", "<p>a<!-- x -->b", protocol.Query{Fields: fields("t", "p")}, rows{{"t": "ab"}}},
		{"no field", "<p>a", protocol.Query{Rows: "p"}, rows{{}}},

		{"charset of the meta element", "<meta charset=iso-8859-1><p>\xe9t\xe9", row, rows{{"p": "été"}}},
		{"charset of the old meta element", `<meta http-equiv=Content-Type content="text/html; charset=windows-1252"><p>` + "\x80", row, rows{{"p": "€"}}},
		{"byte order mark", "\xef\xbb\xbf<meta charset=iso-8859-1><p>é", row, rows{{"p": "é"}}},
		{"UTF-16 by its mark", "\xff\xfe<\x00p\x00>\x00\xe9\x00", row, rows{{"p": "é"}}},
		{"UTF-8 without a word of it", "<p>é", row, rows{{"p": "é"}}},
		{"UTF-8 that shows late", "<!--" + strings.Repeat("-", 2000) + "--><p>é€", row, rows{{"p": "é€"}}},
		{"UTF-8 that claims to be Latin", "<meta charset=iso-8859-1><p>é€", row, rows{{"p": "é€"}}},
		{"Windows-1252 without a word of it", "<p>\xe9 \x80", row, rows{{"p": "é €"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := selectOne(t, s, tc.page, tc.query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestSelect_answers_each_query_under_its_name(t *testing.T) {
	t.Parallel()
	got, err := newSession(t).Select(t.Context(), []byte("<p>a<li>b"), map[string]protocol.Query{
		"p": row, "none": {Rows: "h1"}, "li": {Rows: "li", Fields: map[string]string{"t": ""}},
	})
	want := map[string][]map[string]string{"p": {{"p": "a"}}, "none": {}, "li": {{"t": "b"}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestSelect_sends_large_answers_in_parts(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("x", 1200)
	page := strings.Repeat("<li>"+text+"</li>", 10_000)
	got, err := selectOne(t, newSession(t), page, protocol.Query{Rows: "li", Fields: map[string]string{"t": ""}})
	if err != nil || len(got) != 10_000 {
		t.Fatalf("got %d rows, %v", len(got), err)
	}
	for i := range got {
		if got[i]["t"] != text {
			t.Fatalf("row %d: %.20q", i, got[i]["t"])
		}
	}
}

func TestSelect_refuses(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	deep := strings.Repeat("<div>", 1_000_000)
	li := protocol.Query{Rows: "li", Fields: map[string]string{"t": ""}}
	for _, tc := range []struct {
		name, page string
		query      protocol.Query
		want       core.Code
	}{
		{"a bad selector of rows", "<p>", protocol.Query{Rows: "p["}, core.Invalid},
		{"a bad selector of a field", "<p>", protocol.Query{Rows: "p", Fields: map[string]string{"x": ">>"}}, core.Invalid},
		{"a pseudo-class that is none", "<p>", protocol.Query{Rows: "p:frobnicate"}, core.Invalid},
		{"a huge selector", "<p>", protocol.Query{Rows: strings.Repeat("p ", 4000)}, core.Invalid},
		{"a selector nested a thousand deep", "<p>", protocol.Query{Rows: strings.Repeat(":not(", 1000)}, core.Invalid},
		{"queries beyond a frame", "<p>", protocol.Query{Rows: strings.Repeat("p", 2<<20)}, core.Invalid},
		{"a page nested a million deep", deep, li, protocol.InvalidFile},
		{"too many rows", strings.Repeat("<li>", 10_001), li, protocol.Limit},
		{"a row beyond a frame", "<li>" + strings.Repeat("x", 5<<20), li, protocol.Limit},
		{"the same text over and over", strings.Repeat("<li>", 20) + strings.Repeat("x", 2<<20),
			protocol.Query{Rows: "body,html,ul,li", Fields: map[string]string{"a": "", "b": "body", "c": "html"}}, protocol.Limit},
		{"a page too large", strings.Repeat("x", 33<<20), li, protocol.Limit},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := selectOne(t, s, tc.page, tc.query)
			wantCode(t, err, tc.want)
			if text := err.Error(); len(text) > 1000 {
				t.Errorf("message of %d bytes", len(text))
			}
		})
	}
	if got, err := selectOne(t, s, "<p>fine", row); err != nil || got[0]["p"] != "fine" {
		t.Errorf("afterwards: got %v, %v", got, err)
	}
}

func TestSelect_outlives_hostile_pages(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for name, page := range map[string]string{
		"a giant attribute":        `<a href="` + strings.Repeat("x", 8<<20) + `">`,
		"a million attributes":     "<a" + strings.Repeat(" x", 1_000_000) + ">",
		"a million siblings":       strings.Repeat("<b></b>", 1_000_000),
		"tables in tables":         strings.Repeat("<table><tr><td>", 100_000),
		"formatting never closed":  strings.Repeat("<b><i><u><p>", 50_000),
		"entities":                 strings.Repeat("&CounterClockwiseContourIntegral;", 200_000),
		"NULs":                     strings.Repeat("\x00", 1<<20),
		"an unended comment":       "<!--" + strings.Repeat("-", 8<<20),
		"templates in templates":   strings.Repeat("<template>", 100_000),
		"closing tags":             strings.Repeat("</p>", 500_000),
		"select and option tangle": strings.Repeat("<select><option><svg><p>", 50_000),
	} {
		_, err := selectOne(t, s, page, protocol.Query{Rows: "b", Fields: map[string]string{"t": "", "x": "a@href"}})
		if err != nil && !refused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := selectOne(t, s, "<p>fine", row); err != nil || got[0]["p"] != "fine" {
		t.Errorf("afterwards: got %v, %v", got, err)
	}
}

func BenchmarkSelect(b *testing.B) {
	s, page := newSession(b), []byte(billsPage(40))
	queries := map[string]protocol.Query{"bills": billsQuery, "next": {Fields: map[string]string{"url": "a.next@href"}}}
	if _, err := s.Select(b.Context(), page, queries); err != nil { // starts the helper
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		got, err := s.Select(b.Context(), page, queries)
		if err != nil || len(got["bills"]) != 40 {
			b.Fatal(len(got["bills"]), err)
		}
	}
}
