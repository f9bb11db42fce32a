package book

import (
	"cmp"
	"slices"
	"strings"
)

// A Rhythm is how many months lie between two payments.
type Rhythm int

// The rhythms that are told.
const (
	Monthly   Rhythm = 1
	Quarterly Rhythm = 3
	Yearly    Rhythm = 12
)

// Recurring is money that leaves or comes in again and again.
type Recurring struct {
	Key      string
	Name     string
	Account  string
	Currency string
	Category Category
	Rhythm   Rhythm
	Lines    []int // their places in the book, the oldest first
	Last     Amount
	Usual    Amount // median of the last six
	IsFixed  bool   // always the same, but for rises
	IsOver   bool   // the next one is long overdue
	Begun    Day
	Latest   Day
	Next     Day // expected; of no use when IsOver
	Rise     *Rise
}

// A Rise is a price that went up, and stayed there.
type Rise struct {
	Before, After Amount // as the lines have them: negative
	Since         Day
	Was, Is       []int // the lines at each
}

// rule is what a rhythm takes.
type rule struct {
	rhythm       Rhythm
	days, slack  int
	least        int // payments
	leastVarying int // of amounts that vary, by card
}

func rules() []rule {
	return []rule{{Monthly, 30, 7, 3, 6}, {Quarterly, 91, 14, 3, 5}, {Yearly, 365, 20, 2, 3}}
}

const (
	minApart     = 15   // days between two payments of one subscription
	fresh        = 45   // days since the last payment of a monthly one
	maxStream    = 12   // that lines of one key are told apart into
	maxSpread    = 3    // times that an amount may grow from one payment to the next
	varyingShare = 40   // percent of what is paid to a merchant, of amounts that vary
	yearlySpread = 25   // percent between two yearly payments that are all there are
	dense        = 4    // lines a month: a shop, where only equal amounts can be a subscription
	lateSlack    = 10   // days past the slack after which a payment is over
	lastFew      = 6    // payments that the usual amount and day are the median of
	maxKeyed     = 4000 // lines of one key that are looked at, the latest
)

// Recurring finds what recurs, by who is paid, the dearest in a year first.
// Transfers between own accounts, cash and pending lines are left out.
func (b *Book) Recurring() []Recurring {
	type group struct {
		account, currency, key string
		isCredit               bool
	}
	groups := map[group][]int{}
	var order []group
	for i := range b.Lines {
		l := &b.Lines[i]
		if l.Pending || l.Category == Transfers || l.Category == Cash || l.Amount == 0 {
			continue
		}
		g := group{l.Account, l.Currency, l.Key, l.Amount > 0}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], i)
	}
	var all []Recurring
	for _, g := range order {
		for _, stream := range b.streams(groups[g]) {
			if r, ok := b.recurring(stream, len(groups[g])); ok {
				all = append(all, r)
			}
		}
	}
	slices.SortStableFunc(all, func(x, y Recurring) int {
		return cmp.Or(cmp.Compare(y.Yearly().Abs(), x.Yearly().Abs()), strings.Compare(x.Name, y.Name))
	})
	return all
}

// Yearly is what r comes to in a year.
func (r *Recurring) Yearly() Amount { return r.Usual * Amount(12/r.Rhythm) }

// streams tells apart the payments of several subscriptions to one merchant:
// each line goes on with the stream whose last amount is closest and not too
// recent. Of a shop where one pays often, only equal amounts belong together.
func (b *Book) streams(lines []int) [][]int {
	lines = lines[max(0, len(lines)-maxKeyed):]
	if len(lines) < 2 {
		return nil
	}
	days := int(b.Lines[lines[len(lines)-1]].Day-b.Lines[lines[0]].Day) + 1
	var all [][]int
	if len(lines)*30 > dense*max(days, 90) {
		byAmount := map[Amount]int{}
		for _, i := range lines {
			at, ok := byAmount[b.Lines[i].Amount]
			if !ok {
				at = len(all)
				byAmount[b.Lines[i].Amount], all = at, append(all, nil)
			}
			all[at] = append(all[at], i)
		}
		return all
	}
	for _, i := range lines {
		if at := b.closest(all, i); at >= 0 {
			all[at] = append(all[at], i)
		} else if len(all) < maxStream {
			all = append(all, []int{i})
		}
	}
	return all
}

// closest returns the stream that a line goes on with, -1 for none: one of the
// same amount, or else one that was paid a month ago, or else any.
func (b *Book) closest(all [][]int, i int) int {
	best, bestRank, bestGap := -1, 0, Amount(0)
	l := &b.Lines[i]
	for at, stream := range all {
		last := &b.Lines[stream[len(stream)-1]]
		low, high := min(last.Amount.Abs(), l.Amount.Abs()), max(last.Amount.Abs(), l.Amount.Abs())
		if l.Day-last.Day < minApart || high > maxSpread*low {
			continue
		}
		rank, gap := 2, high-low
		if gap == 0 {
			rank = 0
		} else if l.Day-last.Day <= fresh && high <= 2*low {
			rank = 1
		}
		if best < 0 || cmp.Or(cmp.Compare(rank, bestRank), cmp.Compare(gap, bestGap), cmp.Compare(len(all[best]), len(stream))) < 0 {
			best, bestRank, bestGap = at, rank, gap
		}
	}
	return best
}

// recurring reports whether lines, of so many to one merchant, keep a rhythm,
// and which. Chance makes rhythms too: amounts that vary must be much of what is
// paid there, and once a year is told where nothing else is paid only.
func (b *Book) recurring(lines []int, paid int) (Recurring, bool) {
	for _, rule := range rules() {
		isMuch := len(lines)*100 >= paid*varyingShare || len(b.runs(lines))*2 <= len(lines)
		if (rule.rhythm != Yearly || len(lines) == paid) && isMuch && b.keeps(lines, rule) {
			return b.describe(lines, rule), true
		}
	}
	return Recurring{}, false
}

// keeps reports whether lines come in the rhythm of a rule: three in four of the
// times between them are of its length, or of a multiple that one missed.
func (b *Book) keeps(lines []int, r rule) bool {
	varies, card := 0, false
	good, missed, spread := 0, 0, Amount(0)
	for n := 1; n < len(lines); n++ {
		last, l := &b.Lines[lines[n-1]], &b.Lines[lines[n]]
		if last.Amount != l.Amount {
			varies++
		}
		card = card || isCard(l)
		spread = max(spread, (last.Amount-l.Amount).Abs()*100/max(last.Amount.Abs(), 1))
		days := int(l.Day - last.Day)
		switch {
		case near(days, r.days, r.slack):
			good++
		case near(days, 2*r.days, r.slack), near(days, 3*r.days, r.slack):
			missed++
		}
	}
	least, share := r.least, 75
	if isVarying := varies*2 > len(lines); isVarying {
		if card {
			least, share = r.leastVarying, 90
		}
	}
	if isSame := spread <= yearlySpread; r.rhythm == Yearly && len(lines) == 2 && (!isSame || card && varies > 0) {
		return false
	}
	gaps := len(lines) - 1
	return len(lines) >= least && good*2 > gaps && (good+missed)*100 >= share*gaps
}

func near(days, want, slack int) bool { return days >= want-slack && days <= want+slack }

func isCard(l *Line) bool {
	switch strings.ToUpper(l.Kind) {
	case "CARTE", "CARD", "POS", "CB":
		return true
	}
	label := Fold(l.Label)
	for _, start := range []string{"CARTE ", "CB ", "PAIEMENT CB ", "PAIEMENT PAR CARTE ", "ACHAT CB ", "CARD ", "POS "} {
		if strings.HasPrefix(label, start) {
			return true
		}
	}
	return false
}

func (b *Book) describe(lines []int, rule rule) Recurring {
	first, last := &b.Lines[lines[0]], &b.Lines[lines[len(lines)-1]]
	r := Recurring{Key: last.Key, Name: last.Name(), Account: last.Account, Currency: last.Currency, Category: last.Category, Rhythm: rule.rhythm,
		Lines: lines, Last: last.Amount, Begun: first.Day, Latest: last.Day}
	var amounts, days []Amount
	for _, i := range lines[max(0, len(lines)-lastFew):] {
		amounts, days = append(amounts, b.Lines[i].Amount), append(days, Amount(b.Lines[i].Day.InMonth())*unit)
	}
	r.Usual = Median(amounts)
	runs := b.runs(lines)
	r.IsFixed = len(runs) <= 1+len(lines)/6
	if r.IsFixed {
		r.Usual = r.Last
	}
	r.Rise = b.rise(runs)
	r.Next = (last.Day.Month() + Month(rule.rhythm)).Day(int(Median(days) / unit))
	r.IsOver = int(b.Today-r.Next) > rule.slack+lateSlack
	r.Next = max(r.Next, b.Today)
	return r
}

// runs parts lines where the amount changes.
func (b *Book) runs(lines []int) (all [][]int) {
	for n, i := range lines {
		if n == 0 || b.Lines[i].Amount != b.Lines[lines[n-1]].Amount {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], i)
	}
	return all
}

// rise returns the last rise of a price: what was paid three times or more, then
// more than that twice or more; or once, after six times.
func (b *Book) rise(runs [][]int) *Rise {
	for n := len(runs) - 1; n > 0; n-- {
		was, is := runs[n-1], runs[n]
		before, after := b.Lines[was[0]].Amount, b.Lines[is[0]].Amount
		isNew := n == len(runs)-1 && len(was) >= 6
		if after < before && before < 0 && len(was) >= 3 && (len(is) >= 2 || isNew) {
			return &Rise{before, after, b.Lines[is[0]].Day, was, is}
		}
	}
	return nil
}
