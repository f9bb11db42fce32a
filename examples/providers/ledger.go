package providers

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// A ledger is the life of both accounts since they were opened, month by month
// as far as anyone asked. A month once written never changes. Safe for
// concurrent use.
type ledger struct {
	life life

	mu    sync.Mutex
	next  Month      // to be written
	lines []movement // of the months written, in the order of writing
	ends  [2]Cents   // what was there at the end of the month before next, pending movements included
}

// opened is when the accounts were opened, and with how much.
func opened() (Month, [2]Cents) { return Month{2022, time.January}, [2]Cents{445000, 1640000} }

func newLedger(l life) *ledger {
	first, balances := opened()
	return &ledger{life: l, next: first, ends: balances}
}

// until returns the movements made in last and before.
func (g *ledger) until(last Month) []movement {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !last.Before(g.next) {
		g.write()
	}
	return slices.Clip(g.lines)
}

// write writes the next month.
func (g *ledger) write() {
	m := g.next
	added := append(g.life.month(m), g.between(m)...)
	g.lines = append(g.lines, added...)
	for _, v := range added {
		g.ends[v.account] += v.amount
	}
	g.next = m.Add(1)
}

// Which of the accounts.
const (
	joint = iota
	savings
)

// The joint account begins a month, salaries in, with about this much.
const (
	keepLow  Cents = 430000
	keepHigh Cents = 470000
)

// between is what moves between the two accounts at the start of m: what is
// beyond the month's needs is saved, what lacks comes back. In January the
// savings bear interest.
func (g *ledger) between(m Month) []movement {
	r := rand.New(rand.NewPCG(g.life.seed, uint64(m.index())<<8|'g'))
	var all []movement
	day := m.Day(1, g.life.zone)
	if have := g.ends[joint]; have > keepHigh {
		all = g.transfer(day, joint, savings, (have-keepHigh)/1000*1000)
	} else if have < keepLow {
		all = g.transfer(day, savings, joint, (keepLow-have)/1000*1000+1000)
	}
	if m.Month == time.January {
		interest := g.life.order(day, Interest, g.ends[savings]*2/100, "", fmt.Sprintf("INTERETS ANNUELS %d", m.Year-1))
		interest.account = savings
		all = append(all, interest)
	}
	return number(r, all)
}

// transfer returns both sides of a transfer, nothing for nothing.
func (g *ledger) transfer(day time.Time, from, to int, amount Cents) []movement {
	if amount == 0 {
		return nil
	}
	names := [...]string{"COMPTE JOINT", "LIVRET EMBRUNS"}
	out := g.life.order(day, Transfer, -amount, "LE GOFF BENALI", "VIR INTERNE VERS "+names[to])
	in := g.life.order(day, Transfer, amount, "LE GOFF BENALI", "VIR INTERNE DE "+names[from])
	out.account, in.account = from, to
	out.reference = fmt.Sprintf("VI%s", MonthOf(day))
	in.reference = out.reference
	return []movement{out, in}
}

// byBooking orders movements as statements do.
func byBooking(x, y movement) int {
	return cmp.Or(x.booked.Compare(y.booked), x.made.Compare(y.made), cmp.Compare(x.id, y.id))
}
