package web

import (
	"net/http"
	"net/url"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A savedSearch is a search that the person kept.
type savedSearch struct{ Name, Href string }

func searchHref(text string) string { return "/search?" + url.Values{"q": {text}}.Encode() }

// listSaved shows the searches that the person kept, and whether this is one.
func (p *searchPage) listSaved(v *visit) error {
	all, err := v.Searches.List(v.Request().Context())
	for _, one := range all {
		p.Saved = append(p.Saved, savedSearch{one.Name, searchHref(one.Text)})
		if one.Text == p.Query {
			p.SavedAs = one.Name
		}
	}
	return err
}

func (s *site) saveSearch(v *visit) error {
	text := v.FormValue("q")
	err := v.Searches.Save(v.Request().Context(), query.Saved{Name: v.FormValue("name"), Text: text})
	switch core.CodeOf(err) {
	case "":
		return v.Redirect(http.StatusSeeOther, searchHref(text))
	case core.Invalid, protocol.Limit:
		page := &searchPage{frame: s.frame(v, v.l.T("search.title")), Problem: adviceFor(v.l, "search.not-saved", "most", query.MaxSaved)}
		page.Path = "/search"
		if err := page.listSaved(v); err != nil {
			return err
		}
		page.Query = text
		return s.render(v.Context, http.StatusBadRequest, "search", page)
	}
	return err
}

func (s *site) forgetSearch(v *visit) error {
	if err := v.Searches.Forget(v.Request().Context(), v.FormValue("name")); err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, "/search")
}
