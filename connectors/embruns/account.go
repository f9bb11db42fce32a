package main

import (
	"time"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

const institution = "Banque des Embruns"

// account is an account as the bank lists it.
type account struct {
	ID       string    `json:"id"`
	IBAN     string    `json:"iban"`
	Type     string    `json:"type"`
	Label    string    `json:"label"`
	Holder   string    `json:"holder"`
	Currency string    `json:"currency"`
	Balances []balance `json:"balances"`
}

type balance struct {
	Type   string       `json:"type"` // booked or available
	Amount record.Money `json:"amount"`
	AsOf   time.Time    `json:"as_of"`
}

// accounts lists the accounts.
func (b *bank) accounts() ([]account, error) {
	var reply struct {
		Accounts []account `json:"accounts"`
	}
	if err := b.get("/api/accounts", &reply); err != nil {
		return nil, err
	}
	if reply.Accounts == nil {
		return nil, changed("the reply lists no accounts")
	}
	for _, a := range reply.Accounts {
		if err := a.check(); err != nil {
			return nil, err
		}
	}
	return reply.Accounts, nil
}

func (a account) check() error {
	if !isID(a.ID) || a.IBAN == "" || a.Label == "" || len(a.Currency) != 3 {
		return changed("account " + a.ID + " lacks an id, an IBAN, a label or a currency")
	}
	for _, one := range a.Balances {
		if _, err := record.ParseMoney(string(one.Amount)); err != nil || one.AsOf.IsZero() || one.Type == "" {
			return changed("account " + a.ID + " has a balance without its kind, amount or time")
		}
	}
	return nil
}

// isID reports whether text can stand in an address as it is.
func isID(text string) bool {
	for _, c := range text {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return text != "" && len(text) <= 64
}

func (a account) record() sdk.Record {
	kind := map[string]string{"COURANT": "current", "LIVRET": "savings"}[a.Type]
	if kind == "" {
		kind = "other"
	}
	return sdk.Record{Type: record.TypeBankAccount, ID: a.ID, Title: institution + ", " + a.Label,
		Data: record.BankAccount{Institution: institution, IBAN: a.IBAN, Kind: kind, Currency: a.Currency, Owner: a.Holder,
			Extra: map[string]any{"label": a.Label, "type": a.Type}}}
}

// balances returns a record a kind and day: a later run of the same day
// replaces its balance.
func (a account) balances() []sdk.Record {
	var all []sdk.Record
	for _, one := range a.Balances {
		kind, title := one.Type, a.Label
		switch kind { // the bank's own words
		case "booked":
			title += ", solde comptable"
		case "available":
			title += ", solde disponible"
		default:
			kind = "other"
		}
		day := record.Date(one.AsOf.Date())
		all = append(all, sdk.Record{Type: record.TypeBalance, ID: a.ID + "|" + one.Type + "|" + day.String(), Time: day,
			Title: title,
			Data:  record.Balance{BankAccount: a.ID, Amount: one.Amount, Currency: a.Currency, Kind: kind},
			Links: a.link()})
	}
	return all
}

// link refers to the account from what belongs to it.
func (a account) link() []record.Link {
	return []record.Link{{Rel: "bank-account", Type: record.TypeBankAccount, ID: a.ID}}
}
