package sdk

import (
	"net/url"
	"testing"
)

// FuzzForm holds that a form is encoded as net/url would.
func FuzzForm(f *testing.F) {
	f.Add("a", "1 2", "b&=", "é+%{{secret:x}}")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		form := map[string]string{name1: value1, name2: value2}
		want := url.Values{}
		for name, value := range form {
			want.Set(name, value)
		}
		if got := string(encodeForm(form)); got != want.Encode() {
			t.Fatalf("got %q, want %q", got, want.Encode())
		}
	})
}
