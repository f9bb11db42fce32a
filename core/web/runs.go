package web

import (
	"net/http"
	"strconv"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/fetch"
)

type runPage struct {
	frame
	Source, Label, Number, Href string
	State                       standing
	Problem                     *advice
	Facts                       []fact
	Doubles                     []doubleLine
	CanUndo, NeedsPerson        bool
	UndoWords                   string
	Hops                        []hopRow
	Log                         []logRow
}

type (
	hopRow struct{ At, What, Answer, Received string }
	logRow struct{ At, Level, Message string }
)

func runOf(v *visit) (connect.Source, connect.Run, error) {
	src, err := sourceOf(v)
	if err != nil {
		return src, connect.Run{}, err
	}
	n, err := strconv.ParseUint(v.Param("run"), 10, 64)
	if err != nil {
		return src, connect.Run{}, core.E(core.NotFound, "find run", err)
	}
	r, _, err := v.Connect.Watch(v.Request().Context(), src.ID, core.RunID(n))
	return src, r, err
}

func (s *site) run(v *visit) error {
	src, r, err := runOf(v)
	if err != nil {
		return err
	}
	number := strconv.FormatUint(uint64(r.ID), 10)
	page := &runPage{frame: s.frame(v, v.l.T("run.title", "n", number)+" · "+src.Label), Source: src.ID.String(), Label: src.Label,
		Number: number, Href: runPath(r), State: runStanding(v.l, &r), Facts: s.runFacts(v, r)}
	if r.Problem != nil {
		page.Problem = adviceFor(v.l, "problem."+string(r.Problem.Code))
		page.NeedsPerson = r.Problem.Code.NeedsPerson() && src.LastRun == r.ID
	}
	if !r.State.HasEnded() {
		page.live(v.Context)
	} else if page.Doubles, err = s.doublesOf(v, src.ID); err != nil {
		return err
	}
	page.CanUndo = r.State.HasEnded() && !r.Undone && r.Counts.Added+r.Counts.Updated > 0
	page.UndoWords = v.l.N("run.undo-words", r.Counts.Added+r.Counts.Updated)
	log, hops, err := v.Connect.Log(v.Request().Context(), src.ID, r.ID)
	if err != nil {
		return err
	}
	for _, h := range hops {
		page.Hops = append(page.Hops, s.hop(v, h))
	}
	for _, l := range log {
		page.Log = append(page.Log, logRow{l.At.In(s.Zone).Format("15:04:05"), l.Level, l.Message})
	}
	return s.render(v.Context, http.StatusOK, "run", page)
}

func (s *site) runFacts(v *visit, r connect.Run) []fact {
	facts := []fact{
		{Name: v.l.T("run.started"), Value: v.l.Moment(r.Started, s.Zone)},
		{Name: v.l.T("run.by"), Value: v.l.T("trigger." + string(r.Trigger))},
		{Name: v.l.T("source.brought"), Value: brought(v.l, r.Counts)},
		{Name: v.l.T("from.connector"), Value: r.Connector + " " + r.Version},
	}
	if r.File != nil {
		facts = append(facts, fact{Name: v.l.T("from.file"), Value: r.File.Name, Href: filePath(r.Source, r.File.File)})
	}
	if r.Problem != nil && r.Problem.Message != "" {
		facts = append(facts, fact{Name: v.l.T("run.said"), Value: r.Problem.Message})
	}
	if r.State.HasEnded() {
		facts = append(facts, fact{Name: v.l.T("run.took"), Value: v.l.T("run.took-words",
			"seconds", v.l.Decimal(r.Ended.Sub(r.Started).Seconds(), 1), "memory", v.l.Size(r.Use.Memory), "received", v.l.Size(r.Use.Received))})
	}
	return facts
}

func (s *site) hop(v *visit, h fetch.Hop) hopRow {
	answer := strconv.Itoa(h.Status)
	if h.Denied != "" {
		answer = v.l.T("run.denied") + ": " + string(h.Denied)
	}
	return hopRow{h.At.In(s.Zone).Format("15:04:05"), h.Method + " " + h.Host + h.Path, answer, v.l.Size(h.Received)}
}

func (s *site) cancelRun(v *visit) error {
	src, r, err := runOf(v)
	if err != nil {
		return err
	}
	err = v.Connect.Cancel(src.ID, r.ID)
	if core.CodeOf(err) == core.NotFound {
		err = nil // it ended meanwhile
	}
	return s.afterwards(v, err)
}

func (s *site) answerRun(v *visit) error {
	src, r, err := runOf(v)
	if err != nil {
		return err
	}
	return s.afterwards(v, v.Connect.Answer(src.ID, r.ID, v.FormValue("answer")))
}

func (s *site) undoRun(v *visit) error {
	src, r, err := runOf(v)
	if err != nil {
		return err
	}
	_, err = v.Connect.Undo(v.Request().Context(), src.ID, r.ID)
	return s.afterwards(v, err)
}
