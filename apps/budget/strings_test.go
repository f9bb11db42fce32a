package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/domicile-home/domicile/apps/budget/book"
)

func TestStrings_are_in_both_languages_with_the_same_places(t *testing.T) {
	t.Parallel()
	read := func(language string) (all map[string]string) {
		text, err := os.ReadFile("strings/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	places := func(text string) []string {
		found := regexp.MustCompile(`\{[a-z]+\}`).FindAllString(text, -1)
		slices.Sort(found)
		return found
	}
	en, fr := read("en"), read("fr")
	for key, text := range en {
		if fr[key] == "" || !slices.Equal(places(text), places(fr[key])) {
			t.Errorf("%s: %q and %q", key, text, fr[key])
		}
	}
	if len(fr) != len(en) {
		t.Errorf("%d strings in English, %d in French", len(en), len(fr))
	}
	for _, c := range book.Categories() {
		if en["cat."+string(c)] == "" {
			t.Errorf("%s has no name", c)
		}
	}
}

// TestStrings_exist holds every key in the source against the strings.
func TestStrings_exist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("strings/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var en map[string]string
	if err := json.Unmarshal(text, &en); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`\bt\.(?:T|Text)\("([a-z.-]+[a-z])"[,)]`)
	n := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range used.FindAllSubmatch(source, -1) {
			if n++; en[string(m[1])] == "" {
				t.Errorf("%s: no string %s", file, m[1])
			}
		}
	}
	if n < 50 {
		t.Errorf("%d keys found", n)
	}
}
