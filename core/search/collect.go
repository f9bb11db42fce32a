package search

import (
	"container/heap"
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	index "github.com/blevesearch/bleve_index_api"
)

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

// isAbove reports whether size hits are kept that all score more than so much.
func (f first) isAbove(score float64, size int) bool { return len(f) >= size && f[0].Score > score }

// take adds those of the records of s that are among the first size, each with
// the same score.
func (f *first) take(s *scope, records *roaring.Bitmap, score float64, size int) {
	if f.isAbove(score, size) {
		return
	}
	facts := s.facts()
	for each := records.Iterator(); each.HasNext(); {
		number := each.Next()
		if len(*f) < size || score > (*f)[0].Score || facts.at[number] >= (*f)[0].at {
			f.add(facts.hit(number, score), size)
		}
	}
}

// A finding is what one partition has of a search.
type finding struct {
	hits   first
	total  int
	copies copies
	err    error
}

// collect finds the first size hits of a partition, in no order, and how many
// there are.
func (f *finding) collect(ctx context.Context, reader index.IndexReader, q *Query, known forms, size int) error {
	scopes, err := scopesOf(reader, known)
	if err != nil {
		return err
	}
	for _, s := range scopes {
		if err := ctx.Err(); err != nil {
			return err
		}
		found, err := q.find(ctx, s)
		if err != nil {
			return err
		}
		titles, err := q.titles(s, found)
		if err != nil {
			return err
		}
		found = f.copies.take(q, s, found, titles)
		f.total += int(found.GetCardinality())
		levels := byScore(found, titles)
		for score, records := range slices.Backward(levels) {
			f.hits.take(s, records, float64(score), size)
		}
	}
	return nil
}

// byScore cuts found by how many of the titles a record is in.
func byScore(found *roaring.Bitmap, titles []*roaring.Bitmap) []*roaring.Bitmap {
	levels := []*roaring.Bitmap{found}
	for _, title := range titles {
		levels = append(levels, roaring.New())
		for score := len(levels) - 2; score >= 0; score-- {
			risen := roaring.And(levels[score], title)
			levels[score].AndNot(risen)
			levels[score+1].Or(risen)
		}
	}
	return levels
}
