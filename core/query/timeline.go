package query

import (
	"context"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Filter says which records a list shows, and where in it to go on. The zero
// Filter is the newest records of all.
type Filter struct {
	Types   []record.Type
	Sources []core.SourceID
	After   record.Time // from its first day on; none: no bound
	Before  record.Time // up to the day before its first day; none: no bound
	Cursor  string      // Next of the page before
	Limit   int         // 0: 100
}

// A Page is one page of a list.
type Page struct {
	Records []core.Record
	Next    string // cursor of the page after; "" at the end
}

const (
	defaultPage = 100
	undated     = "u" // before the cursor of a page of records without a date
)

// Timeline returns a page of records, newest first; those without a date come
// after all others, unless the filter bounds the time. Codes: invalid for a
// cursor that is none, not_found for a source that is gone.
func (r *Reader) Timeline(ctx context.Context, f Filter) (Page, error) {
	if f.Limit <= 0 {
		f.Limit = defaultPage
	}
	var page Page
	err := r.vault.View(ctx, func(tx *vault.Tx) error {
		q := vault.TimelineQuery{Sources: f.Sources, Types: f.Types, From: f.After, To: dayBefore(f.Before), After: vault.Cursor(f.Cursor)}
		if len(f.Cursor) > 0 && f.Cursor[:1] == undated {
			return page.fill(tx, undatedOf(q, f.Cursor[1:]), f.Limit)
		}
		if err := page.fill(tx, q, f.Limit); err != nil || page.Next != "" || !f.After.IsZero() || !f.Before.IsZero() {
			return err
		}
		return page.fill(tx, undatedOf(q, ""), f.Limit)
	})
	return page, err
}

// undatedOf is q for the records without a date.
func undatedOf(q vault.TimelineQuery, cursor string) vault.TimelineQuery {
	q.Undated, q.From, q.To, q.After = true, record.Time{}, record.Time{}, vault.Cursor(cursor)
	return q
}

// fill reads records into the page until it holds limit; Next is set when
// there are more.
func (p *Page) fill(tx *vault.Tx, q vault.TimelineQuery, limit int) error {
	for one, err := range tx.Timeline(q) {
		if err != nil {
			return err
		}
		if len(p.Records) < limit {
			p.Records = append(p.Records, one)
			continue
		}
		last := p.Records[limit-1]
		if p.Next = string(vault.CursorOf(last)); q.Undated {
			p.Next = undated + p.Next
			if !last.Time.IsZero() { // the page ends where the dated ones do
				p.Next = undated
			}
		}
		return nil
	}
	return nil
}

// dayBefore returns the last day before t's first day; none for none.
func dayBefore(t record.Time) record.Time {
	if t.IsZero() {
		return t
	}
	year, month, day := t.Civil()
	return record.Date(record.Date(year, month, day-1).Civil())
}
