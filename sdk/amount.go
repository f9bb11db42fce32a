package sdk

import (
	"strings"
	"unicode"

	"github.com/domicile-home/domicile/sdk/record"
)

// Amount reads an amount as people write it, such as "1 234,50 €", "-12.3" or
// "3,00 EUR": point is the character before the decimals, ',' or '.'. Spaces,
// and between three digits the other of the two or an apostrophe, group digits.
// It returns an error wrapping [record.ErrMoney] for anything else, "12.50"
// with a comma included: a guess there would be a hundredfold wrong.
func Amount(text string, point rune) (record.Money, error) {
	digits := plain([]rune(trimCurrency(text)), point)
	sign := ""
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		sign, digits = "-", rest
	} else {
		digits = strings.TrimPrefix(digits, "+")
	}
	for len(digits) > 1 && digits[0] == '0' && digits[1] != '.' {
		digits = digits[1:]
	}
	return record.ParseMoney(sign + digits)
}

// plain drops what groups digits and writes a point before the decimals. What
// it does not understand it leaves in, to be refused.
func plain(text []rune, point rune) string {
	var out strings.Builder
	for i, c := range text {
		switch {
		case c == point:
			out.WriteByte('.')
		case unicode.IsSpace(c), strings.ContainsRune(".,'’", c) && isGroup(text[i+1:]):
		case c == '.' || c == ',':
			out.WriteByte('?')
		case c == '−': // the minus sign of typographers
			out.WriteByte('-')
		default:
			out.WriteRune(c)
		}
	}
	return out.String()
}

// isGroup reports whether text starts with exactly three digits.
func isGroup(text []rune) bool {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n == 3
}

// trimCurrency takes one currency, a sign or a code, off either end.
func trimCurrency(text string) string {
	isCurrency := func(c rune) bool { return unicode.Is(unicode.Sc, c) || unicode.IsLetter(c) }
	return strings.TrimFunc(strings.TrimSpace(text), isCurrency)
}
