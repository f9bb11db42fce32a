package book

import (
	"maps"
	"slices"
)

const (
	usualMonths = 12
	usualLeast  = 3 // months that make a usual one
)

// A Figure is a sum with the lines behind it, by their places in the book.
type Figure struct {
	Amount Amount
	Lines  []int
}

func (f *Figure) add(amount Amount, line int) {
	f.Amount += amount
	f.Lines = append(f.Lines, line)
}

// Sums are those of a month in one currency. What is spent is positive, less what
// was given back. Pending lines are in none but Pending, transfers between own accounts in
// none but Moved.
type Sums struct {
	In, Out  Figure
	Category map[Category]*Figure // of spending
	Pending  Figure               // as it is signed
	Moved    Figure               // as it is signed: 0 when both sides are known
}

// Left is what came in less what went out.
func (s *Sums) Left() Figure {
	return Figure{s.In.Amount - s.Out.Amount, slices.Concat(s.In.Lines, s.Out.Lines)}
}

// Of returns what was spent on c.
func (s *Sums) Of(c Category) Figure {
	if f := s.Category[c]; f != nil {
		return *f
	}
	return Figure{}
}

// Months are the sums of one currency by month.
type Months map[Month]*Sums

// Of returns the sums of m, empty ones for none.
func (all Months) Of(m Month) *Sums {
	if s := all[m]; s != nil {
		return s
	}
	return &Sums{}
}

// Months sums the lines of a currency up by month, each month until its day
// until, its last if it has fewer; 31 is whole months.
func (b *Book) Months(currency string, until int) Months {
	all := Months{}
	month, first, last := Month(0), Day(0), Day(-1)
	for i := range b.Lines {
		l := &b.Lines[i]
		if l.Day > last || l.Day < first {
			month = l.Day.Month()
			first, last = month.First(), month.Last()
		}
		if l.Currency == currency && l.Day <= first+Day(until-1) {
			all.add(month, l, i)
		}
	}
	return all
}

func (all Months) add(m Month, l *Line, i int) {
	s := all[m]
	if s == nil {
		s = &Sums{Category: map[Category]*Figure{}}
		all[m] = s
	}
	switch {
	case l.Pending:
		s.Pending.add(l.Amount, i)
	case l.Category == Transfers:
		s.Moved.add(l.Amount, i)
	case l.Category == Income:
		s.In.add(l.Amount, i)
	default:
		s.Out.add(-l.Amount, i)
		if s.Category[l.Category] == nil {
			s.Category[l.Category] = &Figure{}
		}
		s.Category[l.Category].add(-l.Amount, i)
	}
}

// Until is how far the months that today's is compared with go: to the same day,
// or whole when today's is over.
func (b *Book) Until() int {
	if b.Today == b.Today.Month().Last() {
		return 31
	}
	return b.Today.InMonth()
}

// A Usual is what months before one come to, in the middle.
type Usual struct {
	Figure
	Months int // that it is the median of
}

// Known reports whether there were months enough.
func (u Usual) Known() bool { return u.Months >= usualLeast }

// Usual returns the median of a figure over the twelve months before m, as far
// as they are known whole.
func (b *Book) Usual(all Months, m Month, of func(*Sums) Figure) Usual {
	var u Usual
	var amounts []Amount
	for past := max(m-usualMonths, b.First); past < m; past++ {
		f := of(all.Of(past))
		amounts = append(amounts, f.Amount)
		u.Lines = append(u.Lines, f.Lines...)
	}
	u.Months, u.Amount = len(amounts), Median(amounts)
	return u
}

// Currencies returns the currencies of the lines, that of most lines first.
func (b *Book) Currencies() []string {
	count := map[string]int{}
	for i := range b.Lines {
		count[b.Lines[i].Currency]++
	}
	all := slices.Sorted(maps.Keys(count))
	slices.SortStableFunc(all, func(x, y string) int { return count[y] - count[x] })
	return all
}

// In returns the lines of a month and currency that of selects, the newest
// first.
func (b *Book) In(m Month, currency string, of func(*Line) bool) (all []int) {
	first, last := m.First(), m.Last()
	for i := len(b.Lines) - 1; i >= 0; i-- {
		if l := &b.Lines[i]; l.Day >= first && l.Day <= last && l.Currency == currency && of(l) {
			all = append(all, i)
		}
	}
	return all
}
