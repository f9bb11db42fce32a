// Package match joins bills with the bank lines that pay them, and says why.
//
// It is pure: what goes in decides what comes out, in any order. Amounts are
// compared exactly, as decimals; currencies never mix. A line pays at most one
// bill, but for a line that pays the sum of several. Where two answers are
// equally good it gives none and says so.
//
// The one-to-one pairs are a maximum weight matching of each connected part of
// the bills and lines that could belong together (Kuhn 1955, Munkres 1957, in
// the form with potentials); a part too large for that is matched greedily.
// What is left is then looked through for sums, instalments and double debits.
package match

import (
	"cmp"
	"context"
	"slices"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// What is found, in the protocol's own types: an app is told the same. The lists
// of an Answer are never nil, and in the order of days and ids.
type (
	Kind        = protocol.MatchKind
	Confidence  = protocol.Confidence
	Reason      = protocol.Reason
	Pair        = protocol.Pair
	Unmatched   = protocol.Unmatched
	DoubleDebit = protocol.DoubleDebit
	PriceRise   = protocol.PriceRise
	Recurring   = protocol.Recurring
	Answer      = protocol.Matches
)

// The kinds of pairs, and the classes of evidence.
const (
	Payment    = protocol.Payment
	Refund     = protocol.Refund
	Instalment = protocol.Instalment
	Certain    = protocol.Certain
	Likely     = protocol.Likely
)

// A matching is one call of Match.
type matching struct {
	ctx    context.Context
	bills  []bill
	lines  []line
	edges  [][]edge // of each bill
	names  vendors
	named  map[int][]*name // by lines, as found
	answer Answer

	pairedBill []bool
	used       []bool           // lines
	amounts    map[price][]int  // lines of an amount, in order of days
	of         map[int]edge     // the edge of each paired bill
	byWord     map[string][]int // lines that hold a telling word
	unclear    map[int][]int    // ambiguous bills and the lines they could have
}

// Match joins the bills and the lines of in. It returns the error of ctx once it
// is done.
func Match(ctx context.Context, in Input) (Answer, error) {
	m := &matching{ctx: ctx, named: map[int][]*name{}, of: map[int]edge{}, unclear: map[int][]int{}, byWord: map[string][]int{}, amounts: map[price][]int{},
		answer: Answer{Pairs: []Pair{}, Unmatched: []Unmatched{}, DoubleDebits: []DoubleDebit{}, PriceRises: []PriceRise{}, Recurring: []Recurring{}}}
	m.bills, m.lines = slices.Clone(in.bills), slices.Clone(in.lines)
	slices.SortFunc(m.bills, func(a, b bill) int { return cmp.Or(cmp.Compare(a.expected(), b.expected()), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(m.lines, func(a, b line) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.ID, b.ID)) })
	m.pairedBill, m.used, m.edges = make([]bool, len(m.bills)), make([]bool, len(m.lines)), make([][]edge, len(m.bills))
	for i := range m.lines {
		k := m.lines[i].price
		m.amounts[k] = append(m.amounts[k], i)
		for _, w := range m.lines[i].tokens {
			m.byWord[w] = append(m.byWord[w], i)
		}
	}
	m.names = namesOf(m.bills)
	for _, step := range []func(){m.dropDuplicates, m.dropPending, m.dropReversed, m.dropTransfers, m.connect, m.assign, m.double, m.sums,
		m.instalments, m.explainRest, m.billed, m.recurring} {
		step()
		if ctx.Err() != nil {
			return Answer{}, ctx.Err()
		}
	}
	slices.SortFunc(m.answer.PriceRises, func(a, b PriceRise) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Transaction, b.Transaction))
	})
	return m.answer, nil
}
