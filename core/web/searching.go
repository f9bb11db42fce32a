package web

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

type searchPage struct {
	frame
	Query   string
	Count   string
	Groups  []group
	Wider   *chip // a search that finds more, when this one found nothing
	Behind  bool  // the index has not read everything yet
	Problem *advice
	Saved   []savedSearch
	SavedAs string // the name of this search, if it is saved
}

func (s *site) search(v *visit) error {
	page := &searchPage{frame: s.frame(v, v.l.T("search.title")), Query: v.QueryParam("q")}
	page.Path = "/search" // what is searched for stays out of links
	if err := page.listSaved(v); err != nil {
		return err
	}
	if page.Query == "" {
		return s.render(v.Context, http.StatusOK, "search", page)
	}
	ctx := v.Request().Context()
	names, err := named(ctx, v.Rooms)
	if err != nil {
		return err
	}
	text, limit := asTyped(v)
	found, err := v.Query.Search(ctx, query.Search{Text: text, Limit: limit, Names: names})
	if err != nil {
		return err
	}
	page.Count, page.Behind = v.l.N("search.found", found.Total), found.Behind || found.Partial
	page.Groups = grouped(v.l, found.Hits)
	page.Wider = wider(page.Query)
	return s.render(v.Context, http.StatusOK, "search", page)
}

// A group is what was found of one type.
type group struct {
	Name  string
	Lines []line
}

// grouped puts hits under their types; the type of the best hit comes first.
func grouped(l *locale.Locale, hits []query.Hit) (groups []group) {
	at := map[record.Type]int{}
	for _, h := range hits {
		i, ok := at[h.Record.Type]
		if !ok {
			i = len(groups)
			at[h.Record.Type], groups = i, append(groups, group{Name: typeName(l, h.Record.Type)})
		}
		groups[i].Lines = append(groups[i].Lines, foundLine(l, h))
	}
	return groups
}

const (
	typingLines = 30 // of what is found while the person types
	enough      = 3  // letters that say how a word begins; fewer begin too many
)

// asTyped is what is searched for: while the person types, the last word may
// not be typed to its end.
func asTyped(v *visit) (text string, limit int) {
	text = v.QueryParam("q")
	if v.QueryParam("typing") == "" {
		return text, pageLines
	}
	words := strings.Fields(text)
	if more := wider(text); more != nil && !strings.HasSuffix(text, " ") && utf8.RuneCountInString(words[len(words)-1]) >= enough {
		text = more.Label
	}
	return text, typingLines
}

// wider is the same search for all that begins like its last word, nil when it
// asks for that already or its end is no plain word.
func wider(q string) *chip {
	q = strings.TrimSpace(q)
	if q == "" || strings.ContainsAny(q[len(q)-1:], `*":.`) {
		return nil
	}
	return &chip{Href: "/search?" + url.Values{"q": {q + "*"}}.Encode(), Label: q + "*"}
}

func foundLine(l *locale.Locale, h query.Hit) line {
	shown := lineOf(l, h.Record)
	for _, f := range h.Fragments {
		if f.Place == query.InTitle {
			continue // the line shows it
		}
		var pieces []piece
		at := 0
		for _, span := range f.Spans {
			pieces = append(pieces, piece{Text: f.Text[at:span.Start]}, piece{f.Text[span.Start:span.End], true})
			at = span.End
		}
		place := ""
		if f.Place == query.InFile {
			place = l.T("search.in-file", "name", f.Name, "page", f.Page)
		}
		shown.Found = append(shown.Found, excerpt{place, append(pieces, piece{Text: f.Text[at:]})})
	}
	return shown
}
