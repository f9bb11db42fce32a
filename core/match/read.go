package match

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
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
	maxText  = 4096 // bytes of a label that are looked at
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
	ID, vendor, number, contract string // all but ID folded
	name                         string // the vendor as written
	issued, due                  int    // days since 1970, or none
	price                        price
}

type line struct {
	ID, account, text, label string // text is all of it folded; label as written
	tokens                   []string
	day                      int
	price                    price
	isPending, isDropped     bool
}

// expected is the day about which a bill is paid.
func (b bill) expected() int { return max(b.due, b.issued) }

// Read reads {"bills":[…],"transactions":[…]}, each element the data of a
// record with an "id", or a whole record with type, id, time and data. An
// amount is a string or a number; a missing id is the path, such as
// "bills[3]"; a missing currency is the only one the document names. It
// returns [core.Invalid], naming the path of what is wrong.
func Read(r io.Reader) (Input, error) {
	in, err := read(r)
	if err != nil {
		return Input{}, core.E(core.Invalid, "read bills and transactions", err)
	}
	return in, nil
}

func read(r io.Reader) (Input, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return Input{}, err
	}
	if len(raw) > MaxBytes {
		return Input{}, fmt.Errorf("more than %d bytes", MaxBytes)
	}
	var doc struct {
		Bills        *[]json.RawMessage `json:"bills"`
		Transactions *[]json.RawMessage `json:"transactions"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Input{}, fmt.Errorf(`want {"bills":[…],"transactions":[…]}: %w`, err)
	}
	if doc.Bills == nil || doc.Transactions == nil {
		return Input{}, errors.New(`want {"bills":[…],"transactions":[…]}: a list is missing`)
	}
	if len(*doc.Bills) > MaxBills || len(*doc.Transactions) > MaxLines {
		return Input{}, fmt.Errorf("more than %d bills or %d transactions", MaxBills, MaxLines)
	}
	return elements(*doc.Bills, *doc.Transactions)
}

func elements(bills, lines []json.RawMessage) (in Input, err error) {
	seen := map[string]string{}
	for i, raw := range bills {
		e, err := open(raw, fmt.Sprintf("bills[%d]", i), "bill", seen)
		if err != nil {
			return in, err
		}
		if e.Deleted {
			continue
		}
		b, err := e.bill()
		if err != nil {
			return in, err
		}
		in.bills = append(in.bills, b)
	}
	clear(seen)
	for i, raw := range lines {
		e, err := open(raw, fmt.Sprintf("transactions[%d]", i), "transaction", seen)
		if err != nil {
			return in, err
		}
		if e.Deleted {
			continue
		}
		l, err := e.line()
		if err != nil {
			return in, err
		}
		in.lines = append(in.lines, l)
	}
	return in, in.currencies()
}

// currencies gives what names no currency the only one that is named.
func (in *Input) currencies() error {
	named := map[string]bool{}
	for _, b := range in.bills {
		named[b.price.currency] = true
	}
	for _, l := range in.lines {
		named[l.price.currency] = true
	}
	if !named[""] || len(named) == 1 {
		return nil
	}
	if len(named) > 2 {
		return errors.New("currency: one is missing, and several are named")
	}
	delete(named, "")
	for only := range named {
		for i := range in.bills {
			in.bills[i].price.currency = only
		}
		for i := range in.lines {
			in.lines[i].price.currency = only
		}
	}
	return nil
}

// An element is a bill or a transaction as sent.
type element struct {
	path    string
	ID      json.RawMessage `json:"id"`
	Type    string          `json:"type"`
	Time    *string         `json:"time"`
	Title   string          `json:"title"`
	Data    json.RawMessage `json:"data"`
	Deleted bool            `json:"deleted"`
	fields
}

type fields struct {
	Vendor       string          `json:"vendor"`
	Number       json.RawMessage `json:"number"`
	Contract     json.RawMessage `json:"contract"`
	Issued       *string         `json:"issued"`
	Due          *string         `json:"due"`
	End          *string         `json:"end"`
	IsRefund     bool            `json:"is_refund"`
	Amount       json.RawMessage `json:"amount"`
	Currency     string          `json:"currency"`
	BankAccount  string          `json:"bank_account"`
	Booked       *string         `json:"booked"`
	Date         *string         `json:"date"` // as scripts call it
	ValueDate    *string         `json:"value_date"`
	Label        string          `json:"label"`
	Counterparty string          `json:"counterparty"`
	Reference    string          `json:"reference"`
	State        string          `json:"state"`
}

func open(raw json.RawMessage, path, want string, seen map[string]string) (element, error) {
	e := element{path: path}
	if len(raw) == 0 || raw[0] != '{' {
		return e, fmt.Errorf("%s: want an object", path)
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return e, wrong(path, err)
	}
	if len(e.Data) > 0 && e.Data[0] == '{' {
		if e.Type != "" && e.Type != want {
			return e, fmt.Errorf("%s.type: %q, want %q", path, e.Type, want)
		}
		if err := json.Unmarshal(e.Data, &e.fields); err != nil {
			return e, wrong(path+".data", err)
		}
		e.path = path + ".data"
	}
	id, err := text(e.ID)
	if err != nil {
		return e, fmt.Errorf("%s.id: %w", path, err)
	}
	if id == "" {
		id = path
	}
	if first, again := seen[id]; again {
		return e, fmt.Errorf("%s.id: %q is the id of %s too", path, id, first)
	}
	seen[id] = path
	e.ID = json.RawMessage(id)
	return e, nil
}

// wrong names the path of a field of the wrong type.
func wrong(path string, err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && t.Field != "" {
		return fmt.Errorf("%s.%s: a %s", path, strings.TrimPrefix(t.Field, "fields."), t.Value)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// text reads a string, or a number as its text.
func text(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return "", nil
	}
	if raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	}
	if raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' {
		return string(raw), nil
	}
	return "", errors.New("want a string or a number")
}

func (e element) bill() (bill, error) {
	b := bill{ID: string(e.ID), name: clip(e.Vendor), vendor: fold(clip(e.Vendor))}
	number, err := text(e.Number)
	if err != nil {
		return b, fmt.Errorf("%s.number: %w", e.path, err)
	}
	contract, err := text(e.Contract)
	if err != nil {
		return b, fmt.Errorf("%s.contract: %w", e.path, err)
	}
	b.number, b.contract = fold(clip(number)), fold(clip(contract))
	if b.price, err = e.price(); err != nil {
		return b, err
	}
	b.price.isCredit = e.IsRefund || strings.HasPrefix(e.raw(), "-")
	if b.due, err = e.day("due", e.Due); err != nil {
		return b, err
	}
	if b.issued, err = e.day("issued", e.Issued, e.Date, e.Time, e.End); err != nil {
		return b, err
	}
	return b, nil
}

func (e element) line() (line, error) {
	if e.Label == "" {
		e.Label = e.Title
	}
	l := line{ID: string(e.ID), account: e.BankAccount, label: clip(e.Label), isPending: strings.EqualFold(e.State, "pending")}
	l.text = fold(clip(e.Label) + " " + clip(e.Counterparty) + " " + clip(e.Reference))
	l.tokens = words(l.text)
	var err error
	if l.price, err = e.price(); err != nil {
		return l, err
	}
	if l.day, err = e.day("booked", e.Booked, e.Date, e.ValueDate, e.Time); err != nil {
		return l, err
	}
	if l.day == none {
		return l, fmt.Errorf("%s.booked: no day", e.path)
	}
	return l, nil
}

func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxText)], "") }

func (e element) raw() string {
	s, err := text(e.Amount)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(s)
}

// comma matches an amount with a decimal comma that can be no thousands' one.
var comma = regexp.MustCompile(`^-?[0-9]+,[0-9]{1,2}$`)

// price reads an amount, with or without its currency.
func (e element) price() (price, error) {
	p := price{currency: strings.ToUpper(strings.TrimSpace(e.Currency))}
	number, unit, _ := strings.Cut(strings.TrimPrefix(e.raw(), "+"), " ")
	if unit != "" {
		if p.currency != "" && !strings.EqualFold(unit, p.currency) {
			return p, fmt.Errorf("%s.amount: in %s, and currency is %s", e.path, unit, p.currency)
		}
		p.currency = strings.ToUpper(unit)
	}
	if p.currency != "" && (len(p.currency) != 3 || strings.Trim(p.currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		return p, fmt.Errorf("%s.currency: %q is no ISO 4217 code", e.path, p.currency)
	}
	if comma.MatchString(number) {
		number = strings.Replace(number, ",", ".", 1)
	}
	amount, err := record.ParseMoney(number)
	if err != nil {
		return p, fmt.Errorf("%s.amount: %w", e.path, err)
	}
	p.isCredit = e.isLine() && amount.Sign() > 0
	p.amount = canonical(amount)
	return p, nil
}

func (e element) isLine() bool { return strings.HasPrefix(e.path, "transactions") }

// canonical returns an amount without sign and without zeros at the end.
func canonical(m record.Money) record.Money {
	s := strings.TrimPrefix(string(m), "-")
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return record.Money(s)
}

// day returns the first day that is given.
func (e element) day(name string, given ...*string) (int, error) {
	for _, s := range given {
		if s == nil || *s == "" {
			continue
		}
		d, err := dayOf(*s)
		if err != nil {
			return none, fmt.Errorf("%s.%s: %w", e.path, name, err)
		}
		if d != none {
			return d, nil
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
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, "2006-01-02T15:04:05"} {
		if at, bad := time.Parse(layout, s); bad == nil {
			y, m, d := at.Date()
			return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400), nil
		}
	}
	return none, err
}

// date returns a day as text.
func date(day int) string { return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly) }
