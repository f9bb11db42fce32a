package web

import (
	"encoding/json"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/record"
)

// A total adds amounts of one currency up, exactly. Once it met another
// currency, or what does not add up, it is none.
type total struct {
	sum      record.Money
	currency string
	isNone   bool
}

func (t *total) add(r core.Record) {
	var data struct {
		Amount   record.Money
		Currency string
	}
	if json.Unmarshal(r.Data, &data) != nil || data.Amount == "" {
		return
	}
	sum, err := t.sum.Add(data.Amount)
	if err != nil || t.sum != "" && data.Currency != t.currency {
		t.isNone = true
		return
	}
	t.sum, t.currency = sum, data.Currency
}

func (t *total) text(l *locale.Locale) string {
	if t.isNone || t.sum == "" {
		return ""
	}
	return l.T("timeline.total", "amount", l.Money(t.sum, t.currency))
}
