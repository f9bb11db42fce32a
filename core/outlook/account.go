package outlook

import (
	"context"
	"encoding/json"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

// An Account is a bank account and what was last seen on it.
type Account struct {
	Name     string
	Amount   record.Money
	Currency string
	At       record.Time
	Ref      core.Ref  // the latest balance
	Before   []float64 // the balances seen, the oldest first, to draw
}

// accounts returns the accounts whose balance is known, as the balances come:
// the one seen last first.
func accounts(ctx context.Context, r *query.Reader) ([]Account, error) {
	balances, err := newest(ctx, r, record.TypeBalance, record.Time{}, maxBalances)
	if err != nil {
		return nil, err
	}
	type key struct {
		source  core.SourceID
		account string
	}
	var list []*Account
	byKey := map[key]*Account{}
	for _, rec := range balances {
		var b record.Balance
		if json.Unmarshal(rec.Data, &b) != nil || b.Kind != "" && b.Kind != "booked" {
			continue
		}
		k := key{rec.Ref.Source, b.BankAccount}
		a := byKey[k]
		if a == nil {
			if len(list) == maxAccounts {
				continue
			}
			a = &Account{Name: nameOf(ctx, r, rec, b), Amount: b.Amount, Currency: b.Currency, At: rec.Time, Ref: rec.Ref}
			byKey[k], list = a, append(list, a)
		}
		a.Before = append([]float64{Float(b.Amount)}, a.Before...)
	}
	var all []Account
	for _, a := range list {
		all = append(all, *a)
	}
	return all, nil
}

// nameOf is what the bank calls the account, or the title of its balance.
func nameOf(ctx context.Context, r *query.Reader, balance core.Record, b record.Balance) string {
	account, err := r.ByID(ctx, balance.Ref.Source, record.Key{Type: record.TypeBankAccount, ID: b.BankAccount})
	if err == nil && account.Title != "" {
		return account.Title
	}
	return balance.Title
}
