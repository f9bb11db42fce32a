package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

type (
	billRow     = app.Row[record.Bill]
	contractRow = app.Row[record.Contract]
)

// contracts returns the home's contracts of electricity that have not ended.
func (h *house) contracts() (all []contractRow, err error) {
	if !h.Sees(record.TypeContract, "kind") {
		return nil, nil
	}
	for row, err := range app.Rows[record.Contract](h.Session, record.TypeContract, protocol.Where{}) {
		if err != nil {
			return nil, err
		}
		if row.Data.Kind == string(electricity) && (row.Data.End.IsZero() || row.Data.End.Instant(time.UTC).After(h.today)) {
			all = append(all, row)
		}
	}
	slices.SortFunc(all, func(x, y contractRow) int { return cmp.Compare(x.Data.Number, y.Data.Number) })
	return all, nil
}

// bills returns the electricity bills of the last two years, the newest first:
// those of an electricity contract and, without one, those with lines in kWh in
// a home that has no gas.
func (h *house) bills() (all []billRow, contracts []contractRow, err error) {
	if contracts, err = h.contracts(); err != nil {
		return nil, nil, err
	}
	if !h.Sees(record.TypeBill, "amount") || !h.Sees(record.TypeBill, "start") || !h.Sees(record.TypeBill, "end") {
		return nil, contracts, nil
	}
	noGas := len(h.book.meters(gas)) == 0
	for row, err := range app.Rows[record.Bill](h.Session, record.TypeBill, protocol.Where{}) {
		if err != nil {
			return nil, nil, err
		}
		own := slices.ContainsFunc(contracts, func(c contractRow) bool { return c.Data.Number != "" && c.Data.Number == row.Data.Contract })
		if own || len(contracts) == 0 && noGas && inKWh(row.Data) {
			all = append(all, row)
		}
	}
	return all, contracts, nil
}

func inKWh(b record.Bill) bool {
	return slices.ContainsFunc(b.Lines, func(l record.BillLine) bool { return l.Unit == string(kilowattHours) })
}

// A billed part is what all bills' lines of one label come to.
type billed struct {
	label  string
	q      quantity
	amount record.Money
	rows   []string
}

// parts adds the lines of bills up by label. What follows a number in a label,
// such as the power subscribed to, is kept: another power is another part.
func parts(bills []billRow) (all []billed) {
	for _, b := range bills {
		for _, l := range b.Data.Lines {
			i := slices.IndexFunc(all, func(p billed) bool { return p.label == l.Label })
			if i < 0 {
				i = len(all)
				all = append(all, billed{label: l.Label})
			}
			p := &all[i]
			if q, of, ok := quantityOf(l.Quantity, l.Unit, 0); ok && of == kilowattHours {
				p.q += q
			}
			if sum, err := p.amount.Add(l.Amount); err == nil {
				p.amount = sum
			}
			p.rows = append(p.rows, b.ID)
		}
	}
	return all
}

// A billing is what the bills of a span of days come to.
type billing struct {
	amount   record.Money
	currency string
	days     int // of the span that bills are for
	span     int
	bills    []billRow
}

// whole reports whether bills are for all the days but a few, which billing
// periods that begin on another day leave out.
func (b billing) whole() bool { return b.days > 0 && b.days >= b.span-3 && b.days <= b.span+3 }

func (b billing) rows() (ids []string) {
	for _, bill := range b.bills {
		ids = append(ids, bill.ID)
	}
	return ids
}

// billingOf adds up the bills whose middle lies in the months from first on, in
// one currency: the newest bill's.
func billingOf(all []billRow, first month, n int) (b billing) {
	from, to := first.first(), (first + month(n)).first()
	b.span = int(to.Sub(from).Hours() / 24)
	for _, row := range all {
		start, end := row.Data.Start.Instant(time.UTC), row.Data.End.Instant(time.UTC)
		if row.Data.Start.IsZero() || row.Data.End.IsZero() || end.Before(start) {
			continue
		}
		middle := start.Add(end.Sub(start) / 2)
		if middle.Before(from) || !middle.Before(to) || b.currency != "" && b.currency != row.Data.Currency {
			continue
		}
		sum, err := b.amount.Add(row.Data.Amount)
		if err != nil {
			continue
		}
		b.amount, b.currency = sum, row.Data.Currency
		b.bills = append(b.bills, row)
		if !row.Data.IsRefund {
			b.days += int(end.Sub(start).Hours()/24+0.5) + 1
		}
	}
	return b
}

// A meanPrice is what a kWh was billed on average, without the subscription.
type meanPrice struct {
	amount   record.Money
	q        quantity
	currency string
	why      *view.Why
}

// meanPrice reads the bills of the last twelve full months.
func (h *house) meanPrice() (meanPrice, error) {
	all, _, err := h.bills()
	if err != nil {
		return meanPrice{}, err
	}
	return meanOf(billingOf(all, h.now-13, 13)), nil
}

func meanOf(b billing) (p meanPrice) {
	p.currency, p.why = b.currency, &view.Why{}
	for _, part := range parts(b.bills) {
		if part.q <= 0 {
			continue
		}
		if sum, err := p.amount.Add(part.amount); err == nil {
			p.amount, p.q = sum, p.q+part.q
		}
	}
	p.why.Rows = b.rows()
	return p
}

// of is what q costs at the mean price, to the cent; false when it is not known.
func (p meanPrice) of(q quantity) (view.Value, bool) {
	cents, ok := centsOf(p.amount)
	if !ok || p.q <= 0 || cents <= 0 {
		return view.Value{}, false
	}
	n, ok := mulDiv(int64(q), cents, int64(p.q))
	if !ok {
		return view.Value{}, false
	}
	return app.Money(moneyOf(n), p.currency), true
}

// centsOf is an amount to the nearest cent.
func centsOf(m record.Money) (int64, bool) {
	c, scale, err := m.Parts()
	if err != nil {
		return 0, false
	}
	d := int64(1)
	for range scale {
		d *= 10
	}
	return mulDiv(c, 100, d)
}

// moneyOf is an amount of cents; "" for one that is too large to write.
func moneyOf(cents int64) record.Money {
	m, err := record.MoneyOf(cents, 2)
	if err != nil {
		return ""
	}
	return m
}

var kva = regexp.MustCompile(`(?i)\b(\d{1,2})\s*kVA\b`)

// subscribed returns the power subscribed to, in kVA, as a contract or the lines
// of a bill have it; "" when none says.
func subscribed(contracts []contractRow, bills []billRow) string {
	for _, c := range contracts {
		texts := []string{c.Data.Label}
		for _, key := range []string{"subscribed_power", "puissance_souscrite", "puissance"} {
			if text, ok := c.Data.Extra[key].(string); ok {
				texts = append(texts, text)
			}
		}
		if m := kva.FindStringSubmatch(strings.Join(texts, "\n")); m != nil {
			return m[1]
		}
	}
	for _, b := range bills {
		for _, l := range b.Data.Lines {
			if m := kva.FindStringSubmatch(l.Label); m != nil {
				return m[1]
			}
		}
	}
	return ""
}
