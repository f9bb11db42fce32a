package search

import (
	"slices"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Query says which records to find. The zero Query finds every record. A
// record must match every word, one of the types and one of the sources that
// are not negated, every tag, every day and every amount, and nothing that is
// negated.
type Query struct {
	Words   []Word
	Types   []TypeFilter
	Sources []SourceFilter
	Tags    []TagFilter
	Days    []DayFilter
	Amounts []AmountFilter

	// Copies tells of records that are one thing: it is one hit. nil: each record
	// is its own.
	Copies Copies

	Order   Order
	Offset  int  // of the first hit wanted
	Limit   int  // 0 stands for 20; at most 1,000
	IsExact bool // count every hit, even when that means reading older parts of the index

	Warnings []Warning // what ParseQuery did not understand
}

// A Word is a word, the beginning of one, or a phrase.
type Word struct {
	Text     string   // as written
	Terms    []string // folded, as the scanner cuts them; several stand one after the other
	IsPrefix bool     // the only term is the beginning of a word
	IsQuoted bool     // in this form only: "facture" does not find "factures"
	Not      bool
}

// A TypeFilter keeps the records of a type.
type TypeFilter struct {
	Type record.Type
	Not  bool
}

// A SourceFilter keeps the records of some sources. Without sources, which is
// how a name arrives that nobody resolved, it keeps none.
type SourceFilter struct {
	Name    string // as written
	Sources []core.SourceID
	Not     bool
}

// A TagFilter keeps the records that have a tag, or one that begins so.
type TagFilter struct {
	Tag      string // its key: see TagKey
	IsPrefix bool
	Not      bool
}

// TagKey is what tags are told apart by: their words, without case, accents and
// punctuation.
func TagKey(tag string) string { return strings.Join(terms(tag), " ") }

// A DayFilter keeps the records whose civil date is in the period.
type DayFilter struct {
	Period
	Not bool
}

// An AmountFilter keeps the records that have an amount from Min to Max, both
// included. Unless it IsSigned it looks at the size alone: a debit of -120 is
// in 100..200.
type AmountFilter struct {
	Min, Max Amount
	IsSigned bool
	Not      bool
}

// An Order is the order of hits.
type Order uint8

// The orders.
const (
	Newest Order = iota // by the records' own dates
	Best                // those with the words in their titles first, then by date
)

// A Warning names a part of a query that was left out.
type Warning struct {
	Reason Reason
	Text   string // the part, as written
}

// A Reason says why a part was left out.
type Reason string

// The reasons.
const (
	BadDate     Reason = "bad_date"     // want 2026, 2026-03 or 2026-03-15
	BadAmount   Reason = "bad_amount"   // want 12.30, >100 or 10..20
	BadWildcard Reason = "bad_wildcard" // * stands only at the end of a word
	TooLong     Reason = "too_long"     // more parts, or more text, than are read
	Empty       Reason = "empty"        // a filter without a value
)

const (
	defaultLimit = 20
	maxLimit     = 1000
	maxOffset    = 100_000
)

// page returns how many hits to skip and how many to keep after them.
func (q *Query) page() (offset, limit int) {
	limit = q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	return min(max(q.Offset, 0), maxOffset), min(limit, maxLimit)
}

// Resolve gives the names of sources that were written in the query their
// meaning: sources returns the sources of a name, none when it knows none.
func (q *Query) Resolve(sources func(name string) []core.SourceID) {
	q.Sources = slices.Clone(q.Sources)
	for i := range q.Sources {
		if f := &q.Sources[i]; f.Sources == nil {
			f.Sources = sources(f.Name)
		}
	}
}
