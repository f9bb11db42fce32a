package main

import (
	"cmp"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	progressEvery = 500  // rows between two signs of progress
	maxAccounts   = 1000 // in one file
)

// An emitter makes records of the rows of a table.
type emitter struct {
	s        *sdk.Session
	t        *table
	m        mapping
	told     told
	accounts map[string]*balances // by id
	held     *row                 // that the next one may go on
	read     int                  // rows that came in
}

// emit reads the rows and emits the transactions. It refuses a file none of
// whose rows can be read.
func emit(s *sdk.Session, src source, t *table, m mapping) error {
	e := &emitter{s: s, t: t, m: m, told: told{french: s.Locale() == "fr"}, accounts: map[string]*balances{}}
	r, err := t.reader(src)
	for n := 0; err == nil; n++ {
		var one row
		if one, err = r.next(); err == nil {
			err = e.take(one)
		}
		if n%progressEvery == progressEvery-1 {
			s.Progress(n, t.rows)
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	if err := e.release(); err != nil {
		return err
	}
	if e.read == 0 {
		return sdk.Fail(protocol.InvalidFile, "no row can be read; "+cmp.Or(e.told.first, "there is none"))
	}
	if err := e.emitBalances(); err != nil {
		return err
	}
	e.told.tell(s, t.rows)
	s.Progress(t.rows, t.rows)
	return nil
}

// take holds a row until it is known whether the next one goes on with its
// label: some banks write a label over two rows, of which the second has
// nothing else.
func (e *emitter) take(r row) error {
	if at := r.only(); e.held != nil && at >= 0 && at < len(e.m.roles) && e.m.roles[at] == "label" && e.t.columns[at].alone*5 >= e.t.rows {
		if at < len(e.held.cells) {
			e.held.cells[at] = clip(e.held.cells[at]+" "+r.cells[at], maxLabel)
			return nil
		}
	}
	err := e.release()
	e.held = &r
	return err
}

// release emits the row that was held.
func (e *emitter) release() error {
	if e.held == nil {
		return nil
	}
	r := *e.held
	e.held = nil
	return e.row(r)
}

const maxLabel = 2000 // characters

// row emits a row, or notes why it is left out.
func (e *emitter) row(r row) error {
	l, f := e.readLine(r)
	if f != nil {
		e.told.row(r.line, f)
		return nil
	}
	b, known := e.accounts[l.account.id]
	if !known {
		if len(e.accounts) == maxAccounts {
			return refuse(r.line, "over %d accounts in one file", maxAccounts)
		}
		b = &balances{account: l.account}
		e.accounts[l.account.id] = b
		if err := e.s.Emit(l.account.record()); err != nil {
			return err
		}
	}
	b.see(l)
	e.read++
	return e.s.Emit(e.record(r, l))
}

// A bankLine is a row that was read.
type bankLine struct {
	account  account
	booked   record.Time
	value    record.Time
	amount   record.Money
	currency string
	balance  record.Money // "" for none
}

// readLine reads what a row must have.
func (e *emitter) readLine(r row) (l bankLine, f *fault) {
	m := e.m
	if r.isCut {
		return l, faultf("the line is over %d bytes", "la ligne dépasse %d octets", maxLine)
	}
	if n := len(e.t.names); len(r.cells) > n && strings.Join(r.cells[n:], "") != "" {
		return l, faultf("%d cells where the table has %d columns", "%d cellules, alors que le tableau a %d colonnes", len(r.cells), n)
	}
	if l.booked, f = e.day(r.cell(m.column("date"))); f != nil {
		return l, f
	}
	if text := r.cell(m.column("value-date")); text != "" {
		l.value, _ = e.day(text) // what is none stays under extra
	}
	if l.amount, l.currency, f = e.amount(r); f != nil {
		return l, f
	}
	if l.currency, f = e.currency(r, l.currency); f != nil {
		return l, f
	}
	if n, ok := readNumber(r.cell(m.column("balance"))); ok {
		l.balance, _ = n.money(e.decimal())
	}
	l.account = e.account(r)
	return l, nil
}

func (e *emitter) day(text string) (record.Time, *fault) {
	d, ok := readDate(text)
	if !ok && text == "" {
		return record.Time{}, faultf("no date", "pas de date")
	}
	o := e.m.order
	if o == 0 { // it makes no difference
		may := e.t.dates(e.m).orders()
		o = may & -may
	}
	at, read := d.at(o)
	if !ok || !read {
		return record.Time{}, faultf("%s is no date", "%s n’est pas une date", quoted(text))
	}
	return at, nil
}

func (e *emitter) decimal() decimals {
	if e.m.decimal == 0 {
		return point // it makes no difference
	}
	return e.m.decimal
}

// amount reads the amount of a row, money out being negative, and the currency
// that stands beside it.
func (e *emitter) amount(r row) (record.Money, string, *fault) {
	if at := e.m.column("amount"); at >= 0 {
		money, n, f := e.money(r.cell(at))
		if f != nil || !e.m.has("sign") {
			return money, n.currency, f
		}
		word := r.cell(e.m.column("sign"))
		in, ok := wayOf(word)
		switch {
		case !ok:
			return "", "", faultf("%s says neither in nor out", "%s ne dit ni entrée ni sortie", quoted(word))
		case money.Sign() < 0 && in:
			return "", "", faultf("%s is negative, and %s says that it comes in", "%s est négatif, et %s dit une entrée", quoted(r.cell(at)), quoted(word))
		case !in && money.Sign() > 0:
			money = negated(money)
		}
		return money, n.currency, nil
	}
	return e.outOrIn(r)
}

// outOrIn reads an amount that stands in the column of money out or in that of
// money in.
func (e *emitter) outOrIn(r row) (record.Money, string, *fault) {
	var found record.Money
	var currency string
	for _, role := range []string{"out", "in"} {
		at := e.m.column(role)
		if r.cell(at) == "" || r.cell(at) == "-" {
			continue
		}
		money, n, f := e.money(r.cell(at))
		if f != nil {
			return "", "", f
		}
		if found != "" && found.Sign() != 0 && money.Sign() != 0 {
			return "", "", faultf("money out and money in", "une sortie et une entrée à la fois")
		}
		if found != "" && money.Sign() == 0 {
			continue
		}
		if c := &e.t.columns[at]; (role == "out") == (c.positive > 0) { // see docs/formats.md, signs
			money = negated(money)
		}
		found, currency = money, n.currency
	}
	if found == "" {
		return "", "", faultf("no amount", "pas de montant")
	}
	return found, currency, nil
}

func (e *emitter) money(text string) (record.Money, number, *fault) {
	if text == "" {
		return "", number{}, faultf("no amount", "pas de montant")
	}
	n, ok := readNumber(text)
	money, read := n.money(e.decimal())
	if !ok || !read {
		return "", n, faultf("%s is no amount", "%s n’est pas un montant", quoted(text))
	}
	return money, n, nil
}

// currency is that of the row's own column, that beside the amount, or that of
// the table.
func (e *emitter) currency(r row, beside string) (string, *fault) {
	if text := r.cell(e.m.column("currency")); text != "" {
		code, ok := currencyOf(text)
		if !ok || code == "" {
			return "", faultf("%s is no currency", "%s n’est pas une devise", quoted(text))
		}
		return code, nil
	}
	if code := cmp.Or(beside, e.m.currency); code != "" {
		return code, nil
	}
	return "", faultf("no currency", "pas de devise")
}

func (e *emitter) account(r row) account {
	currency := e.m.currency
	if text := cmp.Or(r.cell(e.m.column("account")), e.m.account); text != "" {
		return accountOf(text, currency)
	}
	return e.t.unnamed(e.told.french, currency)
}

// record makes the transaction of a row. It has no id: the home counts equal
// ones.
func (e *emitter) record(r row, l bankLine) sdk.Record {
	label, note, party := e.texts(r, "label"), e.texts(r, "note"), e.texts(r, "counterparty")
	kind := r.cell(e.m.column("kind"))
	title := cmp.Or(label, party, note, kind, string(l.amount))
	data := record.Transaction{BankAccount: l.account.id, Booked: l.booked, ValueDate: l.value, Amount: l.amount, Currency: l.currency,
		Label: clip(joined(cmp.Or(label, party), note), maxLabel), Counterparty: clip(party, 500), Reference: clip(r.cell(e.m.column("reference")), 500),
		Kind: clip(kind, 64), State: "booked", Extra: e.extra(r)}
	return sdk.Record{Type: record.TypeTransaction, Time: l.booked, Title: clip(title, 200), Data: data, Links: l.account.link()}
}

// texts joins the cells of the columns with a role.
func (e *emitter) texts(r row, role string) (text string) {
	for i, one := range e.m.roles {
		if one == role {
			text = joined(text, strings.Join(strings.Fields(r.cell(i)), " "))
		}
	}
	return text
}

// joined joins two texts of which one often repeats the other.
func joined(a, b string) string {
	switch lowA, lowB := strings.ToLower(a), strings.ToLower(b); {
	case strings.Contains(lowA, lowB):
		return a
	case strings.Contains(lowB, lowA):
		return b
	}
	return a + " " + b
}

const maxExtra = 4000 // characters of one cell that is kept beside the record's members

// extra is what the row says beyond the record's members: columns that are
// nothing, and those whose text says more than what became of it.
func (e *emitter) extra(r row) map[string]any {
	all := map[string]any{}
	for i, role := range e.m.roles {
		cell := r.cell(i)
		switch role {
		case "", "balance":
		case "date", "value-date":
			d, ok := readDate(cell)
			if ok && !d.hasTime {
				continue
			}
		default:
			continue
		}
		if cell == "" {
			continue
		}
		name := cmp.Or(e.t.names[i], "column "+strconv.Itoa(i+1))
		if _, taken := all[name]; taken {
			name = clip(name, 100) + " " + strconv.Itoa(i+1)
		}
		all[name] = clip(cell, maxExtra)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
