package match

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
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
		alias:    {Code: "alias_learned", Args: map[string]string{"vendor": b.name, "name": l.signature}},
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
		if m.ctx.Err() != nil {
			return
		}
		if m.pairedBill[i] {
			continue
		}
		b := &m.bills[i]
		from, to := b.window(nameless)
		others := slices.DeleteFunc(slices.Clone(m.near(b, from, to)), func(j int) bool { return m.used[j] || m.lines[j].isDropped })
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
			m.leave(i, "missing", m.unlike(b))
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

// maxUnlike is how many lines of a vendor are named that do not fit a bill.
const maxUnlike = 5

// unlike returns the lines that name b's vendor about its day, pay no bill, and
// are of another amount or currency, or credits: the nearest.
func (m *matching) unlike(b *bill) []int {
	n := m.names.of[b.vendor]
	from, to := b.window(vendor)
	all := m.naming(n)
	all = all[sort.Search(len(all), func(k int) bool { return m.lines[all[k]].day >= from }):]
	var out []int
	for _, j := range all[:min(len(all), minNear)] {
		if l := &m.lines[j]; l.day <= to && !m.used[j] && !l.isDropped && l.named(n) == vendor {
			out = append(out, j)
		}
	}
	slices.SortStableFunc(out, func(j, k int) int { return cmp.Compare(b.away(m.lines[j].day), b.away(m.lines[k].day)) })
	out = out[:min(len(out), maxUnlike)]
	slices.Sort(out)
	return out
}

func (m *matching) whyNot(i int, reason string, lines []int) string {
	b := &m.bills[i]
	why := map[string]string{
		"zero":           "There is nothing to pay.",
		"duplicate":      "The same bill is there twice.",
		"ambiguous":      "Another bill or line fits as well, and nothing tells them apart.",
		"outside_period": "It was due before the first bank line.",
		"not_due":        "It is due after the last bank line.",
		"other_label":    "A line of this amount is there, but names someone else",
		"missing":        "No line of " + strings.TrimSpace(string(b.price.amount)+" "+b.price.currency) + " about its day",
	}[reason]
	if reason == "outside_period" && len(m.lines) == 0 {
		return "There are no bank lines."
	}
	if reason != "missing" && reason != "other_label" {
		return why
	}
	var said []string
	for _, j := range lines[:min(len(lines), maxUnlike)] {
		l := &m.lines[j]
		switch amount := strings.TrimSpace(string(l.price.amount) + " " + l.price.currency); {
		case reason == "other_label":
			said = append(said, strings.TrimSpace(l.label))
		case l.price.isCredit != b.price.isCredit:
			said = append(said, map[bool]string{true: "a credit", false: "a debit"}[l.price.isCredit]+" of "+amount+" on "+date(l.day))
		default:
			said = append(said, amount+" on "+date(l.day))
		}
	}
	switch {
	case len(said) == 0:
		return why + "."
	case reason == "missing":
		why += "; there is of " + b.name
	}
	return why + ": " + strings.Join(said, ", ") + "."
}
