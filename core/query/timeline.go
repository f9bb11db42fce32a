package query

import (
	"context"
	"iter"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// Sizes of pages.
const (
	DefaultPage = 50
	MaxPage     = 500
	maxLooked   = 20_000 // records that a page is looked for among
)

// A Filter says which records are wanted. The zero Filter is every dated record,
// the newest first. What the person said is one thing is there once: as the
// record that leads among those of the sources, tags and amounts wanted.
type Filter struct {
	Sources []core.SourceID // nil: all
	Types   []record.Type   // nil: all
	From    record.Time     // first day; a month or a year is all its days
	To      record.Time     // last day
	Tags    []string        // each of them, whatever its case and accents
	Amounts Amounts
	Copies  bool // also what stands aside for another record that is the same thing
	Oldest  bool // the oldest first
	Undated bool // only the records without a date, in the order of arrival
}

// A Page is a piece of a timeline.
type Page struct {
	Months []Month
	Next   vault.Cursor // of the page that follows; "" at the end
}

// A Month is the records of one month that stand on a page. A month may go on
// over several pages. Year 0 is for records without a date.
type Month struct {
	Year    int
	Month   time.Month
	Records []core.Record
}

// Records returns the page's records in order.
func (p Page) Records() []core.Record {
	var all []core.Record
	for _, m := range p.Months {
		all = append(all, m.Records...)
	}
	return all
}

// Timeline returns a page of at most size records (0: DefaultPage; at most
// MaxPage), after a cursor, "" being the beginning. A cursor stays good
// whatever comes in or goes meanwhile. Where few records match, a page may hold
// fewer, or none, and yet not be the last. It returns invalid for a bad cursor
// and not_found for a source that is gone.
func (r *Reader) Timeline(ctx context.Context, f Filter, after vault.Cursor, size int) (Page, error) {
	if size <= 0 {
		size = DefaultPage
	}
	var page Page
	records, next, err := r.read(ctx, f, after, min(size, MaxPage))
	for _, rec := range records {
		page.add(rec)
	}
	page.Next = next
	return page, err
}

// add puts a record under its month.
func (p *Page) add(rec core.Record) {
	var year int
	var month time.Month
	if !rec.Time.IsZero() {
		year, month, _ = rec.Time.Civil()
	}
	if n := len(p.Months); n == 0 || p.Months[n-1].Year != year || p.Months[n-1].Month != month {
		p.Months = append(p.Months, Month{Year: year, Month: month})
	}
	last := &p.Months[len(p.Months)-1]
	last.Records = append(last.Records, rec)
}

// read returns at most size records, and the cursor of the next ones if there
// may be any.
func (r *Reader) read(ctx context.Context, f Filter, after vault.Cursor, size int) (all []core.Record, next vault.Cursor, err error) {
	looked, tags := 0, tagKeys(f.Tags)
	err = r.vault.View(ctx, func(t *vault.Tx) error {
		once, err := onceIn(t, f.Sources)
		if err != nil {
			return err
		}
		isPicked := len(tags) > 0 || f.Amounts.isBound // then few of the records are looked up
		if isPicked {
			once.isMet = func(lead core.Record) bool { return f.Amounts.has(lead) && tags.has(lead) }
		}
		q := vault.TimelineQuery{Sources: f.Sources, Types: f.Types, From: f.From, To: f.To, After: after, Oldest: f.Oldest, Undated: f.Undated}
		if !isPicked && !f.Copies {
			q = once.over(q)
		}
		for rec, err := range t.Timeline(q) {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			shown, ok := r.see(rec)
			if ok = ok && f.Amounts.has(shown) && tags.has(shown); ok && isPicked && !f.Copies {
				skip, err := once.skip(rec.Ref)
				if err != nil {
					return err
				}
				ok = !skip
			}
			if looked == maxLooked || ok && len(all) == size {
				next = after
				return nil
			}
			if looked, after = looked+1, vault.CursorOf(rec); ok {
				all = append(all, shown)
			}
		}
		return nil
	})
	return all, next, err
}

// List yields every record of a filter; without Undated, those that have no
// date come last. It reads page by page: what changes meanwhile ahead of the
// loop is seen as it is by then. Its errors are those of Timeline.
func (r *Reader) List(ctx context.Context, f Filter) iter.Seq2[core.Record, error] {
	return func(yield func(core.Record, error) bool) {
		for {
			if !r.list(ctx, f, yield) || f.Undated || !f.From.IsZero() || !f.To.IsZero() {
				return
			}
			f.Undated = true
		}
	}
}

// list yields the records of one timeline and reports whether the loop goes on.
func (r *Reader) list(ctx context.Context, f Filter, yield func(core.Record, error) bool) bool {
	var after vault.Cursor
	for {
		records, next, err := r.read(ctx, f, after, MaxPage)
		if err != nil {
			yield(core.Record{}, err)
			return false
		}
		for _, rec := range records {
			if !yield(rec, nil) {
				return false
			}
		}
		if after = next; after == "" {
			return true
		}
	}
}
