package providers

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// A shop is where the household pays by card: amounts from min to max, about
// often times a month.
type shop struct {
	name, town string
	min, max   Cents
	often      int
}

// shops are those of everyday.
func shops() []shop {
	return []shop{
		{"SUPERMARCHE LES LICES", "RENNES", 2800, 14500, 9},
		{"BOULANGERIE GLYCINES", "RENNES", 240, 980, 9},
		{"STATION SAINT HELIER", "RENNES", 3900, 7800, 2},
		{"PHARMACIE DE LA PLACE", "RENNES", 480, 3600, 2},
		{"CREPERIE DU VIEUX PONT", "RENNES", 2600, 6800, 2},
		{"CINEMA L ARGUS", "RENNES", 1480, 3900, 1},
		{"LIBRAIRIE DES HALLES", "RENNES", 790, 4200, 1},
		{"VETEMENTS ANSELME", "RENNES", 1900, 9800, 2},
		{"BRICOLAGE DU CANAL", "CESSON", 900, 12000, 1},
		{"CAFE DE LA GARE", "RENNES", 190, 640, 8},
	}
}

// cards are the payments and withdrawals of m at home.
func (l life) cards(r *rand.Rand, m Month) []movement {
	var all []movement
	for _, s := range shops() {
		for range max(0, s.often-1+r.IntN(3)) {
			at := moment(r, m.Day(1+r.IntN(m.Days()), l.zone))
			amount := s.price(r)
			if isAway(l.seed, at) {
				continue
			}
			all = append(all, l.card(r, at, amount, s))
		}
	}
	for range 1 + r.IntN(2) {
		day := m.Day(1+r.IntN(25), l.zone)
		amount := Cents(2000 * (1 + r.IntN(4)))
		all = append(all, l.order(day, Withdrawal, -amount, "", fmt.Sprintf("RETRAIT DAB %s RENNES LICES CB X4417", on(day).Format("02/01"))))
	}
	if m.Month == time.December {
		for range 5 {
			all = append(all, l.card(r, moment(r, m.Day(5+r.IntN(19), l.zone)), Cents(2500+r.IntN(9000)), shop{name: "JOUETS LA TOUPIE", town: "RENNES"}))
		}
	}
	return all
}

func (s shop) price(r *rand.Rand) Cents { return s.min + Cents(r.IntN(int(s.max-s.min))) }

// journeys are the payments of the fortnight by the sea.
func (l life) journeys(r *rand.Rand, m Month) []movement {
	if m.Month != time.August {
		return nil
	}
	from := awayFrom(l.seed, m.Year, l.zone)
	all := []movement{l.card(r, moment(r, from), Cents(62000+r.IntN(14000)), shop{name: "CAMPING LES PINS", town: "CROZON"})}
	for _, s := range []shop{{"SUPERETTE DE LA PLAGE", "CROZON", 900, 6400, 8}, {"CREPERIE DU MENEZ", "CROZON", 2900, 7200, 4}, {"GLACIER DU PORT", "CAMARET", 450, 1900, 5}, {"STATION DU CAP", "CROZON", 4200, 7600, 1}} {
		for range s.often {
			all = append(all, l.card(r, moment(r, from.AddDate(0, 0, r.IntN(awayDays))), s.price(r), s))
		}
	}
	return all
}
