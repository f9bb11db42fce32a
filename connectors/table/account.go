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
	id, title, iban, number, currency string
}

// accountOf makes the account that a text names: by its IBAN, by its number, or
// by the name that the person gives it. The id is made of that and of nothing
// that a file may say otherwise next month.
func accountOf(text, currency string) account {
	plain := strings.ReplaceAll(text, " ", "")
	a := account{title: clip(text, 200), currency: currency}
	switch {
	case isIBAN(plain):
		a.iban, a.id = plain, "iban|"+plain
	case len(plain) <= 64 && strings.ContainsAny(plain, "0123456789") && !strings.ContainsFunc(plain, isLetter):
		a.number, a.id = plain, "number|"+plain
	default:
		a.id = "name|" + part(fold(text))
	}
	return a
}

// unnamed makes the account of a table of which nobody said more.
func (t *table) unnamed(french bool, currency string) account {
	a := account{id: "unnamed|" + t.mark(), title: "Account", currency: currency}
	if french {
		a.title = "Compte"
	}
	return a
}

func (a account) record() sdk.Record {
	data := record.BankAccount{IBAN: a.iban, Number: clip(a.number, 64), Currency: a.currency}
	return sdk.Record{Type: record.TypeBankAccount, ID: a.id, Title: a.title, Data: data}
}

// link refers to the account from its records.
func (a account) link() []record.Link {
	return []record.Link{{Rel: "bank-account", Type: record.TypeBankAccount, ID: a.id}}
}

// part is a text within an id, or its digest when it is long.
func part(text string) string {
	const most = 80
	text = strings.ReplaceAll(strings.ReplaceAll(text, "%", "%25"), "|", "%7C")
	if len(text) <= most {
		return text
	}
	return digest(text)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
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
