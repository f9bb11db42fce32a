package web

import "testing"

func TestReadMoney(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"12.30": "12.30", "12,30": "12.30", "1 234,50": "1234.50", "1\u202f234,50": "1234.50", "1,234.50": "1234.50", "1.234,50": "1234.50", "1'234.50": "1234.50",
		"−5": "-5", "+5": "5", "1,234": "1,234", "twelve": "twelve",
	} {
		if got := readMoney(typed); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}
