package match

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/domicile-home/domicile/sdk/record"
)

// A figure is an amount as sent.
type figure struct {
	amount record.Money // without sign and without zeros at the end
	unit   string       // ISO 4217, or none
	sign   int          // -1 or 1 as written, 0 for none
}

// forms matches a number with its sign and currency before or after it.
var forms = regexp.MustCompile(`^([-+(]?) ?([^-+()0-9 .,']*) ?([-+(]?) ?([0-9](?:[0-9.,' ]*[0-9])?) ?([-+)]?) ?([^-+()0-9 .,']*) ?([-+)]?)$`)

// figureOf reads the forms in which people and banks write amounts: "-12.30",
// "1 234,56 €", "EUR 19.99", "1'234.56", "12.30-", "(12.30)", "12.30 DR". One
// point is a decimal point. It refuses what may be two numbers, as "1,500".
func figureOf(s string) (f figure, err error) {
	s = strings.TrimSpace(s)
	if m, err := record.ParseMoney(s); err == nil {
		if strings.HasPrefix(s, "-") {
			f.sign = -1
		}
		f.amount = canonical(m)
		return f, nil
	}
	m := forms.FindStringSubmatch(strings.Map(usual, s))
	if m == nil {
		return f, fmt.Errorf("%w: %.40q", record.ErrMoney, s)
	}
	switch signs := m[1] + m[3] + m[5] + m[7]; signs {
	case "":
	case "-", "()":
		f.sign = -1
	case "+":
		f.sign = 1
	default:
		return f, fmt.Errorf("%w: %.40q has two signs", record.ErrMoney, s)
	}
	for _, unit := range []string{m[2], m[6]} {
		switch unit = strings.ToUpper(unit); {
		case unit == "":
		case (unit == "DR" || unit == "DB" || unit == "CR") && f.sign == 0:
			if f.sign = -1; unit == "CR" {
				f.sign = 1
			}
		case f.unit != "" && f.unit != isoOf(unit):
			return f, fmt.Errorf("%w: %.40q has two currencies", record.ErrMoney, s)
		default:
			f.unit = isoOf(unit)
		}
	}
	number, err := decimal(m[4])
	if err != nil {
		return f, err
	}
	amount, err := record.ParseMoney(number)
	f.amount = canonical(amount)
	return f, err
}

// usual returns a character as it stands on a keyboard.
func usual(r rune) rune {
	switch {
	case unicode.IsSpace(r) || r == '_':
		return ' '
	case r == '−' || r == '‐' || r == '‑' || r == '–' || r == '—':
		return '-'
	case r == '’' || r == 'ʼ' || r == '`':
		return '\''
	}
	return r
}

// decimal returns a number with a decimal point and without thousands marks.
func decimal(s string) (string, error) {
	whole, cents := s, ""
	if at := strings.LastIndexAny(s, ".,"); at >= 0 && strings.Count(s, s[at:at+1]) == 1 {
		if s[at] == ',' && len(s)-at == 4 && at <= 3 && s[0] != '0' {
			return "", fmt.Errorf("%w: %q may be %s or %s", record.ErrMoney, s, strings.Replace(s, ",", ".", 1), strings.Replace(s, ",", "", 1))
		}
		whole, cents = s[:at], s[at:]
	}
	if at := strings.IndexAny(whole, ".,' "); at >= 0 {
		parts := strings.Split(whole, whole[at:at+1])
		for n, p := range parts {
			if len(p) != 3 && (n > 0 || len(p) > 3 || p == "") {
				return "", fmt.Errorf("%w: %q", record.ErrMoney, s)
			}
		}
		whole = strings.Join(parts, "")
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	return whole + strings.Replace(cents, ",", ".", 1), nil
}

// isoOf returns the code of a currency's sign, in capitals.
func isoOf(unit string) string {
	switch unit {
	case "€":
		return "EUR"
	case "£":
		return "GBP"
	case "$", "US$":
		return "USD"
	case "¥":
		return "JPY"
	case "ZŁ":
		return "PLN"
	}
	return unit
}

// canonical returns an amount without sign and without zeros at the end.
func canonical(m record.Money) record.Money {
	s := strings.TrimPrefix(string(m), "-")
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return record.Money(s)
}

// figure reads the amount of k. A JSON number is read as a program means it:
// 59.970000000000006 is 59.97.
func (e *element) figure(k key) (figure, error) {
	s, err := text(e.at[k].value)
	if err != nil {
		return figure{}, err
	}
	if s == "" {
		return figure{}, errors.New("no amount")
	}
	f, err := figureOf(s)
	if err == nil || e.at[k].value[0] == '"' {
		return f, err
	}
	n, bad := strconv.ParseFloat(s, 64)
	if bad != nil {
		return f, err
	}
	return figureOf(strconv.FormatFloat(n, 'f', 8, 64))
}

// The words with which transactions without signs say which way money goes.
var (
	debits  = set("DEBIT DBIT DR DB D OUT OUTGOING OUTFLOW EXPENSE WITHDRAWAL PURCHASE SOLL S")
	credits = set("CREDIT CRDT CR C IN INCOMING INFLOW INCOME DEPOSIT REFUND HABEN H")
)

// direction returns what a transaction says beside its amount: -1 for a debit, 1
// for a credit, 0 for nothing.
func (e *element) direction() int {
	for _, k := range []key{keyDirection, keyType} {
		word, err := text(e.at[k].value)
		switch word = strings.ToUpper(word); {
		case err != nil:
		case debits[word]:
			return -1
		case credits[word]:
			return 1
		}
	}
	return 0
}

// price reads an amount and the sign it has: by itself, or by the column it
// stands in.
func (e *element) price() (p price, sign int, err error) {
	k, sign := keyAmount, 0
	if e.at[keyAmount].value == nil {
		for n, column := range []key{keyDebit, keyCredit} {
			if f, err := e.figure(column); err == nil && f.amount.Sign() != 0 {
				k, sign = column, 2*n-1
			}
		}
	}
	f, err := e.figure(k)
	if err != nil {
		return p, 0, fmt.Errorf("%s: %w", e.name(k, "amount"), err)
	}
	currency, err := text(e.at[keyCurrency].value)
	if err != nil {
		return p, 0, fmt.Errorf("%s: %w", e.name(keyCurrency, "currency"), err)
	}
	p.amount, p.currency = f.amount, isoOf(strings.ToUpper(strings.TrimSpace(currency)))
	if f.unit != "" && p.currency != "" && f.unit != p.currency {
		return p, 0, fmt.Errorf("%s: in %s, and currency is %s", e.name(k, "amount"), f.unit, p.currency)
	}
	if p.currency == "" {
		p.currency = f.unit
	}
	if p.currency != "" && (len(p.currency) != 3 || strings.Trim(p.currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		return p, 0, fmt.Errorf("%s: %.40q is no ISO 4217 code", e.name(keyCurrency, "currency"), p.currency)
	}
	if k == keyAmount {
		sign = f.sign
	}
	return p, sign, nil
}
