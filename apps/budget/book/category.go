package book

import "strings"

// A Category says what money was for.
type Category string

// The categories.
const (
	Groceries Category = "groceries"
	Housing   Category = "housing"
	Energy    Category = "energy"
	Telecom   Category = "telecom"
	Transport Category = "transport"
	Health    Category = "health"
	Insurance Category = "insurance"
	EatingOut Category = "eating-out"
	Leisure   Category = "leisure"
	Clothes   Category = "clothes"
	Children  Category = "children"
	Loans     Category = "loans"
	Taxes     Category = "taxes"
	Fees      Category = "fees"
	Cash      Category = "cash"
	Other     Category = "other"
	Income    Category = "income"
	Transfers Category = "transfers" // between the person's own accounts: neither spent nor earned
)

// Categories returns all of them, those of spending first, in the order of
// showing.
func Categories() []Category { return append(Spending(), Income, Transfers) }

// Spending returns the categories of what is spent.
func Spending() []Category {
	return []Category{Housing, Groceries, Energy, Telecom, Transport, Health, Insurance, EatingOut, Leisure, Clothes, Children, Loans, Taxes, Fees, Cash, Other}
}

// IsSpending reports whether c is of what is spent.
func (c Category) IsSpending() bool { return c != Income && c != Transfers }

// ParseCategory returns the category that text names.
func ParseCategory(text string) (Category, bool) {
	for _, c := range Categories() {
		if string(c) == text {
			return c, true
		}
	}
	return "", false
}

// kinds are the kinds of lines that say enough, as banks and OFX name them.
func kinds() map[string]Category {
	return map[string]Category{
		"FRAIS": Fees, "FEE": Fees, "SRVCHG": Fees, "COMMISSION": Fees, "AGIOS": Fees,
		"RETRAIT": Cash, "ATM": Cash, "CASH": Cash, "INTERETS": Income, "INT": Income, "DIV": Income,
	}
}

// A phrase is a run of words that tells a category, by all words but its first.
type phrase struct {
	rest     string
	category Category
}

// dictionary returns the phrases by their first word.
func dictionary() map[string][]phrase {
	all := map[string][]phrase{}
	for c, text := range words() {
		for line := range strings.SplitSeq(text, ",") {
			first, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			if first != "" {
				all[first] = append(all[first], phrase{rest, c})
			}
		}
	}
	return all
}

// look returns what the longest phrase of a folded text tells, "" for nothing.
// Of two as long, the earlier one counts: banks write who is paid first. A debit
// is no income, whatever it is called.
func (r *Reader) look(l looked) Category {
	best, length := Category(""), 0
	rest := l.text
	for rest != "" {
		var word string
		word, rest, _ = strings.Cut(rest, " ")
		for _, p := range r.phrases[word] {
			n := len(word) + len(p.rest)
			if n > length && !(l.isDebit && p.category == Income) && (p.rest == "" || rest == p.rest || strings.HasPrefix(rest, p.rest+" ")) {
				best, length = p.category, n
			}
		}
	}
	return best
}
