package main

import (
	"github.com/domicile-home/domicile/sdk"
)

// progressEvery is how many records go by between two signs of progress.
const progressEvery = 500

// An emitter makes records of a file that was surveyed.
type emitter struct {
	session *sdk.Session
	survey  *survey
	current int // statement
	account account
	repeats *repeats
	done    int
}

func newEmitter(s *sdk.Session, v *survey) *emitter {
	return &emitter{session: s, survey: v, current: -1}
}

// accounts emits the accounts, once each, and the balances.
func (e *emitter) accounts() error {
	seen := map[string]bool{}
	add := func(a account) error {
		if seen[a.id] {
			return nil
		}
		seen[a.id] = true
		return e.session.Emit(a.record())
	}
	for _, st := range e.survey.statements {
		a := e.survey.accountOf(st)
		if a.number == "" {
			e.survey.notes.add(0, "a statement names no account: its lines are kept under an unnamed one")
		}
		if err := add(a); err != nil {
			return err
		}
		if err := e.session.Emit(st.balanceRecords(a, &e.survey.notes)...); err != nil {
			return err
		}
	}
	for _, n := range e.survey.accounts {
		if from := n.kid("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"); from != nil {
			if err := add(e.survey.account(from, "")); err != nil {
				return err
			}
		}
	}
	return nil
}

// visit emits a transaction or a trade.
func (e *emitter) visit(ev event) error {
	if ev.statement < 0 {
		return nil
	}
	if ev.statement != e.current {
		e.current, e.repeats = ev.statement, newRepeats()
		e.account = e.survey.accountOf(e.survey.statements[ev.statement])
	}
	switch n := ev.node; n.name {
	case "STMTRS", "CCSTMTRS", "INVSTMTRS", "CURDEF", "DTASOF", "BANKACCTFROM", "CCACCTFROM", "INVACCTFROM",
		"LEDGERBAL", "AVAILBAL", "INVBAL", "INV401KBAL", "STATUS", "FI", "ACCTINFO", "SECINFO", "INVPOS":
		return nil
	case "STMTTRN", "STMTTRNP":
		l, err := readLine(n, &notes{})
		if err != nil {
			return err
		}
		return e.emit(l.record(e.account, e.repeats))
	default:
		t, err := readTrade(n, &notes{})
		if err != nil {
			return err
		}
		return e.emit(t.record(e.account, e.survey.securities, e.repeats))
	}
}

func (e *emitter) emit(r sdk.Record) error {
	if err := e.session.Emit(r); err != nil {
		return err
	}
	if e.done++; e.done%progressEvery == 0 {
		e.session.Progress(e.done, e.survey.total)
	}
	return nil
}
