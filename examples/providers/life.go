package providers

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// life is what happens to the household, as its bank sees it. It follows from
// a seed and the month alone: the bills are those of the telco and of the
// energy supplier of that seed.
type life struct {
	seed   uint64
	family Household
	zone   *time.Location
	telco  account
	energy supplier
}

func newLife(seed uint64) life {
	family, zone := Family(), paris()
	return life{seed, family, zone, account{seed, family, zone}, supplier{seed, family, zone}}
}

// A movement is money that moves on one account.
type movement struct {
	account   int // index of [life.accounts]
	made      time.Time
	booked    time.Time // at 6:00 on a working day
	amount    Cents
	kind      LineKind
	label     string
	pending   string // label until it is booked; "" for what never shows as pending
	party     string
	reference string
	bill      string // number of the bill that it pays
	id        string
	pendingID string
}

// bookingHour is when a day's movements are booked.
const bookingHour = 6

// month returns the movements made in m but those between the accounts, in the
// order of making.
func (l life) month(m Month) []movement {
	r := rand.New(rand.NewPCG(l.seed, uint64(m.index())<<8|'l'))
	var all []movement
	for _, part := range []func(*rand.Rand, Month) []movement{l.incomes, l.standing, l.debits, l.cards, l.journeys} {
		all = append(all, part(r, m)...)
	}
	return number(r, all)
}

// number gives movements their ids and puts them in the order of making.
func number(r *rand.Rand, all []movement) []movement {
	for i := range all {
		all[i].id, all[i].pendingID = "op"+token(r), "au"+token(r)
	}
	slices.SortStableFunc(all, func(x, y movement) int { return x.made.Compare(y.made) })
	return all
}

// token returns 12 hexadecimal digits.
func token(r *rand.Rand) string {
	var b [6]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return hex.EncodeToString(b[:])
}

// on returns the hour of booking of a day, put off to the next working day.
func on(day time.Time) time.Time {
	y, m, d := day.Date()
	at := time.Date(y, m, d, bookingHour, 0, 0, 0, day.Location())
	for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// order is a movement that is booked the moment it shows.
func (l life) order(day time.Time, kind LineKind, amount Cents, party, label string) movement {
	at := on(day)
	return movement{made: at, booked: at, amount: amount, kind: kind, party: party, label: label}
}

// debit is a SEPA direct debit.
func (l life) debit(day time.Time, amount Cents, creditor, reference string) movement {
	d := l.order(day, DirectDebit, -amount, creditor, "PRLV SEPA "+creditor+" "+reference)
	d.reference = reference
	return d
}

// card is a payment by card: pending for one to three days, then booked under
// another label.
func (l life) card(r *rand.Rand, at time.Time, amount Cents, s shop) movement {
	var working []time.Time
	for n := 1; n <= 3; n++ {
		if day := at.AddDate(0, 0, n); on(day).Day() == day.Day() {
			working = append(working, on(day))
		}
	}
	return movement{made: at, booked: working[r.IntN(len(working))], amount: -amount, kind: Card, party: s.name,
		pending: "AUTORISATION CB " + s.name, label: fmt.Sprintf("CARTE X4417 %s %s %s", at.Format("02/01"), s.name, s.town)}
}
