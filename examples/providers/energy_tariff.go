package providers

import (
	"fmt"
	"strings"
	"time"
)

// A Rate is the price of one kWh in ten-thousandths of a euro, tax included.
type Rate int64

// String returns "0.2336".
func (r Rate) String() string { return fmt.Sprintf("%d.%04d", r/10_000, r%10_000) }

// French returns "0,2336 €/kWh", the space unbreakable.
func (r Rate) French() string { return strings.Replace(r.String(), ".", ",", 1) + "\u00a0€/kWh" }

// A Tariff is what [Energy] charges, tax included.
type Tariff struct {
	Standing Cents // a month, for 9 kVA
	Peak     Rate
	OffPeak  Rate // from 22:00 to 06:00, on the clock of Paris
}

// tariffOf returns the tariff of m. It rises each February of an odd year, so
// that most spans of 24 months hold one rise, and only those that begin with
// such a month hold none.
func tariffOf(m Month) Tariff {
	n := max(0, m.Since(Month{2019, time.February})/24)
	return Tariff{
		Standing: 1389 + 72*Cents(n),
		Peak:     1841 + 165*Rate(n),
		OffPeak:  1470 + 98*Rate(n),
	}
}

// isOffPeak reports whether a step that begins at t, on the clock of Paris, is
// charged at the lower rate.
func isOffPeak(t time.Time) bool { return t.Hour() >= 22 || t.Hour() < 6 }

// cost returns what kwh cost, to the nearest cent.
func (r Rate) cost(kwh int) Cents { return (Cents(r)*Cents(kwh) + 50) / 100 }
