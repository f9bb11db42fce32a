package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
)

// minStem is the shortest stem that says anything: "on" would be the French
// stem of "one".
const minStem = 3

// accented gives back the accents that French endings lose in folding and
// that the stemmer needs.
var accented = [...]struct{ folded, ending string }{
	{"ees", "ées"}, {"ee", "ée"}, {"ieres", "ières"}, {"iere", "ière"},
}

// appendStems appends the stems of a folded term that differ from the term:
// the English one and the French one, folded, without repeats. Two terms mean
// the same word when they are equal, when one is a stem of the other or when
// they have a stem in common: "factures" and "facturée" are "factur".
//
// Stems are kept beside the dictionary of a segment and not in the index of
// records, so that phrases and prefixes see the words as they were written.
func appendStems(list []string, term string) []string {
	if !hasStems(term) {
		return list
	}
	env := snowballstem.NewEnv(term)
	english.Stem(env)
	list = appendStem(list, term, env.Current())
	for _, form := range accented {
		if base, ok := strings.CutSuffix(term, form.folded); ok {
			env.SetCurrent(base + form.ending)
			french.Stem(env)
			list = appendStem(list, term, env.Current())
			break
		}
	}
	env.SetCurrent(term)
	french.Stem(env)
	return appendStem(list, term, env.Current())
}

// hasStems reports whether term is a word of plain letters: anything else is
// known only by itself.
func hasStems(term string) bool {
	if len(term) <= minStem {
		return false
	}
	for _, c := range []byte(term) {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

func appendStem(list []string, term, stem string) []string {
	s := scanner{text: stem}
	for _, r := range stem { // the French stemmer may leave an accent
		if r < utf8.RuneSelf {
			s.add(lower(byte(r)))
		} else {
			s.fold(r)
		}
	}
	folded := string(s.term)
	if len(folded) < minStem || folded == term || slices.Contains(list, folded) {
		return list
	}
	return append(list, folded)
}

// keys returns term and its stems.
func keys(term string) []string { return appendStems([]string{term}, term) }
