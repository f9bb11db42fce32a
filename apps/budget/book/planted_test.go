package book_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/record"
)

// bills are the vendors whose bills the household has.
func bills() book.Explained {
	return book.Explained{book.Fold("Ondine Télécom"), book.Fold("Énergie d’Armor")}
}

// spent is what the household usually spends in a month.
func spent(b *book.Book) func(string) book.Amount {
	u := b.Usual(b.Months("EUR", 31), b.Today.Month(), func(s *book.Sums) book.Figure { return s.Out })
	return func(string) book.Amount { return u.Amount }
}

func TestHousehold_has_the_planted_rise_and_no_other(t *testing.T) {
	t.Parallel()
	b := book.NewReader(nil).Book(household(t), today(), true)
	var got []string
	for _, r := range b.Recurring() {
		if r.Rise != nil {
			got = append(got, fmt.Sprintf("%s %s to %s since %s", r.Name, r.Rise.Before.Money(), r.Rise.After.Money(), r.Rise.Since.Time()))
		}
	}
	if diff := cmp.Diff([]string{"LANTERNE VIDEO -11.99 to -13.99 since 2025-10-13"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestHousehold_has_the_planted_forgotten_subscription_and_no_other(t *testing.T) {
	t.Parallel()
	b := book.NewReader(nil).Book(household(t), today(), true)
	recurring := b.Recurring()
	found := b.Forgotten(recurring, spent(b), bills(), nil)
	if len(found) != 1 || found[0].Name != "CLUB L ESTRAN FITNESS" || found[0].Last.Money() != "-29.90" || len(found[0].Lines) != 24 || b.Paid(&found[0]).Amount.Money() != "-717.60" {
		t.Fatalf("got %+v", found)
	}
	for _, i := range found[0].Lines {
		if !strings.Contains(b.Lines[i].Label, "ESTRAN") {
			t.Errorf("line %+v is behind it", b.Lines[i])
		}
	}
	if found := b.Forgotten(recurring, spent(b), bills(), []string{found[0].Key}); len(found) != 0 {
		t.Errorf("known, and found: %+v", found)
	}
	if found := b.Forgotten(recurring, spent(b), append(bills(), book.Fold("Club L’Estran Fitness SAS")), nil); len(found) != 0 {
		t.Errorf("under contract, and found: %+v", found)
	}
}

func TestHousehold_recurs(t *testing.T) {
	t.Parallel()
	b := book.NewReader(nil).Book(household(t), today(), true)
	var got []string
	for _, r := range b.Recurring() {
		state := "next " + r.Next.Time().String()
		if r.IsOver {
			state = "over"
		}
		got = append(got, fmt.Sprintf("%s, every %d, %d times, %s, %s", r.Name, r.Rhythm, len(r.Lines), r.Usual.Money(), state))
	}
	want := []string{
		"ATELIER NAVAL OUEST, every 1, 24 times, 2268.98, next 2026-12-27",
		"CLINIQUE DES TROIS HERONS, every 1, 23 times, 1786.31, next 2026-11-28",
		"REGIE DU THABOR, every 1, 24 times, -780.00, next 2026-12-15",
		"CRECHE LES MOUETTES, every 1, 20 times, -480.00, next 2026-12-05",
		"CREDIT AUTO DU LARGE, every 1, 24 times, -238.50, next 2026-12-08",
		"FINANCES PUBLIQUES, every 1, 24 times, -184.00, next 2026-12-16",
		"ENERGIE D ARMOR, every 1, 24 times, -96.82, next 2026-12-18",
		"CANTINE JEAN ROSTAND, every 1, 20 times, -65.71, next 2026-12-11",
		"INTERETS ANNUELS 2025, every 12, 2 times, 709.25, next 2027-01-01",
		"TRANSPORTS DE LA VILAINE, every 1, 24 times, -44.10, next 2026-12-10",
		"ASSURANCES DU GRAND LARGE, every 1, 24 times, -41.90, next 2026-12-07",
		"ONDINE TELECOM, every 1, 23 times, -38.21, next 2026-12-17",
		"ASSURANCES DU GRAND LARGE, every 1, 24 times, -34.60, next 2026-12-07",
		"CLUB L ESTRAN FITNESS, every 1, 24 times, -29.90, next 2026-12-04",
		"LANTERNE VIDEO, every 1, 24 times, -13.99, next 2026-12-14",
		"COTISATION COMPTE EMBRUNS DUO, every 3, 8 times, -7.80, next 2027-01-02",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHousehold_transfers_between_its_accounts_are_no_income_and_no_spending(t *testing.T) {
	t.Parallel()
	b := book.NewReader(nil).Book(household(t), today(), true)
	moved := 0
	for _, l := range b.Lines {
		if isInternal := strings.HasPrefix(l.Label, "VIR INTERNE"); isInternal != (l.Category == book.Transfers) {
			t.Errorf("%+v", l)
		} else if isInternal {
			moved++
		}
	}
	if moved < 40 {
		t.Errorf("%d transfers", moved)
	}
	for m, sums := range b.Months("EUR", 31) {
		if sums.Moved.Amount != 0 {
			t.Errorf("%s: %s went astray", m, sums.Moved.Amount.Money())
		}
		total := book.Amount(0)
		for _, f := range sums.Category {
			total += f.Amount
		}
		if total != sums.Out.Amount {
			t.Errorf("%s: categories come to %s, all to %s", m, total.Money(), sums.Out.Amount.Money())
		}
	}
}

func TestHousehold_leaves_little_without_category(t *testing.T) {
	t.Parallel()
	b := book.NewReader(nil).Book(household(t), today(), true)
	for _, l := range b.Lines {
		if l.Category == book.Other {
			t.Errorf("%s has no category", l.Label)
		}
	}
}

func TestExpected_is_the_balance_and_what_is_still_due(t *testing.T) {
	t.Parallel()
	b := book.NewReader(nil).Book(household(t), today(), true)
	balances := []book.Balance{
		{ID: "old", Account: "cpt-4821907", Currency: "EUR", Kind: "booked", Day: today() - 30, Amount: 1},
		{ID: "new", Account: "cpt-4821907", Currency: "EUR", Kind: "booked", Day: today(), Amount: amount(t, "3541.98")},
		{ID: "available", Account: "cpt-4821907", Currency: "EUR", Kind: "available", Day: today(), Amount: 2},
	}
	found := b.Expected(balances, b.Recurring())
	if len(found) != 1 || found[0].Balance.ID != "new" || found[0].Amount.Money() != "5328.29" || len(found[0].Coming) != 1 || found[0].Coming[0].Name != "CLINIQUE DES TROIS HERONS" {
		t.Errorf("got %+v", found)
	}
}

func TestExpected_counts_each_payment_once(t *testing.T) {
	t.Parallel()
	b := book.NewReader(nil).Book(household(t), today(), true)
	recurring := b.Recurring()
	balance := []book.Balance{{Account: "cpt-4821907", Currency: "EUR", Day: today() - 1, Amount: amount(t, "100")}}
	pending := book.Line{Account: "cpt-4821907", Currency: "EUR", Party: "CLINIQUE DES TROIS HERONS", Day: today(), Amount: amount(t, "1786.31"), Pending: true}
	since := book.Line{Account: "cpt-4821907", Currency: "EUR", Label: "CARTE CAFE", Day: today(), Amount: amount(t, "-3")}
	b = book.NewReader(nil).Book(append(household(t), pending, since), today(), true)
	for _, tc := range []struct {
		kind string
		want record.Money
	}{{"booked", "1883.31"}, {"available", "97.00"}} { // what is available counts pending lines already
		balance[0].Kind = tc.kind
		if e := b.Expected(balance, recurring)[0]; e.Amount.Money() != tc.want || len(e.Coming) != 0 || e.Since.Amount.Money() != "-3.00" {
			t.Errorf("%s: got %s of %+v", tc.kind, e.Amount.Money(), e)
		}
	}
	over := recurring[1]
	over.IsOver = true
	if e := book.NewReader(nil).Book(household(t), today(), true).Expected(balance, []book.Recurring{over})[0]; len(e.Coming) != 0 {
		t.Errorf("it is over, and expected: %+v", e)
	}
}
