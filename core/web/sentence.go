package web

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/record"
)

// A sentence says what a record is. Its pieces are words of the home, and values
// that the source sent, which stand isolated: see [sentence.say].
type sentence struct {
	l      *locale.Locale
	Pieces []words
}

// Words are a piece of a sentence.
type words struct {
	Text    string
	IsValue bool
}

// sentenceOf returns what r is in one sentence; none for a record that says too
// little of itself, or is of no type that the home knows.
func sentenceOf(l *locale.Locale, r core.Record) []words {
	tell := map[record.Type]func(*sentence, core.Record) error{
		record.TypeBill: (*sentence).bill, record.TypeBankAccount: (*sentence).account, record.TypeBalance: (*sentence).balance,
		record.TypeTransaction: (*sentence).transaction, record.TypeContract: (*sentence).contract, record.TypeCall: (*sentence).call,
		record.TypeSeries: (*sentence).series, record.TypeDocument: (*sentence).document,
	}[r.Type]
	s := &sentence{l: l}
	if tell == nil || tell(s, r) != nil || len(s.Pieces) == 0 {
		return nil
	}
	s.Pieces = append(s.Pieces, words{Text: "."})
	return s.Pieces
}

// head begins the sentence, unless a value is "": then nothing can be said.
func (s *sentence) head(key string, pairs ...string) bool {
	s.add(key, pairs)
	return len(s.Pieces) > 0
}

// say goes on, unless a value is "".
func (s *sentence) say(key string, pairs ...string) { s.add(key, pairs) }

// on says a date, as exactly as it is known to the day.
func (s *sentence) on(key string, t record.Time) {
	if t.Precision() >= record.Day {
		key += "-day"
	} else {
		key += "-month"
	}
	s.say(key, "date", s.l.Time(shorten(t)))
}

// add fills the message of key with values, each a piece of its own.
func (s *sentence) add(key string, pairs []string) {
	values := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if values[pairs[i]] = clip(pairs[i+1], maxTitle); pairs[i+1] == "" {
			return
		}
	}
	text := s.l.T("sentence." + key)
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		if before != "" {
			s.Pieces = append(s.Pieces, words{Text: before})
		}
		name, after, _ := strings.Cut(rest, "}")
		if found {
			s.Pieces = append(s.Pieces, words{Text: values[name], IsValue: true})
		}
		text = after
	}
}

func (s *sentence) money(m record.Money, currency string) string {
	if m == "" {
		return ""
	}
	return s.l.Money(m, currency)
}

// unsigned returns an amount without its sign, which the words say.
func (s *sentence) unsigned(m record.Money, currency string) string {
	return s.money(record.Money(strings.TrimPrefix(string(m), "-")), currency)
}

func (s *sentence) bill(r core.Record) error {
	var b record.Bill
	if err := json.Unmarshal(r.Data, &b); err != nil {
		return err
	}
	kind := "bill"
	if b.IsRefund {
		kind = "refund"
	}
	if !s.head(kind, "amount", s.unsigned(b.Amount, b.Currency)) {
		return nil
	}
	s.say(kind+"-from", "vendor", b.Vendor)
	switch {
	case isMonth(b.Start, b.End):
		year, month, _ := b.Start.Civil()
		s.say("for-month", "month", s.l.Month(year, month))
	case !b.Start.IsZero() && !b.End.IsZero():
		s.say("for-period", "start", s.l.Time(shorten(b.Start)), "end", s.l.Time(shorten(b.End)))
	default:
		s.on("issued", b.Issued)
	}
	if !b.IsRefund {
		s.on("due", b.Due)
	}
	return nil
}

// isMonth reports whether a period is a month of the calendar.
func isMonth(start, end record.Time) bool {
	year, month, day := start.Civil()
	switch last := record.Date(record.Date(year, month+1, 0).Civil()); {
	case start.Precision() == record.Month:
		return start == end
	default:
		return start.Precision() >= record.Day && day == 1 && shorten(end) == last
	}
}

func (s *sentence) account(r core.Record) error {
	var a record.BankAccount
	if err := json.Unmarshal(r.Data, &a); err != nil {
		return err
	}
	kind := "account-" + a.Kind
	if !s.l.Has("sentence." + kind) {
		kind = "account-other"
	}
	s.head(kind)
	s.say("held-at", "institution", a.Institution)
	s.say("held-in", "currency", a.Currency)
	return nil
}

func (s *sentence) balance(r core.Record) error {
	var b record.Balance
	if err := json.Unmarshal(r.Data, &b); err != nil {
		return err
	}
	kind := "balance"
	if b.Kind == "available" {
		kind = "balance-available"
	}
	if s.head(kind, "amount", s.money(b.Amount, b.Currency)) {
		s.on("on", r.Time)
	}
	return nil
}

func (s *sentence) transaction(r core.Record) error {
	var t record.Transaction
	if err := json.Unmarshal(r.Data, &t); err != nil {
		return err
	}
	kind := "credit"
	if t.Amount.Sign() < 0 {
		kind = "debit"
	}
	if !s.head(kind, "amount", s.unsigned(t.Amount, t.Currency)) {
		return nil
	}
	s.say(kind+"-with", "who", t.Counterparty)
	s.on("on", r.Time)
	if t.State == "pending" {
		s.say("pending")
	}
	return nil
}

func (s *sentence) contract(r core.Record) error {
	var c record.Contract
	if err := json.Unmarshal(r.Data, &c); err != nil || !s.head("contract", "vendor", c.Vendor) {
		return err
	}
	s.say("contract-label", "label", c.Label)
	price := "price-" + c.Period
	if !s.l.Has("sentence." + price) {
		price = "price"
	}
	s.say(price, "price", s.money(c.Price, c.Currency))
	s.on("since", c.Start)
	s.on("until", c.End)
	return nil
}

func (s *sentence) call(r core.Record) error {
	var c record.Call
	if err := json.Unmarshal(r.Data, &c); err != nil {
		return err
	}
	kind := map[string]string{"voice": "call", "sms": "message", "mms": "message", "data": "data"}[c.Kind]
	if kind == "" || c.Direction != "in" && c.Direction != "out" {
		return nil
	}
	if kind == "data" || !s.head(kind+"-"+c.Direction, "who", c.Counterpart) {
		s.head(kind)
	}
	s.on("on", r.Time)
	if c.Seconds > 0 {
		s.say("lasting", "time", numberOf(s.l, "seconds", c.Seconds))
	}
	if c.Bytes > 0 {
		s.say("size", "size", s.l.Size(c.Bytes))
	}
	if c.Price.Sign() != 0 {
		s.say("costing", "price", s.money(c.Price, c.Currency))
	}
	return nil
}

func (s *sentence) series(r core.Record) error {
	var m struct{ Measure, Meter string }
	if err := json.Unmarshal(r.Data, &m); err != nil || !s.head("series", "measure", textOf(s.l, "measure", m.Measure, ""), "meter", m.Meter) {
		return err
	}
	if year, month, _ := r.Time.Civil(); month >= time.January && r.Time.Precision() >= record.Month {
		s.say("for-month", "month", s.l.Month(year, month))
	}
	return nil
}

func (s *sentence) document(r core.Record) error {
	var d record.Document
	if err := json.Unmarshal(r.Data, &d); err != nil {
		return err
	}
	s.head("document")
	s.say("document-from", "issuer", d.Issuer)
	s.say("document-number", "number", d.Number)
	s.on("issued", r.Time)
	return nil
}
