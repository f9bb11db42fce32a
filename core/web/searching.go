package web

import (
	"net/http"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/query"
)

type searchPage struct {
	frame
	Query   string
	Count   string
	Lines   []line
	Behind  bool // the index has not read everything yet
	Problem *advice
}

func (s *site) search(v *visit) error {
	page := &searchPage{frame: s.frame(v, v.l.T("search.title")), Query: v.QueryParam("q")}
	page.Path = "/search" // what is searched for stays out of links
	if page.Query == "" {
		return s.render(v.Context, http.StatusOK, "search", page)
	}
	ctx := v.Request().Context()
	names, err := named(ctx, v.Rooms)
	if err != nil {
		return err
	}
	found, err := v.Query.Search(ctx, query.Search{Text: page.Query, Limit: pageLines, Names: names})
	if err != nil {
		return err
	}
	page.Count, page.Behind = v.l.N("search.found", found.Total), found.Behind || found.Partial
	for _, h := range found.Hits {
		page.Lines = append(page.Lines, foundLine(v.l, h))
	}
	return s.render(v.Context, http.StatusOK, "search", page)
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
