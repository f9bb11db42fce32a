package main

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// decodeHTML returns raw as UTF-8: by its byte order mark, else by the charset
// that its head declares, else Windows-1252. A page that is UTF-8 throughout is
// that, though nothing says so in its first kilobyte or it claims a Latin charset.
func decodeHTML(raw []byte) io.Reader {
	encoding, name, certain := charset.DetermineEncoding(raw, "")
	if !certain && name == "windows-1252" && utf8.Valid(raw) {
		return bytes.NewReader(raw)
	}
	return encoding.NewDecoder().Reader(bytes.NewReader(raw))
}

// values returns the fields of one row; a field without a match is absent.
func (q query) values(row *goquery.Selection) map[string]string {
	values := make(map[string]string, len(q.fields))
	for _, f := range q.fields {
		found := row
		if f.match != nil {
			found = row.FindMatcher(f.match)
		}
		if found.Length() == 0 {
			continue
		}
		node := found.Get(0)
		if f.attribute == "" {
			values[f.name] = textOf(node)
		} else if value, ok := attributeOf(node, f.attribute); ok {
			values[f.name] = value
		}
	}
	return values
}

// attributeOf reads an attribute whatever its case: SVG has some in camel case,
// which goquery's Attr would miss.
func attributeOf(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if strings.EqualFold(a.Key, name) {
			return a.Val, true
		}
	}
	return "", false
}

// textOf returns the text of n as a reader sees it, white space folded: a line
// break and the edges of blocks are white space, scripts and styles inside are
// not text.
func textOf(n *html.Node) string {
	t := &folded{}
	t.walk(n, true)
	return t.b.String()
}

// A folded collects text; runs of white space become one space between words.
type folded struct {
	b     strings.Builder
	space bool
}

// walk adds the text below n. Depth is bounded by the HTML parser.
func (t *folded) walk(n *html.Node, top bool) {
	switch {
	case n.Type == html.TextNode:
		t.add(n.Data)
		return
	case n.Type != html.ElementNode && n.Type != html.DocumentNode, !top && isHidden(n.DataAtom):
		return
	}
	edge := n.Type == html.ElementNode && isBlock(n.DataAtom)
	t.space = t.space || edge
	for c := range n.ChildNodes() {
		t.walk(c, false)
	}
	t.space = t.space || edge
}

func (t *folded) add(text string) {
	for _, r := range text {
		if unicode.IsSpace(r) {
			t.space = true
			continue
		}
		if t.space && t.b.Len() > 0 {
			t.b.WriteByte(' ')
		}
		t.space = false
		t.b.WriteRune(r)
	}
}

// isHidden reports whether the content of an element is no text of the page.
func isHidden(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Template:
		return true
	}
	return false
}

// isBlock reports whether an element stands apart from the text around it.
func isBlock(a atom.Atom) bool {
	switch a {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Br, atom.Caption, atom.Dd, atom.Details, atom.Div, atom.Dl, atom.Dt,
		atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Head, atom.Header, atom.Hr, atom.Li, atom.Main, atom.Nav, atom.Ol, atom.Option, atom.P, atom.Pre, atom.Section, atom.Select,
		atom.Summary, atom.Table, atom.Tbody, atom.Td, atom.Textarea, atom.Tfoot, atom.Th, atom.Thead, atom.Title, atom.Tr, atom.Ul:
		return true
	}
	return false
}
