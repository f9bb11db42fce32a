package main

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestSplitField(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string][2]string{
		"": {"", ""}, "td.total": {"td.total", ""}, "a@href": {"a", "href"}, "@data-id": {"", "data-id"}, "@": {"@", ""}, "a@": {"a@", ""},
		`a[href="x@y"]`: {`a[href="x@y"]`, ""}, `a[href="x@y"]@title`: {`a[href="x@y"]`, "title"}, "a@xlink:href": {"a", "xlink:href"},
		"a@1x": {"a@1x", ""}, "a@b@c": {"a@b", "c"},
	} {
		if css, attribute := splitField(spec); css != want[0] || attribute != want[1] {
			t.Errorf("%q: got %q, %q", spec, css, attribute)
		}
	}
}

// FuzzSelect answers any query over any page: an error or rows within bounds,
// in frames that a home can read.
func FuzzSelect(f *testing.F) {
	f.Add([]byte("<table><tr><td class=a>1<td>2</table>"), "tr", "td.a", "td@class")
	f.Add([]byte("<meta charset=utf-16le>\xff\xfe<\x00p\x00"), "", "p", "")
	f.Add([]byte("<p>\xe9"), ":not(:has(a, :nth-child(2n+1)))", "*", "@x")
	f.Add([]byte("<svg><foreignObject><math><mi>"), "svg > *", "mi ~ x", "a[b='c@d']@e")
	f.Fuzz(func(t *testing.T, page []byte, rows, a, b string) {
		queries, err := compileQueries(map[string]protocol.Query{"q": {Rows: rows, Fields: map[string]string{"a": a, "b": b}}})
		if err != nil {
			if problem(err).Code != protocol.Invalid {
				t.Fatalf("%v", err)
			}
			return
		}
		out, err := answer(page, queries)
		if err != nil {
			return
		}
		for line := range bytes.Lines(out) {
			var got answerLine
			if err := json.Unmarshal(line, &got); err != nil || got.Query != "q" || !utf8.Valid(line) {
				t.Fatalf("%q: %v", line, err)
			}
		}
	})
}

func TestSelection_parts_hold_whole_rows(t *testing.T) {
	t.Parallel()
	line := append(bytes.Repeat([]byte("x"), 1<<20-1), '\n')
	s := &selectionReader{answers: bytes.Repeat(line, 12)}
	total := 0
	for end := false; !end; {
		var part []byte
		part, end = s.part()
		if len(part) == 0 || len(part) > protocol.MaxPayload || part[len(part)-1] != '\n' {
			t.Fatalf("a part of %d bytes", len(part))
		}
		total += len(part)
	}
	if total != 12<<20 {
		t.Errorf("got %d bytes", total)
	}
	if part, end := s.part(); len(part) != 0 || !end {
		t.Errorf("after the end: %d bytes, %v", len(part), end)
	}
}
