package providers_test

import (
	"testing"

	"github.com/domicile-home/domicile/examples/providers"
)

func TestPlanted_recurs_so_that_most_spans_hold_one_of_each(t *testing.T) {
	t.Parallel()
	counts := map[string]int{}
	const spans = 12
	for n := range spans {
		p := newTown(2, at(today().AddDate(0, 2*n, 9))).bank.Planted()
		for name, found := range map[string]int{"missing": len(p.Missing), "twice": len(p.Twice), "raises": len(p.Raises), "tariffs": len(p.Tariffs)} {
			if found > 1 {
				t.Errorf("%d months on: %d %s", 2*n, found, name)
			}
			counts[name] += found
		}
		if paid := len(p.Forgotten.Lines); paid != 24 {
			t.Errorf("%d months on: %d months of %s", 2*n, paid, p.Forgotten.Creditor)
		}
	}
	for name, n := range counts {
		if n < spans-1 {
			t.Errorf("%s: in %d of %d spans", name, n, spans)
		}
	}
}

func TestPlanted_subscription_costs_more_from_its_month_on(t *testing.T) {
	t.Parallel()
	w := newTown(1, today)
	raise := w.bank.Planted().Raises[0]
	paid := map[providers.Cents]int{}
	for _, line := range w.joint() {
		if line.Party != raise.Creditor || line.Pending {
			continue
		}
		want := raise.Before
		if !providers.MonthOf(line.Made).Before(raise.From) {
			want = raise.After
		}
		if line.Amount != -want {
			t.Errorf("%s: %s, want %s", line.Made, line.Amount, want)
		}
		paid[line.Amount]++
	}
	if paid[-raise.Before] < 2 || paid[-raise.After] < 2 {
		t.Errorf("paid %v", paid)
	}
	if gym := w.bank.Planted().Forgotten; len(gym.Lines) < 23 || gym.Monthly != 2990 {
		t.Errorf("forgotten: %+v", gym)
	}
}
