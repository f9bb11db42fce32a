package web

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/outlook"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func (s *site) routeThemes(e *echo.Echo) {
	e.GET("/themes", s.inside(s.themes))
	e.GET("/themes/:theme", s.inside(s.theme))
}

type themesPage struct {
	frame
	Themes []themeCard
}

// A themeCard is one theme in the list, with what there is of it.
type themeCard struct{ Name, About, Href string }

// themes lists the parts of life, each with what the home has of it.
func (s *site) themes(v *visit) error {
	page := &themesPage{frame: s.frame(v, v.l.T("themes.title"))}
	for _, name := range protocol.Themes() {
		t, err := v.Outlook.Theme(v.Request().Context(), name, s.now())
		if err != nil {
			return err
		}
		page.Themes = append(page.Themes, themeCard{v.l.T("theme." + name), s.aboutTheme(v, t), "/themes/" + name})
	}
	return s.render(v.Context, http.StatusOK, "themes", page)
}

func (s *site) aboutTheme(v *visit, t outlook.Theme) string {
	about := v.l.N("themes.apps", len(s.appsOf(v, t.Name)))
	if n := len(t.Accounts); n > 0 {
		about = joined(v.l.N("themes.accounts", n), about)
	}
	if n := len(t.Documents); n > 0 {
		about = joined(v.l.N("themes.documents", n), about)
	}
	if n := len(t.Contracts); n > 0 {
		about = joined(v.l.N("themes.contracts", n), about)
	}
	return about
}

type themePage struct {
	frame
	Name                        string
	Nothing                     bool
	Needs                       []need
	Coming                      []comingRow
	Figures                     []figure
	Money                       []accountRow
	Contracts, Bills, Documents []line
	Apps                        []appCard
}

// theme gathers what belongs to one part of life on a page.
func (s *site) theme(v *visit) error {
	name := v.Param("theme")
	if !slices.Contains(protocol.Themes(), name) {
		return core.E(core.NotFound, "find theme", errors.New(name))
	}
	now := s.now()
	t, err := v.Outlook.Theme(v.Request().Context(), name, now)
	if err != nil {
		return err
	}
	page := &themePage{frame: s.frame(v, v.l.T("theme."+name)), Name: v.l.T("theme." + name),
		Contracts: linesOf(v.l, t.Contracts), Bills: linesOf(v.l, t.Bills), Documents: linesOf(v.l, t.Documents)}
	page.Nothing = len(t.Contracts)+len(t.Bills)+len(t.Documents)+len(t.Usage)+len(t.Accounts) == 0
	if err := s.fillTheme(v, page, t, now); err != nil {
		return err
	}
	return s.render(v.Context, http.StatusOK, "theme", page)
}

func (s *site) fillTheme(v *visit, page *themePage, t outlook.Theme, now time.Time) (err error) {
	for _, m := range t.Missing {
		page.Needs = append(page.Needs, missingNeed(v, m))
	}
	page.Coming = s.comingRows(v, t.Coming, now)
	if page.Money, err = accountRows(v.l, t.Accounts); err != nil {
		return err
	}
	if page.Figures, err = figuresOf(v.l, outlook.Outlook{Usage: t.Usage}); err != nil {
		return err
	}
	for _, id := range s.appsOf(v, t.Name) {
		p, ok := v.Apps.Program(id)
		if !ok {
			continue
		}
		g, err := v.Apps.Granted(v.Request().Context(), id)
		if err != nil {
			return err
		}
		page.Apps = append(page.Apps, s.appCard(v, p, g))
	}
	return nil
}

// appsOf returns the ids of the apps that belong to a theme.
func (s *site) appsOf(v *visit, theme string) (ids []string) {
	for _, p := range v.Apps.All() {
		if slices.Contains(p.Manifest.Themes, theme) {
			ids = append(ids, p.Manifest.ID)
		}
	}
	return ids
}
