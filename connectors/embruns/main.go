// Command embruns brings in the accounts, balances and lines of Banque des
// Embruns. It asks the person for the one-time code when the bank wants one;
// the session is a cookie, which the home keeps, so that later runs need none.
package main

import (
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// batch is how many lines are emitted at once; reread is how many days of
// those brought in before are read again, since the bank may correct them.
const (
	batch  = 100
	reread = 10
)

// cursor is the state: what was brought in of each account, by its id.
type cursor struct {
	Accounts map[string]mark `json:"accounts"`
}

// A mark is how far an account was read.
type mark struct {
	Booked  string   `json:"booked"`            // the last day with a booked line: "2026-03-13"
	Pending []string `json:"pending,omitempty"` // record ids shown as pending
}

func main() { sdk.Main(run) }

func run(s *sdk.Session) error {
	b := &bank{s: s, base: strings.TrimSuffix(s.Config("address"), "/")}
	if s.Mode() == protocol.ModeCheck {
		_, err := b.challenge() // the code can wait for the first run, which needs one anyway
		return err
	}
	c := cursor{Accounts: map[string]mark{}}
	if err := s.State(&c); err != nil {
		return err
	}
	accounts, err := b.accounts()
	if err != nil {
		return err
	}
	for _, a := range accounts {
		lines, err := b.lines(a, c.Accounts[a.ID].since())
		if err != nil {
			return err
		}
		if c.Accounts[a.ID], err = b.bringIn(a, lines, c.Accounts[a.ID]); err != nil {
			return err
		}
		if err := s.Save(c); err != nil {
			return err
		}
	}
	return nil
}

// bringIn emits an account with its lines: pending ones first, for the home to
// know which still are when a booked one could take their place; then booked
// ones, oldest first. What was pending and is no longer, the home forgets
// unless a booked line took its place.
func (b *bank) bringIn(a account, lines []line, before mark) (mark, error) {
	if err := b.s.Emit(a.record()); err != nil {
		return before, err
	}
	after := mark{Booked: before.Booked}
	slices.Reverse(lines)
	slices.SortStableFunc(lines, func(x, y line) int { return x.rank() - y.rank() })
	for group := range slices.Chunk(lines, batch) {
		var records []sdk.Record
		for _, l := range group {
			r := l.record(a)
			records = append(records, r)
			if l.isPending() {
				after.Pending = append(after.Pending, r.ID)
			} else {
				after.Booked = max(after.Booked, l.Booked)
			}
		}
		if err := b.s.Emit(records...); err != nil {
			return before, err
		}
		b.done += len(group)
		b.s.Progress(b.done, 0)
	}
	var gone []record.Key
	for _, id := range before.Pending {
		if !slices.Contains(after.Pending, id) {
			gone = append(gone, record.Key{Type: record.TypeTransaction, ID: id})
		}
	}
	if err := b.s.Forget(gone...); err != nil {
		return before, err
	}
	return after, b.s.Emit(a.balances()...)
}

// since returns the first day to read, "" for all.
func (m mark) since() string {
	day, err := time.Parse(time.DateOnly, m.Booked)
	if err != nil {
		return ""
	}
	return day.AddDate(0, 0, -reread).Format(time.DateOnly)
}
