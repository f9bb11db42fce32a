package book_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/record"
)

// today is the day of the household's fixture.
func today() book.Day { return book.DayOf(2026, time.November, 28) }

// household reads the lines of the two accounts of the household that the
// simulated bank tells of, with what is planted in them.
func household(t testing.TB) []book.Line {
	t.Helper()
	f, err := os.Open("testdata/household.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []book.Line
	for s := bufio.NewScanner(f); s.Scan(); {
		field := strings.Split(s.Text(), "\t")
		at, err := record.ParseTime(field[0])
		if err != nil {
			t.Fatal(err)
		}
		amount, ok := book.Parse(record.Money(field[2]))
		if !ok {
			t.Fatalf("amount %s", field[2])
		}
		all = append(all, book.Line{ID: fmt.Sprint(len(all)), Day: book.DayOf(at.Civil()), Account: field[1], Currency: "EUR", Amount: amount,
			Kind: field[3], Pending: field[4] == "pending", Label: field[5], Party: field[6]})
	}
	return all
}
