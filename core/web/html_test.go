package web_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// elements walks a page and returns its elements.
func elements(tb testing.TB, page string) (all []*html.Node) {
	tb.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		tb.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func inner(n *html.Node) string {
	var text strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			text.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(text.String())
}

// rawKey matches a text that is a key nobody translated.
var rawKey = regexp.MustCompile(`^(activity|add|api|app|apps|chart|close|code|coming|consent|correct|date|day|dossier|field|figure|frame|from|home|import|landed|month|nav|need|offline|problem|reads|record|recovery|run|search|sentence|settings|setup|sheet|signin|source|sources|state|tag|theme|themes|timeline|trigger|type|unlock|value|view|weekday|why)\.[a-z0-9_.-]+$`)

// checkPage holds a page against what every page owes: one heading of the
// first level and none skipped, a language, labels, references that exist, no
// script or style of its own, links that stay, no key left raw.
func checkPage(tb testing.TB, page, lang string) {
	tb.Helper()
	all := elements(tb, page)
	ids, labelled := map[string]bool{}, map[string]bool{}
	level, headings := 0, 0
	for _, n := range all {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				tb.Errorf("two elements have the id %q", id)
			}
			ids[id] = true
		}
		if n.DataAtom == atom.Label {
			labelled[attr(n, "for")] = true
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			now := int(n.Data[1] - '0')
			if now > level+1 {
				tb.Errorf("heading %q of level %d follows level %d", inner(n), now, level)
			}
			if inner(n) == "" {
				tb.Errorf("empty heading of level %d", now)
			}
			level = now
			if now == 1 {
				headings++
			}
		}
	}
	if headings != 1 {
		tb.Errorf("%d headings of the first level", headings)
	}
	for _, n := range all {
		checkElement(tb, n, lang, ids, labelled)
	}
}

// ownPicture is the address of a page, or of a question's picture, that the home drew.
var ownPicture = regexp.MustCompile(`^(/files/[a-z0-9-]+/[0-9]+/pages/[0-9]+|/sources/[a-z0-9-]+/runs/[0-9]+/picture/[0-9a-f]{16})$`)

// isOwnPicture reports whether an image is one of the home's own, which says
// what it shows and keeps its place.
func isOwnPicture(n *html.Node) bool {
	return ownPicture.MatchString(attr(n, "src")) && attr(n, "alt") != "" && attr(n, "width") != "" && attr(n, "height") != ""
}

func checkElement(tb testing.TB, n *html.Node, lang string, ids, labelled map[string]bool) {
	tb.Helper()
	switch n.DataAtom {
	case atom.Html:
		if attr(n, "lang") != lang {
			tb.Errorf("the page says lang %q, want %q", attr(n, "lang"), lang)
		}
	case atom.Script: // the page's one, by its address; what stands inside would be code
		if !strings.HasPrefix(attr(n, "src"), "/static/live-") || n.FirstChild != nil {
			tb.Errorf("the page has a script of its own")
		}
	case atom.Img:
		if !isOwnPicture(n) {
			tb.Errorf("the page has the image %q", attr(n, "src"))
		}
	case atom.Style, atom.Iframe, atom.Object, atom.Embed, atom.Base:
		tb.Errorf("the page has a <%s>", n.Data)
	case atom.Title, atom.Button, atom.A, atom.Label:
		if inner(n) == "" {
			tb.Errorf("<%s> says nothing", n.Data)
		}
	case atom.Input, atom.Select, atom.Textarea:
		inLabel := n.Parent.DataAtom == atom.Label
		if attr(n, "type") != "hidden" && !inLabel && !labelled[attr(n, "id")] {
			tb.Errorf("input %q has no label", attr(n, "name"))
		}
	}
	for _, a := range n.Attr {
		switch {
		case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
			tb.Errorf("<%s> has the attribute %s", n.Data, a.Key)
		case a.Key == "href" && attr(n, "rel") == "noreferrer" && strings.HasPrefix(a.Val, "http://127.0.0.1:"): // to a provider's sign-in
		case a.Key == "href" || a.Key == "action" || a.Key == "src":
			if !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "?") || strings.HasPrefix(a.Val, "//") {
				tb.Errorf("<%s> leads to %q", n.Data, a.Val)
			}
		case a.Key == "for" || a.Key == "list":
			if !ids[a.Val] {
				tb.Errorf("%s=%q names nothing", a.Key, a.Val)
			}
		case a.Key == "aria-describedby" || a.Key == "aria-labelledby": // a list
			for id := range strings.FieldsSeq(a.Val) {
				if !ids[id] {
					tb.Errorf("%s=%q names nothing: %q", a.Key, a.Val, id)
				}
			}
		}
	}
	for c := range n.ChildNodes() {
		if c.Type == html.TextNode && rawKey.MatchString(strings.TrimSpace(c.Data)) {
			tb.Errorf("the page shows the key %q", c.Data)
		}
	}
}
