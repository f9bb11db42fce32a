package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html/template"
	"net/http"

	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/view"
)

// An appFigure is what an app has to say today.
type appFigure struct {
	Name, Href      string // Name is foreign text
	Summary, Alerts template.HTML
}

// tellApps says what apps said when nobody looked: what needs the person among
// what else does, the rest with the figures.
func (s *site) tellApps(v *visit, page *homePage) error {
	all, err := v.Apps.Said(v.Request().Context(), string(v.l.Lang))
	if err != nil {
		return err
	}
	for _, said := range all {
		p, ok := v.Apps.Program(said.App)
		if !ok {
			continue
		}
		to := appAddresses{id: said.App}
		figure := appFigure{Name: appName(v, p), Href: appPath(said.App)}
		var calm []view.Alert
		for _, a := range said.Alerts {
			if a.Level == view.LevelWarn || a.Level == view.LevelBad {
				page.Needs = append(page.Needs, alertNeed(v, said, a, figure.Name))
			} else {
				calm = append(calm, a)
			}
		}
		if figure.Summary, err = render.Text(said.Summary, v.l, to); err != nil {
			return err
		}
		if figure.Alerts, err = render.Alerts(calm, v.l, to); err != nil {
			return err
		}
		if len(said.Summary)+len(calm) > 0 {
			page.Apps = append(page.Apps, figure)
		}
	}
	return nil
}

// alertNeed tells an app's alert, with the way to put it away.
func alertNeed(v *visit, said apps.Said, a view.Alert, name string) need {
	n := need{Title: clip(render.Words(a.Text, v.l), maxTitle), About: render.Apart(name), Class: "warn", Href: appPath(said.App), Action: v.l.T("need.look"),
		AwayHref: appPath(said.App) + "/away", Away: alertName(a)}
	if a.Level == view.LevelBad {
		n.Class = "error"
	}
	if a.Link != nil {
		n.Href = appAddresses{id: said.App}.View(*a.Link)
	}
	return n
}

// alertName tells an alert from another, so that the one that was seen is put
// away whatever its place is by then.
func alertName(a view.Alert) string {
	text, err := json.Marshal(a)
	if err != nil { // an alert always encodes
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// putAlertAway puts an alert away for good. One that is gone already is away.
func (s *site) putAlertAway(v *visit) error {
	ctx, lang := v.Request().Context(), string(v.l.Lang)
	all, err := v.Apps.Said(ctx, lang)
	if err != nil {
		return err
	}
	for _, said := range all {
		for i, a := range said.Alerts {
			if said.App != v.Param("app") || alertName(a) != v.FormValue("alert") {
				continue
			}
			if err := v.Apps.PutAway(ctx, said.App, lang, i); err != nil {
				return err
			}
			return v.Redirect(http.StatusSeeOther, "/")
		}
	}
	return v.Redirect(http.StatusSeeOther, "/")
}
