package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/match"
	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// A checked is what demo --check counts.
type checked struct {
	First      connectCounts        `json:"first_run"`
	Second     connectCounts        `json:"second_run"`
	Import     connectCounts        `json:"import"`
	Bills      int                  `json:"bills"`
	Calls      int                  `json:"calls"`
	Files      int                  `json:"files"`
	FoundInPDF int                  `json:"found_in_pdf"` // records found by a word that stands only inside a PDF
	Faults     map[string]core.Code `json:"faults"`       // what each fault of the provider ended in
	Records    int                  `json:"records"`
	Bank       pulledTwice          `json:"bank"`
	Energy     pulledTwice          `json:"energy"`
	PaidBills  int                  `json:"paid_bills"` // bills whose bank line came in
}

// A pulledTwice is what two runs of a source brought.
type pulledTwice struct {
	First  connectCounts `json:"first_run"`
	Second connectCounts `json:"second_run"`
	Logins int           `json:"logins"` // that the provider saw
}

type connectCounts struct {
	State   connect.State `json:"state"`
	Added   int           `json:"added"`
	Updated int           `json:"updated"`
}

func countsOf(r connect.Run) connectCounts {
	return connectCounts{r.State, r.Counts.Added, r.Counts.Updated}
}

// check runs the demonstration headless and holds what it must hold.
func check(s *session, h *household) error {
	var seen checked
	for _, step := range []func(*session, *household, *checked) error{checkFaults, checkRuns, checkImport, checkRecords, checkSearch, checkOthers, checkPaid} {
		if err := step(s, h, &seen); err != nil {
			return core.E(protocol.Internal, "demo --check", err)
		}
	}
	return json.NewEncoder(s.out).Encode(seen)
}

// faultCodes says which problem each fault of the provider must end in.
func faultCodes() map[providers.FaultKind]core.Code {
	return map[providers.FaultKind]core.Code{
		providers.Error500: protocol.Unavailable, providers.Maintenance: protocol.Unavailable,
		providers.RateLimit: protocol.RateLimited, providers.SessionExpired: protocol.AuthExpired,
		providers.Layout: protocol.SourceChanged, providers.Partial: protocol.SourceChanged, providers.Truncated: protocol.Unavailable,
		providers.WrongPassword: protocol.AuthFailed, providers.Terms: protocol.ActionNeeded, providers.Cut: protocol.Unavailable,
	}
}

// checkFaults runs the source under each fault, from its first request on:
// nothing may come in but complete bills, and each must end in its own code.
func checkFaults(s *session, h *household, seen *checked) error {
	seen.Faults = map[string]core.Code{}
	codes := faultCodes()
	for _, kind := range providers.FaultKinds() {
		if kind == providers.Slow {
			continue // it only takes longer: the first good run meets it
		}
		h.telco.SetFault(providers.Fault{Kind: kind})
		r, err := h.pull(s)
		h.telco.SetFault(providers.Fault{})
		if err != nil {
			return err
		}
		got := core.Code("")
		if r.Problem != nil {
			got = r.Problem.Code
		}
		seen.Faults[string(kind)] = got
		if want, known := codes[kind]; !known || got != want {
			return fmt.Errorf("fault %s ended in %q, want %q", kind, got, want)
		}
	}
	return nil
}

// checkRuns runs the source twice, the first time with a provider that is slow.
func checkRuns(s *session, h *household, seen *checked) error {
	h.telco.SetFault(providers.Fault{Kind: providers.Slow, Times: 1})
	first, err := h.pull(s)
	if err != nil {
		return err
	}
	h.telco.SetFault(providers.Fault{})
	second, err := h.pull(s)
	if err != nil {
		return err
	}
	seen.First, seen.Second = countsOf(first), countsOf(second)
	switch {
	case first.State != connect.Succeeded || second.State != connect.Succeeded:
		return fmt.Errorf("runs ended %s and %s", first.State, second.State)
	case first.Counts.Added == 0:
		return errors.New("the first good run added nothing: a faulty one had brought records in")
	case second.Counts.Added+second.Counts.Updated > 0:
		return fmt.Errorf("the second run added %d and changed %d records", second.Counts.Added, second.Counts.Updated)
	}
	return nil
}

func checkImport(s *session, h *household, seen *checked) error {
	r, err := h.importStatement(s)
	if err != nil {
		return err
	}
	seen.Import = countsOf(r)
	if want := statementLines + 2; r.State != connect.Succeeded || r.Counts.Added != want {
		return fmt.Errorf("the import ended %s with %d records, want %d", r.State, r.Counts.Added, want)
	}
	return nil
}

// checkRecords holds what came in against what the provider has.
func checkRecords(s *session, h *household, seen *checked) error {
	for cursor := ""; ; {
		var page struct {
			Records []core.Record `json:"records"`
			Next    string        `json:"next"`
		}
		if err := h.door.call(s.ctx, "GET", "/records"+query("cursor", cursor, "limit", "500"), nil, &page); err != nil {
			return err
		}
		for _, r := range page.Records {
			seen.Records++
			seen.Files += len(r.Files)
			switch r.Type {
			case "bill":
				seen.Bills++
			case "call":
				seen.Calls++
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	bills, calls := h.telco.Bills(), 0
	for _, b := range bills {
		calls += len(h.telco.Calls(b.Month))
	}
	if seen.Bills != len(bills) || seen.Files != len(bills) || seen.Calls != calls {
		return fmt.Errorf("%d bills, %d files, %d calls; the provider has %d bills and %d calls", seen.Bills, seen.Files, seen.Calls, len(bills), calls)
	}
	return nil
}

// checkSearch finds each bill by a word that stands only inside its PDF.
func checkSearch(s *session, h *household, seen *checked) error {
	for _, bill := range h.telco.Bills() {
		var found struct {
			Total int   `json:"total"`
			Hits  []hit `json:"hits"`
		}
		if err := h.door.call(s.ctx, "GET", "/search"+query("q", bill.Keyword, "limit", strconv.Itoa(5)), nil, &found); err != nil {
			return err
		}
		if found.Total != 1 {
			return fmt.Errorf("%q, which stands only in the PDF of bill %s, finds %d records", bill.Keyword, bill.Number, found.Total)
		}
		seen.FoundInPDF++
	}
	if seen.FoundInPDF == 0 {
		return errors.New("the provider has no bill")
	}
	return nil
}

// checkOthers brings the bank and the energy supplier in, each with one sign-in,
// and runs them again.
func checkOthers(s *session, h *household, seen *checked) error {
	for _, one := range []struct {
		name   string
		pull   func(*session) (connect.Run, error)
		logins func() int
		seen   *pulledTwice
	}{
		{"bank", h.pullBank, func() int { return h.bank.Stats().Logins }, &seen.Bank},
		{"energy", h.pullEnergy, func() int { return h.energy.Stats().Logins }, &seen.Energy},
	} {
		first, err := one.pull(s)
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		second, err := s.follow(h.door, "/sources/"+first.Source.String()+"/runs", nil, false)
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		*one.seen = pulledTwice{countsOf(first), countsOf(second), one.logins()}
		if first.State != connect.Succeeded || second.State != connect.Succeeded || first.Counts.Added == 0 || second.Counts.Added > 0 || one.seen.Logins != 1 {
			return fmt.Errorf("%s: %+v, problems %+v %+v", one.name, *one.seen, first.Problem, second.Problem)
		}
	}
	return nil
}

// checkPaid matches the bills with the bank's lines: all are paid but the one
// that is planted as missing and those that are not due, and the planted one is
// debited twice.
func checkPaid(s *session, h *household, seen *checked) error {
	answer, err := matchAll(s, h)
	if err != nil {
		return err
	}
	seen.PaidBills = len(answer.Pairs)
	missing := 0
	for _, u := range answer.Unmatched {
		switch u.Reason {
		case "missing":
			missing++
		case "not_due":
		default:
			return fmt.Errorf("the bill %s has no bank line: %s", u.Bill, u.Reason)
		}
	}
	planted := h.bank.Planted()
	if missing != len(planted.Missing) || len(answer.DoubleDebits) != len(planted.Twice) {
		return fmt.Errorf("%d bills without bank line and %d debited twice, want %d and %d", missing, len(answer.DoubleDebits), len(planted.Missing), len(planted.Twice))
	}
	if seen.PaidBills == 0 {
		return errors.New("no bill is found in the bank")
	}
	return nil
}

// matchAll matches all bills and bank lines of the home.
func matchAll(s *session, h *household) (match.Answer, error) {
	type element struct {
		ID   string          `json:"id"`
		Type record.Type     `json:"type"`
		Time record.Time     `json:"time,omitzero"`
		Data json.RawMessage `json:"data"`
	}
	lists := map[string][]element{"bills": {}, "transactions": {}}
	for cursor := ""; ; {
		var page struct {
			Records []core.Record `json:"records"`
			Next    string        `json:"next"`
		}
		if err := h.door.call(s.ctx, "GET", "/records"+query("cursor", cursor, "limit", "500"), nil, &page); err != nil {
			return match.Answer{}, err
		}
		for _, r := range page.Records {
			if list := string(r.Type) + "s"; r.Type == record.TypeBill || r.Type == record.TypeTransaction {
				lists[list] = append(lists[list], element{r.Ref.String(), r.Type, r.Time, r.Data})
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	raw, err := json.Marshal(lists)
	if err != nil {
		return match.Answer{}, err
	}
	in, err := match.Read(bytes.NewReader(raw))
	if err != nil {
		return match.Answer{}, err
	}
	return match.Match(s.ctx, in)
}
