package protocol

import "github.com/domicile-home/domicile/sdk/record"

// MatchRequest is the body of op match: the home joins bills with the bank lines
// that pay them. It needs a grant of records of both types. The reply is empty;
// its payload is a [Matches] as JSON.
type MatchRequest struct {
	Bills        Where `json:"bills,omitzero"`
	Transactions Where `json:"transactions,omitzero"`
}

// Matches is what is found. Bills and lines are named by the rows' IDs. What each
// code means, and how it is found, stands in docs/match.md.
type Matches struct {
	Pairs        []Pair        `json:"pairs"`
	Unmatched    []Unmatched   `json:"unmatched_bills"`
	DoubleDebits []DoubleDebit `json:"double_debits"`
	PriceRises   []PriceRise   `json:"price_rises"`
	Recurring    []Recurring   `json:"recurring_without_bill"`
}

// A MatchKind says how lines belong to bills.
type MatchKind string

// The kinds of pairs.
const (
	Payment    MatchKind = "payment"    // one line pays the bills, most often one
	Refund     MatchKind = "refund"     // a credit pays a refund
	Instalment MatchKind = "instalment" // several lines pay one bill
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
	Kind         MatchKind    `json:"kind"`               //
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
	Candidates  []string `json:"candidates,omitempty"` // lines of its amount, of other_label and ambiguous; lines of its vendor, of missing
	Explanation string   `json:"explanation"`
}

// A DoubleDebit is a bill debited more than once.
type DoubleDebit struct {
	Bill         string       `json:"bill"`
	Transactions []string     `json:"transactions"` // the earliest first
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
	Forgotten    bool         `json:"forgotten"` // a subscription of six lines or more, all of one amount, that runs on
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
