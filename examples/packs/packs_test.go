package packs_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/examples/packs"
	"github.com/domicile-home/domicile/examples/providers"
)

// TestContent_is_about_nobody refuses what could name a person: an e-mail, an
// account, a telephone number, an address of the web, or a word of the made-up
// household.
func TestContent_is_about_nobody(t *testing.T) {
	t.Parallel()
	want := []string{"electricity-tariffs", "phone-plans", "weather-degree-days"}
	if got := packs.Names(); !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for _, name := range packs.Names() {
		content, ok := packs.Content(name)
		if !ok || len(content) == 0 {
			t.Fatalf("%s has no content", name)
		}
		for _, found := range personal(content) {
			t.Errorf("%s holds %q", name, found)
		}
	}
}

// TestPersonal shows that the search finds what it is for.
func TestPersonal(t *testing.T) {
	t.Parallel()
	h := providers.Family()
	for _, text := range []string{h.People[0].Email, h.IBAN, "FR76 9999 9000 0350", h.People[1].Mobile, "+33 6 39 98 45 33", h.Street, strings.ToUpper(h.People[0].Last), "https://example.org"} {
		if personal([]byte(`{"x":"`+text+`"}`)) == nil {
			t.Errorf("%q was not found", text)
		}
	}
}

// TestContent_says_that_it_is_made_up holds the examples to their word.
func TestContent_says_that_it_is_made_up(t *testing.T) {
	t.Parallel()
	for _, name := range packs.Names() {
		content, _ := packs.Content(name)
		var says struct {
			MadeUp bool `json:"made_up"`
		}
		if err := json.Unmarshal(content, &says); err != nil || !says.MadeUp {
			t.Errorf("%s does not say that it is made up: %v", name, err)
		}
	}
}

var shapes = []*regexp.Regexp{
	regexp.MustCompile(`[\w.+-]+@[\w-]+\.\w+`),
	regexp.MustCompile(`\b[A-Z]{2}\d{2} ?(?:\d{4} ?){3,}`),
	regexp.MustCompile(`(?:\+|\b0)\d[ \d.]{8,}\d`),
	regexp.MustCompile(`(?i)https?://|www\.`),
}

// personal returns what in content could name a person.
func personal(content []byte) (found []string) {
	for _, shape := range shapes {
		found = append(found, shape.FindAllString(string(content), 3)...)
	}
	h := providers.Family()
	words := []string{h.Name, h.Street, h.IBAN, h.City}
	for _, p := range h.People {
		words = append(words, p.First, p.Last, p.Email, p.Mobile)
	}
	for _, c := range h.Circle {
		words = append(words, c.Phone)
	}
	text := strings.ToLower(string(content))
	for _, word := range words {
		if strings.Contains(text, strings.ToLower(word)) {
			found = append(found, word)
		}
	}
	return found
}
