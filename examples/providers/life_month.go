package providers

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// The household's engagements. Rent, employers and supplier are those of its
// bank statement in OFX.
const (
	rent      Cents = 78000
	salaryOne Cents = 214055
	salaryTwo Cents = 168520
	gym       Cents = 2990
	gymName         = "CLUB L ESTRAN FITNESS"
	videoName       = "LANTERNE VIDEO"
	telcoName       = "ONDINE TELECOM"
	armorName       = "ENERGIE D ARMOR"
)

// incomes are the salaries, what the health insurer gives back, and the card's
// refunds.
func (l life) incomes(r *rand.Rand, m Month) []movement {
	raise := Cents(max(0, m.Year-2020)) // 1 % each year
	one, two := salaryOne+salaryOne*raise/100, salaryTwo+salaryTwo*raise/100
	if m.Month == time.December {
		one += 45000
	}
	all := []movement{
		l.order(m.Day(27, l.zone), Transfer, one, "ATELIER NAVAL OUEST", "VIR SALAIRE ATELIER NAVAL OUEST"),
		l.order(m.Day(28, l.zone), Transfer, two, "CLINIQUE DES TROIS HERONS", "VIR CLINIQUE DES TROIS HERONS PAIE "+strings.ToUpper(m.French())),
	}
	for range r.IntN(3) {
		day := m.Day(3+r.IntN(22), l.zone)
		all = append(all, l.order(day, Transfer, Cents(690+r.IntN(3800)), "MUTUELLE DES GREVES", fmt.Sprintf("VIR MUTUELLE DES GREVES REMB %06d", r.IntN(1_000_000))))
	}
	if m.index()%6 == 2 {
		back := Cents(2500 + 10*r.IntN(700))
		bought := moment(r, m.Day(6, l.zone))
		s := shop{name: "CHAUSSURES BALTHAZAR", town: "RENNES"}
		refund := l.order(m.Day(17, l.zone), Refund, back, s.name, "AVOIR CARTE X4417 "+s.name+" "+s.town)
		all = append(all, l.card(r, bought, back, s), refund)
	}
	return all
}

// standing is what leaves each month whatever happens.
func (l life) standing(r *rand.Rand, m Month) []movement {
	day := func(n int) time.Time { return m.Day(n, l.zone) }
	ref := func(prefix string) string { return fmt.Sprintf("%s%04d%02d", prefix, m.Year, int(m.Month)) }
	all := []movement{
		l.order(day(15), Transfer, -rent, "REGIE DU THABOR", "VIR PERMANENT LOYER "+strings.ToUpper(m.French())+" 14 RUE DES GLYCINES"),
		l.debit(day(4), gym, gymName, ref("ADH07731-")),
		l.debit(day(7), 3460, "ASSURANCES DU GRAND LARGE", "HAB-"+ref("")),
		l.debit(day(7), 4190, "ASSURANCES DU GRAND LARGE", "AUTO-"+ref("")),
		l.debit(day(8), 23850, "CREDIT AUTO DU LARGE", "ECH-"+ref("")),
		l.debit(day(10), 4410, "TRANSPORTS DE LA VILAINE", ref("ABO")),
		l.debit(day(16), 18400, "FINANCES PUBLIQUES", ref("PAS-")),
		l.card(r, moment(r, day(12)), videoPrice(m), shop{name: videoName, town: "PARIS"}),
	}
	if m.Month != time.July && m.Month != time.August {
		all = append(all, l.debit(day(11), Cents(5200+r.IntN(2400)), "CANTINE JEAN ROSTAND", ref("CANT")), l.debit(day(5), 48000, "CRECHE LES MOUETTES", ref("CR")))
	}
	if m.Month%3 == 1 {
		all = append(all, l.order(day(2), Fee, -780, "", "COTISATION COMPTE EMBRUNS DUO"))
	}
	if r.IntN(9) == 0 {
		all = append(all, l.order(day(20), Fee, -250, "", "FRAIS RETRAIT AUTRE BANQUE"))
	}
	return all
}

// videoPrice is what the video subscription costs in m. It rises each October
// of an odd year.
func videoPrice(m Month) Cents {
	return 799 + 200*Cents(max(0, m.Since(Month{2019, time.October})/24))
}

// debits are those of the bills issued in m: the household's of the month
// before.
func (l life) debits(r *rand.Rand, m Month) []movement {
	billed := m.Add(-1)
	var all []movement
	if !l.isMissing(billed) {
		all = append(all, l.pay(l.telco.bill(billed), telcoName))
	}
	once := l.pay(l.energy.bill(billed), armorName)
	all = append(all, once)
	if l.isTwice(billed) {
		again := once
		again.made = on(once.made.AddDate(0, 0, 2))
		again.booked = again.made
		all = append(all, again)
	}
	return all
}

// pay is the debit of b, on the day that it names or the next working day.
func (l life) pay(b Bill, creditor string) movement {
	d := l.debit(b.Due, b.Total, creditor, b.Number)
	d.bill = b.Number
	return d
}
