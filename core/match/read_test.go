package match_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/match"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestRead_names_the_path_of_what_is_wrong(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`[]`:           "want {",
		`{"bills":[]}`: "a list is missing",
		`{"bills":[{"amount":"x","currency":"EUR"}],"transactions":[]}`:                                                                                       "bills[0].amount",
		`{"bills":[{"amount":1e30,"currency":"EUR"}],"transactions":[]}`:                                                                                      "bills[0].amount",
		`{"bills":[{"amount":"1,500","currency":"EUR"}],"transactions":[]}`:                                                                                   "bills[0].amount",
		`{"bills":[{"amount":"1 USD","currency":"EUR"}],"transactions":[]}`:                                                                                   "bills[0].amount",
		`{"bills":[{"amount":"1","currency":"euro"}],"transactions":[]}`:                                                                                      "bills[0].currency",
		`{"bills":[{"amount":"1","due":"2026-02-30"}],"transactions":[]}`:                                                                                     "bills[0].due",
		`{"bills":[{"type":"call","data":{"amount":"1"}}],"transactions":[]}`:                                                                                 "bills[0].type",
		`{"bills":[{"id":"a","amount":"1"},{"id":"a","amount":"2"}],"transactions":[]}`:                                                                       "bills[1].id",
		`{"bills":[],"transactions":[{"amount":"1","label":"x"}]}`:                                                                                            "transactions[0].booked",
		`{"bills":[],"transactions":[7]}`:                                                                                                                     "transactions[0]",
		`{"bills":[{"amount":"1"}],"transactions":[{"amount":1,"currency":"EUR","booked":"2026-01-01"},{"amount":1,"currency":"USD","booked":"2026-01-01"}]}`: "bills[0].currency",
		`{"bills":[],"transactions":[{"amount":"-1","date":"2026-13-01","label":"x"}]}`:                                                                       "transactions[0].date",
		`{"bills":[{"amount":"1","dueDate":"15/01/2026"}],"transactions":[]}`:                                                                                 "bills[0].dueDate",
		`{"bills":[{"vendor":"x"}],"transactions":[]}`:                                                                                                        "bills[0].amount",
		`{"bills":[{"vendor":{},"amount":1}],"transactions":[]}`:                                                                                              "bills[0].vendor",
		`{"bills":[],"transactions":[{"id":1,"data":{"amount":"-1","label":7,"booked":true}}]}`:                                                               "transactions[0].data.booked",
		`{"bills":{},"transactions":[]}`:                                                                                                                      "bills is no list",
		`{"bills":[],"transactions":[`:                                                                                                                        "unexpected end",
		``:                                                                                                                                                    "unexpected end",
	} {
		_, err := match.Read(strings.NewReader(raw))
		if core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", raw, err, want)
		}
	}
}

func TestRead_takes_records_and_what_scripts_send(t *testing.T) {
	t.Parallel()
	a := answer(t, []byte(`{"bills":[{"type":"bill","id":"b","time":"2026-01-10","title":"x","data":{"vendor":"Ondine","amount":"12.50","currency":"EUR"}}],
		"transactions":[{"booked":"2026-01-12T09:30:05Z","amount":-12.5,"label":"CB ONDINE","more":[1]}]}`))
	if got := found(a); !slices.Equal(got, []string{"pair b=transactions[0]"}) {
		t.Errorf("got %q", got)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range stories(f) {
		f.Add(s.document())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, err := match.Read(bytes.NewReader(raw))
		if err != nil {
			return
		}
		if _, err := match.Match(t.Context(), in); err != nil {
			t.Error(err)
		}
	})
}

func TestRead_takes_amounts_as_people_write_them(t *testing.T) {
	t.Parallel()
	for amount, want := range map[string]string{
		`"1 234,56"`: "1234.56", `"1\u00a0234,56 €"`: "1234.56", `"1\u202f234,56"`: "1234.56", `"EUR 19.99"`: "19.99", `"19.99€"`: "19.99", `"€19.99"`: "19.99",
		`"1'234.56"`: "1234.56", `"1’234.56"`: "1234.56", `"1.234,56"`: "1234.56", `"1,234.56"`: "1234.56", `"1.234.567"`: "1234567", `"1,234,567.8"`: "1234567.8",
		`"0,500"`: "0.5", `"1234,567"`: "1234.567", `"1.500"`: "1.5", `"12,3"`: "12.3", `"012.30"`: "12.3", `"+12.30"`: "12.3", `59.970000000000006`: "59.97", `1e3`: "1000", `"19,99 eur"`: "19.99",
	} {
		raw := fmt.Sprintf(`{"bills":[{"id":"b","vendor":"Ondine","amount":%s,"due":"2026-01-15"}],"transactions":[{"id":"t","amount":"-%s","currency":"EUR","date":"2026-01-15","label":"ONDINE"}]}`, amount, want)
		if a := answer(t, []byte(raw)); !slices.Equal(found(a), []string{"pair b=t"}) || a.Pairs[0].Amount != record.Money(want) || a.Pairs[0].Currency != "EUR" {
			t.Errorf("%s: got %+v, want %s", amount, a, want)
		}
	}
	for _, debit := range []string{`"-12,30 EUR"`, `"\u221212.30"`, `"12.30-"`, `"(12.30)"`, `"-€12.30"`, `"€ -12.30"`, `"12.30 DR"`, `-12.3`, `"- 12.30"`, `"12,30- EUR"`} {
		raw := fmt.Sprintf(`{"bills":[{"id":"b","vendor":"Ondine","amount":12.3,"currency":"EUR","due":"2026-01-15"}],"transactions":[{"id":"t","amount":%s,"date":"2026-01-15","label":"ONDINE"}]}`, debit)
		if got := found(answer(t, []byte(raw))); !slices.Equal(got, []string{"pair b=t"}) {
			t.Errorf("%s: got %q", debit, got)
		}
	}
	for _, bad := range []string{"1,500", "12.3.4", "12 34", "1,23,456", "--1", "(1", "-1-", "EUR 1 USD", "1.", "", "1 2 3", "12€30", "0x1", "NaN", "1.234.56", "1'23"} {
		_, err := match.Read(strings.NewReader(fmt.Sprintf(`{"bills":[{"amount":%q,"currency":"EUR"}],"transactions":[]}`, bad)))
		if core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), "bills[0].amount: ") {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

// lines reads the pairs of a bill of 20 EUR of Ondine, due on 15 January, with
// transactions as written.
func lines(t *testing.T, transactions string) []string {
	t.Helper()
	return found(answer(t, []byte(`{"bills":[{"id":"b","vendor":"Ondine","amount":"20.00","currency":"EUR","due":"2026-01-15"}],"transactions":[`+transactions+`]}`)))
}

func TestRead_says_which_way_money_goes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ transactions, want string }{
		"a word beside it":            {`{"id":"t","amount":20,"direction":"debit","date":"2026-01-15","label":"ONDINE"}`, "pair b=t"},
		"a type":                      {`{"id":"t","amount":20,"type":"DEBIT","date":"2026-01-15","label":"ONDINE"}`, "pair b=t"},
		"ISO 20022":                   {`{"id":"t","amount":"20.00","creditDebitIndicator":"DBIT","date":"2026-01-15","label":"ONDINE"}`, "pair b=t"},
		"a word for a credit":         {`{"id":"t","amount":20,"type":"credit","date":"2026-01-15","label":"ONDINE"}`, "none b missing"},
		"a sign is stronger":          {`{"id":"t","amount":-20,"type":"credit","date":"2026-01-15","label":"ONDINE"}`, "pair b=t"},
		"a column":                    {`{"id":"t","Debit":"20,00","Credit":"","date":"2026-01-15","label":"ONDINE"}`, "pair b=t"},
		"a column, and zero":          {`{"id":"t","debit":"0","credit":20,"date":"2026-01-15","label":"ONDINE"}`, "none b missing"},
		"no signs at all: debits":     {`{"id":"t","amount":20,"date":"2026-01-15","label":"ONDINE"},{"id":"u","amount":7,"date":"2026-01-15","label":"PAIN"}`, "pair b=t"},
		"no signs, and a refund":      {`{"id":"t","amount":20,"date":"2026-01-15","label":"REMBOURSEMENT ONDINE"},{"id":"u","amount":7,"date":"2026-01-15","label":"PAIN"}`, "none b missing"},
		"one sign: the rest is got":   {`{"id":"t","amount":20,"date":"2026-01-15","label":"ONDINE"},{"id":"u","amount":-7,"date":"2026-01-15","label":"PAIN"}`, "none b missing"},
		"a plus is a sign":            {`{"id":"t","amount":"+20.00","date":"2026-01-15","label":"ONDINE"},{"id":"u","amount":7,"date":"2026-01-15","label":"PAIN"}`, "none b missing"},
		"records always have a sign":  {`{"id":"t","type":"transaction","data":{"amount":"20.00","booked":"2026-01-15","label":"ONDINE"}},{"id":"u","type":"transaction","data":{"amount":"7.00","booked":"2026-01-15","label":"PAIN"}}`, "none b missing"},
		"one line alone is as it is":  {`{"id":"t","amount":20,"date":"2026-01-15","label":"ONDINE"}`, "none b missing"},
		"a counterparty and no label": {`{"id":"t","amount":-20,"date":"2026-01-15","label":"","counterparty":"Ondine"}`, "pair b=t"},
		"other names of keys":         {`{"transaction_id":1,"Amount":"-20","bookingDate":"15.01.2026","description":"Ondine","merchant":{"x":1}}`, "pair b=1"},
		"objects in place of texts":   {`{"id":"t","transactionAmount":{"amount":"-20.00","currency":"EUR"},"date":"2026-01-15","creditor":{"name":"Ondine"}}`, "pair b=t"},
		"a line twice":                {`{"id":"t","amount":-20,"date":"2026-01-15","label":"ONDINE"},{"id":"t","amount":-20,"date":"2026-01-15","label":"ONDINE"}`, "pair b=t"},
		"pending and booked":          {`{"id":"t","amount":-20,"date":"2026-01-14","label":"ONDINE","state":"pending"},{"id":"t","amount":-20,"date":"2026-01-15","label":"CB ONDINE"}`, "pair b=t"},
		"deleted claims no id":        {`{"id":"t","deleted":true},{"id":"t","amount":-20,"date":"2026-01-15","label":"ONDINE"}`, "pair b=t"},
	} {
		if got := lines(t, c.transactions); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestRead_finds_the_currency_that_is_meant(t *testing.T) {
	t.Parallel()
	a := answer(t, []byte(`{"bills":[{"id":"b","vendor":"Ondine","amount":"20 EUR","due":"2026-01-15"},{"id":"c","vendor":"Ondine","amount":20,"due":"2026-02-15"},{"id":"d","vendor":"Streamly","amount":"$20","due":"2026-02-15"}],
		"transactions":[{"id":"t","amount":-20,"currency":"eur","bank_account":"a","date":"2026-01-15","label":"ONDINE"},{"id":"u","amount":-20,"bank_account":"a","date":"2026-02-15","label":"ONDINE"}]}`))
	if got := found(a); !slices.Equal(got, []string{"none d not_due", "pair b=t", "pair c=u"}) {
		t.Errorf("got %q", got)
	}
}
