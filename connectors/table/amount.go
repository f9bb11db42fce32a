package main

import (
	"strings"
	"unicode"

	"github.com/domicile-home/domicile/sdk/record"
)

// The signs that may stand before the decimals of an amount.
type decimals uint8

const (
	comma decimals = 1 << iota
	point
)

func (d decimals) name() string {
	return map[decimals]string{comma: "comma", point: "point"}[d]
}

func decimalsNamed(name string) decimals {
	return map[string]decimals{"comma": comma, "point": point}[name]
}

// A number is a cell that is an amount of money, in one reading or in two.
type number struct {
	negative bool
	body     string   // digits, commas and points
	may      decimals // by which signs it can be read; both for whole numbers and "1,234"
	currency string   // ISO 4217, when the cell has a sign or a code; "$" is none
	isMarked bool     // it has decimals, a sign or a currency: digits alone may be anything
}

// readNumber reads an amount as banks write it: a sign in front, behind or as
// brackets, CR or DR, a currency, groups of three digits. ok is false for
// anything else.
func readNumber(cell string) (n number, ok bool) {
	text := strings.TrimSpace(cell)
	if text == "" || len(text) > 64 {
		return number{}, false
	}
	if inner, found := strings.CutPrefix(text, "("); found && strings.HasSuffix(inner, ")") {
		n.negative, n.isMarked, text = true, true, inner[:len(inner)-1]
	}
	signs, bracketed := 0, n.negative
	for range 4 { // a sign, a currency, on either side
		before := text
		text, signs = n.trimSign(text, signs)
		text = n.trimCurrency(text)
		if text == before {
			break
		}
	}
	if signs > 1 || signs == 1 && bracketed {
		return number{}, false
	}
	text, ok = ungroup(text)
	if !ok {
		return number{}, false
	}
	n.body, n.may = text, readings(text)
	n.isMarked = n.isMarked || signs > 0 || n.currency != "" || strings.ContainsAny(text, ".,")
	return n, n.may != 0
}

// trimSign takes one sign off either end and counts it.
func (n *number) trimSign(text string, signs int) (string, int) {
	for _, s := range []struct {
		mark string
		neg  bool
	}{{"-", true}, {"−", true}, {"–", true}, {"+", false}} {
		if rest, ok := strings.CutPrefix(text, s.mark); ok {
			n.negative = n.negative || s.neg
			return strings.TrimSpace(rest), signs + 1
		}
		if rest, ok := strings.CutSuffix(text, s.mark); ok {
			n.negative = n.negative || s.neg
			return strings.TrimSpace(rest), signs + 1
		}
	}
	for _, s := range []struct {
		mark string
		neg  bool
	}{{"CR", false}, {"DR", true}, {"DB", true}} {
		if len(text) > len(s.mark) && strings.EqualFold(text[len(text)-len(s.mark):], s.mark) && !isLetterBefore(text, len(s.mark)) {
			n.negative = n.negative || s.neg
			return strings.TrimSpace(text[:len(text)-len(s.mark)]), signs + 1
		}
	}
	return text, signs
}

func isLetterBefore(text string, n int) bool {
	runes := []rune(text[:len(text)-n])
	return len(runes) > 0 && unicode.IsLetter(runes[len(runes)-1])
}

// trimCurrency takes one currency off either end.
func (n *number) trimCurrency(text string) string {
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	first, last := strings.IndexFunc(text, isDigit), strings.LastIndexFunc(text, isDigit)
	if first < 0 {
		return text
	}
	front := strings.TrimRight(text[:first], " +-−.,")
	if code, ok := currencyOf(strings.TrimSpace(front)); ok && n.isFree(code) {
		return strings.TrimSpace(text[len(front):])
	}
	back := strings.TrimLeft(text[last+1:], " +-−.,")
	if code, ok := currencyOf(strings.TrimSpace(back)); ok && n.isFree(code) {
		return strings.TrimSpace(text[:len(text)-len(back)])
	}
	return text
}

// isFree notes the currency of the number, unless it has another one.
func (n *number) isFree(code string) bool {
	if n.currency != "" && n.currency != code {
		return false
	}
	n.currency, n.isMarked = code, true
	return true
}

// ungroup drops the spaces and apostrophes between groups of three digits.
func ungroup(text string) (string, bool) {
	var out strings.Builder
	digits, grouped := 0, false // since the last group sign; whether there was one
	runes := []rune(text)
	for i, r := range runes {
		switch {
		case r >= '0' && r <= '9':
			digits++
			out.WriteRune(r)
		case r == '.' || r == ',':
			if grouped && digits != 3 {
				return "", false
			}
			digits, grouped = 0, false
			out.WriteRune(r)
		case r == ' ' || r == '\u202f' || r == '\u2009' || r == '\'' || r == '’':
			if i == 0 || digits == 0 || grouped && digits != 3 || digits > 3 || strings.ContainsAny(out.String(), ".,") {
				return "", false
			}
			digits, grouped = 0, true
		default:
			return "", false
		}
	}
	return out.String(), out.Len() > 0 && (!grouped || digits == 3)
}

// readings returns by which signs digits can be read.
func readings(body string) (may decimals) {
	for _, d := range []decimals{comma, point} {
		if _, ok := digits(body, d); ok {
			may |= d
		}
	}
	return may
}

// digits returns body with a point before the decimals, read by d.
func digits(body string, d decimals) (string, bool) {
	mark, group := ",", "."
	if d == point {
		mark, group = ".", ","
	}
	wholePart, fraction, hasMark := strings.Cut(body, mark)
	if strings.ContainsAny(fraction, ",.") || hasMark && wholePart+fraction == "" {
		return "", false
	}
	groups := strings.Split(wholePart, group)
	for i, g := range groups {
		if len(groups) > 1 && (i > 0 && len(g) != 3 || i == 0 && (len(g) < 1 || len(g) > 3 || g[0] == '0')) {
			return "", false
		}
	}
	wholePart = strings.TrimLeft(strings.Join(groups, ""), "0")
	if wholePart == "" {
		wholePart = "0"
	}
	for len(fraction) > 2 && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	if fraction != "" {
		wholePart += "." + fraction
	}
	_, err := record.ParseMoney(wholePart)
	return wholePart, err == nil
}

// money returns the amount, read by d. ok is false when d is not a way to read
// it.
func (n number) money(d decimals) (record.Money, bool) {
	text, ok := digits(n.body, d)
	if !ok {
		return "", false
	}
	if n.negative && strings.Trim(text, "0.") != "" {
		text = "-" + text
	}
	m, err := record.ParseMoney(text)
	return m, err == nil
}

// looksLikeMoney tells an amount from a number of something: a code or an
// account has many digits or begins with a zero.
func (n number) looksLikeMoney() bool {
	return n.isMarked || len(n.body) <= 7 && (n.body == "0" || n.body[0] != '0')
}

// negated returns -m.
func negated(m record.Money) record.Money {
	switch m.Sign() {
	case 0:
		return m
	case -1:
		return m[1:]
	}
	return "-" + m
}

// currencyOf returns the ISO 4217 code that text is, by its code or its sign;
// "" for a sign of several currencies. ok is false for anything else.
func currencyOf(text string) (code string, ok bool) {
	switch text {
	case "€", "Euro", "euro", "euros", "Euros":
		return "EUR", true
	case "£":
		return "GBP", true
	case "US$":
		return "USD", true
	case "R$":
		return "BRL", true
	case "Fr.", "Fr", "SFr.":
		return "CHF", true
	case "zł":
		return "PLN", true
	case "Kč":
		return "CZK", true
	case "Ft":
		return "HUF", true
	case "$", "¥", "kr", "kr.":
		return "", true
	}
	code = strings.ToUpper(text)
	return code, len(code) == 3 && strings.Contains(currencies, " "+code+" ")
}

// currencies are the codes of ISO 4217 that are in use.
const currencies = " AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL "
