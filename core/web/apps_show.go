package web

import (
	"context"
	"html/template"
	"net/http"
	"net/url"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/view"
)

type appPage struct {
	frame
	ID, Name, Heading string // Name and Heading are foreign text
	Quiet             string
	State             standing
	Standing          apps.Standing
	View              template.HTML
	Notes             []advice // what to know before the view is read
	Problem           *advice
	Said              string // by the app that failed; foreign text
	Again             string // address to try again
	Facts             []fact
	RevokeWords       string
	CanRemove         bool // it came as a file
}

// app shows a view of an app, under what the app may read.
func (s *site) app(v *visit) error {
	p, g, err := appOf(v)
	if err != nil {
		return err
	}
	if g.App == "" {
		return v.Redirect(http.StatusSeeOther, appPath(p.Manifest.ID)+"/grant")
	}
	link, err := linkOf(v.Param("view"), v.QueryParams())
	if err != nil {
		return err
	}
	if g.Standing(s.now()) != apps.Active {
		return s.showApp(v, p, g, http.StatusOK, nil)
	}
	shown, err := v.Apps.Show(v.Request().Context(), apps.Request{App: p.Manifest.ID, Link: link, Locale: string(v.l.Lang)})
	if err != nil {
		return s.appFailed(v, p, g, err)
	}
	return s.showApp(v, p, g, http.StatusOK, func(page *appPage) (err error) {
		page.Heading = clip(render.Plain(shown.View.Title), maxTitle)
		to := appAddresses{id: p.Manifest.ID, link: link, shown: shown, causes: causesOf(v.l, shown.View)}
		page.View, err = render.View(shown.View, v.l, to)
		return err
	})
}

// actInApp has an app do what a form asks for, and then leads to the view that
// the form leads to.
func (s *site) actInApp(v *visit) error {
	p, g, err := appOf(v)
	if err != nil {
		return err
	}
	form, err := v.FormParams()
	if err != nil {
		return core.E(core.Invalid, "read form", err)
	}
	link, err := linkOf(v.Param("view"), form)
	if err != nil {
		return err
	}
	if g.Standing(s.now()) == apps.Active {
		if _, err := v.Apps.Show(v.Request().Context(), apps.Request{App: p.Manifest.ID, Mode: protocol.ModeAction, Link: link, Locale: string(v.l.Lang)}); err != nil {
			return s.appFailed(v, p, g, err)
		}
	}
	return v.Redirect(http.StatusSeeOther, appAddresses{id: p.Manifest.ID}.View(link))
}

// linkOf reads which view is asked for, and with what. What was left empty was
// not chosen.
func linkOf(name string, values url.Values) (view.Link, error) {
	link := view.Link{View: name, Params: map[string]string{}}
	for param := range values {
		if value := values.Get(param); value != "" {
			link.Params[param] = value
		}
	}
	if err := link.Check(); err != nil {
		return link, core.E(core.NotFound, "find view", err)
	}
	return link, nil
}

// appFailed shows an app that did not show what it was asked for. Nothing of the
// person's is lost by that.
func (s *site) appFailed(v *visit, p *program.Program, g apps.Grant, err error) error {
	key, status := "app.crashed", http.StatusBadGateway
	switch core.CodeOf(err) {
	case core.Locked, core.Damaged, core.NotFound:
		return err
	case core.Forbidden: // its grant has ended since
		return v.Redirect(http.StatusSeeOther, appPath(p.Manifest.ID))
	case protocol.Limit:
		key, status = "app.limit", http.StatusGatewayTimeout
	}
	if v.Request().Context().Err() != nil {
		return context.Cause(v.Request().Context())
	}
	s.Log.Warn("run app", "app", p.Manifest.ID, "code", core.CodeOf(err))
	return s.showApp(v, p, g, status, func(page *appPage) error {
		page.Problem = adviceFor(v.l, key, "app", render.Apart(page.Name))
		if g.Narrows(apps.Propose(p, s.now())) {
			page.Problem.Do = joined(page.Problem.Do, v.l.T("app.crashed-narrow"))
		}
		page.Said, page.Again = clip(render.Plain(problemOf(err).Detail), maxAbout), page.Path
		return nil
	})
}

// showApp shows what the home says of an app, and what fill adds.
func (s *site) showApp(v *visit, p *program.Program, g apps.Grant, status int, fill func(*appPage) error) error {
	now, name := s.now(), appName(v, p)
	page := &appPage{frame: s.frame(v, name), ID: p.Manifest.ID, Name: name, Heading: name, Quiet: quietWords(v.l, p, g.Reads),
		Standing: g.Standing(now), State: standingWords(v.l, g, now), RevokeWords: v.l.T("app.revoke-words", "app", render.Apart(name))}
	_, page.CanRemove = v.Apps.Header(p.Manifest.ID)
	counts, err := v.Query.Counts(v.Request().Context())
	if err != nil {
		return err
	}
	if !anyOf(counts, g.Reads) {
		page.Notes = append(page.Notes, *adviceFor(v.l, "app.no-data"))
	}
	if g.AsksMore(p, now) {
		page.Notes = append(page.Notes, *adviceFor(v.l, "app.more"))
	}
	page.Facts = append(grantFacts(v.l, g), fact{Name: v.l.T("app.origin"), Value: originOf(v, p)})
	for _, words := range actsWords(v, p) {
		page.Facts = append(page.Facts, fact{Name: v.l.T("app.fact-acts"), Value: words})
	}
	if fill != nil {
		if err := fill(page); err != nil {
			return err
		}
	}
	return s.render(v.Context, status, "app", page)
}

// anyOf reports whether the home has a record of what an app may read.
func anyOf(counts query.Counts, reads []query.Allowed) bool {
	for _, a := range reads {
		if counts.OfType(a.Type) > 0 {
			return true
		}
	}
	return false
}
