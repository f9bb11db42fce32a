package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const maxAsked = 2 // times that the person is asked within one run

// agree finds out from the person which column is what. Of a table that is like
// an earlier one it proposes what was said then.
func agree(s *sdk.Session, t *table, past *memory) (mapping, error) {
	m, settled := t.guess(), false
	if before, ok := past.recall(t); ok {
		if m = before; t.named {
			settled = len(t.check(&m)) == 0
		}
	}
	ask := t.ask(m)
	ask.Settled = settled
	for range maxAsked {
		answer, err := s.Columns("columns", ask)
		if err != nil {
			return mapping{}, err
		}
		said, faults := parse(t, answer)
		for _, f := range t.check(&said) {
			if !slices.ContainsFunc(faults, func(o protocol.TableFault) bool { return o.At == f.At }) {
				faults = append(faults, f)
			}
		}
		if len(faults) == 0 {
			return said, nil
		}
		ask = t.ask(said)
		ask.Faults = faults[:min(len(faults), protocol.MaxTableColumns)]
	}
	return mapping{}, sdk.Fail(protocol.InvalidFile, ask.Faults[0].Text)
}

// ask makes the question of a table, with what is proposed.
func (t *table) ask(m mapping) protocol.Table {
	out := protocol.Table{Rows: t.shown, First: t.first, Total: t.rows, Named: t.named, Said: t.fit(m, byNumber), Names: t.fit(m, byName), Money: m.currency, Account: clip(m.account, protocol.MaxTableCell)}
	for i, name := range t.names {
		out.Columns = append(out.Columns, protocol.TableColumn{Name: name, Role: m.roles[i]})
	}
	out.Order.Options, out.Decimal.Options = protocol.TableOrders(), protocol.TableDecimals()
	if m.column("date") >= 0 {
		c := t.dates(m)
		if out.Order.Options = c.orders().names(); c.isOrderOpen() {
			out.Order.Example = clip(c.contest, protocol.MaxTableCell)
		} else {
			out.Order.Options = out.Order.Options[:1]
		}
	}
	out.Order.Value = m.order.name()
	switch may := t.decimalsOf(m); {
	case may == comma|point:
		out.Decimal.Example = clip(t.unsure(m), protocol.MaxTableCell)
	case may != 0:
		out.Decimal.Options = []string{may.name()}
	default:
		out.Decimal.Options = out.Decimal.Options[:1]
	}
	out.Decimal.Value = m.decimal.name()
	return out
}

// fit writes a mapping that is no longer than an answer may be.
func (t *table) fit(m mapping, names bool) string {
	if text := m.text(t, names); len(text) <= protocol.MaxTableSaid {
		return text
	}
	return m.text(t, byNumber)
}

// check holds what was said against the table, and fills in what the values
// decide.
func (t *table) check(m *mapping) (faults []protocol.TableFault) {
	wrong := func(at, why, format string, args ...any) {
		faults = append(faults, faultAt(at, why, format, args...))
	}
	for _, role := range protocol.TableRoles() {
		n := 0
		for _, one := range m.roles {
			if one == role {
				n++
			}
		}
		if n > 1 && !slices.Contains([]string{"label", "note", "counterparty"}, role) {
			wrong(role, "twice", "%d columns are given as %s", n, role)
		}
	}
	switch {
	case !m.has("amount", "out", "in"):
		wrong("amount", "missing", "no column is the amount")
	case m.has("amount") && m.has("out", "in"):
		wrong("amount", "both", "the amount is in one column, or in those of money out and in")
	}
	if !m.has("label", "counterparty", "note") {
		wrong("label", "missing", "no column is the label")
	}
	if !m.has("date") {
		wrong("date", "missing", "no column is the date")
	}
	if len(faults) > 0 {
		return faults
	}
	faults = append(faults, t.checkCells(*m)...)
	if t.decide(m); m.order == 0 && t.dates(*m).isOrderOpen() {
		wrong("order", "open", "%s may be several days: say order=%s", quoted(t.dates(*m).contest), strings.Join(t.dates(*m).orders().names(), " or order="))
	} else if may := t.dates(*m).orders(); m.order != 0 && may != allOrders && may&m.order == 0 {
		wrong("order", "unread", "no day can be read by order=%s", m.order.name())
	}
	switch may := t.decimalsOf(*m); {
	case may == comma|point && m.decimal == 0:
		wrong("decimal", "open", "%s may be two amounts: say decimal=comma or decimal=point", quoted(cmp.Or(t.unsure(*m), "12.50")))
	case may != 0 && m.decimal != 0 && may&m.decimal == 0:
		wrong("decimal", "unread", "the decimals are not behind a %s", m.decimal.name())
	}
	if m.currency == "" && !m.has("currency") && !t.isPriced(*m) {
		wrong("currency", "missing", "nothing says the currency: say currency=EUR, or another")
	}
	return faults
}

// checkCells holds the columns of days and amounts against their cells.
func (t *table) checkCells(m mapping) (faults []protocol.TableFault) {
	for i, role := range m.roles {
		c := &t.columns[i]
		read := c.filled
		switch role {
		case "date", "value-date":
			read = c.days
		case "amount", "out", "in", "balance":
			read = c.amounts
		case "sign":
			read = c.ways
		case "currency":
			read = c.codes
		}
		if read*2 < c.filled || c.filled == 0 && (role == "date" || role == "amount") {
			faults = append(faults, faultAt(role, "unread", "most cells of column %d (%s) cannot be read as %s", i+1, quoted(t.names[i]), role))
		}
	}
	for _, role := range []string{"out", "in"} {
		other := map[string]string{"out": "in", "in": "out"}[role]
		if i := m.column(role); i >= 0 && !m.has(other) && t.columns[i].positive == 0 && t.columns[i].negative > 0 {
			faults = append(faults, faultAt(role, "open", "column %d (%s) has negative amounts only: if they are money out, it is the amount", i+1, quoted(t.names[i])))
		}
	}
	return faults
}

// isPriced reports whether each amount has its currency beside it.
func (t *table) isPriced(m mapping) bool {
	for _, i := range t.moneyColumns(m) {
		if c := &t.columns[i]; m.roles[i] != "balance" && c.amounts > 0 && c.currency == "" {
			return false
		}
	}
	return true
}
