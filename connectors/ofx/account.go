package main

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// An account is a bank-account record in the making.
type account struct {
	id       string
	number   string
	kind     string
	bank     string
	currency string // ISO 4217
	from     *node
}

// accountOf tells the account of a statement.
func (v *survey) accountOf(st *statement) account {
	a := v.account(st.account, st.kind)
	a.currency = currency(st.currency)
	return a
}

// account makes the id from what the format says identifies an account: bank,
// branch, number and type. A statement that names no account gets one for its
// bank, so that its lines are kept.
func (v *survey) account(from *node, statement string) account {
	a := account{from: from, number: from.value("ACCTID"), bank: v.bank.first("ORG", "FID")}
	if a.bank == "" {
		a.bank = from.first("BROKERID", "BANKID")
	}
	switch {
	case statement == "INVSTMTRS" || from != nil && from.name == "INVACCTFROM":
		a.kind = "investment"
		a.id = joined("investment", from.value("BROKERID"), a.number)
	case statement == "CCSTMTRS" || from != nil && from.name == "CCACCTFROM":
		a.kind = "card"
		a.id = joined("card", a.number, from.value("ACCTKEY"))
	default:
		a.kind = accountKind(from.value("ACCTTYPE"))
		a.id = joined("bank", from.value("BANKID"), from.value("BRANCHID"), a.number, strings.ToUpper(from.value("ACCTTYPE")))
	}
	if a.number == "" {
		a.id = joined(a.kind, "unnamed", v.bank.value("ORG"), v.bank.value("FID"))
	}
	if len(a.id) > maxID {
		a.id = digest(a.id)
	}
	return a
}

// accountKind says what OFX's account type means.
func accountKind(kind string) string {
	switch strings.ToUpper(kind) {
	case "CHECKING", "":
		return "current"
	case "SAVINGS", "MONEYMRKT", "CD":
		return "savings"
	case "CREDITLINE":
		return "loan"
	default:
		return "other"
	}
}

// record returns the bank-account record.
func (a account) record() sdk.Record {
	data := record.BankAccount{Institution: clip(a.bank, 200), Number: clip(a.number, 64), Kind: a.kind, Currency: a.currency}
	if a.from != nil {
		data.Extra = a.from.extra("ACCTID")
	}
	if isIBAN(a.number) {
		data.IBAN = strings.ReplaceAll(a.number, " ", "")
	}
	return sdk.Record{Type: record.TypeBankAccount, ID: a.id, Title: a.title(), Data: data}
}

// title names the account in lists; of a card it shows the last digits only.
func (a account) title() string {
	number := a.number
	if digits := []rune(number); a.kind == "card" && len(digits) > 8 {
		number = "•••• " + string(digits[len(digits)-4:])
	}
	if a.bank == "" && number == "" {
		return a.kind
	}
	return clip(strings.TrimSpace(a.bank+" "+number), 200)
}

// link refers to the account from its records.
func (a account) link() []record.Link {
	return []record.Link{{Rel: "bank-account", Type: record.TypeBankAccount, ID: a.id}}
}

// currency returns the ISO 4217 code that text is, or XXX, "no currency", when
// the bank does not say or writes something else.
func currency(text string) string {
	code := strings.ToUpper(text)
	if len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "XXX"
	}
	return code
}

// isIBAN checks the form and the check digits (ISO 13616).
func isIBAN(text string) bool {
	text = strings.ReplaceAll(text, " ", "")
	if len(text) < 15 || len(text) > 34 {
		return false
	}
	rest := 0
	for i, c := range []byte(text[4:] + text[:4]) {
		switch at := (i + 4) % len(text); {
		case c >= '0' && c <= '9' && at != 0 && at != 1:
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z' && at != 2 && at != 3:
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// Bounds of one part of an id, and of the id of an account, in bytes.
const (
	maxPart = 80
	maxID   = 200
)

// joined makes an id of parts. A part keeps no bar, and a long one is replaced
// by its digest, so that two ids are equal only when all parts are.
func joined(parts ...string) string {
	for i, part := range parts {
		if len(part) > maxPart {
			part = digest(part)
		}
		if strings.ContainsAny(part, "%|") {
			part = strings.ReplaceAll(strings.ReplaceAll(part, "%", "%25"), "|", "%7C")
		}
		parts[i] = part
	}
	return strings.Join(parts, "|")
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:16])
}

// clip bounds text to n characters.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}
