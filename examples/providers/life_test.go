package providers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/examples/providers"
)

// town is the three providers of one seed at one moment.
type town struct {
	telco  *providers.Telco
	bank   *providers.Bank
	energy *providers.Energy
}

func newTown(seed uint64, clock func() time.Time) town {
	return town{
		providers.NewTelco(providers.TelcoConfig{Seed: seed, Clock: clock}),
		providers.NewBank(providers.BankConfig{Seed: seed, Clock: clock}),
		providers.NewEnergy(providers.EnergyConfig{Seed: seed, Clock: clock}),
	}
}

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// everyTown calls check for some seeds and days.
func everyTown(t *testing.T, check func(*testing.T, town, time.Time)) {
	t.Helper()
	for _, seed := range []uint64{1, 2, 3, 11} {
		for _, now := range []time.Time{today(), time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC), time.Date(2027, 1, 2, 23, 30, 0, 0, time.UTC)} {
			t.Run(now.Format(time.DateOnly), func(t *testing.T) {
				t.Parallel()
				check(t, newTown(seed, at(now)), now)
			})
		}
	}
}

func (w town) joint() []providers.BankLine { return w.bank.Lines(w.bank.Accounts()[0].ID) }

func TestLife_each_bill_is_debited_once_but_the_planted_ones(t *testing.T) {
	t.Parallel()
	everyTown(t, func(t *testing.T, w town, now time.Time) {
		lines := w.joint()
		planted := w.bank.Planted()
		if len(planted.Missing) != 1 || len(planted.Twice) != 1 || len(planted.Raises) != 1 || len(planted.Tariffs) != 1 {
			t.Fatalf("planted %+v", planted)
		}
		seen := 0
		for vendor, bills := range map[string][]providers.Bill{"ONDINE TELECOM": w.telco.Bills(), "ENERGIE D ARMOR": w.energy.Bills()} {
			if n := len(bills); n < 23 || n > 24 {
				t.Errorf("%s: %d bills", vendor, n)
			}
			for _, b := range bills {
				paid := debits(lines, vendor, b)
				seen += len(paid)
				want := 1
				switch {
				case b.Number == planted.Missing[0].Number:
					want = 0
				case b.Number == planted.Twice[0].Number:
					want = 2
				case b.Due.AddDate(0, 0, 2).After(now):
					want = len(paid) // maybe not yet
				}
				if len(paid) != want {
					t.Errorf("%s: debited %d times, want %d", b.Number, len(paid), want)
				}
				if want == 2 && (!slices.Contains(planted.Twice[0].Lines, paid[0].ID) || !slices.Contains(planted.Twice[0].Lines, paid[1].ID)) {
					t.Errorf("planted lines %v", planted.Twice[0].Lines)
				}
				for _, line := range paid {
					if days := line.Booked.Sub(b.Issued).Hours() / 24; days < 5 || days > 15 {
						t.Errorf("%s: debited %v days after its issue", b.Number, days)
					}
				}
			}
		}
		for _, line := range lines {
			if strings.Contains(line.Label, "ONDINE") || strings.Contains(line.Label, "ARMOR") {
				seen--
			}
		}
		if seen != 0 {
			t.Errorf("%d debits of no bill", -seen)
		}
	})
}

// debits returns the lines that pay b, as someone finds them who only reads.
func debits(lines []providers.BankLine, vendor string, b providers.Bill) []providers.BankLine {
	return slices.DeleteFunc(slices.Clone(lines), func(line providers.BankLine) bool {
		return line.Label != "PRLV SEPA "+vendor+" "+b.Number || line.Amount != -b.Total || line.Bill != b.Number
	})
}

func TestLife_balances_add_up(t *testing.T) {
	t.Parallel()
	everyTown(t, func(t *testing.T, w town, now time.Time) {
		moved := providers.Cents(0)
		for i, a := range w.bank.Accounts() {
			lines := w.bank.Lines(a.ID)
			booked, available := w.bank.Balances(a.ID)
			want := booked
			for _, line := range lines {
				switch {
				case line.Pending:
					available -= line.Amount
					continue
				case line.Balance != want:
					t.Fatalf("%s: balance %s, want %s", line.Label, line.Balance, want)
				case line.Booked.After(now) || line.Made.After(line.Booked):
					t.Errorf("%s: made %s, booked %s", line.Label, line.Made, line.Booked)
				}
				if want -= line.Amount; want < 0 {
					t.Errorf("%s: overdrawn, %s", line.Booked, want)
				}
				if strings.HasPrefix(line.Label, "VIR INTERNE") {
					moved += line.Amount
				}
			}
			if booked != available {
				t.Errorf("%s: %s booked, %s without what is pending", a.Label, booked, available)
			}
			if n := len(lines); i == 0 && n < 1100 || i == 1 && n < 20 {
				t.Errorf("%s: %d lines", a.Label, n)
			}
		}
		if moved != 0 {
			t.Errorf("%s went astray between the accounts", moved)
		}
	})
}

func TestLife_half_hours_sum_to_the_bills(t *testing.T) {
	t.Parallel()
	e := newTown(5, today).energy
	for _, b := range e.Bills() {
		var peak, offPeak int
		days := 0
		for day := b.Month.Day(1, zone(t)); providers.MonthOf(day) == b.Month; day = day.AddDate(0, 0, 1) {
			days++
			for _, s := range e.Day(day) {
				if h := s.Start.Hour(); h >= 22 || h < 6 {
					offPeak += s.Watts
				} else {
					peak += s.Watts
				}
			}
		}
		if got := [2]int{b.Lines[1].KWh, b.Lines[2].KWh}; got != [2]int{(peak + 1000) / 2000, (offPeak + 1000) / 2000} || days != b.Month.Days() {
			t.Errorf("%s: billed %v kWh, drawn %d and %d Wh", b.Month, got, peak/2, offPeak/2)
		}
		tariff := e.Tariff(b.Month)
		want := tariff.Standing + (providers.Cents(tariff.Peak)*providers.Cents(b.Lines[1].KWh)+50)/100 + (providers.Cents(tariff.OffPeak)*providers.Cents(b.Lines[2].KWh)+50)/100
		if b.Total != want {
			t.Errorf("%s: total %s, want %s", b.Month, b.Total, want)
		}
	}
}

func zone(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestLife_days_of_the_curve(t *testing.T) {
	t.Parallel()
	e := newTown(5, today).energy
	for day, want := range map[string]int{"2026-03-28": 48, "2026-03-29": 46, "2025-10-26": 50, "2025-10-27": 48} {
		start, err := time.ParseInLocation(time.DateOnly, day, zone(t))
		if err != nil {
			t.Fatal(err)
		}
		steps := e.Day(start)
		last := steps[len(steps)-1].Start.Add(30 * time.Minute)
		if len(steps) != want || !steps[0].Start.Equal(start) || !last.Equal(start.AddDate(0, 0, 1)) {
			t.Errorf("%s: %d steps, from %s to %s, want %d", day, len(steps), steps[0].Start, last, want)
		}
	}
}

// mean returns the mean power of the days from first on, over some hours.
func mean(e *providers.Energy, first time.Time, days int, isIn func(time.Time) bool) int {
	sum, n := 0, 0
	for d := range days {
		for _, s := range e.Day(first.AddDate(0, 0, d)) {
			if isIn(s.Start) {
				sum, n = sum+s.Watts, n+1
			}
		}
	}
	return sum / max(n, 1)
}

func TestLife_curve_is_that_of_a_household(t *testing.T) {
	t.Parallel()
	e := newTown(5, today).energy
	day := func(text string) time.Time {
		d, err := time.ParseInLocation(time.DateOnly, text, zone(t))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	all := func(time.Time) bool { return true }
	isWeekend := func(s time.Time) bool { return s.Weekday() == time.Saturday || s.Weekday() == time.Sunday }
	hours := func(from, to int) func(time.Time) bool {
		return func(s time.Time) bool { return s.Hour() >= from && s.Hour() < to }
	}
	winter, summer := mean(e, day("2026-01-01"), 31, all), mean(e, day("2025-07-01"), 30, all)
	if winter < 2*summer {
		t.Errorf("%d W in January, %d in July", winter, summer)
	}
	if night, evening := mean(e, day("2025-06-01"), 30, hours(2, 5)), mean(e, day("2025-06-01"), 30, hours(19, 21)); evening < 4*night {
		t.Errorf("%d W at night, %d in the evening", night, evening)
	}
	week := mean(e, day("2025-06-01"), 30, func(s time.Time) bool { return !isWeekend(s) && hours(11, 15)(s) })
	weekend := mean(e, day("2025-06-01"), 30, func(s time.Time) bool { return isWeekend(s) && hours(11, 15)(s) })
	if weekend < 2*week {
		t.Errorf("at noon %d W in the week, %d at its end", week, weekend)
	}
	away := 0
	for d := range 31 {
		if mean(e, day("2025-08-01").AddDate(0, 0, d), 1, all) < 140 {
			away++
		}
	}
	if away != 14 {
		t.Errorf("away for %d days of August", away)
	}
	year := mean(e, day("2025-01-01"), 365, all) * 8760 / 1000
	if year < 5000 || year > 11000 {
		t.Errorf("%d kWh a year", year)
	}
}

func TestLife_of_the_fortnight_away_has_no_shopping_at_home(t *testing.T) {
	t.Parallel()
	lines := newTown(5, today).joint()
	sea, from, to := 0, time.Time{}, time.Time{}
	for _, line := range lines {
		if line.Kind == providers.Card && (strings.HasSuffix(line.Label, "CROZON") || strings.HasSuffix(line.Label, "CAMARET")) && line.Made.Year() == 2025 {
			if sea++; to.IsZero() {
				to = line.Made
			}
			from = line.Made
		}
	}
	for _, line := range lines {
		if strings.Contains(line.Label, "SUPERMARCHE") && line.Made.After(from) && line.Made.Before(to) {
			t.Errorf("%s on %s", line.Label, line.Made)
		}
	}
	if sea < 15 || to.Sub(from) > 15*24*time.Hour {
		t.Errorf("%d lines by the sea from %s to %s", sea, from, to)
	}
}

func TestLife_pending_lines_are_booked_within_three_days_under_another_name(t *testing.T) {
	t.Parallel()
	now := today()
	w := newTown(7, func() time.Time { return now })
	waiting := map[string]providers.BankLine{} // by amount and shop
	seen, short := 0, 0
	for range 30 {
		for key, was := range waiting {
			if now.Sub(was.Made) > 4*24*time.Hour {
				t.Fatalf("%s still pending", key)
			}
		}
		still, lines := map[string]providers.BankLine{}, w.joint()
		for _, line := range lines {
			if line.Pending {
				still[line.ID] = line
			}
		}
		for id, was := range waiting {
			if _, ok := still[id]; ok {
				continue
			}
			i := slices.IndexFunc(lines, func(v providers.BankLine) bool { return v.Made.Equal(was.Made) && v.Amount == was.Amount && !v.Pending })
			booked := lines[max(i, 0)]
			if i < 0 || booked.ID == id || booked.Label == was.Label || !strings.Contains(booked.Label, strings.TrimPrefix(was.Label, "AUTORISATION CB ")) {
				t.Errorf("%+v became %+v", was, booked)
			}
			if days := dayOf(booked.Booked).Sub(dayOf(was.Made)).Hours() / 24; days < 1 || days > 3 {
				t.Errorf("%s: booked after %v days", booked.Label, days)
			}
			seen++
		}
		if len(still) == 0 {
			short++
		}
		waiting = still
		now = now.Add(24 * time.Hour)
	}
	if seen < 20 || short > 10 {
		t.Errorf("%d were booked, %d days without any", seen, short)
	}
}

func dayOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func TestLife_later_day_adds_lines_and_changes_none(t *testing.T) {
	t.Parallel()
	now := today()
	w := newTown(7, func() time.Time { return now })
	before := map[string]providers.BankLine{}
	for _, a := range w.bank.Accounts() {
		for _, line := range w.bank.Lines(a.ID) {
			before[line.ID] = line
		}
	}
	now = now.AddDate(0, 2, 3)
	after := map[string]providers.BankLine{}
	elsewhere := newTown(7, at(now))
	for _, a := range w.bank.Accounts() {
		for _, line := range w.bank.Lines(a.ID) {
			after[line.ID] = line
		}
		for _, line := range elsewhere.bank.Lines(a.ID) {
			if fmt.Sprint(after[line.ID]) != fmt.Sprint(line) {
				t.Fatalf("another process of the same seed has %+v", line)
			}
		}
	}
	if len(after) < len(before)+60 {
		t.Errorf("%d lines, then %d", len(before), len(after))
	}
	for id, line := range before {
		if !line.Pending && after[id] != line {
			t.Errorf("%+v became %+v", line, after[id])
		}
	}
	other := newTown(8, today)
	if a, b := other.joint()[40], newTown(7, today).joint()[40]; a == b {
		t.Error("another seed has the same lines")
	}
}

func TestLife_has_all_kinds_of_lines(t *testing.T) {
	t.Parallel()
	w := newTown(1, today)
	kinds := map[providers.LineKind]int{}
	for _, a := range w.bank.Accounts() {
		for _, line := range w.bank.Lines(a.ID) {
			kinds[line.Kind]++
			if line.Label == "" || line.Amount == 0 || strings.Contains(line.Label, "  ") {
				t.Errorf("got %+v", line)
			}
		}
	}
	for _, k := range []providers.LineKind{providers.Card, providers.DirectDebit, providers.Transfer, providers.Withdrawal, providers.Refund, providers.Fee, providers.Interest} {
		if kinds[k] < 2 {
			t.Errorf("%d lines of kind %s", kinds[k], k)
		}
	}
}
