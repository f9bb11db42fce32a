package providers

import (
	"fmt"
	"strings"
)

// Cents is an amount of euros in cents.
type Cents int64

// String returns "1234.50".
func (c Cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	return fmt.Sprintf("%s%d.%02d", sign, c/100, c%100)
}

// French returns "1 234,50 €", both spaces unbreakable.
func (c Cents) French() string {
	whole, decimals, _ := strings.Cut(c.String(), ".")
	if n := len(whole) - 3; n > 0 && whole[n-1] != '-' {
		whole = whole[:n] + "\u00a0" + whole[n:]
	}
	return whole + "," + decimals + "\u00a0€"
}

// comma returns "1234,50".
func (c Cents) comma() string { return strings.Replace(c.String(), ".", ",", 1) }
