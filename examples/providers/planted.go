package providers

import "time"

// Planted is what an attentive reader of the household's bills and bank lines
// finds, for tests and apps to be checked against. It tells of what has
// happened by the clock within the months that the providers keep. Each recurs
// every 24 months, so that a span of 24 months holds one, but for a few spans
// that cut it off at an end.
type Planted struct {
	Missing   []PlantedBill   // of the telco: due, and no bank line pays it
	Twice     []PlantedBill   // of the energy supplier: debited twice
	Raises    []PlantedRaise  // of a subscription
	Tariffs   []PlantedTariff // of the energy supplier
	Forgotten Subscription    // paid each month, never used
}

// A PlantedBill is a bill, and the ids of the booked lines that pay it.
type PlantedBill struct {
	Creditor string // as the bank writes it
	Number   string
	Total    Cents
	Lines    []string
}

// A PlantedRaise is a subscription that costs more from a month on.
type PlantedRaise struct {
	Creditor      string
	From          Month
	Before, After Cents
}

// A PlantedTariff is a tariff that holds from a month on.
type PlantedTariff struct {
	From          Month
	Before, After Tariff
}

// A Subscription is money that leaves each month.
type Subscription struct {
	Creditor string
	Monthly  Cents
	Lines    []string // ids of its booked lines, newest first
}

// isMissing reports whether the telco's bill of m is never debited.
func (l life) isMissing(m Month) bool { return l.recurs(m, Month{2024, time.June}) }

// isTwice reports whether the energy supplier's bill of m is debited twice.
func (l life) isTwice(m Month) bool { return l.recurs(m, Month{2023, time.November}) }

// recurs reports whether m is a whole number of 24 months from first, put off
// by up to two months as the seed has it.
func (l life) recurs(m, first Month) bool {
	n := m.Since(first) - int(l.seed%3)
	return n%24 == 0
}

// Planted returns what is planted in the months kept.
func (b *Bank) Planted() Planted {
	now := b.config.Clock()
	lines := b.Lines(b.Accounts()[0].ID)
	var p Planted
	p.Forgotten = Subscription{Creditor: gymName, Monthly: gym}
	for _, line := range lines {
		if line.Party == gymName && !line.Pending {
			p.Forgotten.Lines = append(p.Forgotten.Lines, line.ID)
		}
	}
	for m := b.first; m.Before(MonthOf(now.In(b.life.zone))); m = m.Add(1) {
		b.plantBills(&p, m, now, lines)
		before := m.Add(-1)
		if tariffOf(before) != tariffOf(m) && b.first.Before(m) {
			p.Tariffs = append(p.Tariffs, PlantedTariff{m, tariffOf(before), tariffOf(m)})
		}
	}
	for m := b.first.Add(2); !now.Before(m.Day(16, b.life.zone)); m = m.Add(1) { // the bank's lines begin with the second month; booked by the 16th
		if before := videoPrice(m.Add(-1)); before != videoPrice(m) {
			p.Raises = append(p.Raises, PlantedRaise{videoName, m, before, videoPrice(m)})
		}
	}
	return p
}

// plantBills adds what is odd about the bills of m.
func (b *Bank) plantBills(p *Planted, m Month, now time.Time, lines []BankLine) {
	if bill := b.life.telco.bill(m); b.life.isMissing(m) && now.After(on(bill.Due)) {
		p.Missing = append(p.Missing, PlantedBill{telcoName, bill.Number, bill.Total, nil})
	}
	if !b.life.isTwice(m) {
		return
	}
	bill := b.life.energy.bill(m)
	twice := PlantedBill{Creditor: armorName, Number: bill.Number, Total: bill.Total}
	for _, line := range lines {
		if line.Bill == bill.Number {
			twice.Lines = append(twice.Lines, line.ID)
		}
	}
	if len(twice.Lines) == 2 {
		p.Twice = append(p.Twice, twice)
	}
}
