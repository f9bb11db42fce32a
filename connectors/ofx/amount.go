package main

import (
	"errors"
	"strings"
	"unicode"

	"github.com/domicile-home/domicile/sdk/record"
)

// errNoAmount says that there is no amount at all.
var errNoAmount = errors.New("no amount")

// amount reads an amount as OFX 2.2, 3.2.9.1 has it: a sign, digits, and a
// point or a comma before the decimals. Banks add zeros in front and behind,
// and separate thousands when the file also has the other sign for decimals,
// or several of them. Some put a currency sign beside it, and one writes zero
// as a point without digits. Zeros beyond the second decimal are dropped;
// nothing is rounded. It returns errNoAmount for an empty text and
// [record.ErrMoney] for one that is no amount.
func amount(text string) (record.Money, error) {
	digits, sign := trimCurrency(strings.Map(dropSpace, text)), ""
	switch digits {
	case "":
		return "", errNoAmount
	case ".", ",":
		return "0", nil
	}
	for _, mark := range []string{"+", "-", "\u2212"} {
		if rest, ok := strings.CutPrefix(digits, mark); ok {
			digits = rest
			if mark != "+" {
				sign = "-"
			}
			break
		}
	}
	if rest, ok := strings.CutSuffix(digits, "-"); ok && sign == "" {
		digits, sign = rest, "-"
	}
	whole, decimals, ok := separate(trimCurrency(digits))
	if !ok {
		return "", record.ErrMoney
	}
	return canonical(sign, whole, decimals)
}

// trimCurrency takes a currency sign, such as "€" or "R$", off either end.
// Letters alone stay, to be refused: they might mean anything.
func trimCurrency(text string) string {
	isSign := func(r rune) bool { return unicode.Is(unicode.Sc, r) }
	digits := strings.TrimFunc(text, func(r rune) bool { return isSign(r) || unicode.IsLetter(r) })
	if before, after, _ := strings.Cut(text, digits); digits == "" || !isEmptyOr(before, isSign) || !isEmptyOr(after, isSign) {
		return text
	}
	return digits
}

// isEmptyOr reports whether s is empty or has a rune that is.
func isEmptyOr(s string, is func(rune) bool) bool { return s == "" || strings.ContainsFunc(s, is) }

// dropSpace drops the marks that only group digits.
func dropSpace(r rune) rune {
	switch r {
	case ' ', '\t', '\r', '\n', '\u00a0', '\u202f', '\u2009', '\'', '\u2019':
		return -1
	}
	return r
}

// separate splits digits at the decimal sign. A sign that occurs once is that;
// one that occurs several times, or before the other, separates thousands.
func separate(digits string) (whole, decimals string, ok bool) {
	at := strings.LastIndexAny(digits, ".,")
	if at < 0 {
		return digits, "", digits != ""
	}
	mark := digits[at : at+1]
	other := strings.Trim(".,", mark)
	if strings.Count(digits, mark) > 1 {
		if strings.Contains(digits, other) {
			return "", "", false
		}
		whole, ok = ungroup(digits, mark)
		return whole, "", ok
	}
	whole, ok = digits[:at], true
	if strings.Contains(whole, other) {
		whole, ok = ungroup(whole, other)
	}
	return whole, digits[at+1:], ok && (whole != "" || at+1 < len(digits))
}

// ungroup joins groups of three digits.
func ungroup(digits, mark string) (string, bool) {
	groups := strings.Split(digits, mark)
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && (len(g) < 1 || len(g) > 3) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// canonical writes an amount as [record.Money] wants it.
func canonical(sign, whole, decimals string) (record.Money, error) {
	if strings.Trim(whole+decimals, "0123456789") != "" {
		return "", record.ErrMoney
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	for len(decimals) > 2 && decimals[len(decimals)-1] == '0' {
		decimals = decimals[:len(decimals)-1]
	}
	if decimals != "" {
		decimals = "." + decimals
	}
	if strings.Trim(whole+decimals, "0.") == "" {
		sign = ""
	}
	return record.ParseMoney(sign + whole + decimals)
}
