package search

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// A clause is a word of a query made ready for reading partitions.
type clause struct {
	Word
	keys     []string // of a plain word: its term and its stems
	amount   Amount   // of a plain word that is a number
	isNumber bool
	pattern  []byte // of a phrase: the hashes of its terms
}

func newClause(w Word) clause {
	c := clause{Word: w}
	if w.isPlain() {
		c.keys = keys(w.Terms[0])
		if isDigit(w.Terms[0][0]) {
			c.amount, c.isNumber = parseAmount(w.Terms[0])
		}
	}
	if len(w.Terms) > 1 {
		b := builder{}
		for _, term := range w.Terms {
			b.append(hashTerm([]byte(term)))
		}
		c.pattern = b.sequence
	}
	return c
}

// A matcher finds the records of one partition that match clauses.
type matcher struct {
	columns *columns
	terms   *termIndex
	text    *dictionary
	phrases *phraseReader
}

// match returns the records that match the clause. It belongs to the caller.
func (m *matcher) match(c *clause) (*roaring.Bitmap, error) {
	docs, err := m.matchTerms(m.text, c)
	if err != nil {
		return nil, err
	}
	if c.isNumber {
		m.addAmount(docs, c.amount)
	}
	if c.pattern != nil && !docs.IsEmpty() {
		return m.phrases.keep(docs, c.pattern)
	}
	return docs, nil
}

// matchTerms returns the records that have the terms of the clause in the
// field of d, in whatever order.
func (m *matcher) matchTerms(d *dictionary, c *clause) (*roaring.Bitmap, error) {
	docs := roaring.New()
	switch {
	case c.IsPrefix:
		first := []byte(c.Terms[0])
		return docs, d.each(first, after(first), func(term string) error { return d.or(docs, []byte(term)) })
	case c.keys != nil:
		return docs, m.matchForms(d, docs, c.keys)
	}
	for i, term := range c.Terms {
		these := roaring.New()
		if err := d.or(these, []byte(term)); err != nil {
			return nil, err
		}
		if i == 0 {
			docs = these
		} else {
			docs.And(these)
		}
	}
	return docs, nil
}

// matchForms adds to docs the records that have a term with one of the keys.
func (m *matcher) matchForms(d *dictionary, docs *roaring.Bitmap, keys []string) error {
	for _, key := range keys {
		if err := d.or(docs, []byte(key)); err != nil {
			return err
		}
		if err := m.terms.stems.each(key, func(term []byte) error { return d.or(docs, term) }); err != nil {
			return err
		}
	}
	return nil
}

// addAmount adds the records that have the amount, whatever its sign: "49,99"
// typed as a word finds the bank line of -49.99 too.
func (m *matcher) addAmount(docs *roaring.Bitmap, amount Amount) {
	for i, value := range m.columns.amounts {
		if Amount(value).abs() == amount {
			docs.Add(m.columns.amountDocs[i])
		}
	}
}

// A filter says of one record whether it passes. It is asked about records in
// ascending order.
type filter func(doc uint32) bool

// filters returns what the query asks beside words.
func (m *matcher) filters(q *Query) []filter {
	var list []filter
	if len(q.Types) > 0 {
		list = append(list, m.typeFilter(q.Types))
	}
	if len(q.Sources) > 0 {
		list = append(list, m.sourceFilter(q.Sources))
	}
	for _, f := range q.Days {
		list = append(list, m.dayFilter(f))
	}
	for _, f := range q.Amounts {
		list = append(list, m.amountFilter(f))
	}
	return list
}

// choose reports whether a value passes filters of which it must match one,
// unless all are negated, and none that is negated.
func choose[F any](filters []F, matches, not func(*F) bool) bool {
	isChosen, isAsked := false, false
	for i := range filters {
		f := &filters[i]
		switch {
		case not(f) && matches(f):
			return false
		case !not(f):
			isAsked, isChosen = true, isChosen || matches(f)
		}
	}
	return isChosen || !isAsked
}

func (m *matcher) typeFilter(filters []TypeFilter) filter {
	passes := make([]bool, len(m.columns.types))
	for i, t := range m.columns.types {
		passes[i] = choose(filters, func(f *TypeFilter) bool { return f.Type == t }, func(f *TypeFilter) bool { return f.Not })
	}
	return func(doc uint32) bool { return passes[m.columns.kinds[doc]] }
}

func (m *matcher) sourceFilter(filters []SourceFilter) filter {
	passes := make([]bool, len(m.columns.sources))
	for i, id := range m.columns.sources {
		passes[i] = choose(filters, func(f *SourceFilter) bool { return slices.Contains(f.Sources, id) }, func(f *SourceFilter) bool { return f.Not })
	}
	return func(doc uint32) bool { return passes[m.columns.keys[doc]>>seqBits] }
}

func (m *matcher) dayFilter(f DayFilter) filter {
	from, end := f.From.start(), f.End.start()
	return func(doc uint32) bool {
		at := moment(m.columns.moments[doc])
		return (at != undated && at >= from && at < end) != f.Not
	}
}

func (m *matcher) amountFilter(f AmountFilter) filter {
	next := 0 // of amounts: records are asked about in ascending order
	return func(doc uint32) bool {
		for next < len(m.columns.amounts) && m.columns.amountDocs[next] < doc {
			next++
		}
		hasOne := false
		for ; next < len(m.columns.amounts) && m.columns.amountDocs[next] == doc; next++ {
			amount := Amount(m.columns.amounts[next])
			if !f.IsSigned {
				amount = amount.abs()
			}
			hasOne = hasOne || amount >= f.Min && amount <= f.Max
		}
		return hasOne != f.Not
	}
}

// A phraseReader reads the sequence of a partition, chunk by chunk.
type phraseReader struct {
	part    *partition
	columns *columns
	file    *sealedFile
	chunk   int // that plain holds; -1 for none
	plain   []byte
	scratch []byte
}

func (r *phraseReader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
	}
}

// keep returns the records of docs that have the pattern in their terms.
func (r *phraseReader) keep(docs *roaring.Bitmap, pattern []byte) (*roaring.Bitmap, error) {
	if r.file == nil {
		file, err := r.part.open()
		if err != nil {
			return nil, err
		}
		r.file, r.chunk = file, -1
	}
	kept := roaring.New()
	for list := docs.Iterator(); list.HasNext(); {
		doc := list.Next()
		hashes, err := r.hashes(doc)
		if err != nil {
			return nil, err
		}
		if hasPattern(hashes, pattern) {
			kept.Add(doc)
		}
	}
	return kept, nil
}

// hashes returns the hashes of the record's terms, valid until the next call.
func (r *phraseReader) hashes(doc uint32) ([]byte, error) {
	const size = sequenceChunk
	first, last := r.columns.span(doc)
	start, end := int64(first)*hashBytes, int64(last)*hashBytes
	r.scratch = r.scratch[:0]
	for start < end {
		if chunk := int(start / size); chunk != r.chunk {
			plain, err := r.file.readChunk(sequencePart, chunk)
			if err != nil {
				return nil, err
			}
			r.chunk, r.plain = chunk, plain
		}
		from := start - int64(r.chunk)*size
		to := min(end-int64(r.chunk)*size, int64(len(r.plain)))
		if from >= to {
			return nil, errDamaged
		}
		r.scratch = append(r.scratch, r.plain[from:to]...)
		start += to - from
	}
	return r.scratch, nil
}

// hasPattern reports whether pattern stands in hashes, hash on hash.
func hasPattern(hashes, pattern []byte) bool {
	for i := 0; i+len(pattern) <= len(hashes); i += hashBytes {
		if hashes[i] == pattern[0] && string(hashes[i:i+len(pattern)]) == string(pattern) {
			return true
		}
	}
	return false
}
