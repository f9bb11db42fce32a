package search

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/domicile-home/domicile/core"
)

// A Result is what a search found.
type Result struct {
	Hits  []Hit
	Total int // records that match
	// AtLeast says that Total is a lower bound: the page was known to be right
	// before the older parts of the index were read.
	AtLeast bool
	// IsPartial says that records are missing because a file is damaged. Follow
	// makes the index anew.
	IsPartial bool
	Position  core.Change // the latest change that was searched

	copies copies
}

// A Hit is a record that matches.
type Hit struct {
	Ref   core.Ref
	Score float64 // in order Best, more for more of the words in the title
	at    moment
}

// before orders hits: the better score first, then the later, then the one that
// came home later, so that the order is always the same.
func before(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.at, a.at), cmp.Compare(b.Ref.Seq, a.Ref.Seq),
		bytes.Compare(a.Ref.Source[:], b.Ref.Source[:]))
}

// Search returns the records that match q. It returns locked once the index is
// closed, and internal.
func (x *Index) Search(ctx context.Context, q Query) (Result, error) {
	for {
		result, err := x.searchOnce(ctx, &q)
		if !errors.Is(err, errGone) { // the index was made anew meanwhile
			return result, internal("search", err)
		}
	}
}

// searchOnce searches the partition with the newest records, which is often
// enough, and then the others, as many at a time as there are processors.
func (x *Index) searchOnce(ctx context.Context, q *Query) (Result, error) {
	parts, result, err := x.listed()
	if err != nil {
		return Result{}, err
	}
	offset, limit := q.page()
	known, size := q.forms(), offset+limit
	for width := 1; len(parts) > 0; width = runtime.GOMAXPROCS(0) {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		var wave []*partition
		wave, parts = result.next(q, parts, size, width)
		findings := make([]finding, len(wave))
		var searching sync.WaitGroup
		for i, p := range wave {
			f := &findings[i]
			searching.Go(func() {
				f.err = x.use(p, func(r index.IndexReader) error { return f.collect(ctx, r, q, known, size) })
			})
		}
		searching.Wait()
		for i := range findings {
			if err := x.add(&result, &findings[i], size); err != nil {
				return Result{}, err
			}
		}
	}
	if err := result.join(ctx, q, size); err != nil {
		return Result{}, err
	}
	result.Hits = result.Hits[min(offset, len(result.Hits)):]
	return result, nil
}

// add adds what a partition has, and keeps the first size hits of all.
func (x *Index) add(r *Result, f *finding, size int) error {
	if errors.Is(f.err, errDamaged) {
		x.doubt(f.err)
		r.IsPartial = true
		return nil
	}
	if f.err != nil {
		return f.err
	}
	r.copies.add(&f.copies)
	r.Hits, r.Total = append(r.Hits, f.hits...), r.Total+f.total
	slices.SortFunc(r.Hits, before)
	r.Hits = r.Hits[:min(size, len(r.Hits))]
	return nil
}

// next returns the first of parts that are to be searched, width of them at
// most, and what is left. It passes over the closed ones that cannot change the
// first size hits.
func (r *Result) next(q *Query, parts []*partition, size, width int) (wave, rest []*partition) {
	best := 0.0
	if q.Order == Best && len(q.Words) > 0 {
		best = float64(len(q.Words))
	}
	for i, p := range parts {
		if len(wave) == width {
			return wave, parts[i:]
		}
		if !q.IsExact && !p.isOpen() && isSure(r.Hits, size, best, p.newest()) {
			r.AtLeast = true
			continue
		}
		wave = append(wave, p)
	}
	return wave, nil
}

// isSure reports whether no record that scores at most best and is not later
// than newest is among the first size hits.
func isSure(hits []Hit, size int, best float64, newest moment) bool {
	if len(hits) < size {
		return false
	}
	last := hits[size-1]
	return last.Score > best || last.Score == best && last.at > newest
}
