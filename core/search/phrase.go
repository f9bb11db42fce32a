package search

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
)

// A phrase asks for terms that stand one after the other in one text. It looks
// for the records with all of them, and then into what is stored of each, which
// takes less room than scorch's own positions of terms.
type phrase struct{ terms []string }

func (p phrase) Searcher(ctx context.Context, r index.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	found, err := segmentsOf(r)
	if err != nil {
		return nil, err
	}
	all := query.NewConjunctionQuery(nil)
	for _, t := range p.terms {
		all.AddQuery(term(textField, t))
	}
	child, err := unscored{all}.Searcher(ctx, r, m, o)
	if err != nil {
		return nil, err
	}
	return &phraseSearcher{Searcher: child, segments: found, wanted: []byte(" " + strings.Join(p.terms, " ") + " ")}, nil
}

// A phraseSearcher leaves out the records without what is wanted.
type phraseSearcher struct {
	search.Searcher
	segments segments
	wanted   []byte
}

func (p *phraseSearcher) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	match, err := p.Searcher.Next(ctx)
	return p.firstOf(ctx, match, err)
}

func (p *phraseSearcher) Advance(ctx *search.SearchContext, to index.IndexInternalID) (*search.DocumentMatch, error) {
	match, err := p.Searcher.Advance(ctx, to)
	return p.firstOf(ctx, match, err)
}

// firstOf returns the first of match and those after it that has the phrase.
func (p *phraseSearcher) firstOf(ctx *search.SearchContext, match *search.DocumentMatch, err error) (*search.DocumentMatch, error) {
	for err == nil && match != nil {
		has, err := p.has(match.IndexInternalID.Value())
		if err != nil {
			return nil, err
		}
		if has {
			return match, nil
		}
		ctx.DocumentMatchPool.Put(match)
		if match, err = p.Searcher.Next(ctx); err != nil {
			return nil, err
		}
	}
	return nil, err
}

func (p *phraseSearcher) has(number uint64) (has bool, err error) {
	s, number, err := p.segments.of(number)
	if err != nil {
		return false, err
	}
	err = s.VisitStoredFields(number, func(field string, _ byte, value []byte, _ []uint64) bool {
		if field != orderlyText {
			return true
		}
		has = bytes.Contains(value, p.wanted)
		return false
	})
	if err != nil {
		return false, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return has, nil
}
