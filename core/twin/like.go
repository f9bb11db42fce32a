package twin

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// Types are the types of which two sources may tell the same thing.
func Types() []record.Type {
	return []record.Type{record.TypeTransaction, record.TypeBill, record.TypeBalance, record.TypeBankAccount}
}

// Days is how far the days of two records of the same thing may be apart.
const Days = 4

// A Look is what of a record tells whether another is the same thing.
type Look struct {
	Record  core.Record
	amount  string // without trailing zeros, and the currency
	day     time.Time
	label   string // of a bill, the vendor
	party   string
	mark    string // a bank line's reference, a bill's number
	kind    string // of a balance; whether a bank line is pending, a bill a refund
	account record.BankAccount
}

// LookAt reads a record. Account is the account that a bank line or a balance is
// of, the zero one when it is not known. It returns false for a record that no
// other can be the same as: deleted, of another type, without an amount.
func LookAt(r core.Record, account record.BankAccount) (l Look, ok bool) {
	if r.Deleted || !slices.Contains(Types(), r.Type) {
		return l, false
	}
	l = Look{Record: r, account: account}
	switch r.Type {
	case record.TypeBankAccount:
		return l, json.Unmarshal(r.Data, &l.account) == nil && digits(l.account) != ""
	case record.TypeTransaction:
		var d record.Transaction
		ok = json.Unmarshal(r.Data, &d) == nil
		l.label, l.mark, l.kind = d.Label, Fold(d.Reference), d.State
		l.party = d.Counterparty
		if l.kind != "pending" {
			l.kind = ""
		}
		l.amount, l.day = amountOf(d.Amount, d.Currency), dayOf(d.Booked, r.Time, d.ValueDate)
	case record.TypeBill:
		var d record.Bill
		ok = json.Unmarshal(r.Data, &d) == nil
		l.label, l.mark, l.kind = d.Vendor, Fold(d.Number), strconv.FormatBool(d.IsRefund)
		l.amount, l.day = amountOf(d.Amount, d.Currency), dayOf(d.Issued, r.Time)
	case record.TypeBalance:
		var d record.Balance
		ok = json.Unmarshal(r.Data, &d) == nil
		l.kind, l.amount, l.day = d.Kind, amountOf(d.Amount, d.Currency), dayOf(r.Time)
	}
	return l, ok && l.amount != "" && !l.day.IsZero()
}

// AccountOf returns the id of the account that a record is of, "" for none.
func AccountOf(r core.Record) string {
	if r.Type != record.TypeTransaction && r.Type != record.TypeBalance {
		return ""
	}
	var d struct {
		BankAccount string `json:"bank_account"`
	}
	if json.Unmarshal(r.Data, &d) != nil {
		return ""
	}
	return d.BankAccount
}

func amountOf(m record.Money, currency string) string {
	coefficient, scale, err := m.Parts()
	if err != nil {
		return ""
	}
	for scale > 0 && coefficient%10 == 0 {
		coefficient, scale = coefficient/10, scale-1
	}
	return strconv.FormatInt(coefficient, 10) + "e-" + strconv.Itoa(scale) + currency
}

// dayOf returns the civil day of the first of times that is known to the day.
func dayOf(times ...record.Time) time.Time {
	for _, t := range times {
		if t.Precision() >= record.Day {
			year, month, day := t.Civil()
			return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		}
	}
	return time.Time{}
}

// Day returns the record's day, the zero time of an account.
func (l Look) Day() time.Time { return l.day }

// Name is what the record is called, without case, accents and punctuation.
func (l Look) Name() string { return Fold(l.label) }

// Slot is the same for all records that could be the same thing.
func (l Look) Slot() string { return string(l.Record.Type) + "\x00" + l.amount + "\x00" + l.kind }

// A Likeness is how alike two records are.
type Likeness struct {
	Why  Reasons
	Days int // between them
	// IsSure says that nothing but another such record speaks against it.
	IsSure bool
}

// Compare reports whether two records of two sources look like the same thing,
// and why.
func (l Look) Compare(other Look) (like Likeness, ok bool) {
	if l.Slot() != other.Slot() || l.Record.Ref.Source == other.Record.Ref.Source {
		return like, false
	}
	known, same := sameAccount(l.account, other.account)
	if known && !same {
		return like, false
	}
	if same {
		like.Why |= SameAccount
	}
	if l.Record.Type == record.TypeBankAccount {
		short := min(len(digits(l.account)), len(digits(other.account)))
		return Likeness{Why: SameNumber, IsSure: short >= longNumber || Alike(l.account.Institution, other.account.Institution)}, same
	}
	days := int(l.day.Sub(other.day).Hours()) / 24
	if like.Days = max(days, -days); like.Days > Days {
		return like, false
	}
	if like.Why |= SameAmount | NearDay; like.Days == 0 {
		like.Why ^= NearDay | SameDay
	}
	switch l.Record.Type {
	case record.TypeBalance:
		like.IsSure = true
		return like, same && like.Days == 0
	case record.TypeBill:
		return l.compareBills(other, like)
	}
	return l.compareLines(other, like)
}

func (l Look) compareLines(other Look, like Likeness) (Likeness, bool) {
	if l.mark != "" && l.mark == other.mark {
		like.Why |= SameReference
	}
	if Alike(l.label+" "+l.party, other.label+" "+other.party) || isCut(l.Name(), other.Name()) || isCut(other.Name(), l.Name()) {
		like.Why |= AlikeLabel
	}
	like.IsSure = like.Why.Has(SameReference) && len(l.mark) > 3 || like.Why.Has(SameDay|AlikeLabel)
	return like, like.Why&(SameReference|AlikeLabel) != 0 || like.Why.Has(SameDay|SameAccount)
}

// isCut reports whether short is the beginning of whole: files cut names short.
func isCut(short, whole string) bool { return len(short) >= minCut && strings.HasPrefix(whole, short) }

const minCut = 12 // bytes that say something

func (l Look) compareBills(other Look, like Likeness) (Likeness, bool) {
	if l.mark != "" && other.mark != "" {
		if l.mark != other.mark {
			return like, false
		}
		like.Why |= SameNumber
	}
	if Alike(l.label, other.label) {
		like.Why |= AlikeVendor
	}
	like.IsSure = like.Why.Has(SameNumber) || like.Why.Has(SameDay|AlikeVendor)
	return like, like.Why&(SameNumber|AlikeVendor) != 0
}

// sameAccount reports whether it is known of both which account it is, and
// whether it is one.
func sameAccount(a, b record.BankAccount) (known, same bool) {
	first, second := digits(a), digits(b)
	if first == "" || second == "" {
		return false, false
	}
	if first == second {
		return true, true
	}
	if a.IBAN != "" && b.IBAN != "" {
		return true, false
	}
	if len(first) > len(second) {
		first, second = second, first
	}
	return true, len(first) >= minNumber && strings.Contains(second, first) // an IBAN holds the number, with the bank's around it
}

const (
	minNumber  = 8
	longNumber = 10 // that no two banks give out
)

// digits returns an account's number as files write it in one way or another.
func digits(a record.BankAccount) string {
	number := a.IBAN
	if number == "" {
		number = a.Number
	}
	return strings.ToUpper(strings.Join(strings.FieldsFunc(number, func(r rune) bool { return r == ' ' || r == '-' || r == '.' }), ""))
}
