package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

type grantPage struct {
	frame
	ID, Name, About, Module string // Name and About are foreign text
	Has                     string // what it may read now; "" when nothing
	Loses                   string // what allowing this erases
	Reads                   []readForm
	Untils                  []option
	UntilDay, UntilWrong    string
	Config                  []fieldInput
	Cannot, Submit          string
	Origin                  string
	Problem                 *advice
}

// A readForm is what is asked of one type, and what of it is chosen.
type readForm struct {
	Type, Name, Purpose string // Purpose is foreign text
	Scope, Closely      string
	Without             string
	IsOptional, Chosen  bool
	Open                bool // what can be narrowed is in sight
	Sinces              []option
	Day, DayWrong       string
	Closes              []option
	Always              string // fields that cannot be left out
	Fields              []option
	Sources             []option
	SomeSources         bool
	SourcesWrong        string
}

// showGrant shows what an app asks for, or what it has and may be changed.
func (s *site) showGrant(v *visit) error {
	p, old, err := appOf(v)
	if err != nil {
		return err
	}
	g := old
	if g.App == "" || g.AsksMore(p, s.now()) {
		g = offer(p, old, s.now())
	}
	page, err := s.grantPage(v, grantChoice{p: p, old: old, grant: g})
	if err != nil {
		return err
	}
	return s.render(v.Context, http.StatusOK, "grant", page)
}

// offer is what an app asks for, until the day that it has.
func offer(p *program.Program, old apps.Grant, now time.Time) apps.Grant {
	g := apps.Propose(p, now)
	g.Until, g.Config = old.Until, old.Config
	return g
}

// grant allows what was chosen, or shows what is wrong with it, or what it
// comes to.
func (s *site) grant(v *visit) error {
	p, old, err := appOf(v)
	if err != nil {
		return err
	}
	form, err := v.FormParams()
	if err != nil {
		return core.E(core.Invalid, "read form", err)
	}
	c := chooseGrant(v.l, grantChoice{p: p, old: old, now: s.now()}, form)
	isLook, status := form.Get("look") != "", http.StatusOK
	if len(c.wrong) > 0 {
		c.problem, status = adviceFor(v.l, "consent.wrong"), http.StatusBadRequest
	}
	if form.Get("module") != p.Manifest.SHA256 { // another program than the one that was shown
		c.problem, status = adviceFor(v.l, "consent.changed"), http.StatusConflict
	}
	if c.problem == nil && !isLook {
		err := v.Apps.Grant(v.Request().Context(), c.grant)
		if err == nil {
			return v.Redirect(http.StatusSeeOther, appPath(p.Manifest.ID))
		}
		if core.CodeOf(err) != core.Invalid {
			return err
		}
		c.problem, status = adviceFor(v.l, "consent.changed"), http.StatusBadRequest
	}
	c.isOpen = true
	page, err := s.grantPage(v, c)
	if err != nil {
		return err
	}
	return s.render(v.Context, status, "grant", page)
}

func (s *site) grantPage(v *visit, c grantChoice) (*grantPage, error) {
	c.now = s.now()
	name := appName(v, c.p)
	key := "consent.title"
	if c.old.App != "" {
		key = "consent.title-change"
	}
	page := &grantPage{frame: s.frame(v, v.l.T(key, "app", render.Apart(name))), ID: c.p.Manifest.ID, Name: name, About: clip(text(v, c.p, c.p.Manifest.Description), maxAbout),
		Module: c.p.Manifest.SHA256, Cannot: cannotWords(v, c.p), Submit: v.l.T("consent.allow", "app", render.Apart(name)), Problem: c.problem,
		UntilDay: c.typed["until-day"], UntilWrong: c.wrong["until-day"]}
	if c.old.App != "" {
		page.Submit = v.l.T("consent.change", "app", render.Apart(name))
		page.Has = v.l.T("consent.has", "reads", readsWords(v.l, c.old.Reads), "standing", standingWords(v.l, c.old, c.now).Words)
		page.Loses = v.l.T("consent.loses-hint", "app", render.Apart(name))
		if c.grant.Narrows(c.old) {
			page.Loses = v.l.T("consent.loses", "app", render.Apart(name))
		}
	}
	page.Origin = originOf(v, c.p)
	page.Untils = untilOptions(v.l, c.grant.Until, c.now)
	ctx := v.Request().Context()
	sources, err := v.Connect.Sources(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := v.Query.Counts(ctx)
	if err != nil {
		return nil, err
	}
	for _, asked := range c.p.Manifest.Reads {
		form, err := c.read(v, asked, holding(sources, counts, asked.Type))
		if err != nil {
			return nil, err
		}
		page.Reads = append(page.Reads, form)
	}
	for _, f := range c.p.Manifest.Fields {
		page.Config = append(page.Config, fieldInput{Field: f, Label: clip(text(v, c.p, f.Label), maxTitle), Input: "text", Value: c.grant.Config[f.Name], Wrong: c.wrong["f-"+f.Name]})
	}
	return page, nil
}

// holding returns the sources that have records of a type.
func holding(sources []connect.Source, counts query.Counts, t record.Type) (all []connect.Source) {
	for _, src := range sources {
		for _, n := range counts {
			if n.Source == src.ID && n.Type == t && n.Records > 0 {
				all = append(all, src)
			}
		}
	}
	return all
}

// read shows what is asked of one type and what of it is chosen.
func (c grantChoice) read(v *visit, asked protocol.Read, sources []connect.Source) (f readForm, err error) {
	l, t := v.l, string(asked.Type)
	allowed, chosen := c.grant.Of(asked.Type)
	if !chosen { // what would be allowed, were it
		allowed, _ = apps.Propose(c.p, c.now).Of(asked.Type)
	}
	scope, err := v.Query.Scope(v.Request().Context(), allowed)
	if err != nil {
		return f, err
	}
	f = readForm{Type: t, Name: l.T("reads." + t), Purpose: clip(text(v, c.p, asked.Purpose), maxAbout), Scope: countedWords(l, allowed, scope), Closely: closelyWords(l, allowed), Without: withoutWords(l, allowed),
		IsOptional: asked.Optional, Chosen: chosen, Open: c.isOpen, Day: c.typed["since-"+t+"-day"], DayWrong: c.wrong["since-"+t+"-day"], SourcesWrong: c.wrong["sources-"+t]}
	if !chosen {
		f.Scope, f.Closely, f.Without = l.T("consent.unchosen", "what", f.Name), "", ""
	}
	f.Sinces = sinceOptions(l, asked, allowed.From, c.now)
	f.Closes = closeOptions(l, asked, allowed)
	always, free := fieldsOf(asked)
	f.Always = l.T("consent.always", "fields", fieldList(l, asked.Type, always), "what", l.T("reads."+t))
	if len(always) == 0 {
		f.Always = ""
	}
	for _, name := range inOrder(free) {
		f.Fields = append(f.Fields, option{name, fieldWords(l, asked.Type, name), slices.Contains(allowed.Fields, name)})
	}
	f.SomeSources = allowed.Sources != nil || f.SourcesWrong != ""
	for _, src := range sources {
		f.Sources = append(f.Sources, option{src.ID.String(), src.Label, slices.Contains(allowed.Sources, src.ID)})
	}
	return f, nil
}
