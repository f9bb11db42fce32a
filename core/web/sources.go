package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

type sourcesPage struct {
	frame
	Sources    []sourceCard
	Connectors []connectorCard
	Problem    *advice
}

type sourceCard struct {
	ID, Label, Count, Next string
	State                  standing
}

type connectorCard struct{ Name, About, Reaches, Href, Action string }

func (s *site) sources(v *visit) error {
	ctx := v.Request().Context()
	page := &sourcesPage{frame: s.frame(v, v.l.T("sources.title"))}
	sources, err := v.Connect.Sources(ctx)
	if err != nil {
		return err
	}
	counts, err := v.Query.Counts(ctx)
	if err != nil {
		return err
	}
	for _, src := range sources {
		last, err := lastRun(v, src)
		if err != nil {
			return err
		}
		card := sourceCard{ID: src.ID.String(), Label: src.Label, Count: v.l.N("sources.records", counts.OfSource(src.ID)), State: standingOf(v.l, last)}
		if src.Paused {
			card.Next = v.l.T("sources.paused")
		} else if at, err := v.Next(ctx, src.ID); err != nil {
			return err
		} else if !at.IsZero() {
			card.Next = v.l.T("sources.next", "at", v.l.Moment(at, s.Zone))
		}
		page.Sources = append(page.Sources, card)
	}
	for _, p := range v.Connect.Programs {
		page.Connectors = append(page.Connectors, cardOf(v, p))
	}
	return s.render(v.Context, http.StatusOK, "sources", page)
}

// lastRun returns the latest run of a source, nil when there is none.
func lastRun(v *visit, src connect.Source) (*connect.Run, error) {
	runs, err := v.Connect.Runs(v.Request().Context(), src.ID, 1)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	return &runs[0], nil
}

func cardOf(v *visit, p *program.Program) connectorCard {
	card := connectorCard{Name: text(v, p, p.Manifest.Name), About: text(v, p, p.Manifest.Description), Reaches: reaches(v, p),
		Href: "/sources/new/" + p.Manifest.ID, Action: v.l.T("sources.add-this")}
	if !connect.Pulls(p) {
		card.Href, card.Action = "/import", v.l.T("timeline.import")
	}
	return card
}

// text is a program's own string in the person's language.
func text(v *visit, p *program.Program, key string) string { return p.Text(string(v.l.Lang), key) }

// reaches says what a program talks to.
func reaches(v *visit, p *program.Program) string {
	switch {
	case len(p.Manifest.Hosts) > 0:
		return v.l.T("sources.reaches", "hosts", strings.Join(p.Manifest.Hosts, ", "))
	case p.Manifest.LAN:
		return v.l.T("sources.reaches-address")
	default:
		return v.l.T("sources.reaches-nothing")
	}
}

type addPage struct {
	frame
	Connector, Name, About, Reaches, Label string
	Fields                                 []fieldInput
	Problem                                *advice
}

type fieldInput struct {
	protocol.Field
	Label, Input, Value, Wrong string
}

func (s *site) showAdd(v *visit) error {
	p, err := programOf(v)
	if err != nil {
		return err
	}
	return s.render(v.Context, http.StatusOK, "add", s.addPage(v, p, nil))
}

func programOf(v *visit) (*program.Program, error) {
	p, ok := v.Connect.Program(v.Param("connector"))
	if !ok || !connect.Pulls(p) {
		return nil, core.E(core.NotFound, "find connector", errors.New(v.Param("connector")))
	}
	return p, nil
}

// addPage shows the form, with what was typed and what is wrong with it.
// Secrets are typed again.
func (s *site) addPage(v *visit, p *program.Program, err error) *addPage {
	name := text(v, p, p.Manifest.Name)
	page := &addPage{frame: s.frame(v, v.l.T("add.title", "name", name)), Connector: p.Manifest.ID, Name: name,
		About: text(v, p, p.Manifest.Description), Reaches: reaches(v, p), Label: v.FormValue("label")}
	wrong := ""
	if e, ok := asError(err); ok {
		wrong = e.Args["field"]
	}
	for _, f := range p.Manifest.Fields {
		input := fieldInput{Field: f, Label: text(v, p, f.Label), Input: "text", Value: v.FormValue("f-" + f.Name)}
		if connect.IsSecret(f) {
			input.Input, input.Value = "password", ""
		}
		if f.Name == wrong {
			input.Wrong = v.l.T("add.wrong")
		}
		page.Fields = append(page.Fields, input)
	}
	if err != nil {
		page.Problem = addAdvice(v.l, err)
	}
	return page
}

// addAdvice says why a source was not added: nothing of it is there to run
// again.
func addAdvice(l *locale.Locale, err error) *advice {
	if core.CodeOf(err) == core.Conflict {
		return adviceFor(l, "add.conflict")
	}
	return &advice{adviceOf(l, err).What, l.T("add.nothing-kept")}
}

// failedAdd returns what is remembered of the source in the address when it
// was not added after all.
func failedAdd(v *visit) (connect.FailedAdd, bool) {
	id, err := core.ParseSourceID(v.Param("source"))
	if err != nil {
		return connect.FailedAdd{}, false
	}
	return v.Connect.FailedAdd(id)
}

// notAdded shows the form again, as it was filled in, with why the first run
// failed. A run that the person cancelled needs no explanation.
func (s *site) notAdded(v *visit, f connect.FailedAdd) error {
	p, ok := v.Connect.Program(f.Source.Connector)
	if !ok || f.Run.Problem == nil {
		return v.Redirect(http.StatusSeeOther, "/sources")
	}
	page := s.addPage(v, p, core.E(f.Run.Problem.Code, "sign in", errors.New(f.Run.Problem.Message)))
	page.Label = f.Source.Label
	for i, field := range page.Fields {
		page.Fields[i].Value = f.Source.Config[field.Name]
	}
	return s.render(v.Context, http.StatusOK, "add", page)
}

func (s *site) add(v *visit) error {
	p, err := programOf(v)
	if err != nil {
		return err
	}
	n := connect.NewSource{Connector: p.Manifest.ID, Label: strings.TrimSpace(v.FormValue("label")), Config: map[string]string{}, Secrets: map[string]core.Secret{}}
	for _, f := range p.Manifest.Fields {
		value := v.FormValue("f-" + f.Name)
		switch {
		case connect.IsSecret(f):
			n.Secrets[f.Name] = core.Secret(value)
		case value != "":
			n.Config[f.Name] = strings.TrimSpace(value)
		}
	}
	ctx := v.Request().Context()
	src, err := v.Connect.Add(ctx, n)
	if err != nil {
		return s.render(v.Context, problemOf(err).Status, "add", s.addPage(v, p, err))
	}
	if !src.Adding {
		if _, err := v.Connect.Start(ctx, src.ID, connect.ByPerson); err != nil {
			return err
		}
	}
	return v.Redirect(http.StatusSeeOther, "/sources/"+src.ID.String())
}
