package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, want string }{
		{"Été à l'Électricité", "ete a l electricite"},
		{"e\u0301te\u0301", "ete"},
		{"ŒUVRE Straße naïve Łódź", "oeuvre strasse naive lodz"},
		{"e\uFB03cace co\u00ADopérer", "efficace cooperer"},
		{"49,99 € 49.99€", "49.99 49.99"},
		{"1.234,56 1,234.56 1\u202F234,56 1\u00A0234", "1234.56 1234.56 1234.56 1234"},
		{"15.03.2026 192.168.1.10 1.2.3.4.5.6.7.8.9.0", "15 03 2026 192 168 1 10 1 2 3 4 5 6 7 8 9 0"},
		{"3G iPhone12 12h30 AB-123-CD", "3g iphone12 12h30 ab 123 cd"},
		{"jean.dupont@free.fr", "jean dupont free fr"},
		{"12. 12, fin", "12 12 fin"},
		{"東京 tower", "東 京 tower"},
		{"Привет МИР", "привет мир"},
		{strings.Repeat("a", 100), strings.Repeat("a", maxTermBytes)},
		{"\xff\xfe ok \xc3", "ok"},
		{"٣٤", "٣٤"},
		{"", ""},
	} {
		got := terms(tc.text)
		if diff := cmp.Diff(got, strings.Fields(tc.want)); diff != "" && len(got)+len(tc.want) > 0 {
			t.Errorf("%q: %s", tc.text, diff)
		}
	}
}

func TestTerms_folding_table_is_complete(t *testing.T) {
	t.Parallel()
	if got, want := len(latin), 0x180-0xC0; got != want {
		t.Fatalf("got %d foldings, want %d", got, want)
	}
	for _, pair := range []string{"éE", "Àa", "ÿY", "ŸY", "žZ", "ŁL", "ĀA", "ŝs", "ũu", "İi", "ňn", "ŕr", "ġg", "ķk"} {
		r, n := utf8.DecodeRuneInString(pair)
		if got := latin[r-0xC0]; got != strings.ToLower(pair[n:]) {
			t.Errorf("%c: got %q", r, got)
		}
	}
}

func TestStems_unite_the_forms_of_a_word(t *testing.T) {
	t.Parallel()
	for _, group := range []string{
		"facture factures facturé facturée facturées facturer",
		"bill bills billed billing",
		"paiement paiements",
		"cheval chevaux",
		"premier première premières",
		"prélèvement prélèvements",
		"payment payments",
		"étés été ete",
		"assurance assurances",
	} {
		words := terms(group)
		for _, a := range words {
			for _, b := range words {
				if !shareKey(a, b) {
					t.Errorf("%s and %s are not one word: %v, %v", a, b, keys(a), keys(b))
				}
			}
		}
	}
	for _, pair := range []string{"facture virement", "one on", "gaz gazon", "2026 2025", "edf eau"} {
		words := terms(pair)
		if shareKey(words[0], words[1]) {
			t.Errorf("%s are one word: %v, %v", pair, keys(words[0]), keys(words[1]))
		}
	}
}

func shareKey(a, b string) bool {
	return slices.ContainsFunc(keys(a), func(key string) bool { return slices.Contains(keys(b), key) })
}

func FuzzTerms(f *testing.F) {
	for _, seed := range []string{"Été 49,99 €", "1.234,56", "\xff\u0301", "東京a\u200d", "1,2,3,4,5,6,7,8,9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for s := (scanner{text: text}); s.next(); end = s.end {
			if len(s.term) == 0 || len(s.term) > maxTermBytes || !utf8.Valid(s.term) {
				t.Fatalf("term %q", s.term)
			}
			if s.start < end || s.end <= s.start || s.end > len(text) {
				t.Fatalf("span %d to %d after %d", s.start, s.end, end)
			}
			again := terms(string(s.term))
			if len(again) == 1 && again[0] != string(s.term) && !strings.Contains(string(s.term), "\ufffd") {
				t.Fatalf("folding %q again gives %q", s.term, again)
			}
			_ = keys(string(s.term))
		}
	})
}
