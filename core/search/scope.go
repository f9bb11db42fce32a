package search

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// A knownSegment is a segment that knows the facts of its records.
type knownSegment interface {
	segment.Segment
	facts() *facts
}

// A scope is one segment as a search sees it. The sets that its methods return
// are the caller's to change; records that were deleted may be in all but live.
type scope struct {
	knownSegment
	deleted *roaring.Bitmap // nil for none
	fields  map[string]segment.TermDictionary
	forms   forms
	scratch segment.PostingsList
}

// forms are plain words, each with its stems, found out once for all segments.
type forms map[string][]string

func (q *Query) forms() forms {
	known := forms{}
	for i := range q.Words {
		if w := &q.Words[i]; w.isPlain() {
			known[w.Terms[0]] = keys(w.Terms[0])
		}
	}
	return known
}

// scopesOf returns the segments that a reader sees.
func scopesOf(r index.IndexReader, known forms) (list []*scope, err error) {
	snapshot, ok := r.(*scorch.IndexSnapshot)
	if !ok {
		return nil, fmt.Errorf("scorch read with a %T", r)
	}
	for _, one := range snapshot.Segments() {
		s, ok := one.Segment().(knownSegment)
		if !ok {
			return nil, fmt.Errorf("search a %T", one.Segment())
		}
		list = append(list, &scope{knownSegment: s, deleted: one.Deleted(), fields: map[string]segment.TermDictionary{}, forms: known})
	}
	return list, nil
}

// live returns every record.
func (s *scope) live() *roaring.Bitmap {
	all := roaring.New()
	all.AddRange(0, s.Count())
	if s.deleted != nil {
		all.AndNot(s.deleted)
	}
	return all
}

// where returns those of the candidates of which the facts hold.
func (s *scope) where(candidates *roaring.Bitmap, has func(*facts, uint32) bool) *roaring.Bitmap {
	found, facts := roaring.New(), s.facts()
	for each := candidates.Iterator(); each.HasNext(); {
		if number := each.Next(); has(facts, number) {
			found.Add(number)
		}
	}
	return found
}

func (s *scope) dictionary(field string) (segment.TermDictionary, error) {
	if known := s.fields[field]; known != nil {
		return known, nil
	}
	d, err := s.Dictionary(field)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	s.fields[field] = d
	return d, nil
}

// addTerm adds the records with a term of a field to set.
func (s *scope) addTerm(set *roaring.Bitmap, field string, term []byte) error {
	d, err := s.dictionary(field)
	if err != nil {
		return err
	}
	list, err := d.PostingsList(term, nil, s.scratch)
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	into, ok := list.(interface{ OrInto(*roaring.Bitmap) })
	if !ok {
		return fmt.Errorf("search a %T", list)
	}
	into.OrInto(set)
	s.scratch = list
	return nil
}

func (s *scope) addTerms(set *roaring.Bitmap, field string, terms []string) error {
	for _, term := range terms {
		if err := s.addTerm(set, field, []byte(term)); err != nil {
			return err
		}
	}
	return nil
}

// terms returns the records with one of the terms.
func (s *scope) terms(field string, terms []string) (*roaring.Bitmap, error) {
	set := roaring.New()
	return set, s.addTerms(set, field, terms)
}

// all returns the records with each of the terms.
func (s *scope) all(field string, terms []string) (*roaring.Bitmap, error) {
	found, err := s.terms(field, terms[:1])
	for _, term := range terms[1:] {
		if err != nil || found.IsEmpty() {
			break
		}
		var set *roaring.Bitmap
		if set, err = s.terms(field, []string{term}); err == nil {
			found.And(set)
		}
	}
	return found, err
}

// prefix returns the records with a term that begins so.
func (s *scope) prefix(field, beginning string) (*roaring.Bitmap, error) {
	d, err := s.dictionary(field)
	if err != nil {
		return nil, err
	}
	set := roaring.New()
	for list := d.AutomatonIterator(nil, []byte(beginning), after(beginning)); ; {
		entry, err := list.Next()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errDamaged, err)
		}
		if entry == nil {
			return set, nil
		}
		if err := s.addTerm(set, field, []byte(entry.Term)); err != nil {
			return nil, err
		}
	}
}

// after returns the first key after all that begin so, nil for the end.
func after(beginning string) []byte {
	key := []byte(beginning)
	for i := len(key) - 1; i >= 0; i-- {
		if key[i]++; key[i] != 0 {
			return key[:i+1]
		}
	}
	return nil
}

// phrase returns the candidates with terms that stand one after the other in
// one text: it looks for those with all of them, and then into what is stored
// of each, which takes less room than positions of terms.
func (s *scope) phrase(ctx context.Context, terms []string, candidates *roaring.Bitmap) (*roaring.Bitmap, error) {
	all, err := s.all(textField, terms)
	if err != nil {
		return nil, err
	}
	all.And(candidates)
	found, wanted := roaring.New(), []byte(" "+strings.Join(terms, " ")+" ")
	for each := all.Iterator(); each.HasNext(); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		number := each.Next()
		err := s.VisitStoredFields(uint64(number), func(field string, _ byte, value []byte, _ []uint64) bool {
			if field == orderlyText && bytes.Contains(value, wanted) {
				found.Add(number)
			}
			return field != orderlyText
		})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errDamaged, err)
		}
	}
	return found, nil
}
