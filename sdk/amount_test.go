package sdk_test

import (
	"errors"
	"testing"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestAmount(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text  string
		point rune
		want  record.Money // "" for refused
	}{
		{"45,97 €", ',', "45.97"}, {"1 234,50 €", ',', "1234.50"}, {"1\u202f234,50\u00a0€", ',', "1234.50"}, {"1.234,50", ',', "1234.50"},
		{"-12.3", '.', "-12.3"}, {"−5,00 €", ',', "-5.00"}, {"+7", '.', "7"}, {"1'234.50 CHF", '.', "1234.50"}, {"EUR 3", ',', "3"}, {"$1,234.5", '.', "1234.5"},
		{"0,00", ',', "0.00"}, {"000,5", ',', "0.5"}, {"0012", ',', "12"}, {"0", ',', "0"}, {"- 4,00", ',', "-4.00"},
		{"", ',', ""}, {"€", ',', ""}, {",5", ',', ""}, {"1,2,3", ',', ""}, {"12,", ',', ""}, {"12.50", ',', ""}, {"1,234", '.', "1234"}, {"1,2345", '.', ""}, {"12.5", ',', ""}, {"abc", ',', ""}, {"--1", ',', ""}, {"1e3", ',', ""}, {"12 et 3", ',', ""},
	} {
		got, err := sdk.Amount(tc.text, tc.point)
		if got != tc.want || (err != nil) != (tc.want == "") || err != nil && !errors.Is(err, record.ErrMoney) {
			t.Errorf("%q: got %q, %v, want %q", tc.text, got, err, tc.want)
		}
	}
}

// FuzzAmount holds that what is read is an amount, and is read again as itself.
func FuzzAmount(f *testing.F) {
	f.Add("1 234,50 €", true)
	f.Add("-0.5", false)
	f.Add("−\u00a0000,", true)
	f.Fuzz(func(t *testing.T, text string, comma bool) {
		point := '.'
		if comma {
			point = ','
		}
		got, err := sdk.Amount(text, point)
		if err != nil {
			return
		}
		if again, err := sdk.Amount(string(got), '.'); err != nil || again != got {
			t.Fatalf("%q is %q, then %q, %v", text, got, again, err)
		}
	})
}
