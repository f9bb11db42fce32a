package providers

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// A Bill is one month's bill of [Telco] or of [Energy].
type Bill struct {
	Number  string
	Month   Month // billed
	Issued  time.Time
	Due     time.Time
	Lines   []BillLine
	Total   Cents // tax included
	Tax     Cents
	Keyword string // a word that stands in this bill's PDF and nowhere else
}

// A BillLine is one line of a bill, tax included.
type BillLine struct {
	Label  string
	Amount Cents
	KWh    int  // of electricity; 0 for what is not metered
	Price  Rate // of one kWh
}

// Net returns the total without tax.
func (b Bill) Net() Cents { return b.Total - b.Tax }

// A Call is one line of a month's itemised usage.
type Call struct {
	Line      string // the household's number
	At        time.Time
	Kind      CallKind
	Incoming  bool
	Peer      string // the other number; "" for data
	Country   string // ISO 3166-1 alpha-2
	Duration  time.Duration
	Kilobytes int64 // of 1000 bytes
	Price     Cents
}

// A CallKind is what a line of usage is about.
type CallKind int

const (
	Voice CallKind = iota
	SMS
	MMS
	Data
)

// The plans of the two lines, and what is added.
const (
	planLarge   Cents = 1999
	planSmall   Cents = 999
	abroad      Cents = 300
	voiceMinute Cents = 35 // abroad, a minute begun
	goodwill    Cents = -500
)

// account is what follows from a seed: the same for ever, month by month.
type account struct {
	seed   uint64
	family Household
	zone   *time.Location
}

func (a account) random(m Month, purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(a.seed, uint64(m.index())<<8|purpose))
}

// client returns the client number, which is the contract's.
func (a account) client() string { return fmt.Sprintf("OT-%07d", 1_000_000+a.seed*7919%9_000_000) }

// since returns the first day of the contract.
func (a account) since() time.Time { return Month{2019, time.September}.Day(12, a.zone) }

// lastBilled returns the month of the newest bill issued by now.
func (a account) lastBilled(now time.Time) Month {
	m := MonthOf(now.In(a.zone)).Add(-1)
	if now.Before(a.bill(m).Issued) {
		return m.Add(-1)
	}
	return m
}

// firstMonth returns the first of the months whose bills every provider keeps
// when it starts now.
func (a account) firstMonth(now time.Time, months int) Month {
	return a.lastBilled(now).Add(1 - months)
}

// bill returns the bill of m.
func (a account) bill(m Month) Bill {
	r := a.random(m, 'b')
	issued := m.Add(1).Day(3+r.IntN(3), a.zone).Add(6 * time.Hour)
	b := Bill{
		Number: fmt.Sprintf("F%04d%02d-%05d", m.Year, int(m.Month), r.IntN(100_000)),
		Month:  m, Issued: issued, Due: issued.AddDate(0, 0, 12),
		Keyword: keyword(a.seed, m) + "ine",
		Lines: []BillLine{
			{Label: "Forfait Marée Haute 80 Go, " + a.family.People[0].Mobile, Amount: planLarge},
			{Label: "Forfait Estran 5 Go, " + a.family.People[1].Mobile, Amount: planSmall},
		},
	}
	if m.Month == time.July || m.Month == time.August {
		b.Lines = append(b.Lines, BillLine{Label: "Option Été à l'étranger", Amount: abroad})
	}
	var beyond Cents
	for _, c := range a.calls(m) {
		beyond += c.Price
	}
	if beyond > 0 {
		b.Lines = append(b.Lines, BillLine{Label: "Communications hors forfait", Amount: beyond})
	}
	if r.IntN(10) == 0 {
		b.Lines = append(b.Lines, BillLine{Label: "Geste commercial", Amount: goodwill})
	}
	return b.summed()
}

// summed returns b with its total and, at 20 %, the tax within it.
func (b Bill) summed() Bill {
	b.Total = 0
	for _, l := range b.Lines {
		b.Total += l.Amount
	}
	b.Tax = b.Total - (b.Total*100+60)/120
	return b
}

// keyword returns a pronounceable stem, another for each month of 600 years.
func keyword(seed uint64, m Month) string {
	syllables := [...]string{"bru", "cal", "dor", "fel", "gri", "hal", "jun", "kor", "lim", "mar",
		"nel", "ond", "pra", "quil", "ros", "sab", "tra", "ulm", "vel", "zan"}
	n := (uint64(m.index())*1009 + seed) % 8000
	return syllables[n%20] + syllables[n/20%20] + syllables[n/400]
}

// calls returns the usage of m in the order of time.
func (a account) calls(m Month) []Call {
	r := a.random(m, 'c')
	var all []Call
	for i, p := range a.family.People {
		for day := 1; day <= m.Days(); day++ {
			for range r.IntN(3 - i) {
				all = append(all, a.call(r, p.Mobile, m.Day(day, a.zone)))
			}
			if day%3 == i {
				all = append(all, Call{Line: p.Mobile, At: moment(r, m.Day(day, a.zone)), Kind: Data, Country: "FR",
					Kilobytes: 1000 + r.Int64N(900_000)})
			}
		}
	}
	slices.SortStableFunc(all, func(x, y Call) int { return x.At.Compare(y.At) })
	return all
}

// call returns one call or message of a day.
func (a account) call(r *rand.Rand, line string, day time.Time) Call {
	peer := a.family.Circle[r.IntN(len(a.family.Circle))]
	c := Call{Line: line, At: moment(r, day), Incoming: r.IntN(3) == 0, Peer: peer.Phone, Country: peer.Country}
	switch n := r.IntN(20); {
	case n < 11:
		c.Duration = time.Duration(5+r.IntN(900)) * time.Second
	case n < 19:
		c.Kind = SMS
	default:
		c.Kind = MMS
	}
	if peer.Country != "FR" && c.Kind == Voice && !c.Incoming {
		c.Price = voiceMinute * Cents((c.Duration+time.Minute-1)/time.Minute)
	}
	return c
}

// moment returns a time of day between 7 and 22, when nobody changes clocks.
func moment(r *rand.Rand, day time.Time) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 7+r.IntN(15), r.IntN(60), r.IntN(60), 0, day.Location())
}
