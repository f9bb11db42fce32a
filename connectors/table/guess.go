package main

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// A claim is one role that a column may have, and how much speaks for it.
type claim struct {
	column int
	role   string
	score  int
}

// guess says what each column seems to be, by its heading and by its cells.
func (t *table) guess() mapping {
	m := mapping{roles: make([]string, len(t.names))}
	for _, c := range t.claims() {
		if m.roles[c.column] == "" && m.column(c.role) < 0 {
			m.roles[c.column] = c.role
		}
	}
	t.settleAmounts(&m)
	t.settleDates(&m)
	t.settleLabel(&m)
	t.decide(&m)
	if !m.has("currency") {
		m.currency = t.money(m)
	}
	if m.column("account") < 0 {
		m.account = cmp.Or(t.iban, t.number)
	}
	return m
}

// claims returns what headings and cells speak for, the strongest first.
func (t *table) claims() (all []claim) {
	for i, name := range t.names {
		heading, c := fold(name), &t.columns[i]
		for _, h := range hints() {
			score := h.score(heading)
			if score == 0 || !c.canBe(h.role, t.whole) || isForeign(heading) && (h.role == "amount" || h.role == "currency") {
				continue
			}
			if h.role != "out" && h.role != "in" {
				score += 20 * c.filled / max(1, t.whole)
			}
			if h.role == "label" || h.role == "counterparty" {
				score += min(9, c.length/max(1, 8*c.filled))
			}
			all = append(all, claim{i, h.role, score})
		}
		if !isForeign(heading) && c.canBe("currency", t.whole) {
			all = append(all, claim{i, "currency", 25})
		}
	}
	slices.SortStableFunc(all, func(a, b claim) int { return cmp.Compare(b.score, a.score) })
	return all
}

func (c *column) mostly(n int) bool { return n > 0 && n*10 >= c.filled*8 }

// canBe reports whether the cells of a column allow a role.
func (c *column) canBe(role string, rows int) bool {
	switch role {
	case "date":
		return c.days*2 >= rows && c.days > 0
	case "value-date":
		return c.mostly(c.days)
	case "amount":
		return c.amounts*2 > c.filled && c.filled*2 >= rows
	case "balance":
		return c.amounts*2 > c.filled
	case "out", "in":
		return c.amounts*2 > c.filled || c.filled == 0
	case "sign":
		return c.mostly(c.ways) && c.filled*2 >= rows
	case "currency":
		return c.mostly(c.codes) && c.filled*10 >= rows*8
	case "label", "counterparty", "note":
		return c.letters > 0 && !c.mostly(c.days) && !c.mostly(c.ibans)
	case "account":
		return c.filled*2 >= rows && !c.mostly(c.days)
	}
	return c.filled > 0 && !c.mostly(c.days)
}

// settleAmounts leaves one way to say the amount: a column with a sign, or
// those of money out and in.
func (t *table) settleAmounts(m *mapping) {
	drop := func(roles ...string) {
		for i, role := range m.roles {
			if slices.Contains(roles, role) {
				m.roles[i] = ""
			}
		}
	}
	switch {
	case m.has("amount"):
		drop("out", "in")
	case m.has("out", "in"):
		drop("sign")
	default:
		t.amountsByCells(m)
	}
	if at := m.column("amount"); at < 0 || t.columns[at].negative > 0 {
		drop("sign")
	} else if at := t.free(m, func(c *column) bool { return c.canBe("sign", t.whole) }); at >= 0 && !m.has("sign") && !t.named {
		m.roles[at] = "sign"
	}
}

// amountsByCells finds the amount of a table whose headings do not tell. Of two
// columns of which each row fills one, the one that is filled more often is
// proposed as money out.
func (t *table) amountsByCells(m *mapping) {
	isMoney := func(c *column) bool { return c.mostly(c.likely) && !c.mostly(c.days) && c.filled*2 >= t.whole }
	if t.inTurns(m) {
		return
	}
	at := t.free(m, func(c *column) bool { return isMoney(c) && c.decimals != [4]int{} })
	if at < 0 {
		at = t.free(m, isMoney)
	}
	if at < 0 {
		at = t.free(m, func(c *column) bool { return c.mostly(c.likely) && !c.mostly(c.days) })
	}
	if at >= 0 {
		m.roles[at] = "amount"
	}
}

// inTurns proposes two columns of amounts of which each row fills one.
func (t *table) inTurns(m *mapping) bool {
	var pair []int
	for i := range t.columns {
		c := &t.columns[i]
		if m.roles[i] == "" && c.mostly(c.likely) && c.decimals != [4]int{} && !c.mostly(c.days) && c.filled < t.whole {
			pair = append(pair, i)
		}
	}
	if len(pair) != 2 || t.columns[pair[0]].filled+t.columns[pair[1]].filled > t.whole {
		return false
	}
	out, in := pair[0], pair[1]
	if t.columns[in].filled > t.columns[out].filled {
		out, in = in, out
	}
	m.roles[out], m.roles[in] = "out", "in"
	return true
}

// free returns the first column without a role for which is holds, or -1.
func (t *table) free(m *mapping, is func(*column) bool) int {
	for i := range t.columns {
		if m.roles[i] == "" && is(&t.columns[i]) {
			return i
		}
	}
	return -1
}

func (t *table) settleDates(m *mapping) {
	isDay := func(c *column) bool { return c.canBe("date", t.whole) }
	if m.has("date") {
		return
	}
	if at := t.free(m, isDay); at >= 0 {
		m.roles[at] = "date"
	} else if at := m.column("value-date"); at >= 0 {
		m.roles[at] = "date"
	}
	if at := t.free(m, isDay); at >= 0 && !m.has("value-date") && !t.named {
		m.roles[at] = "value-date"
	}
}

// settleLabel takes the longest text where no heading tells.
func (t *table) settleLabel(m *mapping) {
	if m.has("label", "counterparty", "note") {
		return
	}
	best := -1
	for i := range t.columns {
		c := &t.columns[i]
		if (m.roles[i] == "" || m.roles[i] == "reference" || m.roles[i] == "kind") && c.canBe("label", t.whole) && c.letters*2 >= c.filled && (best < 0 || c.length > t.columns[best].length) {
			best = i
		}
	}
	if best >= 0 {
		m.roles[best] = "label"
	}
}

// decide fills in what the values decide about the columns that m names.
func (t *table) decide(m *mapping) {
	if at := m.column("date"); at >= 0 && m.order == 0 {
		may := t.dates(*m).orders()
		if may&(may-1) == 0 {
			m.order = may
		}
	}
	if may := t.decimalsOf(*m); m.decimal == 0 && may&(may-1) == 0 {
		m.decimal = may
	}
}

// dates returns the column of days and that of value, as one: banks write both
// in one way.
func (t *table) dates(m mapping) *column {
	all := t.columns[m.column("date")]
	if at := m.column("value-date"); at >= 0 {
		for mask, n := range t.columns[at].by {
			all.by[mask] += n
		}
		all.contest = cmp.Or(all.contest, t.columns[at].contest)
	}
	return &all
}

// moneyColumns returns the columns of amounts that m names.
func (t *table) moneyColumns(m mapping) (all []int) {
	for i, role := range m.roles {
		switch role {
		case "amount", "out", "in", "balance":
			all = append(all, i)
		}
	}
	return all
}

// decimalsOf returns by which signs the amounts can be read: none needed, one,
// or both when no value decides it or they disagree.
func (t *table) decimalsOf(m mapping) (may decimals) {
	var counts [4]int
	for _, i := range t.moneyColumns(m) {
		for d, n := range t.columns[i].decimals {
			counts[d] += n
		}
	}
	switch {
	case counts[comma] > 0 && counts[point] == 0:
		return comma
	case counts[point] > 0 && counts[comma] == 0:
		return point
	case counts[comma] > 0 || counts[comma|point] > 0:
		return comma | point
	}
	return 0
}

// unsure returns an amount that both signs read, or that only one does.
func (t *table) unsure(m mapping) string {
	for _, i := range t.moneyColumns(m) {
		if t.columns[i].unsure != "" {
			return t.columns[i].unsure
		}
	}
	return ""
}

// isForeign reports whether a heading is about what was converted.
func isForeign(heading string) bool {
	for _, word := range []string{"fremd", "original", "foreign", "local", "etrang", "origine", "extranj", "converted", "transfer"} {
		if strings.Contains(heading, word) {
			return true
		}
	}
	return false
}

// money returns the currency that the cells or the headings of the amounts
// name, "" when they do not.
func (t *table) money(m mapping) (code string) {
	for _, i := range t.moneyColumns(m) {
		found := t.columns[i].currency
		for _, word := range strings.FieldsFunc(t.names[i], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.Sc, r) }) {
			if one, ok := currencyOf(word); ok && one != "" && (word == one || word == "€" || word == "£" || one == "EUR" && len(word) > 3) {
				found = cmp.Or(found, one)
			}
		}
		if code != "" && found != "" && found != code {
			return ""
		}
		code = cmp.Or(code, found)
	}
	return code
}
