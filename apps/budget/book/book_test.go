package book_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestAmount_is_exact(t *testing.T) {
	t.Parallel()
	for in, want := range map[record.Money]record.Money{"12.3": "12.30", "-0.05": "-0.05", "1200": "1200.00", "0.1234": "0.1234", "-12.30000000": "-12.30", "9999999999.99": "9999999999.99"} {
		if a, ok := book.Parse(in); !ok || a.Money() != want {
			t.Errorf("%s: got %s, %v", in, a.Money(), ok)
		}
	}
	for _, in := range []record.Money{"", "x", "0.00001", "10000000000", "-99999999999999"} {
		if a, ok := book.Parse(in); ok {
			t.Errorf("%s: got %s", in, a.Money())
		}
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for want, all := range map[record.Money][]record.Money{"0.00": nil, "5.00": {"5", "100", "-3"}, "2.51": {"1", "4.01"}, "-2.51": {"-1", "-4.01"}, "3.00": {"2", "4"}} {
		var amounts []book.Amount
		for _, one := range all {
			amounts = append(amounts, amount(t, one))
		}
		if got := book.Median(amounts).Money(); got != want {
			t.Errorf("%v: got %s, want %s", all, got, want)
		}
	}
}

func TestDay_and_month_follow_the_calendar(t *testing.T) {
	t.Parallel()
	d := book.DayOf(2028, time.February, 29)
	m := d.Month()
	if d.Time() != record.Date(2028, 2, 29) || m.String() != "2028-02" || m.Last() != d || (m-1).Day(31).Time() != record.Date(2028, 1, 31) || (m+12).Day(29).Time() != record.Date(2029, 2, 28) {
		t.Errorf("got %s, %s", d.Time(), m)
	}
	if got, ok := book.ParseMonth("2028-02"); !ok || got != m {
		t.Errorf("got %s", got)
	}
	if _, ok := book.ParseMonth("2028"); ok {
		t.Error("a year is no month")
	}
}

// series are lines of one label, a month apart, the last in month of last.
func series(t *testing.T, last book.Day, label, kind string, amounts ...record.Money) (all []book.Line) {
	t.Helper()
	for i, one := range amounts {
		m := last.Month() - book.Month(len(amounts)-1-i)
		all = append(all, book.Line{ID: fmt.Sprint(label, i), Account: "a", Currency: "EUR", Label: label, Kind: kind, Day: m.Day(last.InMonth()), Amount: amount(t, one)})
	}
	return all
}

func repeat(n int, m record.Money) (all []record.Money) {
	for range n {
		all = append(all, m)
	}
	return all
}

func bookOf(t *testing.T, groups ...[]book.Line) *book.Book {
	t.Helper()
	var all []book.Line
	for d := book.DayOf(2020, 1, 1); d <= today(); d++ {
		for _, g := range groups {
			for _, l := range g {
				if l.Day == d {
					all = append(all, l)
				}
			}
		}
	}
	return book.NewReader(nil).Book(all, today(), true)
}

func TestUsual_is_the_median_until_the_same_day(t *testing.T) {
	t.Parallel()
	b := bookOf(t, series(t, book.DayOf(2026, 11, 5), "SUPERMARCHE", "", "-100", "-110", "-500", "-120", "-90", "-130"),
		series(t, book.DayOf(2026, 10, 30), "SUPERMARCHE", "", "-1000", "-1000", "-1000"))
	all := b.Months("EUR", b.Until())
	out := func(s *book.Sums) book.Figure { return s.Out }
	u := b.Usual(all, b.Today.Month(), out)
	if u.Months != 5 || u.Amount.Money() != "110.00" || len(u.Lines) != 5 || all.Of(b.Today.Month()).Out.Amount.Money() != "130.00" {
		t.Errorf("got %d months, %s of %d lines", u.Months, u.Amount.Money(), len(u.Lines))
	}
	if u := b.Usual(b.Months("EUR", 31), b.Today.Month(), out); u.Amount.Money() != "1000.00" && u.Amount.Money() != "1090.00" {
		t.Errorf("whole months: got %s", u.Amount.Money())
	}
	b = bookOf(t, series(t, book.DayOf(2026, 11, 5), "SUPERMARCHE", "", "-100", "-110", "-500"))
	if u := b.Usual(b.Months("EUR", 31), b.Today.Month(), out); u.Known() {
		t.Errorf("two months make no usual one: %+v", u)
	}
}

func TestMonths_keep_currencies_and_pending_lines_apart(t *testing.T) {
	t.Parallel()
	lines := series(t, today(), "SUPERMARCHE", "", "-100", "-10")
	foreign := series(t, today(), "TESCO", "", "-7", "-8")
	pending := series(t, today(), "AUTORISATION CB CAFE", "", "-3")
	for i := range foreign {
		foreign[i].Currency = "GBP"
	}
	pending[0].Pending = true
	b := bookOf(t, lines, foreign, pending)
	eur, gbp := b.Months("EUR", 31).Of(today().Month()), b.Months("GBP", 31).Of(today().Month())
	if eur.Out.Amount.Money() != "10.00" || eur.Pending.Amount.Money() != "-3.00" || gbp.Out.Amount.Money() != "8.00" || len(gbp.Pending.Lines) != 0 {
		t.Errorf("got %+v and %+v", eur, gbp)
	}
	if diff := cmp.Diff([]string{"EUR", "GBP"}, b.Currencies()); diff != "" {
		t.Error(diff)
	}
}

func TestOwn_transfers_need_two_accounts_one_currency_and_days_close_by(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		label    string
		account  string
		currency string
		later    book.Day
		want     bool
	}{
		{"the other account", "VIR DE M DUPONT", "b", "EUR", 2, true},
		{"the same account", "VIR DE M DUPONT", "a", "EUR", 2, false},
		{"another currency", "VIR DE M DUPONT", "b", "USD", 2, false},
		{"too late", "VIR DE M DUPONT", "b", "EUR", 9, false},
		{"no transfer on either side", "REMISE CHEQUE", "b", "EUR", 1, false},
	} {
		out := book.Line{Account: "a", Currency: "EUR", Label: "OPERATION", Day: today() - 20, Amount: -5}
		in := book.Line{Account: tc.account, Currency: tc.currency, Label: tc.label, Day: today() - 20 + tc.later, Amount: 5}
		b := book.NewReader(nil).Book([]book.Line{out, in}, today(), true)
		if got := b.Lines[0].Category == book.Transfers && b.Lines[1].Category == book.Transfers; got != tc.want {
			t.Errorf("%s: got %v", tc.name, got)
		}
	}
}

func TestRise_is_a_price_that_stayed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		amounts []record.Money
		want    string
	}{
		{"rose and stayed", append(repeat(5, "-10"), "-12", "-12"), "-10.00 -12.00"},
		{"rose this month after long", append(repeat(7, "-10"), "-12"), "-10.00 -12.00"},
		{"rose this month after little", append(repeat(4, "-10"), "-12"), ""},
		{"once only", append(append(repeat(5, "-10"), "-12"), repeat(3, "-10")...), ""},
		{"fell", append(repeat(5, "-10"), "-8", "-8", "-8"), ""},
		{"the last of two", append(append(repeat(4, "-10"), repeat(4, "-11")...), repeat(4, "-13")...), "-11.00 -13.00"},
		{"varies", []record.Money{"-10", "-12", "-9", "-13", "-15", "-16", "-17"}, ""},
		{"a salary", append(repeat(5, "10"), "12", "12"), ""},
	} {
		all := bookOf(t, series(t, today()-10, "PRLV EXEMPLE", "PRELEVEMENT", tc.amounts...)).Recurring()
		got := ""
		for _, r := range all {
			if r.Rise != nil {
				got += fmt.Sprint(r.Rise.Before.Money(), " ", r.Rise.After.Money())
			}
		}
		if len(all) != 1 || got != tc.want {
			t.Errorf("%s: %d recur, got %q, want %q", tc.name, len(all), got, tc.want)
		}
	}
}

func TestForgotten_says_no_without_reason(t *testing.T) {
	t.Parallel()
	food := series(t, today(), "SUPERMARCHE", "CARTE", repeat(14, "-2000")...)
	for _, tc := range []struct {
		name  string
		lines []book.Line
		want  int
	}{
		{"a year of a club", series(t, today()-10, "PRLV CLUB FITNESS", "", repeat(13, "-29.90")...), 1},
		{"half a year", series(t, today()-10, "PRLV CLUB FITNESS", "", repeat(7, "-29.90")...), 0},
		{"its price changed", series(t, today()-10, "PRLV CLUB FITNESS", "", append(repeat(7, "-29.90"), repeat(7, "-31.90")...)...), 0},
		{"it is over", series(t, today()-100, "PRLV CLUB FITNESS", "", repeat(13, "-29.90")...), 0},
		{"it is dear", series(t, today()-10, "PRLV CLUB FITNESS", "", repeat(13, "-60")...), 0},
		{"an insurance", series(t, today()-10, "PRLV ASSURANCES DU LARGE", "", repeat(13, "-29.90")...), 0},
		{"one buys there too", append(series(t, today()-10, "PRLV CLUB FITNESS", "", repeat(13, "-29.90")...), series(t, today()-3, "CARTE CLUB FITNESS", "", "-12")...), 0},
	} {
		b := bookOf(t, food, tc.lines)
		if found := b.Forgotten(b.Recurring(), func(string) book.Amount { return amount(t, "2000") }, nil, nil); len(found) != tc.want {
			t.Errorf("%s: got %+v", tc.name, found)
		}
	}
}

func TestIsNew_is_what_began_lately(t *testing.T) {
	t.Parallel()
	b := bookOf(t, series(t, today(), "SUPERMARCHE", "CARTE", repeat(14, "-20")...), series(t, today()-10, "PRLV LANTERNE", "", repeat(3, "-9.99")...))
	for _, r := range b.Recurring() {
		if got, want := b.IsNew(&r), r.Key == "LANTERNE"; got != want {
			t.Errorf("%s: got %v", r.Key, got)
		}
	}
}

func TestRecurring_is_not_what_one_buys_now_and_then(t *testing.T) {
	t.Parallel()
	var lines []book.Line
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 200 {
		cents := 300 + random.Int64N(900)
		lines = append(lines, book.Line{Account: "a", Currency: "EUR", Label: "CARTE CAFE DE LA GARE", Kind: "CARTE", Day: today() - 700 + book.Day(i*3+i*i%5), Amount: book.Amount(-cents * 100)})
	}
	if all := bookOf(t, lines).Recurring(); len(all) != 0 {
		t.Errorf("got %+v", all)
	}
}

// BenchmarkBook reads as many lines as an app looks at, of a home of 200,000 in
// ten years, and makes what the first view shows of them.
func BenchmarkBook(b *testing.B) {
	house := household(b)
	var lines []book.Line
	for i := 0; len(lines) < 25_000; i++ {
		for _, l := range house {
			l.Account = fmt.Sprint(l.Account, i)
			lines = append(lines, l)
		}
	}
	byDay := map[book.Day][]book.Line{}
	first := today()
	for _, l := range lines {
		byDay[l.Day] = append(byDay[l.Day], l)
		first = min(first, l.Day)
	}
	lines = lines[:0]
	for d := first; d <= today(); d++ {
		lines = append(lines, byDay[d]...)
	}
	b.ReportAllocs()
	for b.Loop() {
		read := book.NewReader(nil).Book(lines, today(), true)
		all := read.Months("EUR", read.Until())
		u := read.Usual(all, read.Today.Month(), func(s *book.Sums) book.Figure { return s.Out })
		recurring := read.Recurring()
		if len(recurring) < 100 || math.Abs(u.Amount.Drawn()) < 1 {
			b.Fatal(len(recurring), u.Amount)
		}
	}
	b.ReportMetric(float64(len(lines)), "lines")
}
