package main

import (
	"io"
	"strings"
)

// Bounds of what a survey keeps of a file.
const (
	maxStatements = 10_000
	maxBalances   = 8 // of one statement
	maxSecurities = 20_000
)

// A statement is what one statement of a file says of its account.
type statement struct {
	kind     string // STMTRS, CCSTMTRS or INVSTMTRS
	account  *node  // nil when the statement does not say
	currency string // as given
	asOf     leaf   // of an investment statement
	balances []*node
	lines    int // transactions and trades
}

// A survey is what a first reading tells of a whole file: every transaction of
// it can be read, and who the accounts are. Only then is anything emitted.
type survey struct {
	statements []*statement
	accounts   []*node // of an account list
	bank       *node   // FI
	securities map[string]*node
	sets       []string
	failure    *node // the first STATUS that is an error
	positions  int
	total      int // transactions and trades
	notes      notes
}

// look reads a whole file and checks it. It returns a refusal that names the
// tag, the value and the line when the file holds nothing to read, or anything
// that would have to be left out.
func look(r io.Reader, c charset) (*survey, error) {
	v := &survey{securities: map[string]*node{}}
	sets, err := parse(r, c, v.visit)
	if err != nil {
		return nil, err
	}
	v.sets = sets
	return v, v.check()
}

func (v *survey) visit(e event) error {
	switch n := e.node; n.name {
	case "STMTRS", "CCSTMTRS", "INVSTMTRS":
		if len(v.statements) == maxStatements {
			return refuse(n.line, "over %d statements", maxStatements)
		}
		v.statements = append(v.statements, &statement{kind: n.name})
		return nil
	case "FI":
		if v.bank == nil {
			v.bank = n
		}
	case "STATUS":
		if v.failure == nil && strings.EqualFold(n.value("SEVERITY"), "ERROR") {
			v.failure = n
		}
	case "ACCTINFO":
		v.accounts = append(v.accounts, n)
	case "SECINFO":
		if id := n.kid("SECID").value("UNIQUEID"); id != "" && len(v.securities) < maxSecurities {
			v.securities[id] = n
		}
	case "INVPOS":
		v.positions++
	default:
		return v.within(e)
	}
	return nil
}

// within takes what has a meaning in a statement only.
func (v *survey) within(e event) error {
	n := e.node
	if e.statement < 0 {
		if n.name == "STMTTRN" {
			return refuse(n.line, "STMTTRN outside a statement: no account can be told")
		}
		return nil
	}
	st := v.statements[e.statement]
	switch n.name {
	case "CURDEF":
		if st.currency == "" {
			st.currency = n.value("CURDEF")
		}
	case "DTASOF":
		if st.asOf.value == "" {
			st.asOf = n.find("DTASOF")
		}
	case "BANKACCTFROM", "CCACCTFROM", "INVACCTFROM":
		if st.account == nil {
			st.account = n
		}
	case "LEDGERBAL", "AVAILBAL", "INVBAL", "INV401KBAL":
		if len(st.balances) < maxBalances {
			st.balances = append(st.balances, n)
		}
	case "STMTTRN", "STMTTRNP":
		st.lines, v.total = st.lines+1, v.total+1
		_, err := readLine(n, &v.notes)
		return err
	default: // a trade
		st.lines, v.total = st.lines+1, v.total+1
		_, err := readTrade(n, &v.notes)
		return err
	}
	return nil
}

// check refuses a file that holds nothing to keep, and says what it is.
func (v *survey) check() error {
	if v.positions > 0 {
		v.notes.add(0, "securities held are left out: no record type has a place for them yet")
	}
	switch {
	case v.failure != nil && len(v.statements) == 0:
		return refuse(v.failure.line, "the bank answered with error %s", strings.TrimSpace(quoted(v.failure.value("CODE"))+" "+v.failure.value("MESSAGE")))
	case v.failure != nil:
		v.notes.add(v.failure.line, "the bank answered part of the request with error %s", quoted(v.failure.value("CODE")))
	case len(v.statements) == 0 && len(v.accounts) == 0:
		return refuse(0, "no statement in the file: %s", v.contents())
	case len(v.statements) == 0:
		v.notes.add(0, "the file lists accounts and holds no statement")
	}
	return nil
}

// contents says what a file without a statement holds.
func (v *survey) contents() string {
	what := map[string]string{"SIGNON": "a sign-on", "PROF": "a bank's profile", "SIGNUP": "an enrolment", "SECLIST": "a list of securities",
		"EMAIL": "mail", "LOAN": "loan statements, which are not read yet", "TAX": "tax forms, which are not read yet", "BILLPAY": "payments, which are not read yet"}
	var found []string
	for _, set := range v.sets {
		name, _, _ := strings.Cut(set, "MSGSRS")
		for prefix, text := range what {
			if strings.HasPrefix(name, prefix) && (prefix != "SIGNON" || len(v.sets) == 1) {
				found = append(found, text)
			}
		}
	}
	if len(found) == 0 {
		return "it is empty"
	}
	return "it holds " + strings.Join(found, " and ")
}
