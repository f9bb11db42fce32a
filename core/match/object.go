package match

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// next returns the first value of valid JSON as written, and what follows it.
func next(b []byte) (value, rest []byte) {
	b = trim(b)
	for i, depth := 0, 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return b[:i+1], b[i+1:]
			}
		case '{', '[':
			depth++
		case '}', ']', ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return b[:i], b[i:]
			}
			if c != '}' && c != ']' {
				continue
			}
			if depth--; depth == 0 {
				return b[:i+1], b[i+1:]
			}
		}
	}
	return b, nil
}

func trim(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }

// members calls do with each member of a valid object, or each item of a valid
// array with no key.
func members(b []byte, do func(key, value []byte) error) error {
	isObject := b[0] == '{'
	for b = trim(b[1:]); b[0] != '}' && b[0] != ']'; {
		var key, value []byte
		if isObject {
			key, b = next(b)
			key, b = key[1:len(key)-1], trim(b)[1:]
		}
		value, b = next(b)
		if err := do(key, value); err != nil {
			return err
		}
		if b = trim(b); b[0] == ',' {
			b = trim(b[1:])
		}
	}
	return nil
}

// text reads a string, or a number as its text.
func text(value []byte) (string, error) {
	switch {
	case len(value) == 0 || string(value) == "null":
		return "", nil
	case value[0] == '"':
		if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
			return string(inner), nil
		}
		var s string
		err := json.Unmarshal(value, &s)
		return s, err
	case value[0] == '-' || value[0] >= '0' && value[0] <= '9':
		return string(value), nil
	}
	return "", errors.New("want a string or a number")
}

// A key is a member of a bill or a transaction that is looked at.
type key int

// The keys of a record stand before those of its data.
const (
	keyID key = iota
	keyType
	keyTime
	keyTitle
	keyDeleted
	keyData
	keyAmount
	keyCurrency
	keyVendor
	keyNumber
	keyContract
	keyIssued
	keyDue
	keyEnd
	keyIsRefund
	keyAccount
	keyBooked
	keyValueDay
	keyLabel
	keyCounterparty
	keyReference
	keyState
	keyDirection
	keyDebit
	keyCredit
	keys
)

// A spelling is one name of a key: the record's own is of order 0, and names
// that others use follow. Of two in an object the lower order counts.
type spelling struct {
	key
	order int
}

var (
	common = []string{keyID: "id transaction_id bill_id invoice_id", keyType: "type", keyTime: "time", keyTitle: "title", keyDeleted: "deleted", keyData: "data",
		keyAmount: "amount transaction_amount total total_amount amount_due", keyCurrency: "currency currency_code"}
	billKeys = spell(common, []string{keyVendor: "vendor supplier provider merchant payee issuer creditor company name",
		keyNumber: "number invoice_number bill_number invoice reference", keyContract: "contract contract_number",
		keyIssued: "issued issue_date invoice_date bill_date date", keyDue: "due due_date due_on", keyEnd: "end", keyIsRefund: "is_refund"})
	lineKeys = spell(common, []string{keyAccount: "bank_account account account_id iban", keyBooked: "booked booking_date date transaction_date posted",
		keyValueDay: "value_date", keyLabel: "label description narrative details memo text name", keyState: "state status",
		keyCounterparty: "counterparty counterparty_name payee merchant creditor beneficiary",
		keyReference:    "reference remittance_information", keyDirection: "direction credit_debit_indicator credit_debit side",
		keyDebit: "debit", keyCredit: "credit"})
)

func spell(tables ...[]string) map[string]spelling {
	all := map[string]spelling{}
	for _, table := range tables {
		for k, names := range table {
			for order, name := range strings.Fields(names) {
				all[name], all[squash(name)] = spelling{key(k), order}, spelling{key(k), order}
			}
		}
	}
	return all
}

// squash returns a name without case and gaps: dueDate, Due Date and due_date
// are one.
func squash(name string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name))
}

// A member is a key as spelled and its value, both as written.
type member struct {
	name, value []byte
	order       int
}

// An element is a bill or a transaction as sent.
type element struct {
	path     string
	at       [keys]member
	isRecord bool
}

// collect takes the members of an object that are looked at.
func (e *element) collect(object []byte, known map[string]spelling) {
	_ = members(object, func(name, value []byte) error {
		s, ok := known[string(name)]
		if !ok {
			if s, ok = known[squash(string(name))]; !ok {
				return nil
			}
		}
		value = e.unwrap(s.key, value)
		old := &e.at[s.key]
		isEmpty := string(value) == "null" || string(value) == `""`
		isNested := value[0] == '{' || value[0] == '[' || value[0] == 't' || value[0] == 'f'
		if isEmpty || e.isRecord && s.key <= keyData || s.order > 0 && (isNested || old.value != nil && old.order < s.order) {
			return nil
		}
		*old = member{name, value, s.order}
		return nil
	})
}

// unwrap returns the name in a vendor or counterparty that is an object, and the
// amount in an amount with its currency.
func (e *element) unwrap(k key, value []byte) []byte {
	inner := "name"
	switch {
	case value[0] != '{', k != keyAmount && k != keyVendor && k != keyCounterparty:
		return value
	case k == keyAmount:
		inner = "amount"
	}
	out := value
	_ = members(value, func(name, v []byte) error {
		switch string(name) {
		case inner:
			out = v
		case "currency":
			e.at[keyCurrency] = member{name, v, 0}
		}
		return nil
	})
	return out
}

// name returns a key with its path, as spelled.
func (e *element) name(k key, own string) string {
	if n := e.at[k].name; n != nil {
		own = string(n)
	}
	return e.path + "." + own
}
