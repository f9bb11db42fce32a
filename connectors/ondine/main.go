// Command ondine brings in the contract, the bills and the itemised calls of
// Ondine Télécom. It walks the operator's pages as a person would: the pages
// and PDFs stay with the home, which reads them for it.
package main

import (
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a guest has no zone files

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// batch is how many bills are saved together; reread is how many of those
// brought in before are read again, since the operator may correct them.
const (
	batch  = 10
	reread = 2
)

// cursor is the state: the last month brought in with all those before it.
type cursor struct {
	Month string `json:"month"` // "2026-02"
}

func main() { sdk.Main(run) }

func run(s *sdk.Session) error {
	p := &site{s: s, base: strings.TrimSuffix(s.Config("address"), "/")}
	if s.Mode() == protocol.ModeCheck {
		return p.signIn("/deconnexion") // a session left open proves no password
	}
	if err := p.signIn("/login"); err != nil {
		return err
	}
	var c cursor
	if err := s.State(&c); err != nil {
		return err
	}
	contract, err := p.contract()
	if err != nil {
		return err
	}
	bills, err := p.bills(c.since())
	if err != nil {
		return err
	}
	if err := s.Emit(contract); err != nil {
		return err
	}
	return p.bringIn(bills, contract.ID)
}

// bringIn emits each bill with its calls, oldest first, and saves as it goes:
// whatever stops the run, the cursor stands behind what is complete.
func (p *site) bringIn(bills []row, contract string) error {
	for group := range slices.Chunk(bills, batch) {
		for _, b := range group {
			records, err := p.bill(b, contract)
			if err != nil {
				return err
			}
			if err := p.s.Emit(records...); err != nil {
				return err
			}
			p.done++
			p.s.Progress(p.done, len(bills))
		}
		if err := p.s.Save(cursor{Month: group[len(group)-1].month.Format(monthLayout)}); err != nil {
			return err
		}
	}
	return nil
}

// since returns the first month to read, the zero time for all.
func (c cursor) since() time.Time {
	m, err := time.Parse(monthLayout, c.Month)
	if err != nil {
		return time.Time{}
	}
	return m.AddDate(0, 1-reread, 0)
}
