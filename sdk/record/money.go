package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Money is an amount exactly as sent, such as "-12.30": a sign, 1 to 15
// digits, and 0 to 8 decimals that are never rounded. Its currency stands
// beside it. The empty Money means none.
type Money string

// A Decimal is an exact number that is no amount of money: a quantity or a
// unit price. It has Money's form.
type Decimal = Money

// ErrMoney is wrapped by every error about the form of an amount.
var ErrMoney = errors.New("not an amount")

// ParseMoney reads a canonical amount: ^-?(0|[1-9]\d{0,14})(\.\d{1,8})?$.
func ParseMoney(s string) (Money, error) {
	if _, _, err := split(s); err != nil {
		return "", err
	}
	return Money(s), nil
}

// MoneyOf returns coefficient × 10^-scale. It returns an error wrapping
// [ErrMoney] when that is not a [Money].
func MoneyOf(coefficient int64, scale int) (Money, error) {
	if scale < 0 || scale > 8 {
		return "", fmt.Errorf("%w: scale %d", ErrMoney, scale)
	}
	digits, sign := strconv.FormatInt(coefficient, 10), ""
	if coefficient < 0 {
		digits, sign = digits[1:], "-"
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	if scale > 0 {
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	return ParseMoney(sign + digits)
}

// Parts returns m as coefficient × 10^-scale, scale being the number of
// decimals as written. It fails when the coefficient exceeds an int64.
func (m Money) Parts() (coefficient int64, scale int, err error) {
	return split(string(m))
}

// Add returns the exact sum of m and other, an empty one counting as zero. It
// returns an error wrapping [ErrMoney] when the sum is no [Money] any more.
func (m Money) Add(other Money) (Money, error) {
	switch {
	case m == "":
		return other, nil
	case other == "":
		return m, nil
	}
	a, scale, err := m.Parts()
	if err != nil {
		return "", err
	}
	b, otherScale, err := other.Parts()
	if err != nil {
		return "", err
	}
	for ; scale < otherScale; scale++ {
		if a, err = timesTen(a); err != nil {
			return "", err
		}
	}
	for ; otherScale < scale; otherScale++ {
		if b, err = timesTen(b); err != nil {
			return "", err
		}
	}
	sum := a + b
	if (a > 0) == (b > 0) && (sum > 0) != (a > 0) && a != 0 && b != 0 {
		return "", fmt.Errorf("%w: %s + %s overflows", ErrMoney, m, other)
	}
	return MoneyOf(sum, scale)
}

func timesTen(n int64) (int64, error) {
	if n > math.MaxInt64/10 || n < math.MinInt64/10 {
		return 0, fmt.Errorf("%w: %d × 10 overflows", ErrMoney, n)
	}
	return n * 10, nil
}

// Sign returns -1, 0 or 1; 0 for what is no amount.
func (m Money) Sign() int {
	switch c, _, err := m.Parts(); {
	case err != nil || c == 0:
		return 0
	case c < 0:
		return -1
	default:
		return 1
	}
}

func split(s string) (coefficient int64, scale int, err error) {
	bad := func() (int64, int, error) { return 0, 0, fmt.Errorf("%w: %q", ErrMoney, s) }
	digits, negative := strings.CutPrefix(s, "-")
	whole, decimals, point := strings.Cut(digits, ".")
	if len(whole) < 1 || len(whole) > 15 || len(whole) > 1 && whole[0] == '0' {
		return bad()
	}
	if point && (len(decimals) < 1 || len(decimals) > 8) {
		return bad()
	}
	for _, c := range []byte(whole + decimals) {
		if c < '0' || c > '9' {
			return bad()
		}
		if coefficient > (math.MaxInt64-9)/10 {
			return bad()
		}
		coefficient = coefficient*10 + int64(c-'0')
	}
	if negative {
		coefficient = -coefficient
	}
	return coefficient, len(decimals), nil
}

// UnmarshalJSON refuses anything but a canonical amount or "".
func (m *Money) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("%w: want a string", ErrMoney)
	}
	if s == "" {
		*m = ""
		return nil
	}
	parsed, err := ParseMoney(s)
	*m = parsed
	return err
}
