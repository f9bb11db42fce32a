package providers

import (
	"cmp"
	"slices"
	"time"
)

// A BankAccount is one of the household's accounts.
type BankAccount struct {
	ID    string
	IBAN  string // without spaces
	Kind  string // "COURANT" or "LIVRET"
	Label string
	Owner string
}

// A LineKind is what a bank line is about, as the bank names it.
type LineKind string

const (
	Card        LineKind = "CARTE"
	DirectDebit LineKind = "PRELEVEMENT"
	Transfer    LineKind = "VIREMENT"
	Withdrawal  LineKind = "RETRAIT"
	Refund      LineKind = "AVOIR"
	Fee         LineKind = "FRAIS"
	Interest    LineKind = "INTERETS"
)

// A BankLine is one line of an account. A payment by card shows as pending for
// one to three days, then as booked under another id, label and date.
type BankLine struct {
	ID        string
	Account   string
	Pending   bool
	Amount    Cents
	Label     string
	Party     string // "" when the bank does not say
	Kind      LineKind
	Reference string
	Made      time.Time // when the card was used, or the money sent
	Booked    time.Time // zero while pending
	Balance   Cents     // of the account once it is booked; 0 while pending
	Bill      string    // number of the bill that it pays; the bank does not say
}

func (l life) accounts() []BankAccount {
	owner := l.family.People[0].Name() + " et " + l.family.People[1].Name()
	return []BankAccount{
		{"cpt-4821907", l.family.IBAN, "COURANT", "Compte joint", owner},
		{"cpt-4821915", "FR7699999000350000482191552", "LIVRET", "Livret Embruns", l.family.People[0].Name()},
	}
}

// A statement is what the bank shows of an account at one moment.
type statement struct {
	lines     []BankLine // pending ones first, then booked ones, newest first
	booked    Cents
	available Cents // less what is pending
}

// statement returns what account n is at now, lines from the first month on.
func (g *ledger) statement(n int, first Month, now time.Time) statement {
	now = now.In(g.life.zone)
	_, balances := opened()
	var s statement
	s.booked = balances[n]
	s.available = s.booked
	account := g.life.accounts()[n].ID
	start := first.Day(1, g.life.zone)
	var pending, booked []BankLine
	mine := slices.DeleteFunc(slices.Clone(g.until(MonthOf(now))), func(v movement) bool { return v.account != n || v.made.After(now) })
	slices.SortFunc(mine, byBooking)
	for _, v := range mine {
		s.available += v.amount
		if v.booked.After(now) {
			pending = append(pending, v.pendingLine(account))
			continue
		}
		if s.booked += v.amount; !v.booked.Before(start) {
			booked = append(booked, v.bookedLine(account, s.booked))
		}
	}
	slices.SortFunc(pending, func(x, y BankLine) int { return cmp.Or(y.Made.Compare(x.Made), cmp.Compare(y.ID, x.ID)) })
	slices.Reverse(booked)
	s.lines = append(pending, booked...)
	return s
}

func (v movement) pendingLine(account string) BankLine {
	return BankLine{ID: v.pendingID, Account: account, Pending: true, Amount: v.amount, Label: v.pending, Kind: v.kind, Made: v.made}
}

func (v movement) bookedLine(account string, balance Cents) BankLine {
	return BankLine{ID: v.id, Account: account, Amount: v.amount, Label: v.label, Party: v.party, Kind: v.kind, Reference: v.reference,
		Made: v.made, Booked: v.booked, Balance: balance, Bill: v.bill}
}
