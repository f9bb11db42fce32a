package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
)

const (
	pageEntries = 100  // entries of one page
	verifyUpTo  = 2000 // entries that are verified at each look; more on demand
	sumUpTo     = 5    // pages of ledger.MaxPage summed up for one day
)

type activityPage struct {
	frame
	Nothing                bool // the ledger is empty
	Kinds, Sources, Tokens []option
	Apps                   []option
	Day                    string // "2026-03-15"
	Days                   []activityDay
	First, Next            string
	Problem                *advice
	Head, Size             string
	Kept                   string  // head to compare with, as typed
	Verified               *advice // nil: not verified yet
	Damaged                bool
}

type activityDay struct {
	Name, Left string
	Lines      []told
}

// activity shows the ledger as a story by day.
func (s *site) activity(v *visit) error { return s.showActivity(v, http.StatusOK) }

func (s *site) showActivity(v *visit, status int) error {
	ctx := v.Request().Context()
	head, err := v.Ledger.Head(ctx)
	if err != nil {
		return err
	}
	page := &activityPage{frame: s.frame(v, v.l.T("activity.title")), Nothing: head.Size == 0, Head: head.String(),
		Size: v.l.N("activity.size", int(head.Size)), Day: v.QueryParam("day"), Kept: v.QueryParam("head")}
	filter, problem := s.activityFilter(v)
	if problem != nil {
		page.Problem, status = problem, http.StatusBadRequest
	}
	if err := page.verify(v, head); err != nil {
		return err
	}
	found, err := v.Ledger.List(ctx, filter, ledger.Cursor(v.QueryParam("cursor")), pageEntries)
	if err != nil {
		return err
	}
	if page.Days, err = s.tellDays(v, found.Entries); err != nil {
		return err
	}
	if v.QueryParam("cursor") != "" {
		page.First = activityLink(v.QueryParams(), "")
	}
	if found.Next != "" {
		page.Next = activityLink(v.QueryParams(), string(found.Next))
	}
	if err := page.offer(s, v); err != nil {
		return err
	}
	return s.render(v.Context, status, "activity", page)
}

// activityFilter reads the filters from the address. What cannot be read is
// left out and said.
func (s *site) activityFilter(v *visit) (f ledger.Filter, problem *advice) {
	f.Kind, f.Token = ledger.Kind(v.QueryParam("kind")), v.QueryParam("token")
	f.App = v.QueryParam("app")
	if text := v.QueryParam("source"); text != "" {
		id, err := core.ParseSourceID(text)
		if err != nil {
			problem = adviceFor(v.l, "activity.bad-filter")
		}
		f.Source = id
	}
	if text := v.QueryParam("day"); text != "" {
		day, err := time.ParseInLocation(time.DateOnly, text, s.Zone)
		if err != nil {
			return f, adviceFor(v.l, "activity.bad-filter")
		}
		f.From, f.To = day, day.AddDate(0, 0, 1)
	}
	return f, problem
}

// activityLink is the page's address with another cursor.
func activityLink(params url.Values, cursor string) string {
	values := url.Values{}
	for _, name := range []string{"kind", "source", "token", "app", "day"} {
		if params.Get(name) != "" {
			values.Set(name, params.Get(name))
		}
	}
	if cursor != "" {
		values.Set("cursor", cursor)
	}
	return "/activity?" + values.Encode()
}

// offer fills the filters with what there is.
func (p *activityPage) offer(s *site, v *visit) (err error) {
	for _, kind := range ledger.Kinds() {
		p.Kinds = append(p.Kinds, option{string(kind), v.l.T(kindKeys()[kind]), string(kind) == v.QueryParam("kind")})
	}
	if p.Sources, err = s.sourceOptions(v); err != nil {
		return err
	}
	for _, program := range v.Apps.All() {
		p.Apps = append(p.Apps, option{program.Manifest.ID, appName(v, program), program.Manifest.ID == v.QueryParam("app")})
	}
	tokens, err := v.Tokens.List(v.Request().Context())
	for _, t := range tokens {
		p.Tokens = append(p.Tokens, option{t.ID, t.Name, t.ID == v.QueryParam("token")})
	}
	return err
}

// verify walks the ledger when it is small, when the person asks, or to compare
// it with a head that they kept.
func (p *activityPage) verify(v *visit, head ledger.Head) error {
	var kept []ledger.Head
	if p.Kept != "" {
		old, err := ledger.ParseHead(p.Kept)
		if err != nil {
			p.Verified, p.Damaged = adviceFor(v.l, "activity.bad-head"), true
			return nil
		}
		kept = append(kept, old)
	}
	if head.Size > verifyUpTo && v.QueryParam("verify") == "" && kept == nil {
		return nil
	}
	stats, err := v.Ledger.Verify(v.Request().Context(), kept, func(error) {})
	if err != nil {
		return err
	}
	switch {
	case stats.Damages > 0:
		p.Verified, p.Damaged = adviceFor(v.l, "activity.damaged", "n", v.l.Int(int64(stats.Damages))), true
	case kept != nil:
		p.Verified = adviceFor(v.l, "activity.grew")
	default:
		p.Verified = adviceFor(v.l, "activity.sound")
	}
	return nil
}

// tellDays puts entries under their days.
func (s *site) tellDays(v *visit, entries []ledger.Entry) (days []activityDay, err error) {
	st, err := s.teller(v)
	if err != nil {
		return nil, err
	}
	var last time.Time
	for _, e := range entries {
		year, month, date := e.At.In(s.Zone).Date()
		if day := time.Date(year, month, date, 0, 0, 0, 0, s.Zone); len(days) == 0 || !day.Equal(last) {
			left, err := s.leftOn(v, day)
			if err != nil {
				return nil, err
			}
			days, last = append(days, activityDay{Name: v.l.Day(day), Left: left}), day
		}
		d := &days[len(days)-1]
		d.Lines = st.fold(d.Lines, st.tell(e))
	}
	return days, nil
}

// leftOn says what left the home on a day: requests of connectors, and records
// that tokens read.
func (s *site) leftOn(v *visit, day time.Time) (string, error) {
	filter := ledger.Filter{From: day, To: day.AddDate(0, 0, 1)}
	hosts, requests, sent, read := map[string]bool{}, 0, int64(0), 0
	cursor := ledger.Cursor("")
	for range sumUpTo {
		page, err := v.Ledger.List(v.Request().Context(), filter, cursor, ledger.MaxPage)
		if err != nil {
			return "", err
		}
		for _, e := range page.Entries {
			for _, h := range e.Egress {
				hosts[h.Name] = hosts[h.Name] || h.Requests > 0
				requests, sent = requests+h.Requests, sent+h.Sent
			}
			if e.Kind == ledger.Use {
				read += e.Records
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	switch {
	case cursor != "":
		return v.l.T("activity.left-many"), nil
	case requests == 0 && read == 0:
		return v.l.T("activity.left-nothing"), nil
	}
	text := ""
	if requests > 0 {
		text = v.l.N("activity.left-requests", requests, "hosts", v.l.N("activity.hosts", len(hosts)), "sent", v.l.Size(sent))
	}
	if read > 0 {
		text = joined(text, v.l.N("activity.left-read", read))
	}
	return text, nil
}

// joined puts a sentence after another.
func joined(text, more string) string {
	if text == "" || more == "" {
		return text + more
	}
	return text + " " + more
}

// exportActivity sends the whole ledger with its proofs; docs/ledger.md says how
// to check them. The export is its own last entry.
func (s *site) exportActivity(v *visit) error {
	ctx := v.Request().Context()
	if err := v.Ledger.Append(ctx, ledger.Entry{Kind: ledger.Export, What: "activity"}); err != nil {
		return err
	}
	head, err := v.Ledger.Head(ctx)
	if err != nil {
		return err
	}
	res := v.Response()
	res.Header().Set("Content-Type", "application/json")
	res.Header().Set("Content-Disposition", `attachment; filename="activity.json"`)
	res.WriteHeader(http.StatusOK)
	enc := json.NewEncoder(res)
	write := func(text string) error {
		_, err := res.Write([]byte(text))
		return err
	}
	if err := write(`{"head":"` + head.String() + `","entries":[` + "\n"); err != nil {
		return err
	}
	for from := uint64(0); from < head.Size; {
		proofs, err := v.Ledger.ProveUnder(ctx, head, from, ledger.MaxPage)
		if err != nil {
			return err // the file ends short of its closing brackets
		}
		for _, p := range proofs {
			if p.Number > 0 {
				if err := write(","); err != nil {
					return err
				}
			}
			if err := enc.Encode(p); err != nil {
				return err
			}
		}
		from += uint64(len(proofs))
	}
	return write("]}\n")
}

// routeOwn adds the pages about the home itself.
func (s *site) routeOwn(e *echo.Echo) {
	e.GET("/activity", s.inside(s.activity))
	e.POST("/activity/export", s.inside(s.exportActivity))
	e.GET("/settings", s.inside(s.settings))
	e.POST("/settings/theme", s.inside(s.setTheme))
	e.POST("/settings/password", s.inside(s.setPassword))
	e.POST("/settings/recovery", s.inside(s.makeRecovery))
	e.POST("/settings/recovery/check", s.inside(s.checkRecovery))
	e.POST("/settings/key-file/remove", s.inside(s.removeKeyFile))
	e.POST("/settings/sessions/others/revoke", s.inside(s.revokeOthers))
	e.POST("/settings/sessions/:session/revoke", s.inside(s.revokeSession))
	e.POST("/settings/tokens", s.inside(s.makeToken))
	e.POST("/settings/tokens/:token/revoke", s.inside(s.revokeToken))
	e.POST("/settings/compact", s.inside(s.compact))
}
