package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

const pageLines = 100 // records of one page of a list

type timelinePage struct {
	frame
	Nothing        bool // the home holds no record yet
	Types, Sources []option
	From, Until    string // "2026-03"
	Months         []month
	First, Next    string
	Problem        *advice
}

type option struct {
	Value, Label string
	Selected     bool
}

type month struct {
	Name  string
	Lines []line
}

func (s *site) timeline(v *visit) error {
	ctx := v.Request().Context()
	counts, err := v.Query.Counts(ctx)
	if err != nil {
		return err
	}
	page := &timelinePage{frame: s.frame(v, v.l.T("timeline.title")), Nothing: len(counts) == 0,
		From: v.QueryParam("from"), Until: v.QueryParam("until")}
	status := http.StatusOK
	filter, err := s.filter(v)
	if core.CodeOf(err) == core.Invalid { // a browser without a field for months lets anything be typed
		filter, page.Problem, status = query.Filter{}, adviceFor(v.l, "timeline.bad-month"), http.StatusBadRequest
	} else if err != nil {
		return err
	}
	cursor := v.QueryParam("cursor")
	found, next, err := list(ctx, v.Rooms, filter, cursor, pageLines)
	if err != nil {
		return err
	}
	for _, m := range found.Months {
		page.Months = append(page.Months, monthOf(v, m))
	}
	if cursor != "" {
		page.First = pageLink(v.QueryParams(), "")
	}
	if next != "" {
		page.Next = pageLink(v.QueryParams(), next)
	}
	if page.Sources, err = s.sourceOptions(v); err != nil {
		return err
	}
	page.Types = typeOptions(v, counts)
	return s.render(v.Context, status, "timeline", page)
}

// filter reads the list's filters from the address.
func (s *site) filter(v *visit) (query.Filter, error) {
	var f query.Filter
	if t := v.QueryParam("type"); t != "" {
		f.Types = []record.Type{record.Type(t)}
	}
	if text := v.QueryParam("source"); text != "" {
		id, err := core.ParseSourceID(text)
		if err != nil {
			return f, core.E(core.NotFound, "find source", err)
		}
		f.Sources = []core.SourceID{id}
	}
	for name, bound := range map[string]*record.Time{"from": &f.From, "until": &f.To} {
		text := v.QueryParam(name)
		if text == "" {
			continue
		}
		month, err := time.Parse("2006-01", text)
		if err != nil {
			return f, core.E(core.Invalid, "read month", err)
		}
		*bound = record.MonthOf(month.Year(), month.Month())
	}
	return f, nil
}

func monthOf(v *visit, m query.Month) month {
	shown := month{Name: v.l.T("timeline.undated")}
	if m.Year != 0 {
		shown.Name = v.l.Month(m.Year, m.Month)
	}
	for _, r := range m.Records {
		shown.Lines = append(shown.Lines, lineOf(v.l, r))
	}
	return shown
}

// pageLink is the list's address with another cursor.
func pageLink(params url.Values, cursor string) string {
	values := url.Values{}
	for _, name := range []string{"type", "source", "from", "until"} {
		if params.Get(name) != "" {
			values.Set(name, params.Get(name))
		}
	}
	if cursor != "" {
		values.Set("cursor", cursor)
	}
	return "/?" + values.Encode()
}

func (s *site) sourceOptions(v *visit) ([]option, error) {
	sources, err := v.Connect.Sources(v.Request().Context())
	if err != nil {
		return nil, err
	}
	var options []option
	for _, src := range sources {
		id := src.ID.String()
		options = append(options, option{id, src.Label, id == v.QueryParam("source")})
	}
	return options, nil
}

func typeOptions(v *visit, counts query.Counts) []option {
	var options []option
	for _, t := range record.Types() {
		if counts.OfType(t) > 0 {
			options = append(options, option{string(t), typeName(v.l, t), string(t) == v.QueryParam("type")})
		}
	}
	return options
}
