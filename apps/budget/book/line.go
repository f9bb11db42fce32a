package book

import "strings"

// A Line is a bank line as its bank tells it.
type Line struct {
	ID       string
	Account  string
	Currency string
	Label    string
	Party    string // who was paid or paid, when the bank says
	Kind     string // as the bank names it
	Day      Day
	Booked   Day // 0: not known
	Amount   Amount
	Pending  bool

	// What the book adds.
	Key      string // the same for alike lines
	Category Category
}

// Name returns whom a line is about, as people know them.
func (l *Line) Name() string {
	if l.Party != "" {
		return l.Party
	}
	return l.Label
}

// A Book holds lines, the oldest first, all read.
type Book struct {
	Lines []Line
	Today Day
	First Month // the first month that is known whole
}

// looked is what is looked up: folded label and party of a debit or a credit.
type looked struct {
	text    string
	isDebit bool
}

// A Reader reads labels: what the home's dictionary and the person say of them.
type Reader struct {
	noise   map[string]bool
	phrases map[string][]phrase
	kinds   map[string]Category
	learnt  map[string]Category
	words   map[looked]Category // alike lines are many
}

// NewReader returns a reader that knows what the person taught.
func NewReader(learnt Learnt) *Reader {
	r := &Reader{noise: noise(), phrases: dictionary(), kinds: kinds(), learnt: map[string]Category{}, words: map[looked]Category{}}
	for _, one := range learnt {
		r.learnt[one.Key] = one.Category
	}
	return r
}

// Book reads lines, the oldest first, into a book. The first of them may cut a
// month: the book is whole from the next one on, unless isWhole.
func (r *Reader) Book(lines []Line, today Day, isWhole bool) *Book {
	b := &Book{Lines: lines, Today: today, First: today.Month()}
	if len(lines) > 0 {
		b.First = lines[0].Day.Month()
		if !isWhole {
			b.First++
		}
	}
	for i := range lines {
		l := &lines[i]
		label := Fold(l.Label)
		l.Key = r.key(label)
		if l.Party != "" {
			party := Fold(l.Party)
			l.Key = r.key(party)
			label += " | " + party
		}
		l.Category = r.category(l, label)
	}
	b.markOwn()
	return b
}

// Key returns the key of a line of label and party.
func (r *Reader) Key(label, party string) string {
	if party != "" {
		return r.key(Fold(party))
	}
	return r.key(Fold(label))
}

// category says what a line was for. A credit is income, unless something is
// given back; a refund takes away from what it gives back.
func (r *Reader) category(l *Line, text string) Category {
	if c, ok := r.learnt[l.Key]; ok {
		return c
	}
	if c, ok := r.kinds[strings.ToUpper(l.Kind)]; ok && (c != Income || l.Amount > 0) {
		return c
	}
	key := looked{text, l.Amount < 0}
	c, ok := r.words[key]
	if !ok {
		c = r.look(key)
		r.words[key] = c
	}
	switch {
	case c == Transfers:
		return c
	case l.Amount > 0 && !isRefund(text, l.Kind):
		return Income
	case c == "" || c == Income:
		return Other
	}
	return c
}

func isRefund(text, kind string) bool {
	switch strings.ToUpper(kind) {
	case "AVOIR", "REFUND", "RETURN":
		return true
	}
	for word := range strings.FieldsSeq(text) {
		switch word {
		case "AVOIR", "REMB", "REMBT", "REMBOURSEMENT", "REFUND", "RETOUR", "REVERSAL", "CPAM":
			return true
		}
	}
	return false
}
