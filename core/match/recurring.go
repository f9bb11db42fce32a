package match

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/sdk/record"
)

// A run is lines of one creditor, in order of days.
type run struct {
	lines  []int
	months int
}

// recurring finds what leaves in a rhythm with no bill.
func (m *matching) recurring() {
	type key struct{ name, currency string }
	groups, order := map[key][]int{}, []key(nil)
	for j := range m.lines {
		l := &m.lines[j]
		if m.used[j] || l.isDropped || l.isPending || l.price.isCredit || len(l.tokens) == 0 {
			continue
		}
		k := key{l.signature, l.price.currency}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], j)
	}
	for _, k := range order {
		for _, r := range m.runs(groups[k]) {
			m.report(k.name, r)
		}
	}
}

// billed finds the contracts whose bills, otherwise of one amount, became dearer.
func (m *matching) billed() {
	type key struct{ vendor, contract, currency string }
	groups, order := map[key][]int{}, []key(nil)
	for i, b := range m.bills {
		e, paid := m.of[i]
		if !paid || b.price.isCredit {
			continue
		}
		k := key{b.vendor, b.contract, b.price.currency}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], e.line)
	}
	for _, k := range order {
		slices.Sort(groups[k])
		if m.rhythm(groups[k]) > 0 || m.isDearerYearly(groups[k]) {
			m.rises(k.vendor, groups[k])
		}
	}
}

// rises reports each line of a run that is dearer than the one before it, but for
// one dear month and the return from a cheap one.
func (m *matching) rises(name string, lines []int) {
	amount := func(n int) record.Money { return m.lines[lines[n]].price.amount }
	for n := 1; n < len(lines); n++ {
		if !isLess(amount(n-1), amount(n)) || n > 1 && !isLess(amount(n-2), amount(n)) || n+1 < len(lines) && isLess(amount(n+1), amount(n)) {
			continue
		}
		l, before := &m.lines[lines[n]], amount(n-1)
		m.answer.PriceRises = append(m.answer.PriceRises, PriceRise{Label: l.label, Before: before, After: amount(n), Currency: l.price.currency, From: date(l.day), Transaction: l.ID,
			Explanation: fmt.Sprintf("%s costs %s instead of %s from %s on.", name, amount(n), before, date(l.day))})
	}
}

// isDearerYearly reports whether lines come year by year and never cost less, for
// what no meter counts. Two lines are a price only where a quarter at most lies
// between them.
func (m *matching) isDearerYearly(lines []int) bool {
	for n := 1; n < len(lines); n++ {
		a, b := &m.lines[lines[n-1]], &m.lines[lines[n]]
		if !isMonths(b.day-a.day, 12) || isLess(b.price.amount, a.price.amount) {
			return false
		}
		if trades := tradesOf(b.tokens); slices.Contains(trades, "ENERGY") || slices.Contains(trades, "WATER") {
			return false
		}
	}
	return len(lines) > 2 || len(lines) == 2 && float(m.lines[lines[1]].price.amount) <= 1.25*float(m.lines[lines[0]].price.amount)
}

// float returns about how much an amount is.
func float(m record.Money) float64 {
	n, scale, err := m.Parts()
	if err != nil {
		return 0
	}
	return float64(n) / math.Pow10(scale)
}

// isMonths reports whether days are about a number of months.
func isMonths(days, months int) bool {
	off := days*10 - 304*months
	return max(off, -off) < 60+10*months
}

// runs returns the steady runs of a group: the whole, or those of each amount.
func (m *matching) runs(lines []int) (runs []run) {
	if n := m.rhythm(lines); n > 0 {
		return []run{{lines, n}}
	}
	by, order := map[record.Money][]int{}, []record.Money(nil)
	for _, j := range lines {
		a := m.lines[j].price.amount
		if by[a] == nil {
			order = append(order, a)
		}
		by[a] = append(by[a], j)
	}
	for _, a := range order {
		if n := m.rhythm(by[a]); n > 0 {
			runs = append(runs, run{by[a], n})
		}
	}
	return runs
}

// rhythm returns the months between lines of steady amounts, 0 for no rhythm.
func (m *matching) rhythm(lines []int) int {
	if len(lines) < 3 {
		return 0
	}
	votes, changes := map[int]int{}, 0
	for n := 1; n < len(lines); n++ {
		a, b := &m.lines[lines[n-1]], &m.lines[lines[n]]
		if a.price != b.price {
			changes++
		}
		for _, months := range []int{1, 3, 6, 12} {
			if isMonths(b.day-a.day, months) {
				votes[months]++
			}
		}
	}
	if changes > max(1, len(lines)/3) && !m.isDearerYearly(lines) {
		return 0
	}
	for _, months := range []int{1, 3, 6, 12} {
		if votes[months] >= 2 && votes[months]*5 >= (len(lines)-1)*4 {
			return months
		}
	}
	return 0
}

// commitments are words of what one does not just cancel, or has ordered oneself.
var commitments = set(`LOYER LOYERS RENT REGIE CREDIT PRET LOAN MORTGAGE ASSURANCE ASSURANCES INSURANCE MUTUELLE IMPOT IMPOTS DGFIP FINANCES TAX TAXES COUNCIL HMRC
	CRECHE CANTINE ECOLE SCHOOL NURSERY TRANSPORT TRANSPORTS NAVIGO EPARGNE SAVINGS PENSION COTISATION FRAIS SYNDIC COPROPRIETE PERMANENT STANDING STO ALIMONY LEASING
	MIETE HYPOTHEK DARLEHEN KREDIT VERSICHERUNG STEUER FINANZAMT KITA SCHULE SPARPLAN RUNDFUNK DAUERAUFTRAG ALQUILER HIPOTECA PRESTAMO SEGURO SEGUROS IMPUESTO HACIENDA COLEGIO
	AFFITTO MUTUO PRESTITO ASSICURAZIONE TASSE CONDOMINIO HUUR HYPOTHEEK VERZEKERING EAU WATER GAZ GAS ELECTRICITE ELECTRICITY ENERGIE ENERGY STROM EDF ENGIE`)

func (m *matching) report(name string, r run) {
	latest := &m.lines[r.lines[len(r.lines)-1]]
	f := Recurring{Label: latest.label, Category: "subscription", Amount: latest.price.amount, Currency: latest.price.currency, Months: r.months, Transactions: m.lineIDs(r.lines)}
	for w := range strings.FieldsSeq(latest.text) {
		if commitments[w] {
			f.Category = "commitment"
		}
	}
	steady := true
	for n := 1; n < len(r.lines); n++ {
		a, b := &m.lines[r.lines[n-1]], &m.lines[r.lines[n]]
		steady = steady && a.price == b.price
	}
	if f.Category == "subscription" {
		m.rises(name, r.lines)
	}
	runs := latest.day+31*r.months+doubleDays >= m.lines[len(m.lines)-1].day
	f.Forgotten = steady && runs && f.Category == "subscription" && len(r.lines) >= 6
	f.Explanation = fmt.Sprintf("%d lines, every %d months, with no bill.", len(r.lines), r.months)
	if r.months == 1 {
		f.Explanation = fmt.Sprintf("%d lines, every month, with no bill.", len(r.lines))
	}
	m.answer.Recurring = append(m.answer.Recurring, f)
}

// isLess reports whether a is less than b, both without sign.
func isLess(a, b record.Money) bool {
	difference, err := a.Add("-" + b)
	return err == nil && difference.Sign() < 0
}
