package protocol

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// AskColumns is the question which column of a table is what. Its request has
// a [Table]; the answer is the text that Table.Said describes. The home asks
// the person, or gives what Said proposes when the table is settled.
const AskColumns AskKind = "columns"

// A Table is the first rows of a file of rows and columns, what each column
// seems to be, and what the person is to say of it.
type Table struct {
	Columns []TableColumn `json:"columns"`
	Rows    [][]string    `json:"rows"`             // the first ones, cells clipped
	First   int           `json:"first"`            // the line of the file that the first row is on
	Total   int           `json:"total"`            // rows in the file
	Named   bool          `json:"named"`            // the file has a row of headings
	Said    string        `json:"said"`             // the answer proposed: "date=#1,label=#3,amount=#4,order=dmy,currency=EUR"
	Names   string        `json:"names"`            // the same, columns by their headings, as a person would type it
	Settled bool          `json:"settled"`          // the person said so of an earlier file like this one
	Order   TableChoice   `json:"order"`            // of day, month and year
	Decimal TableChoice   `json:"decimal"`          // the sign before the decimals
	Money   string        `json:"money"`            // the currency proposed, when no column says it; ISO 4217 or ""
	Account string        `json:"account"`          // the account proposed, when no column says it; or ""
	Faults  []TableFault  `json:"faults,omitempty"` // why the last answer cannot be taken
}

// A TableColumn is a column: its heading, "" without one, and the role
// proposed, "" for none.
type TableColumn struct {
	Name string `json:"name"`
	Role string `json:"role"`
}

// A TableChoice is a thing about the whole table. The values decide it, or
// leave several options open.
type TableChoice struct {
	Value   string   `json:"value"`             // proposed, or "" when the person must choose
	Options []string `json:"options,omitempty"` // that the values leave; one when they decide
	Example string   `json:"example,omitempty"` // a value that may be read by each
}

// A TableFault is one reason why an answer cannot be taken.
type TableFault struct {
	At   string `json:"at"`   // a role, "order", "decimal", "currency" or "account"; "" for the whole
	Why  string `json:"why"`  // one of TableWhys
	Text string `json:"text"` // in the connector's words
}

// TableRoles returns what a column may be, in the order of a list.
func TableRoles() []string {
	return []string{"date", "value-date", "label", "counterparty", "note", "amount", "out", "in", "sign", "currency", "balance", "reference", "kind", "account"}
}

// TableOrders returns the orders of day, month and year.
func TableOrders() []string { return []string{"dmy", "mdy", "ymd"} }

// TableDecimals returns the signs before decimals.
func TableDecimals() []string { return []string{"comma", "point"} }

// TableWhys returns the reasons of a fault.
func TableWhys() []string {
	return []string{"missing", "twice", "unread", "open", "both", "unknown"}
}

// Bounds of a Table.
const (
	MaxTableColumns = 100
	MaxTableRows    = 12
	MaxTableCell    = 120  // characters
	MaxTableSaid    = 4096 // bytes of an answer
)

// Check returns why t is not one to show, or nil.
func (t Table) Check() error {
	switch {
	case len(t.Columns) == 0 || len(t.Columns) > MaxTableColumns:
		return fmt.Errorf("table: want 1 to %d columns", MaxTableColumns)
	case len(t.Rows) > MaxTableRows:
		return fmt.Errorf("table: over %d rows", MaxTableRows)
	case len(t.Faults) > MaxTableColumns:
		return fmt.Errorf("table: over %d faults", MaxTableColumns)
	case len(t.Said) > MaxTableSaid || len(t.Names) > MaxTableSaid || len(t.Money) > 3 || isLong(t.Account):
		return fmt.Errorf("table: a proposal is too long")
	}
	for _, c := range t.Columns {
		if c.Role != "" && !slices.Contains(TableRoles(), c.Role) {
			return fmt.Errorf("table: no role %q", c.Role)
		}
		if isLong(c.Name) {
			return fmt.Errorf("table: a heading is over %d characters", MaxTableCell)
		}
	}
	for _, row := range t.Rows {
		if len(row) > len(t.Columns) || slices.ContainsFunc(row, isLong) {
			return fmt.Errorf("table: a row has too many or too long cells")
		}
	}
	for _, f := range t.Faults {
		if !slices.Contains(TableWhys(), f.Why) || isLong(f.At) || len(f.Text) > MaxTableSaid {
			return fmt.Errorf("table: no fault %q", f.Why)
		}
	}
	if err := t.Order.check(TableOrders()); err != nil {
		return err
	}
	return t.Decimal.check(TableDecimals())
}

func (c TableChoice) check(known []string) error {
	isUnknown := func(o string) bool { return !slices.Contains(known, o) }
	if c.Value != "" && isUnknown(c.Value) || slices.ContainsFunc(c.Options, isUnknown) || len(c.Options) > len(known) || isLong(c.Example) {
		return fmt.Errorf("table: no choice %q of %q", c.Value, c.Options)
	}
	return nil
}

func isLong(text string) bool { return utf8.RuneCountInString(text) > MaxTableCell }
