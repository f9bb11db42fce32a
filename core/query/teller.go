package query

import (
	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A teller tells an app what it was granted, in one state of the vault.
type teller struct {
	Grant
	tx    *vault.Tx
	once  *once // among the accounts that the app is shown
	names map[accountKey]string
	err   error // the first that reading an account met
}

// teller returns who tells an app of a type. Where accounts are not granted, those
// of the type's own sources may stand for each other.
func (g Grant) teller(tx *vault.Tx, allowed Allowed) (*teller, error) {
	if accounts, ok := g.of(record.TypeBankAccount); ok {
		allowed = accounts.present(tx)
	}
	once, err := allowed.once(tx)
	return &teller{Grant: g, tx: tx, once: once, names: map[accountKey]string{}}, err
}

// told is a member's value as an app sees it: what names an account is that one's
// name for the app, and of accounts that are the same thing the name of the one
// that counts.
func (t *teller) told(rec core.Record, key string, value []byte) []byte {
	if key != referring {
		return value
	}
	id := text(value)
	if id == "" {
		return value
	}
	account := accountKey{rec.Ref.Source, id}
	name, known := t.names[account]
	if !known {
		var err error
		if name, err = t.nameAccount(account); err != nil && t.err == nil {
			t.err = err
		}
		t.names[account] = name
	}
	return append(append([]byte{'"'}, name...), '"') // of base64
}

// referring is the member that holds the id of another record of the source, a
// bank account.
const referring = "bank_account"

func (t *teller) nameAccount(a accountKey) (string, error) {
	own := t.naming(a.source, record.TypeBankAccount, a.id)
	if t.once.shade.None() {
		return own, nil
	}
	sp, err := t.tx.Space(a.source)
	if err != nil {
		return own, err
	}
	account, err := sp.RecordByID(record.TypeBankAccount, a.id)
	if core.CodeOf(err) == core.NotFound {
		return own, nil
	}
	if err != nil {
		return own, err
	}
	lead, err := t.once.leader(account)
	return t.nameOf(lead), err
}
