package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
)

type whyPage struct {
	frame
	Name, About, Figure string // foreign texts
	Back                string
	Count, Total, More  string
	Lines               []line
}

const (
	whyLines  = 100         // records listed behind a figure
	whySummed = maxTotalled // records added up behind a figure
)

// why lists the records behind a figure of an app's view. The app shows the
// same for the same, so the home has it show the view again and takes the figure
// by its place; what the app was not told stays with the home.
func (s *site) why(v *visit) error {
	p, g, err := appOf(v)
	if err != nil {
		return err
	}
	link, err := linkOf(v.Param("view"), v.QueryParams())
	if err != nil {
		return err
	}
	if g.Standing(s.now()) != apps.Active {
		return v.Redirect(http.StatusSeeOther, appPath(p.Manifest.ID))
	}
	ctx := v.Request().Context()
	shown, err := v.Apps.Show(ctx, apps.Request{App: p.Manifest.ID, Link: link, Locale: string(v.l.Lang)})
	if err != nil {
		return s.appFailed(v, p, g, err)
	}
	causes := causesOf(v.l, shown.View)
	n, err := strconv.Atoi(v.Param("why"))
	if err != nil || n < 1 || n > len(causes) {
		return core.E(core.NotFound, "find figure", errors.New(v.Param("why")))
	}
	c := causes[n-1]
	records, count, err := shown.Behind(ctx, c.why, whySummed)
	if err != nil {
		return s.appFailed(v, p, g, err)
	}
	page := &whyPage{frame: s.frame(v, v.l.T("why.title")), Name: appName(v, p), About: clip(c.About, maxTitle), Figure: clip(c.Figure, maxTitle),
		Back: appAddresses{id: p.Manifest.ID}.View(link), Count: v.l.N("why.count", count)}
	page.list(v, records, count)
	return s.render(v.Context, http.StatusOK, "why", page)
}

// list shows the records and what they come to, where all of them are amounts
// of one type in one currency.
func (p *whyPage) list(v *visit, records []core.Record, count int) {
	sum, isOne := &total{}, true
	for i, r := range records {
		if i < whyLines {
			p.Lines = append(p.Lines, lineOf(v.l, r))
		}
		sum.add(r)
		isOne = isOne && r.Type == records[0].Type
	}
	if isOne && count == len(records) {
		p.Total = sum.text(v.l)
	}
	if count > len(p.Lines) {
		p.More = v.l.N("why.more", count-len(p.Lines))
	}
}
