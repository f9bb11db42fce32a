package search

import (
	"bytes"
	"cmp"
	"context"
	"errors"

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

// searchOnce searches the partitions one by one, those with the newest records
// first.
func (x *Index) searchOnce(ctx context.Context, q *Query) (Result, error) {
	parts, result, err := x.listed()
	if err != nil {
		return Result{}, err
	}
	forms, best := forms{}, 0.0
	if q.Order == Best && len(q.Words) > 0 {
		best = float64(len(q.Words))
	}
	offset, limit := q.page()
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		if !q.IsExact && !p.isOpen() && isSure(result.Hits, offset+limit, best, p.newest()) {
			result.AtLeast = true
			continue
		}
		err := x.use(p, func(r index.IndexReader) error { return result.collect(ctx, r, q, forms, offset+limit) })
		if errors.Is(err, errDamaged) {
			x.doubt(err)
			result.IsPartial = true
		} else if err != nil {
			return Result{}, err
		}
	}
	if err := result.join(ctx, q, offset+limit); err != nil {
		return Result{}, err
	}
	result.Hits = result.Hits[min(offset, len(result.Hits)):]
	return result, nil
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
