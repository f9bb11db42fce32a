package web

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/outlook"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

type homePage struct {
	frame
	Nothing bool // no source and no record yet
	Today   string
	Needs   []need
	Going   []going // runs under way
	Coming  []comingRow
	Came    []arrival
	Since   string // what Came tells of, in words
	Latest  []line
	Figures []figure
	Money   []accountRow
	Apps    []appFigure
}

// A need is something that only the person can do, or should know.
type need struct {
	Title, Do string // Title may hold foreign text
	Class     string // "error" or "warn"
	Href      string
	Action    string
	IsPost    bool // the action is a form without fields
	About     string
	AwayHref  string // of an alert that can be put away
	Away      string // which one
}

// A going is a run under way.
type going struct {
	Label, Href string
	State       standing
	Progress    *progressBar
}

type comingRow struct {
	Day          moment
	What, Vendor string // Vendor is foreign text
	Amount, Href string
}

// An arrival is what one source brought lately.
type arrival struct {
	Label, Href, Brought string
	At                   moment
}

// A figure is one chart, or one amount, with what it means in words.
type figure struct {
	Title, Value, About, Href string
	Chart                     template.HTML
}

// A moment is a time in words, exact for who wants it exactly.
type moment struct{ Text, Exact, ISO string }

func (s *site) home(v *visit) error {
	ctx := v.Request().Context()
	now := s.now()
	page := &homePage{frame: s.frame(v, v.l.T("home.title")), Today: v.l.Weekday(now)}
	counts, err := v.Query.Counts(ctx)
	if err != nil {
		return err
	}
	sources, err := v.Connect.Sources(ctx)
	if err != nil {
		return err
	}
	if page.Nothing = len(counts) == 0 && len(sources) == 0; page.Nothing {
		return s.render(v.Context, http.StatusOK, "home", page)
	}
	seen, isFirst := s.lastVisit(v, now)
	if page.Since = v.l.T("home.came-week"); !isFirst {
		page.Since = v.l.T("home.came-since", "since", v.l.Near(seen, now))
	}
	for _, src := range sources {
		if err := s.tell(v, page, src, seen); err != nil {
			return err
		}
	}
	slices.SortStableFunc(page.Came, func(a, b arrival) int { return strings.Compare(b.At.ISO, a.At.ISO) })
	look, err := v.Outlook.On(ctx, now)
	if err != nil {
		return err
	}
	for _, m := range look.Missing {
		page.Needs = append(page.Needs, missingNeed(v, m))
	}
	if err := tellNews(v, page); err != nil {
		return err
	}
	if err := s.tellApps(v, page); err != nil {
		return err
	}
	if err := tellPacks(v, page); err != nil {
		return err
	}
	page.Coming = s.comingRows(v, look.Coming, now)
	if page.Money, err = accountRows(v.l, look.Accounts); err != nil {
		return err
	}
	if page.Figures, err = figuresOf(v.l, look); err != nil {
		return err
	}
	if page.Latest, err = latest(ctx, v); err != nil {
		return err
	}
	if len(page.Going) > 0 {
		page.live(v.Context)
	}
	return s.render(v.Context, http.StatusOK, "home", page)
}

// recentRuns is how many runs of a source the first page reads.
const recentRuns = 8

// tellPacks says which packs no longer come from where they are fetched; of a
// server that cannot be reached, when it could not twice.
func tellPacks(v *visit, page *homePage) error {
	held, err := v.Packs.List(v.Request().Context())
	for _, p := range held {
		f := p.Feed
		if f == nil || f.Paused || f.Code == "" || f.Code == protocol.Unavailable && f.Failed < 2 {
			continue
		}
		said := packAdvice(v.l, f.Code, f.Why)
		page.Needs = append(page.Needs, need{Title: packName(v.l, p.ID), About: said.What, Do: said.Do, Class: "warn", Href: "/packs", Action: v.l.T("need.look")})
	}
	return err
}

// tell says what a source needs, does and brought since then.
func (s *site) tell(v *visit, page *homePage, src connect.Source, since time.Time) error {
	tellCode(v, page, src)
	runs, err := v.Connect.Runs(v.Request().Context(), src.ID, recentRuns)
	if err != nil || len(runs) == 0 {
		return err
	}
	last := runs[0]
	href := "/sources/" + src.ID.String()
	switch {
	case last.Question != nil:
		page.Needs = append(page.Needs, need{Title: src.Label, About: v.l.T("state.waiting"), Class: "warn", Href: href, Action: v.l.T("need.answer")})
	case last.Problem != nil && last.Mode != protocol.ModeFile:
		page.Needs = append(page.Needs, problemNeed(v, src, last))
	case !last.State.HasEnded():
		page.Going = append(page.Going, going{src.Label, href, standingOf(v.l, &last), progressOf(v.l, last.Progress)})
	}
	came := arrival{Label: src.Label, Href: "/timeline?source=" + src.ID.String()}
	total := last.Counts
	total.Added, total.Updated, total.Forgotten = 0, 0, 0
	var at time.Time
	for _, r := range runs {
		if r.Started.Before(since) || r.Undone {
			continue
		}
		total.Added, total.Updated, total.Forgotten = total.Added+r.Counts.Added, total.Updated+r.Counts.Updated, total.Forgotten+r.Counts.Forgotten
		if at.Before(r.Started) {
			at = r.Started
		}
	}
	if total.Added+total.Updated > 0 {
		came.Brought, came.At = brought(v.l, total), s.moment(v, at)
		page.Came = append(page.Came, came)
	}
	return nil
}

// A mend is the way out of a problem.
type mend struct {
	key    string // of the button's words
	path   string // behind the source's
	isPost bool
}

// mends says for each problem which button mends it.
func mends() map[core.Code]mend {
	run, look := mend{"source.run", "/run", true}, mend{"need.look", "", false}
	all := map[core.Code]mend{}
	for _, code := range core.Codes() {
		all[code] = look
	}
	for _, code := range []core.Code{protocol.Unavailable, protocol.RateLimited, protocol.OTPWrong, protocol.Limit, protocol.ActionNeeded} {
		all[code] = run
	}
	for _, code := range []core.Code{protocol.AuthFailed, protocol.AuthExpired, protocol.ConsentExpired} {
		all[code] = mend{"source.sign-in", "#credentials", false}
	}
	return all
}

func problemNeed(v *visit, src connect.Source, r connect.Run) need {
	said := adviceFor(v.l, "problem."+string(r.Problem.Code))
	m := mends()[r.Problem.Code]
	n := need{Title: src.Label, About: said.What, Do: said.Do, Class: "warn",
		Href: "/sources/" + src.ID.String() + m.path, Action: v.l.T(m.key), IsPost: m.isPost}
	if r.Problem.Code.NeedsPerson() {
		n.Class = "error"
	}
	return n
}

func missingNeed(v *visit, m outlook.Missing) need {
	return need{Title: m.Vendor, About: v.l.T("need.missing", "month", v.l.Month(m.Year, m.Month)), Do: v.l.T("need.missing.do"),
		Class: "warn", Href: "/records/" + m.Last.String(), Action: v.l.T("need.last-bill")}
}

// maxNews is how many records whose source changed what the person had
// corrected the first page tells; the others follow as these are dealt with.
const maxNews = 5

func tellNews(v *visit, page *homePage) error {
	news, err := v.Connect.Ingest.News(v.Request().Context())
	for _, r := range news[:min(len(news), maxNews)] {
		page.Needs = append(page.Needs, need{Title: clip(titleOf(v.l, r), maxTitle), About: v.l.T("need.news"), Class: "warn",
			Href: "/records/" + r.Ref.String(), Action: v.l.T("need.look")})
	}
	return err
}

// maxComing is how many things to come the first page tells.
const maxComing = 7

func (s *site) comingRows(v *visit, events []outlook.Event, now time.Time) (rows []comingRow) {
	for _, e := range events[:min(len(events), maxComing)] {
		row := comingRow{Day: dayMoment(v, e.Day, now), What: v.l.T("coming." + string(e.What)), Vendor: e.Vendor, Href: "/records/" + e.Ref.String()}
		if e.Amount != "" {
			row.Amount = v.l.Money(e.Amount, e.Currency)
			if e.What == outlook.Expected {
				row.Amount = v.l.T("coming.about", "amount", row.Amount)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// latestLines is how many records the first page lists.
const latestLines = 6

// latest returns the newest records that people look for: what comes in by the
// thousand, such as calls, has its own pages.
func latest(ctx context.Context, v *visit) (lines []line, err error) {
	page, err := v.Query.Timeline(ctx, query.Filter{Types: []record.Type{record.TypeBill, record.TypeDocument, record.TypeContract, record.TypeTransaction}}, "", latestLines)
	return linesOf(v.l, page.Records()), err
}

const (
	visitCookie = "visits"         // when this browser came before, and last
	visitGap    = 30 * time.Minute // a longer absence makes the next page a new visit
	firstLook   = 7 * 24 * time.Hour
)

// lastVisit returns when this browser came before, or a week ago and true when
// it never did. It is the browser that remembers; the home keeps no list of visits.
func (s *site) lastVisit(v *visit, now time.Time) (before time.Time, isFirst bool) {
	var last time.Time
	if c, err := v.Cookie(visitCookie); err == nil {
		if values, err := url.ParseQuery(c.Value); err == nil {
			before, last = unix(values.Get("before")), unix(values.Get("last"))
		}
	}
	if !last.IsZero() && now.Sub(last) > visitGap {
		before = last
	}
	value := url.Values{"last": {strconv.FormatInt(now.Unix(), 10)}}
	if !before.IsZero() {
		value.Set("before", strconv.FormatInt(before.Unix(), 10))
	}
	v.SetCookie(&http.Cookie{Name: visitCookie, Value: value.Encode(), Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: isSecure(v.Request()), HttpOnly: true, SameSite: http.SameSiteStrictMode})
	if before.IsZero() {
		return now.Add(-firstLook), true
	}
	return before, false
}

// unix reads a time; zero for what is none.
func unix(text string) time.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > 1<<40 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}
