package search

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"
	"github.com/blevesearch/bleve/v2/search/query"
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
}

// A Hit is a record that matches.
type Hit struct {
	Ref   core.Ref
	Score float64 // in order Best, more for more of the words in the title
	at    moment
	key   string
}

// before orders hits: the better score first, then as orderKey says.
func before(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.key, a.key))
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
	asked, best := q.build(), 0.0
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
		err := x.use(p, func(r index.IndexReader) error { return result.collect(ctx, r, asked, offset+limit) })
		if errors.Is(err, errDamaged) {
			x.doubt(err)
			result.IsPartial = true
		} else if err != nil {
			return Result{}, err
		}
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

// collect adds the first hits of one partition and keeps the first of all.
func (r *Result) collect(ctx context.Context, reader index.IndexReader, asked query.Query, size int) error {
	searcher, err := asked.Searcher(ctx, reader, nil, search.SearcherOptions{})
	if err != nil {
		return err
	}
	defer searcher.Close()
	order := search.SortOrder{&search.SortScore{Desc: true}, &search.SortField{Field: orderField, Type: search.SortFieldAsString, Desc: true}}
	if _, isUnscored := asked.(unscored); isUnscored {
		order = order[1:]
	}
	c := collector.NewTopNCollector(size, 0, order)
	if err := c.Collect(ctx, searcher, reader); err != nil {
		return err
	}
	for _, match := range c.Results() {
		hit := Hit{Score: match.Score, key: match.Sort[len(match.Sort)-1]}
		if hit.at, hit.Ref, err = parseOrderKey(hit.key); err != nil {
			return err
		}
		r.Hits = append(r.Hits, hit)
	}
	r.Total += int(c.Total())
	slices.SortFunc(r.Hits, before)
	r.Hits = r.Hits[:min(size, len(r.Hits))]
	return nil
}
