package providers

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// energyVendor is the supplier as letters name it.
const energyVendor = "Énergie d’Armor"

// client returns the client number, which is the contract's.
func (s supplier) client() string { return fmt.Sprintf("EA-%07d", 2_000_000+s.seed*6367%8_000_000) }

// usagePoint returns the number of the meter's place: 14 digits.
func (s supplier) usagePoint() string {
	return fmt.Sprintf("%014d", 35_000_000_000_000+s.seed*104_729%10_000_000)
}

// since returns the first day of the contract.
func (s supplier) since() time.Time { return Month{2019, time.September}.Day(1, s.zone) }

// energy returns the kWh of m at the higher and the lower rate: the sums of
// the curve, each to the nearest kWh.
func (s supplier) energy(m Month) (peak, offPeak int) {
	var high, low int // half Wh
	for day := 1; day <= m.Days(); day++ {
		for _, at := range s.day(m.Day(day, s.zone)) {
			if isOffPeak(at.Start) {
				low += at.Watts
			} else {
				high += at.Watts
			}
		}
	}
	return (high + 1000) / 2000, (low + 1000) / 2000
}

// bill returns the bill of m.
func (s supplier) bill(m Month) Bill {
	r := rand.New(rand.NewPCG(s.seed, uint64(m.index())<<8|'e'))
	issued := m.Add(1).Day(6+r.IntN(3), s.zone).Add(7 * time.Hour)
	peak, offPeak := s.energy(m)
	t := tariffOf(m)
	b := Bill{
		Number: fmt.Sprintf("EA%04d%02d-%05d", m.Year, int(m.Month), r.IntN(100_000)),
		Month:  m, Issued: issued, Due: issued.AddDate(0, 0, 10),
		Keyword: keyword(s.seed+4000, m) + "ade", // 4000 months from the telco's
		Lines: []BillLine{
			{Label: "Abonnement 9 kVA", Amount: t.Standing},
			{Label: "Heures pleines", Amount: t.Peak.cost(peak), KWh: peak, Price: t.Peak},
			{Label: "Heures creuses", Amount: t.OffPeak.cost(offPeak), KWh: offPeak, Price: t.OffPeak},
		},
	}
	return b.summed()
}
