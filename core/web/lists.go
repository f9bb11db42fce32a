package web

import (
	"context"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// undated begins the cursor of the records without a date, which stand after
// all others in a list that time does not bound.
const undated = "undated"

// list returns a page of records and the cursor of the next, "" at the end.
func list(ctx context.Context, r *Rooms, f query.Filter, cursor string, size int) (query.Page, string, error) {
	if rest, ok := strings.CutPrefix(cursor, undated); ok {
		f.Undated, cursor = true, rest
	}
	page, err := r.Query.Timeline(ctx, f, vault.Cursor(cursor), size)
	next := string(page.Next)
	switch {
	case err != nil:
		return page, "", err
	case f.Undated && next != "":
		next = undated + next
	case !f.Undated && next == "" && f.From.IsZero() && f.To.IsZero():
		rest, err := r.Query.Timeline(ctx, query.Filter{Sources: f.Sources, Types: f.Types, Tags: f.Tags, Amounts: f.Amounts, Undated: true}, "", 1)
		if err != nil || len(rest.Months) == 0 && rest.Next == "" {
			return page, "", err
		}
		next = undated
	}
	return page, next, nil
}

// dayBefore returns the last day before t's first day; none for none.
func dayBefore(t record.Time) record.Time {
	if t.IsZero() {
		return t
	}
	year, month, day := t.Civil()
	return record.Date(record.Date(year, month, day-1).Civil())
}

// named resolves the names of sources in a search: an id, or a label in any
// case.
func named(ctx context.Context, r *Rooms) (func(string) []core.SourceID, error) {
	labels, err := sourceNames(ctx, r)
	return func(name string) []core.SourceID {
		var ids []core.SourceID
		for id, label := range labels {
			if id.String() == name || strings.EqualFold(label, name) {
				ids = append(ids, id)
			}
		}
		return ids
	}, err
}
