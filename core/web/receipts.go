package web

import (
	"encoding/json"
	"net/http"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/act"
	"github.com/domicile-home/domicile/core/locale"
)

type receiptsPage struct {
	frame
	Lines       []receiptLine
	First, Next string
}

// A receiptLine is one receipt in a list. App, Title and Recipient are foreign
// text.
type receiptLine struct {
	Href                  string
	When                  moment
	App, Title, Recipient string
	State                 standing
}

// receipts lists what the person signed, the newest first.
func (s *site) receipts(v *visit) error {
	page := &receiptsPage{frame: s.frame(v, v.l.T("receipts.title"))}
	cursor := act.Cursor(v.QueryParam("cursor"))
	list, next, err := v.Acts.List(v.Request().Context(), cursor, 0)
	if err != nil {
		return err
	}
	for _, r := range list {
		line, err := s.receiptLine(v, r)
		if err != nil {
			return err
		}
		page.Lines = append(page.Lines, line)
	}
	if cursor != "" {
		page.First = "/receipts"
	}
	if next != "" {
		page.Next = "/receipts?cursor=" + string(next)
	}
	return s.render(v.Context, http.StatusOK, "receipts", page)
}

func (s *site) receiptLine(v *visit, r act.Receipt) (receiptLine, error) {
	w := r.In(string(v.l.Lang))
	backs, err := withdrawals(v, r)
	return receiptLine{receiptPath(r.ID), s.moment(v, r.At), w.App, w.Title, w.Recipient, s.actStanding(v.l, r, backs)}, err
}

// withdrawals are the acts that took r back.
func withdrawals(v *visit, r act.Receipt) (all []act.Receipt, err error) {
	for _, id := range r.Withdrawals {
		back, err := v.Acts.Get(v.Request().Context(), id)
		if err != nil {
			return nil, err
		}
		all = append(all, back)
	}
	return all, nil
}

func receiptPath(id act.ID) string { return "/receipts/" + id.String() }

// actStanding says what became of an act, and whether it was taken back.
func (s *site) actStanding(l *locale.Locale, r act.Receipt, backs []act.Receipt) standing {
	if len(backs) > 0 && backs[len(backs)-1].State != act.Failed {
		if last := backs[len(backs)-1]; last.Answer.IsGood() {
			return standing{l.T("receipt.withdrawn"), "idle"}
		}
		return standing{l.T("receipt.withdrawing"), "bad"}
	}
	switch {
	case r.State == act.Sending:
		return standing{l.T("receipt.sending"), "busy"}
	case r.State == act.Unknown:
		return standing{l.T("receipt.unknown"), "bad"}
	case r.State == act.Silent:
		return standing{l.T("receipt.silent"), "bad"}
	case r.State == act.Failed:
		return standing{l.T("receipt.failed"), "bad"}
	case !r.Answer.IsGood():
		return standing{l.T("receipt.refused", "status", r.Answer.Status), "bad"}
	}
	return standing{Words: l.T("receipt.answered")}
}

type receiptPage struct {
	frame
	ID, Heading, Purpose string // Heading, Purpose and Says are foreign text
	Says                 []act.Said
	State                standing
	Words                *advice // what it means, and what can be done
	Facts                []fact
	Promises             []fact // foreign in part
	Body                 string
	Answer, AnswerNote   string // Answer is foreign text
	AnswerFacts          []fact
	Backs                []receiptLine
	Of                   string // address of the receipt that this one takes back
	CanWithdraw          bool
	NoWithdrawal         string
}

func receiptOf(v *visit) (act.Receipt, error) {
	id, err := act.ParseID(v.Param("receipt"))
	if err != nil {
		return act.Receipt{}, core.E(core.NotFound, "find receipt", err)
	}
	return v.Acts.Get(v.Request().Context(), id)
}

// receipt shows what was sent and what came back.
func (s *site) receipt(v *visit) error {
	r, err := receiptOf(v)
	if err != nil {
		return err
	}
	backs, err := withdrawals(v, r)
	if err != nil {
		return err
	}
	w := r.In(string(v.l.Lang))
	page := &receiptPage{frame: s.frame(v, v.l.T("receipt.title")), ID: r.ID.String(), Heading: w.Title, Purpose: w.Purpose, Says: w.Says, Body: string(r.Body),
		State: s.actStanding(v.l, r, backs), Words: s.became(v.l, r), Facts: s.receiptFacts(v.l, r, w), Promises: promises(v.l, r.Act, w)}
	if r.State == act.Sending {
		page.live(v.Context)
	}
	page.answer(v.l, r.Answer)
	for _, back := range backs {
		line := receiptLine{Href: receiptPath(back.ID), When: s.moment(v, back.At), Title: back.In(string(v.l.Lang)).Title, State: s.actStanding(v.l, back, nil)}
		page.Backs = append(page.Backs, line)
	}
	switch {
	case r.Withdraws != (act.ID{}):
		page.Of = receiptPath(r.Withdraws)
	case r.State == act.Failed || r.State == act.Sending:
	case r.Undo == nil:
		page.NoWithdrawal = v.l.T("receipt.no-withdrawal")
	default:
		page.CanWithdraw = len(backs) == 0 || backs[len(backs)-1].State != act.Sending && !backs[len(backs)-1].Answer.IsGood()
	}
	return s.render(v.Context, http.StatusOK, "receipt", page)
}

// became says what a state means.
func (s *site) became(l *locale.Locale, r act.Receipt) *advice {
	switch r.State {
	case act.Answered:
		return nil
	case act.Silent:
		a := adviceFor(l, "receipt.words-silent", "since", l.Moment(r.At.In(s.Zone), s.Zone))
		return a
	case act.Failed:
		a := adviceFor(l, "receipt.words-failed")
		a.Do = joined(l.T("problem."+string(r.Code))+".", a.Do)
		return a
	}
	return adviceFor(l, "receipt.words-"+string(r.State))
}

func (s *site) receiptFacts(l *locale.Locale, r act.Receipt, w act.Words) []fact {
	facts := []fact{{Name: l.T("receipt.at"), Value: l.Moment(r.At.In(s.Zone), s.Zone)}, {Name: l.T("receipt.app"), Value: w.App + " " + r.Version},
		{Name: l.T("receipt.recipient"), Value: w.Recipient}, {Name: l.T("act.to"), Value: "POST " + r.Act.Recipient.URL}, {Name: l.T("receipt.name"), Value: r.ID.String()}}
	return append(facts, fact{Name: l.T("receipt.digest"), Value: r.Digest})
}

func (p *receiptPage) answer(l *locale.Locale, a *act.Answer) {
	if a == nil {
		return
	}
	p.AnswerFacts = []fact{{Name: l.T("receipt.status"), Value: l.Int(int64(a.Status))}}
	for _, name := range []string{"Date", "Content-Type", "Location", "Retry-After"} {
		if a.Header[name] != "" {
			p.AnswerFacts = append(p.AnswerFacts, fact{Name: name, Value: a.Header[name]})
		}
	}
	switch {
	case len(a.Body) == 0:
		p.AnswerNote = l.T("receipt.no-body")
	case !a.IsText():
		p.AnswerNote = l.T("receipt.no-text", "size", l.Size(int64(len(a.Body))))
	default:
		p.Answer = string(a.Body)
	}
	if a.IsCut {
		p.AnswerNote = joined(p.AnswerNote, l.T("receipt.cut", "size", l.Size(act.MaxAnswer)))
	}
}

// downloadReceipt sends a receipt in the fields of ISO/IEC TS 27560.
func (s *site) downloadReceipt(v *visit) error {
	r, err := receiptOf(v)
	if err != nil {
		return err
	}
	backs, err := withdrawals(v, r)
	if err != nil {
		return err
	}
	out, err := json.MarshalIndent(r.Consent(string(v.l.Lang), backs), "", " ")
	if err != nil {
		return err
	}
	v.Response().Header().Set("Content-Disposition", `attachment; filename="receipt-`+r.ID.String()[:8]+`.json"`)
	return v.Blob(http.StatusOK, "application/json", append(out, '\n'))
}
