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
	var list []*Account
	known, byKey := map[accountKey]core.Record{}, map[core.Ref]*Account{}
	for _, rec := range balances {
		var b record.Balance
		if json.Unmarshal(rec.Data, &b) != nil || b.Kind != "" && b.Kind != "booked" {
			continue
		}
		of, ok := known[accountKey{rec.Ref.Source, b.BankAccount}]
		if !ok {
			of = accountOf(ctx, r, rec, b)
			known[accountKey{rec.Ref.Source, b.BankAccount}] = of
		}
		a := byKey[of.Ref]
		if a == nil {
			if len(list) == maxAccounts {
				continue
			}
			a = &Account{Name: of.Title, Amount: b.Amount, Currency: b.Currency, At: rec.Time, Ref: rec.Ref}
			byKey[of.Ref], list = a, append(list, a)
		}
		a.Before = append([]float64{Float(b.Amount)}, a.Before...)
	}
	var all []Account
	for _, a := range list {
		all = append(all, *a)
	}
	return all, nil
}

// An accountKey is an account as one source tells of it.
type accountKey struct {
	source core.SourceID
	id     string
}

// accountOf is the account of a balance, the one that counts of those that are the
// same; the balance itself when there is none with a name.
func accountOf(ctx context.Context, r *query.Reader, balance core.Record, b record.Balance) core.Record {
	account, err := r.Leading(ctx, balance.Ref.Source, record.Key{Type: record.TypeBankAccount, ID: b.BankAccount})
	if err == nil && account.Title != "" {
		return account
	}
	return balance
}
