package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/twin"
)

// twinning is the part of a record's page about records that are the same thing.
type twinning struct {
	Aside *twinRow  // the record that counts in this one's place
	Also  []twinRow // the others that are the same thing
	Alike []twinRow // that look like it
	Apart []twinRow // that the person said are not
}

// A twinRow is another record, where it comes from, and what is said of it.
type twinRow struct {
	line
	Source, Why string
	Counts      bool
	IsGone      bool // deleted
}

func (s *site) twinningOf(v *visit, r core.Record) (t twinning, err error) {
	ctx := v.Request().Context()
	said, err := v.Query.Twins(ctx, r.Ref)
	if err != nil {
		return t, err
	}
	var alike []query.Alike
	if !r.Deleted {
		if alike, err = v.Query.Alike(ctx, r.Ref); err != nil {
			return t, err
		}
	}
	if len(said.Members)+len(said.Apart)+len(alike) == 0 {
		return t, nil
	}
	labels, err := sourceNames(ctx, v.Rooms)
	if err != nil {
		return t, err
	}
	row := func(other core.Record, why string) twinRow {
		return twinRow{line: lineOf(v.l, other), Source: labels[other.Ref.Source], Why: why, IsGone: other.Deleted}
	}
	for _, m := range said.Members {
		if m.Ref == r.Ref {
			continue
		}
		one := row(m.Record, v.l.T("twin.said", "day", v.l.Moment(m.At, s.Zone))+because(v.l, m.Why, 0))
		if one.Counts = m.Leads; one.Counts && !r.Deleted {
			t.Aside = &one
		}
		t.Also = append(t.Also, one)
	}
	for _, other := range alike {
		t.Alike = append(t.Alike, row(other.Record, whyText(v.l, other.Why, other.Days)))
	}
	for _, other := range said.Apart {
		t.Apart = append(t.Apart, row(other, ""))
	}
	return t, nil
}

// whyText says what speaks for two records being the same thing. Days are between
// them, 0 when that is not known any more.
func whyText(l *locale.Locale, why twin.Reasons, days int) string {
	var all []string
	for _, name := range why.Names() {
		if name == "near-day" && days > 0 {
			all = append(all, l.N("twin.days", days))
			continue
		}
		all = append(all, l.T("twin.why."+name))
	}
	return strings.Join(all, ", ")
}

func because(l *locale.Locale, why twin.Reasons, days int) string {
	if why == 0 {
		return ""
	}
	return l.T("twin.because", "why", whyText(l, why, days))
}

// sayTwins does what a button beside another record says.
func (s *site) sayTwins(v *visit) error {
	ref, err := core.ParseRef(v.Param("ref"))
	if err != nil {
		return core.E(core.NotFound, "find record", err)
	}
	other, err := core.ParseRef(v.FormValue("other"))
	if err != nil {
		return core.E(core.NotFound, "find record", err)
	}
	err = say(v.Context.Request(), v.Rooms, said(v.FormValue("say")), ref, other)
	switch core.CodeOf(err) {
	case "":
		return v.Redirect(http.StatusSeeOther, "/records/"+ref.String())
	case core.Conflict, core.Invalid: // it came to be otherwise since the page was shown
		return s.showRecord(v, problemOf(err).Status, func(p *recordPage) { p.Problem = adviceFor(v.l, "twin.refused") })
	}
	return err
}

// What can be said of two records.
type said string

const (
	saySame      said = "same"
	sayDifferent said = "different"
	sayNothing   said = "nothing" // takes back either
	sayLeads     said = "leads"   // the other, from now on
)

// say says something of two records for the person.
func say(r *http.Request, rooms *Rooms, what said, ref, other core.Ref) error {
	ctx, in := r.Context(), rooms.Connect.Ingest
	switch what {
	case saySame:
		alike, err := rooms.Query.Alike(ctx, ref)
		if err != nil {
			return err
		}
		pair := ingest.Pair{A: ref, B: other}
		for _, one := range alike {
			if one.Record.Ref == other {
				pair.Why = one.Why
			}
		}
		return in.Same(ctx, pair)
	case sayDifferent:
		return in.Differ(ctx, ref, other)
	case sayNothing:
		return in.Unsay(ctx, ref, other)
	case sayLeads:
		return in.Lead(ctx, other)
	}
	return core.E(core.Invalid, "say of records", nil)
}

// A doubleLine says how much of a source another tells too, and leads to it.
type doubleLine struct{ Words, Href string }

// doublesOf returns the lines for a source's page.
func (s *site) doublesOf(v *visit, source core.SourceID) (lines []doubleLine, err error) {
	ctx := v.Request().Context()
	found, err := v.Query.Doubles(ctx, source)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	labels, err := sourceNames(ctx, v.Rooms)
	for _, d := range found {
		key, n := "double.sure", len(d.Sure)
		if n == 0 {
			key, n = "double.unsure", len(d.Unsure)
		}
		words := v.l.N(key, n, "of", v.l.Int(int64(d.Records)), "source", clip(labels[d.Other], maxTitle))
		lines = append(lines, doubleLine{words, doublePath(source, d.Other)})
	}
	return lines, err
}

func doublePath(source, other core.SourceID) string {
	return "/sources/" + url.PathEscape(source.String()) + "/same/" + other.String()
}
