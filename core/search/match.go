package search

import (
	"context"
	"math/bits"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
)

// isPlain reports whether other forms of the word match too.
func (w *Word) isPlain() bool { return len(w.Terms) == 1 && !w.IsPrefix && !w.IsQuoted }

// build returns the query as bleve asks it.
func (q *Query) build() query.Query {
	var wanted, unwanted []query.Query
	add := func(isNot bool, clause query.Query) {
		if isNot {
			unwanted = append(unwanted, clause)
		} else {
			wanted = append(wanted, clause)
		}
	}
	for i := range q.Words {
		if w := &q.Words[i]; len(w.Terms) > 0 {
			add(w.Not, w.build())
		}
	}
	for _, f := range q.Tags {
		add(f.Not, f.build())
	}
	for _, f := range q.Days {
		add(f.Not, between(dayField, int64(f.From), int64(f.End)-1))
	}
	for _, f := range q.Amounts {
		add(f.Not, f.build())
	}
	q.choose(add)
	return unscored{join(wanted, unwanted)}
}

// join asks for everything wanted and nothing unwanted.
func join(wanted, unwanted []query.Query) query.Query {
	switch {
	case len(unwanted) > 0:
		return query.NewBooleanQuery(wanted, nil, unwanted)
	case len(wanted) == 1:
		return wanted[0]
	case len(wanted) > 1:
		return query.NewConjunctionQuery(wanted)
	}
	return query.NewMatchAllQuery()
}

// choose adds the types and the sources: one of those asked for, none of those
// negated.
func (q *Query) choose(add func(isNot bool, clause query.Query)) {
	var types, sources []query.Query
	for _, f := range q.Types {
		if clause := term(typeField, string(f.Type)); f.Not {
			add(true, clause)
		} else {
			types = append(types, clause)
		}
	}
	asksSource := false
	for _, f := range q.Sources {
		asksSource = asksSource || !f.Not
		for _, id := range f.Sources {
			if clause := term(sourceField, string(id[:])); f.Not {
				add(true, clause)
			} else {
				sources = append(sources, clause)
			}
		}
	}
	if len(types) > 0 {
		add(false, query.NewDisjunctionQuery(types))
	}
	switch {
	case len(sources) > 0:
		add(false, query.NewDisjunctionQuery(sources))
	case asksSource:
		add(false, query.NewMatchNoneQuery())
	}
}

func (f *TagFilter) build() query.Query {
	if !f.IsPrefix {
		return term(tagField, f.Tag)
	}
	p := query.NewPrefixQuery(f.Tag)
	p.SetField(tagField)
	return p
}

func term(field, value string) query.Query {
	t := query.NewTermQuery(value)
	t.SetField(field)
	return t
}

// between asks for a number from least to most, both included. It cuts the
// range in two where the numbers' highest bit differs: bleve lists the terms
// of a range that crosses such a place one by one, up to 2^63 of them.
func between(field string, least, most int64) query.Query {
	least, most = clamp(least), clamp(most)
	if least >= most {
		return within(field, least, most)
	}
	high := bits.Len64(uint64(least^most)) - 1
	middle := most >> high << high
	if high == 63 {
		middle = 0
	}
	return query.NewDisjunctionQuery([]query.Query{within(field, least, middle-1), within(field, middle, most)})
}

func within(field string, least, most int64) query.Query {
	from, to, included := number(least), number(most), true
	r := query.NewNumericRangeInclusiveQuery(&from, &to, &included, &included)
	r.SetField(field)
	return r
}

// build asks for the word: its forms, its beginning or its phrase. A number
// finds the amount too, whatever its sign: "49,99" finds the bank line of
// -49.99.
func (w *Word) build() query.Query {
	switch {
	case w.IsPrefix:
		p := query.NewPrefixQuery(w.Terms[0])
		p.SetField(textField)
		return p
	case len(w.Terms) > 1:
		return phrase{w.Terms}
	case w.IsQuoted:
		return term(textField, w.Terms[0])
	}
	either := query.NewDisjunctionQuery(nil)
	for _, key := range keys(w.Terms[0]) {
		either.AddQuery(term(textField, key), term(stemField, key))
	}
	if isDigit(w.Terms[0][0]) {
		if amount, ok := ParseAmount(w.Terms[0]); ok {
			either.AddQuery((&AmountFilter{Min: amount, Max: amount}).build())
		}
	}
	return either
}

// build asks for an amount in the range, or of that size when the filter has
// no sign.
func (f *AmountFilter) build() query.Query {
	least, most := int64(f.Min), int64(f.Max)
	if f.IsSigned {
		return between(amountField, least, most)
	}
	if f.Min <= 0 {
		return between(amountField, -most, most)
	}
	return query.NewDisjunctionQuery([]query.Query{between(amountField, least, most), between(amountField, -most, -least)})
}

// titles asks, word by word, for the records with the word in their title, by
// which order Best scores what matches.
func (q *Query) titles() (list []query.Query) {
	if q.Order != Best {
		return nil
	}
	for i := range q.Words {
		if w := &q.Words[i]; !w.Not && len(w.Terms) > 0 {
			list = append(list, unscored{w.inTitle()})
		}
	}
	return list
}

// inTitle asks for the word's terms in a title, in whatever order.
func (w *Word) inTitle() query.Query {
	if w.IsPrefix {
		p := query.NewPrefixQuery(w.Terms[0])
		p.SetField(titleField)
		return p
	}
	if w.isPlain() {
		either := query.NewDisjunctionQuery(nil)
		for _, key := range keys(w.Terms[0]) {
			either.AddQuery(term(titleField, key))
		}
		return either
	}
	all := query.NewConjunctionQuery(nil)
	for _, t := range w.Terms {
		all.AddQuery(term(titleField, t))
	}
	return all
}

// unscored asks without scores, which lets scorch join whole sets of records.
type unscored struct{ query.Query }

func (u unscored) Searcher(ctx context.Context, r index.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	o.Score = "none"
	return u.Query.Searcher(ctx, r, m, o)
}
