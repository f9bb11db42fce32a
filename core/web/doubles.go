package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/query"
)

// Pairs that a page shows; what is as sure and not shown is taken with a word.
const (
	maxSureShown   = 200
	maxUnsureShown = 100
)

// A doublesPage shows what two sources both tell.
type doublesPage struct {
	frame
	Source, Label, Other string // Other is a label
	Problem              *advice
	Words, Rest, Said    string
	Sure, Unsure         []pairRow
	Hidden               string // how many of Unsure are not shown
	Go                   string
}

// A pairRow is a record of each source that look alike.
type pairRow struct {
	Name             string // as the form sends it
	Own, Other       line
	Why              string
	IsTicked, IsSame bool // IsSame: both titles say the same
}

// doubleOf finds what two sources of a page's address both tell.
func doubleOf(v *visit) (src, other connect.Source, d query.Doubling, err error) {
	if src, err = sourceOf(v); err != nil {
		return src, other, d, err
	}
	ctx := v.Request().Context()
	id, err := core.ParseSourceID(v.Param("other"))
	if err != nil {
		return src, other, d, core.E(core.NotFound, "find source", err)
	}
	if other, err = v.Connect.Source(ctx, id); err != nil {
		return src, other, d, err
	}
	all, err := v.Query.Doubles(ctx, src.ID)
	if i := slices.IndexFunc(all, func(one query.Doubling) bool { return one.Other == id }); i >= 0 {
		d = all[i]
	}
	return src, other, d, err
}

func (s *site) showDoubles(v *visit) error { return s.doublesForm(v, http.StatusOK, nil, nil) }

// doublesForm shows the pairs: those that are sure ticked or, after a problem, as
// they were.
func (s *site) doublesForm(v *visit, status int, problem *advice, ticked []string) error {
	src, other, d, err := doubleOf(v)
	if err != nil {
		return err
	}
	page := &doublesPage{frame: s.frame(v, v.l.T("double.title")), Source: src.ID.String(), Label: src.Label, Other: other.Label, Problem: problem}
	page.Path = doublePath(src.ID, other.ID)
	page.Words = v.l.N("double.sure", len(d.Sure), "of", v.l.Int(int64(d.Records)), "source", clip(other.Label, maxTitle))
	said, err := v.Query.Said(v.Request().Context(), src.ID, other.ID)
	if err != nil {
		return err
	}
	if said > 0 {
		page.Said = v.l.N("double.said", said)
	}
	if n := len(d.Sure) - maxSureShown; n > 0 {
		page.Rest = v.l.N("double.rest", n)
	}
	if n := len(d.Unsure) - maxUnsureShown; n > 0 {
		page.Hidden = v.l.N("double.hidden", n)
	}
	if page.Sure, err = s.pairRows(v, d.Sure[:min(len(d.Sure), maxSureShown)]); err != nil {
		return err
	}
	if page.Unsure, err = s.pairRows(v, d.Unsure[:min(len(d.Unsure), maxUnsureShown)]); err != nil {
		return err
	}
	for i := range page.Sure {
		page.Sure[i].IsTicked = problem == nil || slices.Contains(ticked, page.Sure[i].Name)
	}
	for i := range page.Unsure {
		page.Unsure[i].IsTicked = slices.Contains(ticked, page.Unsure[i].Name)
	}
	return s.render(v.Context, status, "doubles", page)
}

func (s *site) pairRows(v *visit, pairs []query.Pairing) (rows []pairRow, err error) {
	for _, p := range pairs {
		var both [2]core.Record
		for i, ref := range []core.Ref{p.Own, p.Other} {
			if both[i], err = v.Query.Get(v.Request().Context(), ref); err != nil {
				return nil, err
			}
		}
		row := pairRow{Name: nameOfPair(p), Own: lineOf(v.l, both[0]), Other: lineOf(v.l, both[1]), Why: whyText(v.l, p.Why, p.Days)}
		row.IsSame = row.Own.Title == row.Other.Title
		rows = append(rows, row)
	}
	return rows, nil
}

func nameOfPair(p query.Pairing) string { return p.Own.String() + "+" + p.Other.String() }

// sayDoubles says of the pairs that are ticked, and of the rest that is as sure
// when it is, that they are the same. What has come to be otherwise since the page
// was shown is left alone.
func (s *site) sayDoubles(v *visit) error {
	src, other, d, err := doubleOf(v)
	if err != nil {
		return err
	}
	form := v.Request().PostForm
	ticked := form["pair"]
	chosen, isTwice := chosenPairs(d, ticked, form.Get("rest") != "")
	if isTwice {
		return s.doublesForm(v, http.StatusBadRequest, adviceFor(v.l, "double.twice"), ticked)
	}
	for part := range slices.Chunk(chosen, ingest.MaxPairs) {
		err := v.Connect.Ingest.Same(v.Request().Context(), part...)
		if core.CodeOf(err) == core.Conflict {
			return s.doublesForm(v, http.StatusConflict, adviceFor(v.l, "twin.refused"), ticked)
		}
		if err != nil {
			return err
		}
	}
	return v.Redirect(http.StatusSeeOther, doublePath(src.ID, other.ID))
}

// chosenPairs returns the pairs of a form. It reports whether a record is in two
// of them.
func chosenPairs(d query.Doubling, ticked []string, rest bool) (chosen []ingest.Pair, isTwice bool) {
	isTicked := map[string]bool{}
	for _, name := range ticked {
		isTicked[strings.TrimSpace(name)] = true
	}
	known := map[core.Ref]bool{}
	take := func(p query.Pairing) {
		isTwice = isTwice || known[p.Own] || known[p.Other]
		known[p.Own], known[p.Other] = true, true
		chosen = append(chosen, ingest.Pair{A: p.Own, B: p.Other, Why: p.Why})
	}
	for i, p := range d.Sure {
		if isTicked[nameOfPair(p)] || rest && i >= maxSureShown {
			take(p)
		}
	}
	for _, p := range d.Unsure {
		if isTicked[nameOfPair(p)] {
			take(p)
		}
	}
	return chosen, isTwice
}

// unsayDoubles takes back all that was said of two sources.
func (s *site) unsayDoubles(v *visit) error {
	src, other, _, err := doubleOf(v)
	if err != nil {
		return err
	}
	if err := v.Connect.Ingest.UnsayAll(context.WithoutCancel(v.Request().Context()), src.ID, other.ID); err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, doublePath(src.ID, other.ID))
}
