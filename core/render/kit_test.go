package render_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/domicile-home/domicile/sdk/view"
)

// places gives addresses and remembers them.
type places struct{ given map[string]bool }

func newPlaces() *places { return &places{map[string]bool{}} }

func (p *places) give(parts ...string) string {
	address := "/" + url.PathEscape(strings.Join(parts, "/"))
	p.given[address] = true
	return address
}

func (p *places) Record(id string) string {
	if id == "gone" {
		return ""
	}
	return p.give("records", id)
}

func (p *places) View(link view.Link) string {
	query := url.Values{}
	for name, value := range link.Params {
		query.Set(name, value)
	}
	return p.give("view", link.View, query.Encode())
}

func (p *places) Action(link view.Link) string { return p.give("action", link.View) }

func (p *places) Act(a view.Act) string {
	query := url.Values{}
	for name, value := range a.Choices {
		query.Set(name, value)
	}
	return p.give("act", a.ID, query.Encode())
}

func (p *places) Why(w view.Why) string {
	return p.give(append(append([]string{"why"}, w.Rows...), w.Bases...)...)
}

// nowhere has no address of anything.
type nowhere struct{}

func (nowhere) Record(string) string    { return "" }
func (nowhere) View(view.Link) string   { return "" }
func (nowhere) Action(view.Link) string { return "" }
func (nowhere) Why(view.Why) string     { return "" }
func (nowhere) Act(view.Act) string     { return "" }

// may are the elements that a drawing may hold, each with its attributes
// besides class and aria-*.
func may() map[string][]string {
	line := []string{"x1", "x2", "y1", "y2"}
	return map[string][]string{
		"a": {"href", "rel"}, "bdi": nil, "button": nil, "caption": nil, "circle": {"cx", "cy", "r"}, "details": nil, "div": {"role", "tabindex"}, "figcaption": nil, "figure": nil,
		"form": {"action", "autocomplete", "method"}, "h2": nil, "h3": nil, "h4": nil, "h5": nil, "h6": nil, "input": {"checked", "inputmode", "maxlength", "name", "pattern", "placeholder", "step", "type", "value"},
		"label": nil, "li": nil, "line": line, "nav": nil, "option": {"selected", "value"}, "p": nil, "path": {"d"}, "polyline": {"points"}, "progress": {"max", "value"},
		"rect": {"height", "rx", "width", "x", "y"}, "section": nil, "select": {"name"}, "span": nil, "strong": nil, "summary": nil, "svg": {"focusable", "role", "viewbox"}, "table": nil, "tbody": nil, "td": nil,
		"text": {"text-anchor", "x", "y"}, "tfoot": nil, "th": {"scope"}, "thead": nil, "time": {"datetime"}, "title": nil, "tr": nil, "ul": nil,
	}
}

// inspect holds a drawing against what a page may hold, and returns its
// elements.
func inspect(tb testing.TB, markup string, given map[string]bool) (all []*html.Node) {
	tb.Helper()
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	roots, err := html.ParseFragment(strings.NewReader(markup), body)
	if err != nil {
		tb.Fatal(err)
	}
	for _, root := range roots {
		body.AppendChild(root)
	}
	allowed := may()
	for n := range body.Descendants() {
		switch n.Type {
		case html.ElementNode:
			all = append(all, n)
			element(tb, n, allowed, given)
		case html.TextNode:
			still(tb, n.Data)
		case html.CommentNode, html.DoctypeNode:
			tb.Errorf("a comment came in: %.60q", n.Data)
		}
	}
	return all
}

// still holds that nothing in a text turns what stands around it.
func still(tb testing.TB, text string) {
	tb.Helper()
	if i := strings.IndexFunc(text, turns); i >= 0 {
		tb.Errorf("a sign that turns text around came in: %+q", text[i:min(len(text), i+20)])
	}
}

// turns reports whether r may change the text around it, or is a control
// character; isolates are the home's own.
func turns(r rune) bool {
	return r != '\n' && r != '\u2068' && r != '\u2069' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf))
}

func element(tb testing.TB, n *html.Node, allowed map[string][]string, given map[string]bool) {
	tb.Helper()
	attributes, ok := allowed[n.Data]
	if !ok {
		tb.Errorf("a <%s> came in", n.Data)
	}
	for _, a := range n.Attr {
		key := strings.ToLower(a.Key)
		if sent := key == "value" && (n.Data == "option" || attr(n, "type") == "hidden"); !sent { // what is sent is not seen
			still(tb, a.Val)
		}
		if key != "class" && !strings.HasPrefix(key, "aria-") && !slices.Contains(attributes, key) {
			tb.Errorf("<%s> has the attribute %s", n.Data, a.Key)
		}
		if (key == "href" || key == "action") && !given[a.Val] {
			tb.Errorf("<%s> leads to %q, which nobody gave", n.Data, a.Val)
		}
		if strings.Contains("cx cy r x x1 x2 y y1 y2 width height d points", key) && (strings.Contains(a.Val, "NaN") || strings.Contains(a.Val, "Inf")) {
			tb.Errorf("<%s %s=%.60q>", n.Data, a.Key, a.Val)
		}
	}
	switch n.Data {
	case "a", "button", "label", "th", "h2", "h3", "h4", "h5", "h6", "summary", "figcaption", "caption":
		if strings.TrimSpace(inner(n)) == "" {
			tb.Errorf("<%s> says nothing", n.Data)
		}
	}
}

func inner(n *html.Node) string {
	var text strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			text.WriteString(d.Data)
		}
	}
	return text.String()
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// within reports whether n stands in one of some elements.
func within(n *html.Node, names ...string) bool {
	for p := range n.Ancestors() {
		if slices.Contains(names, p.Data) {
			return true
		}
	}
	return false
}
