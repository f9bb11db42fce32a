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
	"slices"

	"github.com/domicile-home/domicile/sdk/record"
)

// A Kind says how lines belong to bills.
type Kind string

// The kinds of pairs.
const (
	Payment    Kind = "payment"    // one line pays the bills, most often one
	Refund     Kind = "refund"     // a credit pays a refund
	Instalment Kind = "instalment" // several lines pay one bill
)

// A Confidence is a class of evidence, not a probability.
type Confidence string

// The classes: Certain names the bill or its vendor, Likely rests on less.
const (
	Certain Confidence = "certain"
	Likely  Confidence = "likely"
)

// A Reason is one piece of evidence: a code, and the figures it rests on.
type Reason struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// A Pair is bills and the lines that settle them, each by id.
type Pair struct {
	Bill         string       `json:"bill"`               // the first of Bills
	Bills        []string     `json:"bills"`              // more than one: one line pays their sum
	Transactions []string     `json:"transactions"`       // more than one: instalments
	Kind         Kind         `json:"kind"`               //
	Confidence   Confidence   `json:"confidence"`         //
	Amount       record.Money `json:"amount"`             // without sign
	Currency     string       `json:"currency,omitempty"` // ISO 4217
	Reasons      []Reason     `json:"reasons"`            // the strongest first
	Explanation  string       `json:"explanation"`        // a sentence in English
}

// An Unmatched is a bill without its line.
type Unmatched struct {
	Bill        string   `json:"bill"`
	Reason      string   `json:"reason"`               // missing, not_due, outside_period, zero, ambiguous, other_label or duplicate
	Candidates  []string `json:"candidates,omitempty"` // lines of its amount, of other_label and ambiguous
	Explanation string   `json:"explanation"`
}

// A DoubleDebit is a bill debited more than once.
type DoubleDebit struct {
	Bill         string       `json:"bill"`
	Transactions []string     `json:"transactions"` // the one that pays first
	Amount       record.Money `json:"amount"`
	Currency     string       `json:"currency,omitempty"`
	Explanation  string       `json:"explanation"`
}

// A Recurring is money that leaves in a rhythm with no bill for it.
type Recurring struct {
	Label        string       `json:"label"`
	Category     string       `json:"category"` // subscription, or commitment: rent, loan, insurance, tax, school, transport
	Amount       record.Money `json:"amount"`   // the latest
	Currency     string       `json:"currency,omitempty"`
	Months       int          `json:"months"`    // between two lines
	Forgotten    bool         `json:"forgotten"` // a subscription of six lines or more, all of one amount
	Transactions []string     `json:"transactions"`
	Explanation  string       `json:"explanation"`
}

// A PriceRise is a recurring amount that became higher.
type PriceRise struct {
	Label       string       `json:"label"`
	Before      record.Money `json:"before"`
	After       record.Money `json:"after"`
	Currency    string       `json:"currency,omitempty"`
	From        string       `json:"from"`        // the day of the first line of the new price
	Transaction string       `json:"transaction"` // that line
	Explanation string       `json:"explanation"`
}

// An Answer is what Match finds. Its lists are never nil, and in the order of
// days and ids.
type Answer struct {
	Pairs        []Pair        `json:"pairs"`
	Unmatched    []Unmatched   `json:"unmatched_bills"`
	DoubleDebits []DoubleDebit `json:"double_debits"`
	PriceRises   []PriceRise   `json:"price_rises"`
	Recurring    []Recurring   `json:"recurring_without_bill"`
}

// A matching is one call of Match.
type matching struct {
	bills  []bill
	lines  []line
	edges  [][]edge // of each bill
	names  vendors
	answer Answer

	pairedBill []bool
	used       []bool           // lines
	amounts    map[price][]int  // lines of an amount, in order of days
	of         map[int]edge     // the edge of each paired bill
	byWord     map[string][]int // lines that hold a telling word
	unclear    map[int][]int    // ambiguous bills and the lines they could have
}

// Match joins the bills and the lines of in.
func Match(in Input) Answer {
	m := &matching{of: map[int]edge{}, unclear: map[int][]int{}, byWord: map[string][]int{}, amounts: map[price][]int{},
		answer: Answer{[]Pair{}, []Unmatched{}, []DoubleDebit{}, []PriceRise{}, []Recurring{}}}
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
	m.dropDuplicates()
	m.dropPending()
	m.dropReversed()
	m.dropTransfers()
	m.connect()
	m.assign()
	m.double()
	m.sums()
	m.instalments()
	m.explainRest()
	m.billed()
	m.recurring()
	slices.SortFunc(m.answer.PriceRises, func(a, b PriceRise) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Transaction, b.Transaction))
	})
	return m.answer
}
