package search

import (
	"container/heap"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// A namedSegment is a segment that knows the names of its records.
type namedSegment interface {
	segment.Segment
	hit(number uint64, score float64) Hit
	moment(number uint64) moment
}

// segments are those that a search sees. A record's number counts through all.
type segments struct {
	list   []namedSegment
	starts []uint64 // the first number of each
	end    uint64   // what comes after the last
}

func segmentsOf(r index.IndexReader) (s segments, err error) {
	snapshot, ok := r.(*scorch.IndexSnapshot)
	if !ok {
		return s, fmt.Errorf("scorch read with a %T", r)
	}
	for _, one := range snapshot.Segments() {
		named, ok := one.Segment().(namedSegment)
		if !ok {
			return s, fmt.Errorf("search a %T", one.Segment())
		}
		s.list, s.starts = append(s.list, named), append(s.starts, s.end)
		s.end += named.Count()
	}
	return s, nil
}

// of returns the segment of a number, and the number within it.
func (s *segments) of(number uint64) (namedSegment, uint64, error) {
	if number >= s.end {
		return nil, 0, fmt.Errorf("%w: record %d of %d", errDamaged, number, s.end)
	}
	i, isFirst := slices.BinarySearch(s.starts, number)
	if !isFirst {
		i--
	}
	for s.list[i].Count() == 0 { // several start where an empty one does
		i++
	}
	return s.list[i], number - s.starts[i], nil
}

// A first is a heap of the first hits, the last of them on top.
type first []Hit

func (f first) Len() int           { return len(f) }
func (f first) Less(i, j int) bool { return before(f[i], f[j]) > 0 }
func (f first) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }
func (f *first) Push(hit any)      { *f = append(*f, hit.(Hit)) }
func (f *first) Pop() any {
	last := len(*f) - 1
	hit := (*f)[last]
	*f = (*f)[:last]
	return hit
}

// isBehind reports whether a hit that scores so much, at a moment, comes after
// all of them.
func (f first) isBehind(score float64, at moment) bool {
	return score < f[0].Score || score == f[0].Score && at < f[0].at
}

// add keeps hit when it is among the first size.
func (f *first) add(hit Hit, size int) {
	switch {
	case len(*f) < size:
		heap.Push(f, hit)
	case before(hit, (*f)[0]) < 0:
		(*f)[0] = hit
		heap.Fix(f, 0)
	}
}

// A walker goes through the numbers of what a query finds, in order.
type walker struct {
	search.Searcher
	context *search.SearchContext
	at      uint64 // where it stands, atEnd behind the last
}

const atEnd = math.MaxUint64

// startWalk returns a walker that stands before the first.
func startWalk(ctx context.Context, r index.IndexReader, q query.Query) (*walker, error) {
	s, err := q.Searcher(ctx, r, nil, search.SearcherOptions{})
	if err != nil {
		return nil, err
	}
	pool := search.NewDocumentMatchPool(s.DocumentMatchPoolSize()+1, 0)
	return &walker{Searcher: s, context: &search.SearchContext{DocumentMatchPool: pool, IndexReader: r}}, nil
}

func (w *walker) next() error {
	match, err := w.Next(w.context)
	if err != nil {
		return err
	}
	if match == nil {
		w.at = atEnd
		return nil
	}
	w.at = match.IndexInternalID.Value()
	w.context.DocumentMatchPool.Put(match)
	return nil
}

// reach goes on to number, or to what comes after it.
func (w *walker) reach(number uint64) (isThere bool, err error) {
	for w.at < number && err == nil {
		err = w.next()
	}
	return w.at == number, err
}

// checkEvery is how many records are looked at between two looks at the context.
const checkEvery = 1024

// collect adds the first hits of one partition and keeps the first of all.
// What is asked in titles adds one each to the score.
func (r *Result) collect(ctx context.Context, reader index.IndexReader, asked query.Query, titles []query.Query, size int) error {
	found, err := segmentsOf(reader)
	if err != nil {
		return err
	}
	matches, err := startWalk(ctx, reader, asked)
	if err != nil {
		return err
	}
	defer matches.Close()
	scores := make([]*walker, len(titles))
	for i, title := range titles {
		if scores[i], err = startWalk(ctx, reader, title); err != nil {
			return err
		}
		defer scores[i].Close()
		if err := scores[i].next(); err != nil {
			return err
		}
	}
	hits, total, err := gather(ctx, r.Hits, found, matches, scores, size)
	if err != nil {
		return err
	}
	r.Hits, r.Total = hits, r.Total+total
	return nil
}

// gather returns the first of hits, which are in order, and of those of a walk,
// and how many the walk found.
func gather(ctx context.Context, hits []Hit, found segments, matches *walker, scores []*walker, size int) (_ []Hit, total int, err error) {
	kept := first(slices.Clone(hits))
	slices.Reverse(kept) // which makes a heap of them
	var in namedSegment
	var start, end uint64 // of the numbers of in
	for ; ; total++ {
		if err := matches.next(); err != nil {
			return nil, 0, err
		}
		if matches.at == atEnd {
			slices.SortFunc(kept, before)
			return kept, total, nil
		}
		if total%checkEvery == 0 && ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		if matches.at >= end {
			s, number, err := found.of(matches.at)
			if err != nil {
				return nil, 0, err
			}
			in, start = s, matches.at-number
			end = start + s.Count()
		}
		score, err := scoreOf(matches.at, scores)
		if err != nil {
			return nil, 0, err
		}
		if number := matches.at - start; len(kept) < size || !kept.isBehind(score, in.moment(number)) {
			kept.add(in.hit(number, score), size)
		}
	}
}

func scoreOf(number uint64, scores []*walker) (score float64, err error) {
	for _, s := range scores {
		isThere, err := s.reach(number)
		if err != nil {
			return 0, err
		}
		if isThere {
			score++
		}
	}
	return score, nil
}
