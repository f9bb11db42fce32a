package match

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/sdk/record"
)

func (m *matching) lineIDs(lines []int) (ids []string) {
	for _, j := range lines {
		ids = append(ids, m.lines[j].ID)
	}
	return ids
}

// pair reports bills and lines as belonging together.
func (m *matching) pair(bills, lines []int, e edge) {
	b := &m.bills[bills[0]]
	p := Pair{Bill: b.ID, Transactions: m.lineIDs(lines), Kind: Payment, Confidence: Certain, Amount: b.price.amount, Currency: b.price.currency}
	switch {
	case b.price.isCredit:
		p.Kind = Refund
	case len(lines) > 1:
		p.Kind = Instalment
	case len(bills) > 1:
		p.Amount = m.lines[lines[0]].price.amount
	}
	if e.rank < vendor || len(bills) > 1 || len(lines) > 1 || e.rank == vendor && e.away > 20 {
		p.Confidence = Likely
	}
	for _, i := range bills {
		p.Bills = append(p.Bills, m.bills[i].ID)
		m.pairedBill[i] = true
	}
	for _, j := range lines {
		m.used[j] = true
	}
	p.Reasons = m.reasons(b, bills, lines, e)
	p.Explanation = sentence(p.Reasons)
	m.answer.Pairs = append(m.answer.Pairs, p)
}

// reasons returns the evidence of a pair: who is named, how much, when.
func (m *matching) reasons(b *bill, bills, lines []int, e edge) []Reason {
	l := &m.lines[lines[0]]
	who := map[rank]Reason{
		number:   {Code: "bill_number", Args: map[string]string{"number": b.number}},
		contract: {Code: "contract_number", Args: map[string]string{"contract": b.contract}},
		vendor:   {Code: "vendor_named", Args: map[string]string{"vendor": b.name}},
		alias:    {Code: "alias_learned", Args: map[string]string{"vendor": b.name, "name": l.signature()}},
		partly:   {Code: "vendor_partly_named", Args: map[string]string{"vendor": b.name}},
		nameless: {Code: "only_candidate", Args: nil},
	}[e.rank]
	how := Reason{Code: "amount_equal", Args: map[string]string{"amount": string(b.price.amount), "currency": b.price.currency}}
	switch {
	case len(bills) > 1:
		how = Reason{Code: "sum_of_bills", Args: map[string]string{"bills": strconv.Itoa(len(bills)), "amount": string(l.price.amount), "currency": b.price.currency}}
	case len(lines) > 1:
		how.Code, how.Args["lines"] = "sum_of_lines", strconv.Itoa(len(lines))
	}
	reasons := []Reason{who, how}
	for _, at := range []struct {
		name string
		day  int
	}{{"due", b.due}, {"issued", b.issued}} {
		if at.day != none {
			return append(reasons, Reason{Code: "days_after_" + at.name, Args: map[string]string{"days": strconv.Itoa(l.day - at.day), "day": date(l.day), at.name: date(at.day)}})
		}
	}
	return reasons
}

// sentence says reasons in English.
func sentence(reasons []Reason) string {
	var parts []string
	for _, r := range reasons {
		a := r.Args
		parts = append(parts, map[string]string{
			"bill_number":         "the line bears the bill's number " + a["number"],
			"contract_number":     "the line bears the contract's number " + a["contract"],
			"vendor_named":        "the line names " + a["vendor"],
			"alias_learned":       "the bank prints " + a["vendor"] + " as " + a["name"] + " on other lines too",
			"vendor_partly_named": "the line names " + a["vendor"] + " in part",
			"only_candidate":      "it is the only line and the only bill of this amount then",
			"amount_equal":        "the amount is the same: " + money(a),
			"sum_of_bills":        "it is the sum of " + a["bills"] + " bills: " + money(a),
			"sum_of_lines":        a["lines"] + " lines come to the amount: " + money(a),
			"days_after_due":      a["day"] + " is " + after(a["days"]) + " the due day",
			"days_after_issued":   a["day"] + " is " + after(a["days"]) + " the day of issue",
		}[r.Code])
	}
	text := strings.Join(parts, "; ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}

func money(a map[string]string) string { return strings.TrimSpace(a["amount"] + " " + a["currency"]) }

func after(days string) string {
	switch before, isBefore := strings.CutPrefix(days, "-"); {
	case days == "0":
		return "on"
	case isBefore:
		return before + " days before"
	}
	return days + " days after"
}

func (m *matching) doubled(i int, lines []int) DoubleDebit {
	b := &m.bills[i]
	slices.Sort(lines)
	return DoubleDebit{Bill: b.ID, Transactions: m.lineIDs(lines), Amount: b.price.amount, Currency: b.price.currency,
		Explanation: fmt.Sprintf("%d lines of the same amount and creditor, from %s to %s, for one bill.", len(lines), date(m.lines[lines[0]].day), date(m.lines[lines[len(lines)-1]].day))}
}

// explainRest says of every bill left why it has no line.
func (m *matching) explainRest() {
	first, last := -none, none
	for i := range m.lines {
		first, last = min(first, m.lines[i].day), max(last, m.lines[i].day)
	}
	for i := range m.bills {
		if m.pairedBill[i] {
			continue
		}
		b := &m.bills[i]
		from, to := b.window(nameless)
		var others []int
		for _, j := range m.near(b, from, to) {
			if !m.used[j] && !m.lines[j].isDropped {
				others = append(others, j)
			}
		}
		switch {
		case len(m.unclear[i]) > 0:
			m.leave(i, "ambiguous", m.unclear[i])
		case len(m.lines) == 0 || b.expected() != none && b.expected()+early < first:
			m.leave(i, "outside_period", nil)
		case workday(b.expected()) > last:
			m.leave(i, "not_due", nil)
		case len(others) > 0:
			m.leave(i, "other_label", others)
		default:
			m.leave(i, "missing", nil)
		}
	}
	day := map[string]int{}
	for i, b := range m.bills {
		day[b.ID] = i
	}
	slices.SortFunc(m.answer.Unmatched, func(a, b Unmatched) int { return cmp.Compare(day[a.Bill], day[b.Bill]) })
	slices.SortFunc(m.answer.Pairs, func(a, b Pair) int { return cmp.Compare(day[a.Bill], day[b.Bill]) })
}

// workday puts a Saturday or a Sunday off to Monday, as banks do.
func workday(day int) int {
	if day == none {
		return day
	}
	switch (day%7 + 7) % 7 { // day 0 was a Thursday
	case 2:
		return day + 2
	case 3:
		return day + 1
	}
	return day
}

func (m *matching) whyNot(i int, reason string) string {
	return map[string]string{
		"zero":           "There is nothing to pay.",
		"duplicate":      "The same bill is there twice.",
		"ambiguous":      "Another bill or line fits as well, and nothing tells them apart.",
		"outside_period": "It was due before the first bank line.",
		"not_due":        "It is due after the last bank line.",
		"other_label":    "Lines of this amount are there, but they name someone else.",
		"missing":        "No line of " + strings.TrimSpace(string(m.bills[i].price.amount)+" "+m.bills[i].price.currency) + " about its day.",
	}[reason]
}

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
		k := key{l.signature(), l.price.currency}
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
		if m.rhythm(groups[k]) > 0 {
			m.rises(k.vendor, groups[k])
		}
	}
}

// rises reports each line of a run that is dearer than the one before it.
func (m *matching) rises(name string, lines []int) {
	for n := 1; n < len(lines); n++ {
		a, b := &m.lines[lines[n-1]], &m.lines[lines[n]]
		if isLess(a.price.amount, b.price.amount) {
			m.answer.PriceRises = append(m.answer.PriceRises, PriceRise{Label: b.label, Before: a.price.amount, After: b.price.amount, Currency: b.price.currency, From: date(b.day), Transaction: b.ID,
				Explanation: fmt.Sprintf("%s costs %s instead of %s from %s on.", name, b.price.amount, a.price.amount, date(b.day))})
		}
	}
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
			if gap := b.day - a.day; gap*10 > 304*months-60-10*months && gap*10 < 304*months+60+10*months {
				votes[months]++
			}
		}
	}
	if changes > max(1, len(lines)/6) {
		return 0
	}
	for _, months := range []int{1, 3, 6, 12} {
		if votes[months] >= 2 && votes[months]*5 >= (len(lines)-1)*4 {
			return months
		}
	}
	return 0
}

// commitments are words of what one does not just cancel.
var commitments = set(`LOYER LOYERS RENT REGIE CREDIT PRET LOAN MORTGAGE ASSURANCE ASSURANCES INSURANCE MUTUELLE IMPOT IMPOTS DGFIP FINANCES TAX COUNCIL HMRC
	CRECHE CANTINE ECOLE SCHOOL NURSERY TRANSPORT TRANSPORTS NAVIGO EPARGNE SAVINGS PENSION COTISATION FRAIS SYNDIC COPROPRIETE`)

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
	f.Forgotten = steady && f.Category == "subscription" && len(r.lines) >= 6
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
