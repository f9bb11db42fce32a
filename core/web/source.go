package web

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	pageRuns    = 30 // runs shown of a source
	liveSeconds = 2  // between two looks at a run that goes on
)

type sourcePage struct {
	frame
	ID, Label, Count, CancelHref, RemoveWords string
	State                                     standing
	Adding                                    bool
	SignIns                                   []signInButton
	Code                                      *codePanel
	Progress                                  *progressBar
	Question                                  *questionForm
	CanRun, Paused, Pulls, AskSecrets         bool
	Secrets                                   []fieldInput
	Runs                                      []runRow
	Facts                                     []fact
	Problem                                   *advice
	Doubles                                   []doubleLine
	Next, Again                               string // when it runs by itself, and after failures that it does
	asked                                     bool   // Problem is of what was asked just now
}

type progressBar struct {
	Words, Message string // Message is foreign text
	Done, Total    int
}

type questionForm struct {
	Action, Prompt, Until string
	Options               []option
	Picture               *askedPicture
	Fill                  string // what the browser may fill in by itself
}

type runRow struct {
	Href, When, Brought string
	State               standing
}

func (s *site) source(v *visit) error {
	if failed, ok := failedAdd(v); ok {
		return s.notAdded(v, failed)
	}
	return s.showSource(v, http.StatusOK, nil)
}

// showSource shows a source, and above it what went wrong with what was asked.
func (s *site) showSource(v *visit, status int, wrong error) error {
	ctx := v.Request().Context()
	src, err := sourceOf(v)
	if err != nil {
		return err
	}
	runs, err := v.Connect.Runs(ctx, src.ID, pageRuns)
	if err != nil {
		return err
	}
	if src.Adding && len(runs) > 0 && runs[0].State.HasEnded() { // it is about to be forgotten
		return s.notAdded(v, connect.FailedAdd{Source: src, Run: runs[0]})
	}
	counts, err := v.Query.Counts(ctx)
	if err != nil {
		return err
	}
	records := counts.OfSource(src.ID)
	page := &sourcePage{frame: s.frame(v, src.Label), ID: src.ID.String(), Label: src.Label, Paused: src.Paused, Adding: src.Adding,
		Count: v.l.N("sources.records", records), RemoveWords: v.l.N("source.remove-words", records), State: standingOf(v.l, nil)}
	if wrong != nil {
		page.Problem, page.asked = adviceOf(v.l, wrong), true
	}
	for _, r := range runs {
		page.Runs = append(page.Runs, runRow{runPath(r), v.l.Moment(r.Started, s.Zone), brought(v.l, r.Counts), runStanding(v.l, &r)})
	}
	p, installed := v.Connect.Program(src.Connector)
	if installed {
		page.about(v, p, src)
	}
	if len(runs) > 0 {
		s.latest(v, page, &runs[0])
	}
	if err := s.ahead(v, page, src); err != nil {
		return err
	}
	if page.CancelHref == "" {
		if page.Doubles, err = s.doublesOf(v, src.ID); err != nil {
			return err
		}
	}
	if installed {
		if err := page.signInsAt(v, s, src, p); err != nil {
			return err
		}
	}
	return s.render(v.Context, status, "source", page)
}

func sourceOf(v *visit) (connect.Source, error) {
	id, err := core.ParseSourceID(v.Param("source"))
	if err != nil {
		return connect.Source{}, core.E(core.NotFound, "find source", err)
	}
	return v.Connect.Source(v.Request().Context(), id)
}

// about shows what the source's connector is and may do.
func (p *sourcePage) about(v *visit, prog *program.Program, src connect.Source) {
	p.Pulls = connect.Pulls(prog)
	p.CanRun = p.Pulls && !src.Adding
	p.Facts = []fact{
		{Name: v.l.T("from.connector"), Value: text(v, prog, prog.Manifest.Name) + " " + prog.Manifest.Version},
		{Name: v.l.T("source.network"), Value: reaches(v, prog)},
	}
	for _, f := range prog.Manifest.Fields {
		if connect.IsSecret(f) {
			p.Secrets = append(p.Secrets, fieldInput{Field: f, Label: text(v, prog, f.Label)})
		} else if value := src.Config[f.Name]; value != "" {
			p.Facts = append(p.Facts, fact{Name: text(v, prog, f.Label), Value: value})
		}
	}
	for _, address := range src.Allowed {
		p.Facts = append(p.Facts, fact{Name: v.l.T("source.allowed"), Value: address.String()})
	}
}

// latest shows the run that goes on, or how the last one ended.
func (s *site) latest(v *visit, p *sourcePage, r *connect.Run) {
	p.State = standingOf(v.l, r)
	if r.Problem != nil && p.Problem == nil {
		p.Problem = adviceFor(v.l, "problem."+string(r.Problem.Code))
		p.AskSecrets = r.Problem.Code.NeedsPerson()
	}
	if r.State.HasEnded() {
		return
	}
	p.CanRun, p.CancelHref = false, runPath(*r)+"/cancel"
	if r.State == connect.Running {
		p.Progress = progressOf(v.l, r.Progress)
	}
	if r.Question != nil {
		p.Question = s.questionOf(v, r) // typing is not interrupted
		return
	}
	p.live(v.Context)
}

// ahead says when the source runs by itself, and after a failure that the home
// tries again.
func (s *site) ahead(v *visit, p *sourcePage, src connect.Source) error {
	if src.Paused || src.Adding || p.CancelHref != "" {
		return nil
	}
	at, err := v.Next(v.Request().Context(), src.ID)
	if err != nil || at.IsZero() {
		return err
	}
	if p.Next = v.l.T("sources.next", "at", v.l.Moment(at, s.Zone)); p.Problem != nil && !p.AskSecrets {
		p.Again = v.l.T("source.again")
	}
	return nil
}

func progressOf(l *locale.Locale, p connect.Progress) *progressBar {
	bar := &progressBar{Words: l.T("source.working"), Done: min(p.Done, p.Total), Total: p.Total}
	if p.Total > 0 {
		bar.Words = l.T("source.progress", "done", l.Int(int64(p.Done)), "total", l.Int(int64(p.Total)))
	}
	bar.Message = p.Message
	return bar
}

// questionOf asks in the connector's words, in the person's language. What fills
// their places is the provider's.
func (s *site) questionOf(v *visit, r *connect.Run) *questionForm {
	l, q := v.l, r.Question
	prompt := q.Prompt
	if p, ok := v.Connect.Program(r.Connector); ok {
		prompt = cmp.Or(text(v, p, q.Key), prompt)
	}
	var pairs []string
	for name, value := range q.Args {
		pairs = append(pairs, "{"+name+"}", value)
	}
	prompt = strings.NewReplacer(pairs...).Replace(prompt)
	form := &questionForm{Action: runPath(*r) + "/answer", Prompt: prompt, Until: l.T("source.until", "at", l.Moment(q.Until, s.Zone)),
		Picture: askedPictureOf(v, r, prompt), Fill: "off"}
	if q.Kind == protocol.AskOTP {
		form.Fill = "one-time-code"
	}
	for _, o := range q.Options {
		form.Options = append(form.Options, option{Value: o, Label: o})
	}
	if q.Kind == protocol.AskConfirm {
		form.Options = []option{{Value: "yes", Label: l.T("value.true")}, {Value: "no", Label: l.T("value.false")}}
	}
	return form
}

// afterwards goes back to the source, or shows it with what went wrong.
func (s *site) afterwards(v *visit, err error) error {
	if err != nil {
		return s.showSource(v, problemOf(err).Status, err)
	}
	return v.Redirect(http.StatusSeeOther, "/sources/"+v.Param("source"))
}

func (s *site) startRun(v *visit) error {
	src, err := sourceOf(v)
	if err != nil {
		return err
	}
	_, err = v.Connect.Start(v.Request().Context(), src.ID, connect.ByPerson)
	return s.afterwards(v, err)
}

func (s *site) pause(v *visit) error  { return s.setPaused(v, true) }
func (s *site) resume(v *visit) error { return s.setPaused(v, false) }

func (s *site) setPaused(v *visit, paused bool) error {
	src, err := sourceOf(v)
	if err != nil {
		return err
	}
	return s.afterwards(v, v.Connect.SetPaused(v.Request().Context(), src.ID, paused))
}

func (s *site) setSecrets(v *visit) error {
	src, err := sourceOf(v)
	if err != nil {
		return err
	}
	p, ok := v.Connect.Program(src.Connector)
	if !ok {
		return core.E(core.NotFound, "find connector", nil)
	}
	secrets := map[string]core.Secret{}
	for _, f := range p.Manifest.Fields {
		if connect.IsSecret(f) {
			secrets[f.Name] = core.Secret(v.FormValue("f-" + f.Name))
		}
	}
	ctx := v.Request().Context()
	run, err := v.Connect.SetSecrets(ctx, src.ID, secrets)
	if err == nil && run == 0 {
		_, err = v.Connect.Start(ctx, src.ID, connect.ByPerson)
	}
	return s.afterwards(v, err)
}

func (s *site) remove(v *visit) error {
	src, err := sourceOf(v)
	if err != nil {
		return err
	}
	if v.FormValue("sure") != "yes" {
		return s.afterwards(v, nil)
	}
	if err := v.Connect.Forget(v.Request().Context(), src.ID); err != nil {
		return s.afterwards(v, err)
	}
	return v.Redirect(http.StatusSeeOther, "/sources")
}
