package match

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// The bounds of an [Input].
const (
	MaxBytes = 256 << 20
	MaxBills = 20_000
	MaxLines = 500_000
	maxText  = 1024 // bytes of a label that are looked at
	maxName  = 200  // and of a vendor's name
	minCut   = 16   // bytes of a label that may have been cut off
)

// An Input is bills and lines that were read. The zero value has none.
type Input struct {
	bills []bill
	lines []line
}

// A price is an exact amount without sign, in a currency, to pay or to get.
type price struct {
	amount   record.Money // without sign and without zeros at the end
	currency string
	isCredit bool
}

// none is the day of what has no date.
const none = -1 << 40

type bill struct {
	ID, path                 string
	vendor, number, contract string // folded
	name                     string // the vendor as written
	issued, due              int    // days since 1970, or none
	price                    price
}

type line struct {
	ID, path, account    string
	text, label          string   // text is all of it folded; label as written
	tokens               []string // its telling words, sorted
	ends                 []string // last words that the bank may have cut off
	signature            string   // the name that a bank prints on all lines of one creditor
	day                  int
	price                price
	isPending, isDropped bool
	isSigned             bool // it says whether it is a debit
}

// expected is the day about which a bill is paid.
func (b bill) expected() int { return max(b.due, b.issued) }

// Read reads {"bills":[…],"transactions":[…]}, each element the data of a
// record with an "id", or a whole record with type, id, time and data; keys that
// other programs use for the same stand in docs/match.md. A missing id is the
// path, such as "bills[3]". A missing currency is the only one of the account,
// of the vendor or of the document. Where no transaction has a sign or a
// direction, all are debits but those whose text says otherwise. It returns
// [core.Invalid], naming the path of what is wrong.
func Read(r io.Reader) (Input, error) {
	in, err := read(r)
	if err != nil {
		return Input{}, core.E(core.Invalid, "read bills and transactions", err)
	}
	return in, nil
}

func read(r io.Reader) (in Input, err error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return in, err
	}
	if len(raw) > MaxBytes {
		return in, fmt.Errorf("more than %d bytes", MaxBytes)
	}
	const want = `want {"bills":[…],"transactions":[…]}`
	if raw = trim(bytes.TrimPrefix(raw, []byte("\ufeff"))); !json.Valid(raw) {
		return in, fmt.Errorf("%s: %w", want, json.Unmarshal(raw, new(json.RawMessage)))
	}
	if raw[0] != '{' {
		return in, errors.New(want)
	}
	var bills, lines []byte
	err = members(raw, func(key, value []byte) error {
		list := map[string]*[]byte{"bills": &bills, "transactions": &lines}[string(key)]
		if list == nil || value[0] == 'n' {
			return nil
		}
		if *list = value; value[0] != '[' {
			return fmt.Errorf("%s: %s is no list", want, key)
		}
		return nil
	})
	if err != nil {
		return in, err
	}
	if bills == nil || lines == nil {
		return in, fmt.Errorf("%s: a list is missing", want)
	}
	if in.bills, err = list(bills, "bills", billKeys, MaxBills, (*element).bill, bill.again); err != nil {
		return in, err
	}
	if in.lines, err = list(lines, "transactions", lineKeys, MaxLines, (*element).line, line.again); err != nil {
		return in, err
	}
	in.signs()
	return in, in.currencies()
}

// list reads the elements of a list. One that comes again with the id of another
// and all that it says is there once.
func list[T any](raw []byte, name string, known map[string]spelling, limit int, read func(*element, string) (T, error), again func(a, b T) (T, bool)) (all []T, err error) {
	seen := map[string]int{}
	paths := []string{}
	n := 0
	var e element
	err = members(raw, func(_, value []byte) error {
		path := name + "[" + strconv.Itoa(n) + "]"
		if n++; n > limit {
			return fmt.Errorf("more than %d %s", limit, name)
		}
		id, err := e.open(value, path, known)
		if err != nil || string(e.at[keyDeleted].value) == "true" {
			return err
		}
		one, err := read(&e, id)
		if err != nil {
			return err
		}
		if first, known := seen[id]; known {
			both, ok := again(all[first], one)
			if !ok {
				return fmt.Errorf("%s.id: %q is the id of %s too", path, id, paths[first])
			}
			all[first] = both
			return nil
		}
		seen[id] = len(all)
		all, paths = append(all, one), append(paths, path)
		return nil
	})
	return all, err
}

// again returns the one bill that two of an id are.
func (b bill) again(other bill) (bill, bool) {
	other.path = b.path
	return b, b == other
}

// again returns the one line that two of an id are: a pending one may be booked
// later.
func (l line) again(other line) (line, bool) {
	if l.isPending && !other.isPending {
		l, other = other, l
	}
	return l, l.account == other.account && l.price == other.price && (other.isPending && !l.isPending || l.day == other.day && l.text == other.text)
}

// open reads an object and its id, and gives way to the data of a record.
func (e *element) open(raw []byte, path string, known map[string]spelling) (id string, err error) {
	*e = element{path: path}
	if raw[0] != '{' {
		return "", fmt.Errorf("%s: want an object", path)
	}
	e.collect(raw, known)
	if id, err = text(e.at[keyID].value); err != nil {
		return "", fmt.Errorf("%s.id: %w", path, err)
	}
	if id == "" {
		id = path
	}
	data := e.at[keyData].value
	if len(data) == 0 || data[0] != '{' {
		return id, nil
	}
	kind, err := text(e.at[keyType].value)
	if want := strings.TrimSuffix(path[:strings.IndexByte(path, '[')], "s"); err != nil || kind != "" && kind != want {
		return id, fmt.Errorf("%s.type: %q, want %q", path, kind, want)
	}
	e.path, e.isRecord = path+".data", true
	e.collect(data, known)
	return id, nil
}

// signs takes all lines for debits where none says which way its money goes.
func (in *Input) signs() {
	for _, l := range in.lines {
		if l.isSigned || len(in.lines) < 2 {
			return
		}
	}
	for n := range in.lines {
		l := &in.lines[n]
		l.price.isCredit = saysCredit(l.text)
	}
}

// currencies gives what names no currency the only one of its account or its
// vendor, or else of all.
func (in *Input) currencies() error {
	only := map[string]string{} // of a name; "?" where there are several
	note := func(name, currency string) {
		if known, ok := only[name]; currency != "" && ok && known != currency {
			only[name] = "?"
		} else if currency != "" {
			only[name] = currency
		}
	}
	for _, b := range in.bills {
		note("", b.price.currency)
		note("bill "+b.vendor, b.price.currency)
	}
	for _, l := range in.lines {
		note("", l.price.currency)
		note("line "+l.account, l.price.currency)
	}
	give := func(p *price, name, path string) error {
		for _, c := range []string{only[name], only[""]} {
			if p.currency == "" && c != "?" {
				p.currency = c
			}
		}
		if p.currency == "" && only[""] == "?" {
			return fmt.Errorf("%s.currency: none, and several are named", path)
		}
		return nil
	}
	for n := range in.bills {
		if err := give(&in.bills[n].price, "bill "+in.bills[n].vendor, in.bills[n].path); err != nil {
			return err
		}
	}
	for n := range in.lines {
		if err := give(&in.lines[n].price, "line "+in.lines[n].account, in.lines[n].path); err != nil {
			return err
		}
	}
	return nil
}

// say reads a text of k, at most maxText of it.
func (e *element) say(k key, own string, err *error) string {
	s, bad := text(e.at[k].value)
	if bad != nil && *err == nil {
		*err = fmt.Errorf("%s: %w", e.name(k, own), bad)
	}
	return clip(s)
}

func (e *element) bill(id string) (b bill, err error) {
	b = bill{ID: id, path: e.path, name: e.say(keyVendor, "vendor", &err)}
	b.vendor, b.number, b.contract = fold(b.name[:min(len(b.name), maxName)]), fold(e.say(keyNumber, "number", &err)), fold(e.say(keyContract, "contract", &err))
	if err != nil {
		return b, err
	}
	sign := 0
	if b.price, sign, err = e.price(); err != nil {
		return b, err
	}
	b.price.isCredit = sign < 0 || string(e.at[keyIsRefund].value) == "true" || saysCredit(fold(e.say(keyType, "type", &err)))
	if b.due, err = e.day(keyDue); err != nil {
		return b, err
	}
	b.issued, err = e.day(keyIssued, keyTime, keyEnd)
	return b, err
}

func (e *element) line(id string) (l line, err error) {
	l = line{ID: id, path: e.path, account: e.say(keyAccount, "bank_account", &err), isPending: strings.EqualFold(e.say(keyState, "state", &err), "pending")}
	party, reference := e.say(keyCounterparty, "counterparty", &err), e.say(keyReference, "reference", &err)
	for _, l.label = range []string{e.say(keyLabel, "label", &err), e.say(keyTitle, "title", &err), party, reference} {
		if l.label != "" {
			break
		}
	}
	l.text = fold(l.label)
	if len(l.label) >= minCut && l.text != "" {
		l.ends = append(l.ends, l.text[strings.LastIndexByte(l.text, ' ')+1:])
	}
	if more := fold(party + " " + reference); more != "" {
		l.text = strings.TrimSpace(l.text + " " + more)
	}
	l.tokens = words(l.text)
	l.signature = strings.Join(l.tokens, " ")
	if err != nil {
		return l, err
	}
	sign := 0
	if l.price, sign, err = e.price(); err != nil {
		return l, err
	}
	if way := e.direction(); sign >= 0 && way != 0 {
		sign = way
	}
	l.isSigned, l.price.isCredit = e.isRecord || sign != 0, sign >= 0 && l.price.amount.Sign() != 0
	if l.day, err = e.day(keyBooked, keyValueDay, keyTime); err != nil {
		return l, err
	}
	if l.day == none {
		return l, fmt.Errorf("%s: no day", e.name(keyBooked, "booked"))
	}
	return l, nil
}

func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxText)], "") }

// day returns the first day that is given.
func (e *element) day(given ...key) (int, error) {
	for _, k := range given {
		s, err := text(e.at[k].value)
		if err == nil && s != "" {
			var d int
			if d, err = dayOf(s); err == nil && d != none {
				return d, nil
			}
		}
		if err != nil {
			return none, fmt.Errorf("%s: %w", e.name(k, ""), err)
		}
	}
	return none, nil
}

// dayOf reads a day or a time; none for a month or a year.
func dayOf(s string) (int, error) {
	t, err := record.ParseTime(s)
	if err == nil {
		if t.Precision() < record.Day {
			return none, nil
		}
		y, m, d := t.Civil()
		return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400), nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006/01/02", "20060102", "02.01.2006"} {
		if at, bad := time.Parse(layout, s); bad == nil {
			y, m, d := at.Date()
			return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400), nil
		}
	}
	return none, err
}

// date returns a day as text.
func date(day int) string { return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly) }
