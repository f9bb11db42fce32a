package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of one selection.
const (
	maxHTML         = 32 << 20 // bytes of the document
	maxQueries      = 100
	maxFields       = 100                     // of a query
	maxSelector     = 1024                    // bytes
	maxRows         = 10_000                  // of a query
	maxRow          = protocol.MaxPayload / 2 // bytes of a row's answer, so that one always fits a frame
	maxSelectOutput = 16 << 20                // bytes of all answers
)

// A selectionReader answers the requests of mode select:
//
//	open {size, queries} → {} once every query is answered
//	rows                 → {end}, payload: answers, one JSON object a line:
//	                       {"query": name, "row": {field: value}}
type selectionReader struct {
	d       *dialogue
	answers []byte // not yet sent
}

// serveSelect answers requests until the home closes the pipe.
func serveSelect(r *protocol.Reader, w *protocol.Writer) error {
	s := &selectionReader{d: &dialogue{r, w}}
	return s.d.serve(softHeap, s.handle)
}

func (s *selectionReader) handle(q request) (any, []byte, error) {
	switch q.Op {
	case "open":
		return nil, nil, s.open(q)
	case "rows":
		part, end := s.part()
		return map[string]bool{"end": end}, part, nil
	}
	return nil, nil, refuse(protocol.Invalid, "unknown op %q", q.Op)
}

func (s *selectionReader) open(q request) error {
	s.answers = nil
	if q.Size > maxHTML {
		return refuse(protocol.Limit, "a page of %d bytes; at most %d are read", q.Size, maxHTML)
	}
	queries, err := compileQueries(q.Queries)
	if err != nil {
		return err
	}
	raw := make([]byte, q.Size)
	if _, err := newRemote(s.d, q.Size).ReadAt(raw, 0); err != nil && q.Size > 0 {
		return err
	}
	s.answers, err = answer(raw, queries)
	return err
}

// part takes whole lines off the answers, as many as fit one payload.
func (s *selectionReader) part() (part []byte, end bool) {
	n := min(len(s.answers), protocol.MaxPayload)
	if n < len(s.answers) {
		n = bytes.LastIndexByte(s.answers[:n], '\n') + 1
	}
	part, s.answers = s.answers[:n], s.answers[n:]
	return part, len(s.answers) == 0
}

// A query is a compiled protocol.Query.
type query struct {
	name   string
	rows   goquery.Matcher // nil: the whole document, once
	fields []field
}

// A field is one value of a row.
type field struct {
	name      string
	match     goquery.Matcher // nil: the row itself; else the first below it
	attribute string          // "": the text
}

// compileQueries checks every selector. It returns invalid, naming the one at fault.
func compileQueries(queries map[string]protocol.Query) ([]query, error) {
	if len(queries) > maxQueries {
		return nil, refuse(protocol.Invalid, "%d queries; at most %d", len(queries), maxQueries)
	}
	var all []query
	for name, q := range queries {
		if len(q.Fields) > maxFields {
			return nil, refuse(protocol.Invalid, "query %q has %d fields; at most %d", name, len(q.Fields), maxFields)
		}
		rows, err := selector(q.Rows)
		if err != nil {
			return nil, refuse(protocol.Invalid, "rows of query %q: %v", name, err)
		}
		compiled := query{name: name, rows: rows}
		for key, spec := range q.Fields {
			css, attribute := splitField(spec)
			match, err := selector(css)
			if err != nil {
				return nil, refuse(protocol.Invalid, "field %q of query %q: %v", key, name, err)
			}
			if match != nil {
				match = goquery.SingleMatcher(match)
			}
			compiled.fields = append(compiled.fields, field{key, match, attribute})
		}
		all = append(all, compiled)
	}
	slices.SortFunc(all, func(a, b query) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// selector compiles css as goquery does, which keeps the reason to itself when
// it is wrong; "" gives nil.
func selector(css string) (goquery.Matcher, error) {
	if strings.TrimSpace(css) == "" {
		return nil, nil
	}
	if len(css) > maxSelector {
		return nil, refuse(protocol.Invalid, "a selector of %d bytes; at most %d", len(css), maxSelector)
	}
	match, err := cascadia.Compile(css)
	if err != nil {
		return nil, err
	}
	return match, nil
}

// splitField parts "css@attribute" at the last @ that a name follows: an @ in
// a quoted value of the selector is none.
func splitField(spec string) (css, attribute string) {
	i := strings.LastIndexByte(spec, '@')
	if i < 0 || !isAttribute(spec[i+1:]) {
		return spec, ""
	}
	return spec[:i], spec[i+1:]
}

func isAttribute(name string) bool {
	for i, c := range []byte(name) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '.') {
			return false
		}
	}
	return name != ""
}

// answer runs queries over an HTML document and returns one line a row.
func answer(raw []byte, queries []query) ([]byte, error) {
	// Nothing runs here, so noscript counts.
	root, err := html.ParseWithOptions(decodeHTML(raw), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, refuse(protocol.InvalidFile, "read HTML: %v", err)
	}
	document := goquery.NewDocumentFromNode(root)
	var out bytes.Buffer
	for _, q := range queries {
		if err := q.run(document.Selection, &out); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// run appends the rows of q.
func (q query) run(document *goquery.Selection, out *bytes.Buffer) error {
	rows := document
	if q.rows != nil {
		rows = document.FindMatcher(q.rows)
	}
	if rows.Length() > maxRows {
		return refuse(protocol.Limit, "query %q selects %d rows; at most %d", q.name, rows.Length(), maxRows)
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for _, row := range rows.EachIter() {
		before := out.Len()
		if err := encoder.Encode(answerLine{q.name, q.values(row)}); err != nil {
			return err
		}
		if out.Len()-before > maxRow || out.Len() > maxSelectOutput {
			return refuse(protocol.Limit, "query %q selects more text than the %d MiB of a row or the %d MiB of a page",
				q.name, maxRow>>20, maxSelectOutput>>20)
		}
	}
	return nil
}

// An answerLine is one row of one query.
type answerLine struct {
	Query string            `json:"query"`
	Row   map[string]string `json:"row"`
}
