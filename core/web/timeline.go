package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	pageLines     = 100 // records of one page of a list
	maxAmountText = 20  // characters of an amount that somebody typed
)

type timelinePage struct {
	frame
	Nothing            bool // the home holds no record yet
	Chips              []chip
	Filters            []chip // those that are on besides the type, each with the way to drop it
	Sources            []option
	Tags               []option
	Type               string // chosen, ""
	From, Until        string // "2026-03"
	Least, Most        string // amounts, as typed
	Dense              bool
	DenseHref          string
	CSV, JSON, Dossier string // where the list can be had whole
	Months             []month
	First, Next        string
	Problem            *advice
}

// A chip is a filter one click away.
type chip struct {
	Href, Label, Count string // Label may be foreign text
	Current            bool
}

type option struct {
	Value, Label string
	Selected     bool
}

type month struct {
	Name, Key, Total string // Key is "2026-03"
	Lines            []line
}

func (s *site) timeline(v *visit) error {
	ctx := v.Request().Context()
	counts, err := v.Query.Counts(ctx)
	if err != nil {
		return err
	}
	page := &timelinePage{frame: s.frame(v, v.l.T("timeline.title")), Nothing: len(counts) == 0, Type: v.QueryParam("type"),
		From: v.QueryParam("from"), Until: v.QueryParam("until"), Dense: v.QueryParam("dense") != "",
		Least: v.QueryParam("least"), Most: v.QueryParam("most")}
	status := http.StatusOK
	filter, err := s.filter(v)
	if core.CodeOf(err) == core.Invalid { // a browser without a field for months lets anything be typed
		filter, page.Problem, status = query.Filter{}, adviceFor(v.l, badFilter(v)), http.StatusBadRequest
	} else if err != nil {
		return err
	}
	cursor := v.QueryParam("cursor")
	found, next, err := list(ctx, v.Rooms, filter, cursor, pageLines)
	if err != nil {
		return err
	}
	if page.Months, err = months(ctx, v, filter, found.Months); err != nil {
		return err
	}
	if page.Sources, err = s.sourceOptions(v); err != nil {
		return err
	}
	if page.Tags, err = tagOptions(v); err != nil {
		return err
	}
	page.link(v, cursor, next)
	page.Chips, page.Filters = typeChips(v, counts), filterChips(v, page)
	return s.render(v.Context, status, "timeline", page)
}

// link fills in where the list goes on, and its other forms.
func (p *timelinePage) link(v *visit, cursor, next string) {
	params := v.QueryParams()
	if cursor != "" {
		p.First = timelineLink(params, "cursor", "")
	}
	if next != "" {
		p.Next = timelineLink(params, "cursor", next)
	}
	p.DenseHref = timelineLink(params, "dense", map[bool]string{false: "1"}[p.Dense])
	query := timelineLink(params, "dense", "")
	p.CSV, p.JSON, p.Dossier = exportLink(query, "csv"), exportLink(query, "json"), exportLink(query, "zip")
}

// timelineLink is the list's address with one filter changed. A page of another
// list is none of this one, so any change but that of the cursor begins anew.
func timelineLink(params url.Values, name, value string) string {
	values := url.Values{}
	for _, kept := range []string{"type", "source", "tag", "from", "until", "least", "most", "dense"} {
		if text := params.Get(kept); text != "" && kept != name {
			values.Set(kept, text)
		}
	}
	if value != "" {
		values.Set(name, value)
	}
	if len(values) == 0 {
		return "/timeline"
	}
	return "/timeline?" + values.Encode()
}

// typeChips lead to each type there is, with how many records it has.
func typeChips(v *visit, counts query.Counts) []chip {
	current, params := v.QueryParam("type"), v.QueryParams()
	chips := []chip{{Href: timelineLink(params, "type", ""), Label: v.l.T("timeline.all"), Current: current == ""}}
	for _, t := range record.Types() {
		if n := counts.OfType(t); n > 0 {
			chips = append(chips, chip{timelineLink(params, "type", string(t)), typeName(v.l, t), v.l.Int(int64(n)), string(t) == current})
		}
	}
	return chips
}

// filterChips are the filters that are on besides the type.
func filterChips(v *visit, p *timelinePage) (chips []chip) {
	params := v.QueryParams()
	for _, o := range p.Sources {
		if o.Selected {
			chips = append(chips, chip{Href: timelineLink(params, "source", ""), Label: o.Label})
		}
	}
	if name := params.Get("tag"); name != "" {
		chips = append(chips, chip{Href: timelineLink(params, "tag", ""), Label: v.l.T("timeline.tag") + " " + clip(name, maxTitle)})
	}
	for _, name := range []string{"from", "until"} {
		if at, err := time.Parse("2006-01", params.Get(name)); err == nil {
			chips = append(chips, chip{Href: timelineLink(params, name, ""), Label: v.l.T("timeline."+name) + " " + v.l.Month(at.Year(), at.Month())})
		}
	}
	for _, name := range []string{"least", "most"} {
		if text := params.Get(name); text != "" && p.Problem == nil {
			chips = append(chips, chip{Href: timelineLink(params, name, ""), Label: v.l.T("timeline."+name) + " " + clip(text, maxAmountText)})
		}
	}
	return chips
}

// badFilter is the message of a filter that cannot be read.
func badFilter(v *visit) string {
	if _, err := query.ParseAmounts(v.QueryParam("least"), v.QueryParam("most")); err != nil {
		return "timeline.bad-amount"
	}
	return "timeline.bad-month"
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
	if name := v.QueryParam("tag"); name != "" {
		f.Tags = []string{name}
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
	var err error
	f.Amounts, err = query.ParseAmounts(v.QueryParam("least"), v.QueryParam("most"))
	return f, err
}

// months shows the months of a page, with what each comes to.
func months(ctx context.Context, v *visit, f query.Filter, found []query.Month) (shown []month, err error) {
	for i, m := range found {
		one := month{Name: v.l.T("timeline.undated")}
		if m.Year != 0 {
			one.Name, one.Key = v.l.Month(m.Year, m.Month), record.MonthOf(m.Year, m.Month).String()
		}
		isWhole := i > 0 && i < len(found)-1
		if one.Total, err = monthTotal(ctx, v, f, m, isWhole); err != nil {
			return nil, err
		}
		for _, r := range m.Records {
			l := lineOf(v.l, r)
			if m.Year != 0 { // the heading says the rest
				l.When = v.l.DayOfMonth(r.Time)
			}
			one.Lines = append(one.Lines, l)
		}
		shown = append(shown, one)
	}
	return shown, nil
}

// maxTotalled bounds how many records are added up for a month; beyond, it has
// no total.
const maxTotalled = 2000

// monthTotal adds a month's amounts up, where the list is of one type that has
// them in one currency: a sum over bills and the debits that pay them would mean
// nothing. A month that goes on beyond the page is read whole.
func monthTotal(ctx context.Context, v *visit, f query.Filter, m query.Month, isWhole bool) (string, error) {
	if len(f.Types) != 1 || m.Year == 0 || f.Types[0] != record.TypeBill && f.Types[0] != record.TypeTransaction {
		return "", nil
	}
	sum, records := &total{}, 0
	if isWhole {
		for _, r := range m.Records {
			sum.add(r)
		}
		return sum.text(v.l), nil
	}
	f.From, f.To = record.MonthOf(m.Year, m.Month), record.MonthOf(m.Year, m.Month)
	for r, err := range v.Query.List(ctx, f) {
		if records++; err != nil || records > maxTotalled {
			return "", err
		}
		sum.add(r)
	}
	return sum.text(v.l), nil
}

// tagOptions are the tags there are, and the one that the list is of.
func tagOptions(v *visit) (options []option, err error) {
	known, err := v.Connect.Ingest.Tags(v.Request().Context())
	current := v.QueryParam("tag")
	if current != "" && !slices.Contains(known, current) {
		known = append(known, clip(current, maxTitle))
	}
	for _, name := range known {
		options = append(options, option{name, name, name == current})
	}
	return options, err
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
