package search

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// find returns the numbers of the records of s that match.
func (q *Query) find(ctx context.Context, s *scope) (*roaring.Bitmap, error) {
	found := s.live()
	narrow := func(isNot bool, set *roaring.Bitmap) {
		if isNot {
			found.AndNot(set)
		} else {
			found.And(set)
		}
	}
	if err := q.choose(s, narrow); err != nil {
		return nil, err
	}
	for _, f := range q.Tags {
		set, err := f.find(s)
		if err != nil {
			return nil, err
		}
		narrow(f.Not, set)
	}
	for _, f := range q.Days {
		narrow(f.Not, s.where(found, f.has))
	}
	for _, f := range q.Amounts {
		narrow(f.Not, s.where(found, f.has))
	}
	for i := range q.Words {
		w := &q.Words[i]
		if len(w.Terms) == 0 {
			continue
		}
		set, err := w.find(ctx, s, found)
		if err != nil {
			return nil, err
		}
		narrow(w.Not, set)
	}
	return found, nil
}

// choose narrows to the types and the sources: one of those asked for, none of
// those negated.
func (q *Query) choose(s *scope, narrow func(isNot bool, set *roaring.Bitmap)) error {
	types, sources := roaring.New(), roaring.New()
	asksType, asksSource := false, false
	for _, f := range q.Types {
		set := roaring.New()
		if err := s.addTerm(set, typeField, []byte(f.Type)); err != nil {
			return err
		}
		if f.Not {
			narrow(true, set)
			continue
		}
		asksType = true
		types.Or(set)
	}
	for _, f := range q.Sources {
		set := roaring.New()
		for _, id := range f.Sources {
			if err := s.addTerm(set, sourceField, id[:]); err != nil {
				return err
			}
		}
		if f.Not {
			narrow(true, set)
			continue
		}
		asksSource = true
		sources.Or(set)
	}
	if asksType {
		narrow(false, types)
	}
	if asksSource {
		narrow(false, sources)
	}
	return nil
}

func (f *TagFilter) find(s *scope) (*roaring.Bitmap, error) {
	if f.IsPrefix {
		return s.prefix(tagField, f.Tag)
	}
	return s.terms(tagField, []string{f.Tag})
}

// has reports whether the day of a record is in the period.
func (f *DayFilter) has(facts *facts, number uint32) bool {
	at := facts.at[number]
	return at != undated && at >= f.From.start() && at < f.End.start()
}

// has reports whether a record has an amount in the range, or of that size when
// the filter has no sign.
func (f *AmountFilter) has(facts *facts, number uint32) bool {
	return slices.ContainsFunc(facts.amountsOf(number), func(a Amount) bool {
		if !f.IsSigned {
			a = a.size()
		}
		return f.Min <= a && a <= f.Max
	})
}

// isPlain reports whether other forms of the word match too.
func (w *Word) isPlain() bool { return len(w.Terms) == 1 && !w.IsPrefix && !w.IsQuoted }

// find returns the records with the word: with one of its forms, with its
// beginning, or, among the candidates, with its phrase. A number finds the
// amount too, whatever its sign: "49,99" finds the bank line of -49.99.
func (w *Word) find(ctx context.Context, s *scope, candidates *roaring.Bitmap) (*roaring.Bitmap, error) {
	switch {
	case w.IsPrefix:
		return s.prefix(textField, w.Terms[0])
	case len(w.Terms) > 1:
		return s.phrase(ctx, w.Terms, candidates)
	case w.IsQuoted:
		return s.terms(textField, w.Terms)
	}
	forms := s.forms[w.Terms[0]]
	set, err := s.terms(textField, forms)
	if err != nil {
		return nil, err
	}
	if err := s.addTerms(set, stemField, forms); err != nil {
		return nil, err
	}
	if isDigit(w.Terms[0][0]) {
		if amount, ok := ParseAmount(w.Terms[0]); ok {
			set.Or(s.where(candidates, (&AmountFilter{Min: amount, Max: amount}).has))
		}
	}
	return set, nil
}

// titles returns, word by word, which of found have the word in their title, by
// which order Best scores what matches.
func (q *Query) titles(s *scope, found *roaring.Bitmap) (list []*roaring.Bitmap, err error) {
	if q.Order != Best {
		return nil, nil
	}
	for i := range q.Words {
		if w := &q.Words[i]; !w.Not && len(w.Terms) > 0 {
			set, err := w.inTitle(s)
			if err != nil {
				return nil, err
			}
			set.And(found)
			list = append(list, set)
		}
	}
	return list, nil
}

// inTitle returns the records with the word's terms in their title, in whatever
// order.
func (w *Word) inTitle(s *scope) (*roaring.Bitmap, error) {
	if w.IsPrefix {
		return s.prefix(titleField, w.Terms[0])
	}
	if w.isPlain() {
		return s.terms(titleField, s.forms[w.Terms[0]])
	}
	return s.all(titleField, w.Terms)
}
