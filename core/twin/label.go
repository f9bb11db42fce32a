package twin

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the letters and digits of s in lower case, accents removed and
// compatibility forms replaced, one space between words.
func Fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(unicode.ToLower(r))
		default:
			space = true
		}
	}
	return b.String()
}

// Alike reports whether two labels name the same payee: most of the
// telling words of the shorter one stand in the other. Banks cut labels, so a
// word of four letters or more equals one that it begins. Labels without a
// telling word must be the same.
func Alike(a, b string) bool {
	short, long := tellingWords(a), tellingWords(b)
	if len(short) > len(long) {
		short, long = long, short
	}
	if len(short) == 0 {
		return Fold(a) == Fold(b)
	}
	shared := 0
	for _, word := range short {
		for _, other := range long {
			if word == other || min(len(word), len(other)) >= 4 && (strings.HasPrefix(word, other) || strings.HasPrefix(other, word)) {
				shared++
				break
			}
		}
	}
	return 2*shared > len(short)
}

// tellingWords returns the distinct words of a label that can name a payee: not numbers
// and dates, nor what banks write on every line.
func tellingWords(label string) []string {
	var words []string
	for word := range strings.FieldsSeq(Fold(label)) {
		if len(word) < 2 || strings.ContainsFunc(word, unicode.IsDigit) || isBankWord(word) {
			continue
		}
		known := false
		for _, w := range words {
			known = known || w == word
		}
		if !known {
			words = append(words, word)
		}
	}
	return words
}

// isBankWord reports whether banks write word on lines of every kind.
func isBankWord(word string) bool {
	switch word {
	case "cb", "carte", "card", "paiement", "payment", "achat", "purchase", "prlv", "prelevement", "sepa", "vir", "virement",
		"transfer", "debit", "credit", "facture", "en", "cours", "attente", "autorisation", "authorisation", "authorization",
		"pending", "du", "de", "le", "la", "the", "of", "par", "by", "visa", "mastercard", "pos", "sans", "contact", "eur", "euro", "euros":
		return true
	}
	return false
}
