package match

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"github.com/domicile-home/domicile/sdk/record"
)

// How far apart, in days, things that belong together may be.
const (
	pendingDays  = 10
	rejectDays   = 20
	transferDays = 3
	doubleDays   = 10
	sumDays      = 45
	spreadDays   = 130 // of instalments
)

// The most bills of a sum or lines of instalments, and of how many they are picked:
// of more, some would come to any amount.
const (
	maxParts  = 4
	maxChoice = 8
)

// dropDuplicates leaves out a bill that is there twice.
func (m *matching) dropDuplicates() {
	type key struct {
		vendor, number string
		price          price
	}
	first := map[key]int{}
	for i, b := range m.bills {
		k := key{b.vendor, b.number, b.price}
		j, again := first[k]
		switch {
		case b.price.amount.Sign() == 0:
			m.leave(i, "zero", nil)
		case again && b.number != "" && m.bills[j].issued == b.issued:
			m.leave(i, "duplicate", nil)
			m.names.numbers[b.number]--
		default:
			first[k] = i
		}
	}
}

// leave reports a bill as unmatched.
func (m *matching) leave(i int, reason string, lines []int) {
	m.pairedBill[i] = true
	m.answer.Unmatched = append(m.answer.Unmatched, Unmatched{Bill: m.bills[i].ID, Reason: reason, Candidates: m.lineIDs(lines), Explanation: m.whyNot(i, reason, lines)})
}

// each calls do for the lines of l's amount, or of the opposite, that follow
// line j within some days and are not dropped, until it returns true.
func (m *matching) each(j, days int, opposite bool, do func(int) bool) {
	l := &m.lines[j]
	p := l.price
	p.isCredit = p.isCredit != opposite
	all := m.amounts[p]
	at, _ := slices.BinarySearchFunc(all, l.day, func(k, day int) int { return cmp.Compare(m.lines[k].day, day) })
	for n := at; n < len(all) && n < at+minNear && m.lines[all[n]].day <= l.day+days; n++ {
		if k := all[n]; k != j && !m.lines[k].isDropped && do(k) {
			return
		}
	}
}

// alike reports whether two lines name the same creditor.
func (m *matching) alike(j, k int) bool {
	a, b := m.lines[j].tokens, m.lines[k].tokens
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	return slices.ContainsFunc(a, func(w string) bool { _, ok := slices.BinarySearch(b, w); return ok })
}

// dropPending leaves out the pending lines that are booked as well.
func (m *matching) dropPending() {
	booked := map[int]bool{}
	for j := range m.lines {
		if !m.lines[j].isPending {
			continue
		}
		m.each(j, pendingDays, false, func(k int) bool {
			if m.lines[k].isPending || booked[k] || m.lines[k].account != m.lines[j].account || !m.alike(j, k) {
				return false
			}
			booked[k], m.lines[j].isDropped = true, true
			return true
		})
	}
}

// dropReversed leaves out debits that were given back, with the credit: one that
// says so, or one of the same name after which the debit comes again. The latest
// debit is the one given back. Where a refund of that amount was billed, the
// credit is that one's.
func (m *matching) dropReversed() {
	refunds := map[price]bool{}
	for _, b := range m.bills {
		refunds[b.price] = refunds[b.price] || b.price.isCredit
	}
	for j := len(m.lines) - 1; j >= 0; j-- {
		if m.lines[j].price.isCredit || m.lines[j].isDropped {
			continue
		}
		m.each(j, rejectDays, true, func(k int) bool {
			l := &m.lines[k]
			isBack := isRejection(l.text) && (l.signature == "" || m.alike(j, k)) || m.comesAgain(j, k)
			if l.account != m.lines[j].account || !isBack || refunds[l.price] && !says(l.text, "REJET", "UNPAID", "IMPAYE") {
				return false
			}
			m.lines[j].isDropped, m.lines[k].isDropped = true, true
			return true
		})
	}
}

// comesAgain reports whether credit k gives debit j back and the same debit
// follows.
func (m *matching) comesAgain(j, k int) bool {
	debit := &m.lines[j]
	if debit.signature == "" || debit.signature != m.lines[k].signature {
		return false
	}
	again := false
	m.each(k, rejectDays, true, func(n int) bool {
		again = n != j && m.lines[n].signature == debit.signature && m.lines[n].account == debit.account
		return again
	})
	return again
}

func isRejection(text string) bool {
	return says(text, "REJET", "REJETE", "IMPAYE", "RETOUR", "RETURNED", "UNPAID", "REJECTED", "REVERSAL", "REVERSED", "ANNULATION", "EXTOURNE", "CONTREPASSATION",
		"RUCKLASTSCHRIFT", "RUECKLASTSCHRIFT", "DEVOLUCION", "INSOLUTO", "STORNO")
}

// dropTransfers leaves out what the person moves between own accounts.
func (m *matching) dropTransfers() {
	for j := range m.lines {
		if m.lines[j].isDropped {
			continue
		}
		m.each(j, transferDays, true, func(k int) bool {
			a, b := m.lines[j], m.lines[k]
			if a.account == b.account || a.account == "" || b.account == "" || !isTransfer(a.text) || !isTransfer(b.text) {
				return false
			}
			m.lines[j].isDropped, m.lines[k].isDropped = true, true
			return true
		})
	}
}

func isTransfer(text string) bool {
	return says(text, "VIR", "VIRT", "VIREMENT", "TRANSFER", "TFR", "EPARGNE", "SAVINGS", "LIVRET", "UBERWEISUNG", "UEBERWEISUNG", "UMBUCHUNG", "TRANSFERENCIA", "TRASPASO", "BONIFICO", "GIROCONTO")
}

// double finds a second line of a paid bill. It is a line that follows within
// days, of the same creditor, that no bill wants.
func (m *matching) double() {
	for i := range m.bills {
		e, ok := m.of[i]
		if !ok || m.bills[i].price.isCredit || e.rank < alias {
			continue
		}
		var again []int
		for _, other := range m.edges[i] {
			apart := m.lines[other.line].day - m.lines[e.line].day
			if !m.used[other.line] && other.rank >= alias && max(apart, -apart) <= doubleDays && m.isOneCreditor(e, other) && !m.goesOn(other.line, max(apart, -apart)) {
				again = append(again, other.line)
				m.used[other.line] = true
			}
		}
		if len(again) > 0 {
			m.answer.DoubleDebits = append(m.answer.DoubleDebits, m.doubled(i, append([]int{e.line}, again...)))
		}
	}
}

// goesOn reports whether line j comes again after as many days: it is weekly, and
// no double.
func (m *matching) goesOn(j, days int) (again bool) {
	m.each(j, days+1, false, func(k int) bool {
		again = days > 4 && m.lines[k].day >= m.lines[j].day+days-1 && m.lines[k].signature == m.lines[j].signature
		return again
	})
	return again
}

// open returns the bills that have no line yet, by vendor.
func (m *matching) open() (order []string, by map[string][]int) {
	by = map[string][]int{}
	for i, b := range m.bills {
		if !m.pairedBill[i] && len(m.unclear[i]) == 0 && b.expected() != none {
			if by[b.vendor] == nil {
				order = append(order, b.vendor)
			}
			by[b.vendor] = append(by[b.vendor], i)
		}
	}
	return order, by
}

// naming returns the lines that hold the rarest of n's telling words, in order of
// days.
func (m *matching) naming(n *name) []int {
	if len(n.own) == 0 {
		return nil
	}
	return m.byWord[slices.MinFunc(n.own, func(a, b string) int { return cmp.Compare(len(m.byWord[a]), len(m.byWord[b])) })]
}

// free returns the lines that no bill has and that name b's vendor whole.
func (m *matching) free(b *bill) (out []int) {
	n := m.names.of[b.vendor]
	for _, j := range m.naming(n) {
		l := &m.lines[j]
		if !m.used[j] && !l.isDropped && !l.price.isCredit && l.price.currency == b.price.currency && l.named(n) == vendor {
			out = append(out, j)
		}
	}
	return out
}

// some returns those of all, which go up by day from at, that are wanted, until a
// day is past; no more than are looked through, and one.
func some(all []int, at, past int, day func(int) int, isWanted func(int) bool) (out []int) {
	for k := sort.Search(len(all), func(k int) bool { return day(all[k]) >= at }); k < len(all) && day(all[k]) <= past && len(out) <= maxChoice; k++ {
		if isWanted(all[k]) {
			out = append(out, all[k])
		}
	}
	return out
}

// sums finds the lines that pay several bills of one vendor at once, less what is
// refunded.
func (m *matching) sums() {
	order, by := m.open()
	amount := func(i int) record.Money {
		if p := m.bills[i].price; p.isCredit {
			return "-" + p.amount
		}
		return m.bills[i].price.amount
	}
	expected := func(i int) int { return m.bills[i].expected() }
	for _, v := range order {
		if len(by[v]) < 2 {
			continue
		}
		for _, j := range m.free(&m.bills[by[v][0]]) {
			l := &m.lines[j]
			near := some(by[v], l.day-sumDays, l.day+latest, expected, func(i int) bool {
				from, to := m.bills[i].window(vendor)
				return !m.pairedBill[i] && m.bills[i].price.currency == l.price.currency && l.day >= from && l.day <= to
			})
			if found := subsets(near, amount, l.price.amount); len(found) == 1 {
				slices.SortStableFunc(found[0], func(a, b int) int { return cmp.Compare(amount(b).Sign(), amount(a).Sign()) })
				m.pair(found[0], []int{j}, edge{j, vendor, m.bills[found[0][0]].away(l.day), 0})
			}
		}
	}
}

// instalments finds the bills that several lines of their vendor pay.
func (m *matching) instalments() {
	order, by := m.open()
	for _, v := range order {
		free := m.free(&m.bills[by[v][0]])
		for _, i := range by[v] {
			b := &m.bills[i]
			if b.price.isCredit || m.pairedBill[i] {
				continue
			}
			from, _ := b.window(vendor)
			near := some(free, from, from+spreadDays, func(j int) int { return m.lines[j].day }, func(j int) bool {
				return !m.used[j] && m.lines[j].price.currency == b.price.currency && !m.namesOtherBill(b, &m.lines[j])
			})
			found := subsets(near, func(j int) record.Money { return m.lines[j].price.amount }, b.price.amount)
			if len(found) == 1 && (len(found[0]) == len(near) || m.isPlan(found[0], b)) {
				m.pair([]int{i}, found[0], edge{found[0][0], vendor, b.away(m.lines[found[0][0]].day), 0})
			}
		}
	}
}

// isPlan reports whether lines are about equal parts of a bill.
func (m *matching) isPlan(lines []int, b *bill) bool {
	part := float(b.price.amount) / float64(len(lines))
	return !slices.ContainsFunc(lines, func(j int) bool { return math.Abs(float(m.lines[j].price.amount)-part) > part/20 })
}

// subsets returns the sets of two to four whose amounts come to want, two at
// most: more than one is no answer.
func subsets(all []int, amount func(int) record.Money, want record.Money) (found [][]int) {
	if len(all) > maxChoice {
		return nil
	}
	var grow func(from int, taken []int, sum record.Money)
	grow = func(from int, taken []int, sum record.Money) {
		if len(taken) > 1 && sum.Sign() > 0 && canonical(sum) == want {
			found = append(found, slices.Clone(taken))
		}
		for n := from; n < len(all) && len(taken) < maxParts && len(found) < 2; n++ {
			if next, err := sum.Add(amount(all[n])); err == nil {
				grow(n+1, append(taken, all[n]), next)
			}
		}
	}
	grow(0, nil, "")
	return found
}
