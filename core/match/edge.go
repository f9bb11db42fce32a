package match

import (
	"cmp"
	"slices"
	"sort"
	"strings"
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
	leadDays = 35 // from an unknown day of issue to the due day
)

// maxNear is how many lines of a bill's amount are looked at.
const maxNear = 2000

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

// away returns how far a day is from the days on which b would be paid.
func (b bill) away(day int) int {
	d := latest
	for _, at := range []int{b.due, b.issued} {
		if at != none {
			d = min(d, max(day-at, at-day))
		}
	}
	return d
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

// vendors are the vendors of the bills, by their telling words.
type vendors struct {
	telling map[string][]string // of a vendor
	all     map[string][]string // and all its words
	byWord  map[string][]string // vendors that tell by a word
	short   map[string][]string // what a vendor may be shortened to
	numbers map[string]int      // bills of a number
}

func namesOf(bills []bill) vendors {
	v := vendors{map[string][]string{}, map[string][]string{}, map[string][]string{}, map[string][]string{}, map[string]int{}}
	for _, b := range bills {
		if b.number != "" {
			v.numbers[b.number]++
		}
		if _, known := v.telling[b.vendor]; known {
			continue
		}
		all := words(b.vendor)
		own := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return isGeneric(w) })
		if len(own) == 0 {
			own = all
		}
		v.telling[b.vendor], v.all[b.vendor], v.short[b.vendor] = own, all, initials(b.vendor)
		for _, w := range own {
			v.byWord[w] = append(v.byWord[w], b.vendor)
		}
	}
	return v
}

// shared returns how many telling words of a vendor a line holds.
func (v vendors) shared(l *line, name string) (n, of int) {
	own := v.telling[name]
	for _, w := range own {
		if _, ok := slices.BinarySearch(l.tokens, w); ok || isCut(l.tokens, w) {
			n++
		}
	}
	if n < len(own) && len(name) >= 8 && strings.Contains(strings.ReplaceAll(l.text, " ", ""), strings.ReplaceAll(name, " ", "")) {
		n = len(own)
	}
	if n < len(own) && (isCutThroughout(l.tokens, own) || slices.ContainsFunc(v.short[name], func(w string) bool { _, ok := slices.BinarySearch(l.tokens, w); return ok })) {
		n = len(own)
	}
	return n, len(own)
}

// isCutThroughout reports whether the bank cut every one of a vendor's words off,
// as where a label has 24 places: "ASSUR MUT MOTA".
func isCutThroughout(tokens, own []string) bool {
	if len(own) < 2 {
		return false
	}
	for _, w := range own {
		if !slices.ContainsFunc(tokens, func(t string) bool { return len(t) >= 3 && strings.HasPrefix(w, t) }) {
			return false
		}
	}
	return true
}

// initials returns what a name may be shortened to, of three letters or more: EDF,
// with its articles, SNCF without.
func initials(name string) (all []string) {
	var whole, bare strings.Builder
	for w := range strings.FieldsSeq(name) {
		if hasDigit(w) {
			return nil
		}
		whole.WriteString(w[:1])
		if !noise[w] {
			bare.WriteString(w[:1])
		}
	}
	for _, short := range []string{whole.String(), bare.String()} {
		if len(short) >= 3 && len(short) <= 6 {
			all = append(all, short)
		}
	}
	return all
}

// spelled returns how many words of a vendor a line holds, words of a trade
// included: they tell Free Mobile from Free.
func (v vendors) spelled(l *line, name string) (n int) {
	for _, w := range v.all[name] {
		if _, ok := slices.BinarySearch(l.tokens, w); ok {
			n++
		}
	}
	return n
}

// isCut reports whether the bank cut w off after five letters or more.
func isCut(tokens []string, w string) bool {
	return len(w) > 5 && slices.ContainsFunc(tokens, func(t string) bool { return len(t) >= 5 && strings.HasPrefix(w, t) })
}

// namesOther reports whether l names in full a vendor that is not b's.
func (v vendors) namesOther(l *line, name string) bool {
	for _, w := range l.tokens {
		for _, other := range v.byWord[w] {
			if n, of := v.shared(l, other); other != name && n == of {
				return true
			}
		}
	}
	return false
}

// isTelling reports whether a number is long enough to name a bill.
func isTelling(s string) bool { return len(s) >= 4 && hasDigit(s) }

// judge says what of l names b.
func (m *matching) judge(b *bill, l *line) rank {
	if isTelling(b.number) && m.names.numbers[b.number] == 1 && (holds(l.text, b.number) || squeezed(l.text, b.number)) {
		return number
	}
	n, of := m.names.shared(l, b.vendor)
	if m.namesOtherBill(b, l) {
		return stranger
	}
	switch {
	case isTelling(b.contract) && (holds(l.text, b.contract) || squeezed(l.text, b.contract)):
		return contract
	case of > 0 && n == of:
		return vendor
	case m.names.namesOther(l, b.vendor):
		return stranger
	case n > 0:
		return partly
	case len(l.tokens) == 0:
		return nameless
	}
	return stranger
}

// squeezed finds a number of eight characters or more that the bank printed
// with other gaps.
func squeezed(text, number string) bool {
	n := strings.ReplaceAll(number, " ", "")
	return len(n) >= 8 && strings.Contains(strings.ReplaceAll(text, " ", ""), n)
}

// namesOtherBill reports whether l bears the number of another bill.
func (m *matching) namesOtherBill(b *bill, l *line) bool {
	for w := range strings.FieldsSeq(l.text) {
		if isTelling(w) && w != b.number && w != b.contract && m.names.numbers[w] > 0 && len(w) >= 5 {
			return true
		}
	}
	return false
}

// near returns the lines of b's amount between two days.
func (m *matching) near(b *bill, from, to int) []int {
	all := m.amounts[b.price]
	lo := sort.Search(len(all), func(i int) bool { return m.lines[all[i]].day >= from })
	hi := sort.Search(len(all), func(i int) bool { return m.lines[all[i]].day > to })
	return all[lo:min(max(lo, hi), lo+maxNear)]
}

// connect finds the edges of every bill.
func (m *matching) connect() {
	strangers := make([][]edge, len(m.bills))
	known := map[string]bool{} // vendors that the bank prints by name
	for i := range m.bills {
		b := &m.bills[i]
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
			r := m.judge(b, l)
			if _, end := b.window(r); l.day > end {
				continue
			}
			e := edge{j, r, b.away(l.day), weigh(r, b.away(l.day)) + gain/1000*m.names.spelled(l, b.vendor)}
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

// signature is the name that a bank prints on all lines of one creditor.
func (l *line) signature() string { return strings.Join(l.tokens, " ") }

// learn finds the names under which the bank prints vendors that it never
// prints by their own: a name that pays two bills or more of different amounts,
// or three of one, on time, and that no other vendor could have.
func (m *matching) learn(strangers [][]edge, known map[string]bool) {
	type claim struct{ vendor, signature string }
	amounts := map[claim]map[price]int{}
	for i, edges := range strangers {
		b := &m.bills[i]
		seen := map[string]bool{}
		for _, e := range edges {
			s := m.lines[e.line].signature()
			if s == "" || known[b.vendor] || seen[s] || len(m.edges[i]) > 0 || m.names.namesOther(&m.lines[e.line], b.vendor) {
				continue
			}
			seen[s] = true
			c := claim{b.vendor, s}
			if amounts[c] == nil {
				amounts[c] = map[price]int{}
			}
			amounts[c][b.price]++
		}
	}
	claims := map[string][]string{} // of a signature
	signatures := map[string]int{}  // of a vendor
	for c, seen := range amounts {
		bills := 0
		for _, n := range seen {
			bills += n
		}
		if bills >= 3 || len(seen) >= 2 {
			claims[c.signature] = append(claims[c.signature], c.vendor)
			signatures[c.vendor]++
		}
	}
	for i, edges := range strangers {
		b := &m.bills[i]
		for _, e := range edges {
			s := m.lines[e.line].signature()
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
