package web

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func (s *site) routeInstall(e *echo.Echo) {
	e.GET("/install", s.inside(s.showInstall))
	e.POST("/install", s.inside(s.lookAtApp))
	e.POST("/install/accept", s.inside(s.installApp))
	e.POST("/install/put-away", s.inside(s.discardApp))
	e.GET("/apps/:app/remove", s.inside(s.showUninstall))
	e.POST("/apps/:app/remove", s.inside(s.uninstallApp))
}

type installPage struct {
	frame
	Problem *advice
	Said    string // what is wrong with the file, as the home found it
	App     *candidate
}

// A candidate is an app as it is shown before it is installed. Name and About
// are foreign text.
type candidate struct {
	Digest, Name, About string
	IsHere              bool
	Facts               []fact
	Asks                []askLine
	Packs, Acts         []string
	Cannot, Imports     string
	Names               []string // of the imports
	Replaces            string   // which version; "" for none
	Changes             []string // in what it asks for
	Keeps               string   // what the version that is here was allowed
	Go                  string   // what the button says
}

// An askLine is what an app would ask of one type. Purpose is foreign text.
type askLine struct{ Scope, Closely, Without, Purpose string }

func (s *site) showInstall(v *visit) error {
	return s.renderInstall(v, http.StatusOK, &installPage{})
}

func (s *site) renderInstall(v *visit, status int, page *installPage) error {
	page.frame = s.frame(v, v.l.T("install.title"))
	page.Path = "/install"
	return s.render(v.Context, status, "install", page)
}

// lookAtApp checks the app in a file and shows what it is: nothing is installed
// before the person says so.
func (s *site) lookAtApp(v *visit) error {
	file, err := uploaded(v, signed.MaxContent+signed.MaxHeader)
	if err != nil {
		return s.refuseApp(v, err)
	}
	found, err := v.Apps.Look(file)
	if err != nil {
		return s.refuseApp(v, err)
	}
	shown, err := s.candidate(v, found)
	if err != nil {
		return err
	}
	return s.renderInstall(v, http.StatusOK, &installPage{App: shown})
}

// refuseApp says why a file was not taken.
func (s *site) refuseApp(v *visit, err error) error {
	e, ok := asError(err)
	if !ok || e.Code == core.Locked || e.Code == core.Damaged || e.Code == protocol.Internal {
		return err
	}
	page := &installPage{Problem: adviceFor(v.l, "problem."+string(e.Code))}
	for _, key := range []string{"install.why-" + string(e.Code), "install.why-" + e.Args[signed.Why]} {
		if v.l.Has(key) {
			page.Problem = adviceFor(v.l, key)
		}
	}
	if e.Code == core.Invalid {
		page.Said = clip(render.Plain(problemOf(err).Detail), maxAbout)
	}
	return s.renderInstall(v, problemOf(err).Status, page)
}

// candidate puts an app into words.
func (s *site) candidate(v *visit, found apps.Candidate) (*candidate, error) {
	p, name := found.Program, appName(v, found.Program)
	c := &candidate{Digest: found.Digest, Name: name, About: clip(text(v, p, p.Manifest.Description), maxAbout), IsHere: found.IsHere(),
		Acts: actsWords(v, p), Cannot: cannotWords(v, p), Names: found.Imports, Imports: v.l.N("install.imports", len(found.Imports)),
		Go: v.l.T("install.go", "app", render.Apart(name))}
	if len(c.Acts) > 0 { // which stand above
		c.Cannot = v.l.T("install.cannot-acts", "app", render.Apart(name))
	}
	c.Facts = []fact{
		{Name: v.l.T("packs.publisher"), Value: clip(found.Publisher, maxName)},
		{Name: v.l.T("packs.key"), Value: hex.EncodeToString(found.Key)},
		{Name: v.l.T("install.version"), Value: found.Version + ", " + v.l.Time(found.Date)},
		{Name: v.l.T("settings.licence"), Value: clip(found.Licence, maxName)},
		{Name: v.l.T("install.id"), Value: found.ID},
		{Name: v.l.T("packs.digest"), Value: found.SHA256},
	}
	now := s.now()
	for i, a := range apps.Propose(p, now).Reads {
		c.Asks = append(c.Asks, askLine{Scope: sinceWords(v.l, typesWords(v.l, a), a.From), Closely: closelyWords(v.l, a),
			Without: withoutWords(v.l, a), Purpose: clip(text(v, p, p.Manifest.Reads[i].Purpose), maxAbout)})
	}
	for _, id := range p.Manifest.Packs {
		c.Packs = append(c.Packs, packName(v.l, id))
	}
	if found.Old.Program == nil || c.IsHere {
		return c, nil
	}
	c.Replaces = v.l.T("install.replaces", "old", found.Old.Version, "new", found.Version)
	c.Go = v.l.T("install.replace", "app", render.Apart(name), "version", found.Version)
	c.Changes = s.changesWords(v, found.Old.Program, p)
	g, err := v.Apps.Granted(v.Request().Context(), found.ID)
	if c.Keeps = v.l.T("install.keeps-nothing"); g.App != "" {
		c.Keeps = v.l.T("install.keeps", "reads", readsWords(v.l, g.Reads))
	}
	return c, err
}

// changesWords says in what a program asks for something else than the one that
// is here.
func (s *site) changesWords(v *visit, old, p *program.Program) (all []string) {
	before, after := apps.Propose(old, s.now()), apps.Propose(p, s.now())
	for _, c := range apps.Changes(old, p) {
		what := v.l.T("reads.records", "what", v.l.T("reads."+string(c.Type)))
		was, isOld := before.Of(c.Type)
		is, isNew := after.Of(c.Type)
		switch {
		case !isOld:
			all = append(all, v.l.T("install.change-new", "reads", sinceWords(v.l, typesWords(v.l, is), is.From), "fields", fieldList(v.l, c.Type, is.Fields)))
			continue
		case !isNew:
			all = append(all, v.l.T("install.change-gone", "what", what))
			continue
		}
		if was.From != is.From || was.Granularity != is.Granularity {
			all = append(all, v.l.T("install.change-scope", "old", sinceWords(v.l, typesWords(v.l, was), was.From), "new", sinceWords(v.l, typesWords(v.l, is), is.From)))
		}
		if len(c.Gained) > 0 {
			all = append(all, v.l.T("install.change-gained", "what", what, "fields", fieldList(v.l, c.Type, c.Gained)))
		}
		if len(c.Lost) > 0 {
			all = append(all, v.l.T("install.change-lost", "what", what, "fields", fieldList(v.l, c.Type, c.Lost)))
		}
		if c.Old.Optional != c.New.Optional {
			key := map[bool]string{true: "install.change-optional", false: "install.change-needed"}[c.New.Optional]
			all = append(all, v.l.T(key, "what", what))
		}
	}
	for _, id := range p.Manifest.Packs {
		if !slices.Contains(old.Manifest.Packs, id) {
			all = append(all, v.l.T("install.change-pack", "pack", render.Apart(packName(v.l, id))))
		}
	}
	if len(old.Manifest.Acts)+len(p.Manifest.Acts) > 0 && !reflect.DeepEqual(old.Manifest.Acts, p.Manifest.Acts) {
		all = append(all, v.l.T("install.change-acts"))
	}
	if len(all) == 0 {
		all = []string{v.l.T("install.change-none")}
	}
	return all
}

// installApp installs the app that was shown.
func (s *site) installApp(v *visit) error {
	in, err := v.Apps.Accept(v.Request().Context(), v.FormValue("file"))
	if err != nil {
		return s.refuseApp(v, err)
	}
	return v.Redirect(http.StatusSeeOther, "/apps?installed="+url.QueryEscape(in.ID))
}

func (s *site) discardApp(v *visit) error {
	v.Apps.Discard(v.FormValue("file"))
	return v.Redirect(http.StatusSeeOther, "/apps")
}

type uninstallPage struct {
	frame
	ID, Name, Words string // Name is foreign text
}

// showUninstall says what removing an app takes away.
func (s *site) showUninstall(v *visit) error {
	p, g, err := appOf(v)
	if err != nil {
		return err
	}
	if _, ok := v.Apps.Header(p.Manifest.ID); !ok {
		return core.E(core.NotFound, "remove app", nil) // it came with the home
	}
	name := appName(v, p)
	page := &uninstallPage{frame: s.frame(v, v.l.T("uninstall.title", "app", render.Apart(name))), ID: p.Manifest.ID, Name: name, Words: v.l.T("uninstall.words", "app", render.Apart(name))}
	if g.App != "" {
		page.Words = joined(page.Words, v.l.T("uninstall.granted", "reads", readsWords(v.l, g.Reads)))
	}
	return s.render(v.Context, http.StatusOK, "uninstall", page)
}

func (s *site) uninstallApp(v *visit) error {
	return changeApp(v, v.Apps.Uninstall(v.Request().Context(), v.Param("app")), "/apps?removed=1")
}

// appsDone says what the page of apps was come back to for.
func appsDone(v *visit) *appDone {
	if v.QueryParam("removed") != "" {
		return &appDone{advice: *adviceFor(v.l, "uninstall.done")}
	}
	id := v.QueryParam("installed")
	p, ok := v.Apps.Program(id)
	if _, came := v.Apps.Header(id); !ok || !came {
		return nil
	}
	name := appName(v, p)
	return &appDone{advice: *adviceFor(v.l, "install.done", "app", render.Apart(name)), Href: appPath(id) + "/grant", Name: name}
}

// An appDone is a message with the way to what an app asks for.
type appDone struct {
	advice
	Href, Name string // Name is foreign text
}
