// Command armor brings in the contract, the bills and the half-hour consumption
// of Énergie d'Armor. The person signs in on the supplier's own site; the home
// keeps the access token and this program sends what stands for it.
package main

import (
	"strings"
	"time"
	_ "time/tzdata" // a guest has no zone files

	"github.com/domicile-home/domicile/sdk"
)

// Where the meters are, and what is read again of what was brought in before,
// since the supplier may correct it.
const (
	zoneName    = "Europe/Paris"
	rereadBills = 2
	rereadDays  = 7
)

// cursor is the state.
type cursor struct {
	Bill  string `json:"bill,omitempty"`  // first day of the last month billed that was brought in
	Curve string `json:"curve,omitempty"` // first day that was not
}

func main() { sdk.Main(run) }

func run(s *sdk.Session) error {
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		return err
	}
	p := &supplier{s: s, base: strings.TrimSuffix(s.Config("address"), "/"), zone: zone}
	var c cursor
	if err := s.State(&c); err != nil {
		return err
	}
	contract, err := p.contract()
	if err != nil {
		return err
	}
	if err := s.Emit(contract.record()); err != nil {
		return err
	}
	bills, err := p.bills(c.Bill)
	if err != nil {
		return err
	}
	for _, b := range bills { // oldest first
		if err := p.bringBill(b, contract); err != nil {
			return err
		}
		c.Bill = max(c.Bill, b.Start)
		if err := s.Save(c); err != nil {
			return err
		}
	}
	return p.bringCurve(contract, c, bills)
}
