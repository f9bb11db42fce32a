package home

import (
	"context"
	"encoding/json"

	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

// names tells what the records know the person by, so that nothing public that
// comes into the home holds it.
type names struct{ read *query.Reader }

// maxNamed bounds the records that are looked at.
const maxNamed = 200

// known returns the owners and numbers of bank accounts, and the numbers of
// contracts.
func (n names) known(ctx context.Context) (all []string, err error) {
	looked := 0
	for rec, err := range n.read.List(ctx, query.Filter{Types: []record.Type{record.TypeBankAccount, record.TypeContract}, Copies: true}) {
		if err != nil {
			return nil, err
		}
		if looked++; looked > maxNamed {
			break
		}
		var data struct{ Owner, IBAN, Number string }
		if err := json.Unmarshal(rec.Data, &data); err != nil {
			continue
		}
		all = append(all, data.Owner, data.IBAN, data.Number)
	}
	return all, nil
}
