package match

import (
	"cmp"
	"slices"
	"sort"
)

// A rank says what of a line names the bill, the best last.
type rank int

const (
	stranger rank = iota // the line names someone else, or another bill
	nameless             // the line names nobody
	partly               // a word of the vendor
	alias                // the name under which the bank prints this vendor
	vendor               // the vendor
	contract             // the contract's number
	number               // the bill's number
)

// An edge says that a bill and a line may belong together.
type edge struct {
	line   int
	rank   rank
	away   int // days from the day expected
	weight int
}

// The windows, in days. Direct debits come from early to latest about the due
// date, payments by hand later.
const (
	early    = 5
	punctual = 15
	late     = 75
	latest   = 180
	prompt   = 6  // more, for a bill paid on the day of issue and not when due
	leadDays = 35 // from an unknown day of issue to the due day
)

// maxEdges is about how many lines of the bills' amounts are looked at, minNear how
// many of one bill's at least.
const (
	maxEdges = 4_000_000
	minNear  = 100
)

// window returns the first day and the last on which a line of rank r may pay.
func (b bill) window(r rank) (from, to int) {
	if b.expected() == none {
		return none, -none
	}
	from = b.issued - early
	if b.issued == none {
		from = b.due - leadDays
	}
	if b.due != none {
		from = min(from, b.due-early)
	}
	return from, b.expected() + [...]int{punctual, punctual, 30, 45, late, late, latest}[r]
}

// away returns how far a day is from the days on which b would be paid: the due
// day, or, which is rarer where there is one, the day of issue.
func (b bill) away(day int) int {
	from := func(at int) int { return min(latest, max(day-at, at-day)) }
	switch {
	case b.expected() == none:
		return latest
	case b.due > b.issued && b.issued != none:
		return min(from(b.due), from(b.issued)+prompt)
	}
	return from(b.expected())
}

// gain is what a pair weighs before its days are taken off.
const gain = 1_000_000

// weigh puts evidence first, then nearness: squared near the day, so that bills
// and lines of one amount keep their order, and more than half of all when
// late, so that three late payments never outweigh two on time.
func weigh(r rank, away int) int {
	g := gain + int(r)*gain/10
	if r >= contract {
		return g*int(r) - away*gain/1000
	}
	if away <= 20 {
		return g - away*away*gain/2000
	}
	return max(gain/50, g*9/20-(away-20)*gain/200)
}

// near returns the lines of b's amount between two days, those nearest to its day
// where there are too many.
func (m *matching) near(b *bill, from, to int) []int {
	all := m.amounts[b.price]
	after := func(day int) int {
		return sort.Search(len(all), func(i int) bool { return m.lines[all[i]].day >= day })
	}
	lo, hi := after(from), after(to+1)
	if most := max(minNear, maxEdges/len(m.bills)); hi-lo > most {
		lo = min(max(lo, after(b.expected())-most/2), hi-most)
		hi = lo + most
	}
	return all[lo:max(lo, hi)]
}

// connect finds the edges of every bill.
func (m *matching) connect() {
	strangers := make([][]edge, len(m.bills))
	known := map[string]bool{} // vendors that the bank prints by name
	for i := range m.bills {
		b := &m.bills[i]
		if m.ctx.Err() != nil {
			return
		}
		if m.pairedBill[i] {
			continue
		}
		from, _ := b.window(vendor)
		_, to := b.window(number)
		for _, j := range m.near(b, from, to) {
			l := &m.lines[j]
			if l.isDropped {
				continue
			}
			r := m.judge(b, j)
			if _, end := b.window(r); l.day > end {
				continue
			}
			e := edge{j, r, b.away(l.day), weigh(r, b.away(l.day)) + gain/1000*l.spelled(m.names.of[b.vendor])}
			if r <= nameless {
				strangers[i] = append(strangers[i], e)
				continue
			}
			known[b.vendor] = known[b.vendor] || r >= vendor
			m.edges[i] = append(m.edges[i], e)
		}
	}
	m.learn(strangers, known)
	m.admit(strangers, known)
	for i := range m.edges {
		slices.SortFunc(m.edges[i], func(a, b edge) int { return cmp.Compare(a.line, b.line) })
	}
}

// learn finds the names under which the bank prints vendors that it never
// prints by their own: a name that pays three bills or more on time, that no
// other vendor could have, and that stands on few other lines meanwhile.
func (m *matching) learn(strangers [][]edge, known map[string]bool) {
	type claim struct{ vendor, signature string }
	type proof struct{ bills, first, last int }
	proofs := map[claim]*proof{}
	days := map[string][]int{} // of the lines of a signature
	for i, edges := range strangers {
		b := &m.bills[i]
		seen := map[string]bool{}
		for _, e := range edges {
			l := &m.lines[e.line]
			if l.signature == "" || known[b.vendor] || seen[l.signature] || len(m.edges[i]) > 0 || m.namesOther(e.line, m.names.of[b.vendor]) {
				continue
			}
			seen[l.signature] = true
			days[l.signature] = nil
			c := claim{b.vendor, l.signature}
			if proofs[c] == nil {
				proofs[c] = &proof{0, l.day, l.day}
			}
			p := proofs[c]
			p.bills, p.first, p.last = p.bills+1, min(p.first, l.day), max(p.last, l.day)
		}
	}
	for j := range m.lines {
		l := &m.lines[j]
		if known, ok := days[l.signature]; ok && !l.isDropped && !l.price.isCredit {
			days[l.signature] = append(known, l.day)
		}
	}
	claims := map[string][]string{} // of a signature
	signatures := map[string]int{}  // of a vendor
	for c, p := range proofs {
		meanwhile := 0
		for _, day := range days[c.signature] {
			if day >= p.first && day <= p.last {
				meanwhile++
			}
		}
		if p.bills >= 3 && p.bills*2 > meanwhile {
			claims[c.signature] = append(claims[c.signature], c.vendor)
			signatures[c.vendor]++
		}
	}
	for i, edges := range strangers {
		b := &m.bills[i]
		for _, e := range edges {
			s := m.lines[e.line].signature
			if v := claims[s]; len(v) == 1 && v[0] == b.vendor && signatures[b.vendor] == 1 {
				e.rank, e.weight = alias, weigh(alias, e.away)
				m.edges[i] = append(m.edges[i], e)
			}
		}
	}
}

// admit lets a line that names nobody pay a bill when neither has another.
func (m *matching) admit(strangers [][]edge, known map[string]bool) {
	claimed := map[int]int{}
	for i := range m.edges {
		for _, e := range strangers[i] {
			if e.rank == nameless {
				claimed[e.line]++
			}
		}
		for _, e := range m.edges[i] {
			claimed[e.line]++
		}
	}
	for i, edges := range strangers {
		var one []edge
		for _, e := range edges {
			if e.rank == nameless {
				one = append(one, e)
			}
		}
		if len(m.edges[i]) > 0 || known[m.bills[i].vendor] || len(one) == 0 {
			continue
		}
		if len(one) == 1 && claimed[one[0].line] == 1 {
			m.edges[i] = append(m.edges[i], one[0])
			continue
		}
		for _, e := range one {
			m.unclear[i] = append(m.unclear[i], e.line)
		}
	}
}
