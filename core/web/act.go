package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/act"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	choicePrefix = "choice-" // of a form's names: what the app proposed or the person chose
	textPrefix   = "text-"   // what the person typed
	answerWait   = 2 * time.Second
)

// An actPage shows what an act would send, and takes the signature.
type actPage struct {
	frame
	Back, BackLabel  string // BackLabel is foreign text
	Action           string // where the form is posted
	Heading          string // foreign text, as Purpose, Recipient and Says
	Purpose          string
	Recipient        string
	Promises         []fact // foreign in part
	Host, URL        string
	Facts            []fact
	Says             []act.Said
	Fill             []actInput // what is to be filled in first
	Hidden           []option
	Body, ID, Digest string
	Address          string // to be allowed, "" for none
	Allowed          bool
	Problem          *advice
	Wrong            map[string]string // by field: password, address
}

// An actInput is one field to fill in.
type actInput struct {
	Name, Label, Value, Wrong string // Label is foreign text
	Options                   []option
	Optional                  bool
}

func (s *site) routeActs(e *echo.Echo) {
	e.GET("/apps/:app/acts/:act", s.inside(s.showAct))
	e.POST("/apps/:app/acts/:act", s.inside(s.signAct))
	e.GET("/receipts", s.inside(s.receipts))
	e.GET("/receipts/:receipt", s.inside(s.receipt))
	e.GET("/receipts/:receipt/receipt.json", s.inside(s.downloadReceipt))
	e.GET("/receipts/:receipt/withdraw", s.inside(s.showWithdrawal))
	e.POST("/receipts/:receipt/withdraw", s.inside(s.signWithdrawal))
}

// actPath is where an act is shown, with what the app proposed.
func actPath(app, id string, choices map[string]string) string {
	values := url.Values{}
	for name, value := range choices {
		values.Set(choicePrefix+name, value)
	}
	path := appPath(app) + "/acts/" + id
	if len(values) > 0 {
		path += "?" + values.Encode()
	}
	return path
}

// actOf returns the act that the address names, and its app.
func actOf(v *visit) (*program.Program, protocol.Act, error) {
	p, _, err := appOf(v)
	if err != nil {
		return nil, protocol.Act{}, err
	}
	a, ok := p.Manifest.Act(v.Param("act"))
	if !ok || a.Withdraws != "" {
		return nil, a, core.E(core.NotFound, "find act", nil)
	}
	return p, a, nil
}

// given returns the values of a prefix.
func given(values url.Values, prefix string) map[string]string {
	all := map[string]string{}
	for name := range values {
		if field, ok := strings.CutPrefix(name, prefix); ok && values.Get(name) != "" {
			all[field] = values.Get(name)
		}
	}
	return all
}

// showAct shows what an act would send, or first what is missing. The address
// holds choices only: no text gets into an act by a link.
func (s *site) showAct(v *visit) error {
	p, a, err := actOf(v)
	if err != nil {
		return err
	}
	r := act.Request{Act: a.ID, Choices: given(v.QueryParams(), choicePrefix)}
	if err := program.CheckChoices(a, r.Choices); err != nil {
		return core.E(core.Invalid, "show act", err)
	}
	isText := func(f protocol.ActField) bool { return f.Kind == protocol.ActText }
	if wrong := act.Check(a, r.Choices, nil); len(wrong) > 0 || slices.ContainsFunc(a.Fields, isText) {
		return s.fillAct(v, p, a, r, nil)
	}
	d, err := act.Prepare(p, r)
	if err != nil {
		return err
	}
	return s.showDraft(v, s.draftPage(v, d, r), http.StatusOK)
}

// fillAct asks for what is missing or wrong. What an app proposed is not asked.
func (s *site) fillAct(v *visit, p *program.Program, a protocol.Act, r act.Request, wrong map[string]act.Fault) error {
	page := &actPage{Back: appPath(p.Manifest.ID), BackLabel: appName(v, p), Action: actPath(p.Manifest.ID, a.ID, nil)}
	page.frame = s.frame(v, v.l.T("act.title"))
	w := func(key string) string { return text(v, p, key) }
	page.Heading, page.Purpose, page.Recipient = w(a.Title), w(a.Purpose), w(a.Recipient.Name)
	for _, f := range a.Fields {
		if f.Kind == protocol.ActChoice && r.Choices[f.Name] != "" && wrong[f.Name] == "" {
			page.Hidden = append(page.Hidden, option{Value: r.Choices[f.Name], Label: choicePrefix + f.Name})
			continue
		}
		in := actInput{Name: textPrefix + f.Name, Label: w(f.Label), Value: r.Typed[f.Name], Optional: f.Optional}
		if fault := wrong[f.Name]; fault != "" {
			in.Wrong = v.l.T("act.fault-" + string(fault))
		}
		if f.Kind == protocol.ActChoice {
			in.Name = choicePrefix + f.Name
			for _, o := range f.Options {
				in.Options = append(in.Options, option{Value: o.Value, Label: render.Apart(w(o.Label))})
			}
		}
		page.Fill = append(page.Fill, in)
	}
	status := http.StatusOK
	if wrong != nil {
		page.Problem, status = adviceFor(v.l, "act.wrong"), http.StatusBadRequest
	}
	return s.render(v.Context, status, "act", page)
}

// draftPage shows a draft to its last byte.
func (s *site) draftPage(v *visit, d act.Draft, r act.Request) *actPage {
	w := d.In(string(v.l.Lang))
	page := &actPage{frame: s.frame(v, v.l.T("act.title")), Back: appPath(d.App), BackLabel: w.App, Action: actPath(d.App, d.Act.ID, nil),
		Heading: w.Title, Purpose: w.Purpose, Recipient: w.Recipient, Host: d.Host(), URL: d.Act.Recipient.URL, Says: w.Says,
		Body: string(d.Body), ID: d.ID.String(), Digest: d.Digest().String(), Wrong: map[string]string{}}
	if d.Withdraws != (act.ID{}) {
		page.Back, page.BackLabel = receiptPath(d.Withdraws), v.l.T("receipt.title")
		page.Action = page.Back + "/withdraw"
	}
	if at, ok := d.Address(); ok {
		page.Address = at.String()
	}
	page.Facts = []fact{{Name: v.l.T("act.to"), Value: "POST " + page.URL}, {Name: v.l.T("act.as"), Value: d.Act.MediaType}, {Name: v.l.T("act.size"), Value: v.l.N("act.bytes", len(d.Body))}}
	page.Promises = promises(v.l, d.Act, w)
	for _, f := range d.Act.Fields {
		if value := r.Choices[f.Name]; value != "" {
			page.Hidden = append(page.Hidden, option{Value: value, Label: choicePrefix + f.Name})
		}
		if value := r.Typed[f.Name]; value != "" {
			page.Hidden = append(page.Hidden, option{Value: value, Label: textPrefix + f.Name})
		}
	}
	return page
}

// promises are what the recipient says of what it does with what it gets, by what
// the app declares. Receipts of before this was asked hold less.
func promises(l *locale.Locale, a protocol.Act, w act.Words) (list []fact) {
	to := a.Recipient
	add := func(name, value string) {
		if value != "" {
			list = append(list, fact{Name: name, Value: value})
		}
	}
	if valid := periodWords(l, a.Valid); valid != "" {
		add(l.T("act.valid"), l.T("act.valid-for", "period", valid))
	}
	add(l.T("act.keeps"), periodWords(l, to.Keeps))
	if len(to.Stores) > 0 {
		add(l.T("act.stores"), countries(l, to.Stores...))
		add(l.T("act.shares"), cmp.Or(strings.Join(w.Shares, " · "), l.T("act.shares-none")))
		add(l.T("act.law"), countries(l, to.Country))
		add(l.T("act.kind"), l.T("act.kind-"+string(to.Kind)))
	}
	add(l.T("act.post"), w.Address)
	add(l.T("act.contact"), w.Contact)
	add(l.T("act.notice"), to.Notice)
	return list
}

func countries(l *locale.Locale, codes ...string) string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = l.Country(code)
	}
	return strings.Join(names, " · ")
}

// periodWords says a period of a manifest, such as P18M.
func periodWords(l *locale.Locale, period string) string {
	months, err := program.Months(period)
	switch {
	case period == "" || err != nil: // checked when the program was loaded
		return ""
	case months%12 == 0:
		return l.N("act.years", months/12)
	}
	return l.N("act.months", months)
}

func (s *site) showDraft(v *visit, page *actPage, status int) error {
	return s.render(v.Context, status, "act", page)
}

// signAct takes what was filled in and shows the draft; or, with the draft that
// the person saw, the signature.
func (s *site) signAct(v *visit) error {
	p, a, err := actOf(v)
	if err != nil {
		return err
	}
	form, err := v.FormParams()
	if err != nil {
		return core.E(core.Invalid, "read form", err)
	}
	r := act.Request{Act: a.ID, Choices: given(form, choicePrefix), Typed: given(form, textPrefix)}
	if wrong := act.Check(a, r.Choices, r.Typed); len(wrong) > 0 {
		return s.fillAct(v, p, a, r, wrong)
	}
	seen := form.Get("draft")
	if seen != "" {
		if r.ID, err = act.ParseID(seen); err != nil {
			return err
		}
	}
	d, err := act.Prepare(p, r)
	if err != nil {
		return err
	}
	if seen == "" {
		return s.showDraft(v, s.draftPage(v, d, r), http.StatusOK)
	}
	return s.sign(v, d, s.draftPage(v, d, r))
}

// sign signs the draft that the person saw, and goes to its receipt. Another
// draft than that is shown again.
func (s *site) sign(v *visit, d act.Draft, page *actPage) error {
	page.Allowed = v.FormValue("allow") == "yes"
	if v.FormValue("digest") != d.Digest().String() {
		page.Problem = adviceFor(v.l, "act.changed")
		return s.showDraft(v, page, http.StatusConflict)
	}
	wrong := func(field, what string, status int) error {
		page.Problem, page.Wrong[field] = adviceFor(v.l, "act.wrong"), what
		return s.showDraft(v, page, status)
	}
	if page.Address != "" && !page.Allowed {
		return wrong("address", v.l.T("act.allow-first"), http.StatusBadRequest)
	}
	attempt, err := s.Attempts.Begin(addressOf(v.Request()))
	if e, ok := asError(err); ok {
		return wrong("password", v.l.T("unlock.wait", "n", e.Args["seconds"]), http.StatusForbidden)
	}
	ctx := v.Request().Context()
	err = v.Acts.Sign(ctx, d, act.Signing{Proof: core.Secret(v.FormValue("password")), Allow: page.Allowed})
	switch core.CodeOf(err) {
	case "":
		attempt.Succeeded()
	case core.Unauthenticated:
		return wrong("password", v.l.T("problem.unauthenticated"), http.StatusForbidden)
	case core.Conflict: // signed before: a second click, or a form sent again
		attempt.Succeeded()
		if _, err := v.Acts.Get(ctx, d.ID); core.CodeOf(err) == core.NotFound && d.Withdraws != (act.ID{}) {
			return v.Redirect(http.StatusSeeOther, receiptPath(d.Withdraws))
		}
	default:
		return err
	}
	short, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	if _, err := v.Acts.Settle(short, d.ID); err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, receiptPath(d.ID))
}

// withdrawalOf drafts the act that takes back what the address names.
func withdrawalOf(v *visit, id act.ID) (act.Draft, error) {
	of, err := act.ParseID(v.Param("receipt"))
	if err != nil {
		return act.Draft{}, core.E(core.NotFound, "find receipt", err)
	}
	r, err := v.Acts.Get(v.Request().Context(), of)
	if err != nil {
		return act.Draft{}, err
	}
	return act.PrepareWithdrawal(r, id)
}

func (s *site) showWithdrawal(v *visit) error {
	d, err := withdrawalOf(v, act.ID{})
	if err != nil {
		return err
	}
	return s.showDraft(v, s.draftPage(v, d, act.Request{}), http.StatusOK)
}

func (s *site) signWithdrawal(v *visit) error {
	id, err := act.ParseID(v.FormValue("draft"))
	if err != nil {
		return err
	}
	d, err := withdrawalOf(v, id)
	if err != nil {
		return err
	}
	return s.sign(v, d, s.draftPage(v, d, act.Request{}))
}
