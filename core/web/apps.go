package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/render"
)

// routeApps adds the pages of apps. Below an app's address the query of an
// address is the app's own: the home puts nothing there.
func (s *site) routeApps(e *echo.Echo) {
	e.GET("/apps", s.inside(s.apps))
	e.GET("/apps/:app/grant", s.inside(s.showGrant))
	e.POST("/apps/:app/grant", s.inside(s.grant))
	e.POST("/apps/:app/pause", s.inside(s.pauseApp))
	e.POST("/apps/:app/resume", s.inside(s.resumeApp))
	e.POST("/apps/:app/revoke", s.inside(s.revokeApp))
	e.POST("/apps/:app/away", s.inside(s.putAlertAway))
	for _, of := range []string{"/apps/:app", "/apps/:app/views/:view"} {
		e.GET(of, s.inside(s.app))
		e.POST(of, s.inside(s.actInApp))
		e.GET(of+"/why/:why", s.inside(s.why))
	}
}

type appsPage struct {
	frame
	Done            *appDone
	Allowed, Others []appCard
}

// An appCard is an app in the list. Name and About are foreign text.
type appCard struct {
	ID, Name, About, Quiet, Href, Action string
	State                                standing
	More                                 string // that it asks for more than it has
	Remove, RemoveWords                  string // where it can be removed; "" for one that came with the home
}

// apps lists the apps that are installed, those that may read first.
func (s *site) apps(v *visit) error {
	page := &appsPage{frame: s.frame(v, v.l.T("nav.apps")), Done: appsDone(v)}
	page.Path = "/apps"
	for _, p := range v.Apps.All() {
		g, err := v.Apps.Granted(v.Request().Context(), p.Manifest.ID)
		if err != nil {
			return err
		}
		card := s.appCard(v, p, g)
		if g.App == "" {
			page.Others = append(page.Others, card)
		} else {
			page.Allowed = append(page.Allowed, card)
		}
	}
	return s.render(v.Context, http.StatusOK, "apps", page)
}

func (s *site) appCard(v *visit, p *program.Program, g apps.Grant) appCard {
	now := s.now()
	card := appCard{ID: p.Manifest.ID, Name: appName(v, p), About: clip(text(v, p, p.Manifest.Description), maxAbout), Href: appPath(p.Manifest.ID),
		Action: v.l.T("apps.open"), State: standingWords(v.l, g, now)}
	if _, came := v.Apps.Header(p.Manifest.ID); came {
		card.Remove, card.RemoveWords = appPath(p.Manifest.ID)+"/remove", v.l.T("uninstall.go")
	}
	if g.AsksMore(p, now) {
		card.More = v.l.T("apps.asks-more")
	}
	if g.App != "" {
		card.Quiet = quietWords(v.l, p, g.Reads)
		return card
	}
	card.Quiet = v.l.T(quietKey(p, "app.quiet-asks"), "reads", readsWords(v.l, apps.Propose(p, now).Reads))
	card.Href, card.Action = card.Href+"/grant", v.l.T("apps.look")
	return card
}

const maxAbout = 500 // characters of what an app says of itself

// appName is an app's own name in the person's language.
func appName(v *visit, p *program.Program) string {
	return clip(text(v, p, p.Manifest.Name), maxName)
}

const maxName = 60 // characters of an app's name

// originOf says where an app comes from.
func originOf(v *visit, p *program.Program) string {
	h, ok := v.Apps.Header(p.Manifest.ID)
	if !ok {
		return v.l.T("app.built-in", "version", p.Manifest.Version)
	}
	sum := sha256.Sum256(h.Key)
	return v.l.T("app.signed", "version", render.Apart(h.Version), "publisher", render.Apart(h.Publisher), "key", hex.EncodeToString(sum[:8]))
}

func appPath(id string) string { return "/apps/" + id }

// appOf returns the app that the address names, and its grant.
func appOf(v *visit) (*program.Program, apps.Grant, error) {
	p, ok := v.Apps.Program(v.Param("app"))
	if !ok {
		return nil, apps.Grant{}, core.E(core.NotFound, "find app", errors.New(v.Param("app")))
	}
	g, err := v.Apps.Granted(v.Request().Context(), p.Manifest.ID)
	return p, g, err
}

func (s *site) pauseApp(v *visit) error {
	return changeApp(v, v.Apps.Pause(v.Request().Context(), v.Param("app")), appPath(v.Param("app")))
}

func (s *site) resumeApp(v *visit) error {
	return changeApp(v, v.Apps.Resume(v.Request().Context(), v.Param("app")), appPath(v.Param("app")))
}

func (s *site) revokeApp(v *visit) error {
	p, g, err := appOf(v)
	if err == nil && g.App != "" {
		err = v.Apps.Revoke(v.Request().Context(), p.Manifest.ID)
	}
	return changeApp(v, err, "/apps")
}

func changeApp(v *visit, err error, to string) error {
	if err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, to)
}
