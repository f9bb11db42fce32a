package search

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Result is what a search found.
type Result struct {
	Hits  []Hit
	Total int // records that match
	// AtLeast says that Total is a lower bound: the page was known to be right
	// before the older parts of the index were read.
	AtLeast bool
	// IsPartial says that records are missing until Follow has repaired the index.
	IsPartial bool
	Position  core.Change // the latest change that was searched
}

// A Hit is a record that matches.
type Hit struct {
	Ref   core.Ref
	Score float64 // in order Best, the share of the words that stand in the title
	at    moment
}

// Search returns the records that match q, of the state of the index when it
// was called. It returns locked once the index is closed, and internal.
func (x *Index) Search(ctx context.Context, q Query) (Result, error) {
	base, err := x.hold()
	if err != nil {
		return Result{}, err
	}
	defer x.release(base)
	s := newSearch(x, &q)
	s.result = Result{Position: base.Position, IsPartial: base.Repair != nil}
	s.run(ctx, base.views)
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	if s.err != nil {
		return Result{}, internal("search", s.err)
	}
	return s.page(), nil
}

// A search is one Search at work.
type search struct {
	x             *Index
	query         *Query
	wanted        []clause
	unwanted      []clause
	offset, limit int
	best          float64 // the best score there can be

	mu     sync.Mutex
	hits   ranking // of all partitions
	result Result
	err    error
}

func newSearch(x *Index, q *Query) *search {
	s := &search{x: x, query: q}
	s.offset, s.limit = q.page()
	s.hits.size = s.offset + s.limit
	for _, w := range q.Words {
		switch c := newClause(w); {
		case len(w.Terms) == 0:
		case w.Not:
			s.unwanted = append(s.unwanted, c)
		default:
			s.wanted = append(s.wanted, c)
		}
	}
	if q.Order == Best && len(s.wanted) > 0 {
		s.best = 1
	}
	return s
}

// run searches the partitions, newest first: one after the other when they are
// open and few, else on all processors.
func (s *search) run(ctx context.Context, views []view) {
	workers := min(runtime.GOMAXPROCS(0), len(views))
	closed, records := 0, 0
	for _, v := range views {
		records += v.Docs
		if !s.x.pool.isOpen(v.partition) {
			closed++
		}
	}
	if closed < 2 && records < s.x.config.limits.parallelDocs {
		workers = min(workers, 1)
	}
	queue := make(chan view, len(views))
	for _, v := range views {
		queue <- v
	}
	close(queue)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for v := range queue {
				if ctx.Err() == nil {
					s.visit(v)
				}
			}
		})
	}
	wg.Wait()
}

// visit searches one partition, unless it is closed and cannot change the page.
func (s *search) visit(v view) {
	if s.canSkip(v) {
		return
	}
	c, t, err := s.x.pool.hold(v.partition)
	if err == nil {
		defer s.x.pool.release(v.partition)
		err = s.searchIn(v, c, t)
	}
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(err, errDamaged) {
		s.x.doubt(v.partition, err)
		s.result.IsPartial = true
		return
	}
	s.err = err
}

func (s *search) canSkip(v view) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return true
	}
	if s.query.IsExact || !s.hits.beats(s.best, moment(v.Newest)) || s.x.pool.isOpen(v.partition) {
		return false
	}
	s.result.AtLeast = true
	return true
}

// searchIn adds the hits of one partition. A panic of a library that reads it
// is an error of this search.
func (s *search) searchIn(v view, c *columns, t *termIndex) (err error) {
	defer recovered(&err)
	m := &matcher{columns: c, terms: t, phrases: &phraseReader{part: v.partition, columns: c}}
	defer m.phrases.close()
	if m.text, err = t.dictionary(textField); err != nil {
		return err
	}
	docs, err := s.candidates(m, v)
	if err != nil {
		return err
	}
	titles, err := s.titles(m)
	if err != nil {
		return err
	}
	hits, total := s.rank(m, docs, titles)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.result.Total += total
	s.hits.add(hits.list...)
	s.hits.sort()
	return nil
}

// recovered turns a panic into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = core.E(protocol.Internal, "read index", fmt.Errorf("panic: %v", p))
	}
}

// candidates returns the live records that match the words.
func (s *search) candidates(m *matcher, v view) (*roaring.Bitmap, error) {
	var docs *roaring.Bitmap
	for i := range s.wanted {
		these, err := m.match(&s.wanted[i])
		if err != nil {
			return nil, err
		}
		if docs == nil {
			docs = these
		} else {
			docs.And(these)
		}
		if docs.IsEmpty() {
			return docs, nil
		}
	}
	if docs == nil {
		docs = roaring.New()
		docs.AddRange(0, uint64(v.Docs))
	}
	for i := range s.unwanted {
		these, err := m.match(&s.unwanted[i])
		if err != nil {
			return nil, err
		}
		docs.AndNot(these)
	}
	if v.dead != nil {
		docs.AndNot(v.dead)
	}
	return docs, nil
}

// titles returns for each word the records that have it in their title, none
// when the order does not ask for it.
func (s *search) titles(m *matcher) ([]*roaring.Bitmap, error) {
	if s.query.Order != Best {
		return nil, nil
	}
	title, err := m.terms.dictionary(titleField)
	if err != nil {
		return nil, err
	}
	list := make([]*roaring.Bitmap, len(s.wanted))
	for i := range s.wanted {
		docs, err := m.matchTerms(title, &s.wanted[i])
		if err != nil {
			return nil, err
		}
		list[i] = docs
	}
	return list, nil
}

// rank counts the records of docs that pass the filters and returns the first.
func (s *search) rank(m *matcher, docs *roaring.Bitmap, titles []*roaring.Bitmap) (first ranking, total int) {
	filters := m.filters(s.query)
	s.mu.Lock()
	first = s.hits.next()
	s.mu.Unlock()
	var chunk [256]uint32
	for list := docs.ManyIterator(); ; {
		n := list.NextMany(chunk[:])
		if n == 0 {
			return first, total
		}
	records:
		for _, doc := range chunk[:n] {
			for _, passes := range filters {
				if !passes(doc) {
					continue records
				}
			}
			total++
			score, at := share(titles, doc), moment(m.columns.moments[doc])
			if !first.beats(score, at) {
				first.add(Hit{m.columns.ref(doc), score, at})
			}
		}
	}
}

// share returns how many of the sets have doc, from 0 to 1.
func share(sets []*roaring.Bitmap, doc uint32) float64 {
	n := 0
	for _, set := range sets {
		if set.Contains(doc) {
			n++
		}
	}
	return float64(n) / float64(max(len(sets), 1))
}

// page returns the result with the hits that were asked for.
func (s *search) page() Result {
	s.hits.sort()
	list := s.hits.list
	list = list[min(s.offset, len(list)):]
	s.result.Hits = list[:min(s.limit, len(list))]
	return s.result
}
