package query

import (
	"encoding/json"
	"fmt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/sdk/record"
)

// Amounts are the amounts wanted, whatever their sign and currency. The zero
// value wants every record, also those without an amount.
type Amounts struct {
	least, most search.Amount
	isBound     bool
}

// ParseAmounts reads the least and the greatest amount wanted as people write
// them; "" is no bound. It returns invalid for what is no amount.
func ParseAmounts(least, most string) (Amounts, error) {
	a := Amounts{most: search.MaxAmount, isBound: least != "" || most != ""}
	for _, bound := range []struct {
		text string
		to   *search.Amount
	}{{least, &a.least}, {most, &a.most}} {
		if bound.text == "" {
			continue
		}
		amount, ok := search.ParseAmount(bound.text)
		if !ok || amount < 0 {
			return Amounts{}, core.E(core.Invalid, "read amount", fmt.Errorf("%.40q", bound.text))
		}
		*bound.to = amount
	}
	return a, nil
}

// has reports whether a record is about such an amount: that of its line in a
// list.
func (a Amounts) has(r core.Record) bool {
	if !a.isBound {
		return true
	}
	var data struct{ Amount, Price record.Money }
	if json.Unmarshal(r.Data, &data) != nil {
		return false
	}
	if data.Amount == "" && r.Type == record.TypeCall && data.Price.Sign() != 0 {
		data.Amount = data.Price
	}
	amount, ok := search.AmountOf(data.Amount)
	if amount < 0 {
		amount = max(amount, -search.MaxAmount) * -1
	}
	return ok && a.least <= amount && amount <= a.most
}
