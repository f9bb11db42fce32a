package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk/record"
)

// flat is a week of one kWh every hour.
func flat() *week {
	w := &week{}
	for day := 1; day <= 7; day++ {
		for at := range w[day] {
			w[day][at].q = unit
		}
	}
	return w
}

func offer(prices ...price) tariff {
	return tariff{ID: "x", Supplier: "x", Offer: "x", From: record.YearOf(2026), Subscription: map[string]record.Money{"6": "10.00"}, Prices: prices}
}

func TestCost(t *testing.T) {
	t.Parallel()
	peak := price{Name: "peak", Price: "0.20"}
	for name, tc := range map[string]struct {
		tariff tariff
		want   []quantity // in kWh, by price
		cents  int64      // of a year
	}{
		"one price":                            {offer(price{Name: "base", Price: "0.25"}), []quantity{168}, 12000 + 4200},
		"hours across midnight":                {offer(price{Name: "off-peak", Price: "0.10", Hours: []string{"22:00-06:00"}}, peak), []quantity{56, 112}, 12000 + 560 + 2240},
		"two ranges":                           {offer(price{Name: "off-peak", Price: "0.10", Hours: []string{"12:00-14:00", "01:00-07:00"}}, peak), []quantity{56, 112}, 12000 + 560 + 2240},
		"a weekend":                            {offer(price{Name: "weekend", Price: "0.10", Days: []int{6, 7}}, peak), []quantity{48, 120}, 12000 + 480 + 2400},
		"the small hours of a weekend's night": {offer(price{Name: "night", Price: "0.10", Days: []int{6}, Hours: []string{"22:00-06:00"}}, peak), []quantity{8, 160}, 12000 + 80 + 3200},
		"the first that fits holds": {offer(price{Name: "weekend", Price: "0.10", Days: []int{7}}, price{Name: "off-peak", Price: "0.15", Hours: []string{"00:00-12:00"}}, peak),
			[]quantity{24, 72, 72}, 12000 + 240 + 1080 + 1440},
		"until midnight": {offer(price{Name: "night", Price: "0.10", Hours: []string{"23:00-24:00"}}, peak), []quantity{7, 161}, 12000 + 70 + 3220},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := tc.tariff.check(); err != nil {
				t.Fatal(err)
			}
			e, ok := tc.tariff.cost(flat(), "6", 12)
			if !ok || e.total != tc.cents || e.subscription != 12000 {
				t.Errorf("got %d cents, %v, want %d", e.total, ok, tc.cents)
			}
			for i, c := range e.charges {
				if c.q != tc.want[i]*unit {
					t.Errorf("price %d: got %d, want %d", i, c.q, tc.want[i]*unit)
				}
			}
		})
	}
}

func TestCost_shares_an_hour_by_its_minutes(t *testing.T) {
	t.Parallel()
	of := offer(price{Name: "off-peak", Price: "0.10", Hours: []string{"22:30-06:20"}}, price{Name: "peak", Price: "0.20"})
	w := &week{}
	w[1][22].q, w[2][6].q, w[3][12].q = 1_000_001, 900_000, 5
	e, ok := of.cost(w, "6", 0)
	if !ok || e.charges[0].q != 500_001+300_000 || e.charges[0].q+e.charges[1].q != 1_900_006 {
		t.Errorf("got %+v, %v: nothing may be lost", e.charges, ok)
	}
	if _, ok := of.cost(w, "36", 0); ok {
		t.Error("a power that is not offered has a price")
	}
}

func TestCostOf_rounds_once(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		q     quantity
		price record.Decimal
		want  int64
	}{{unit, "0.2052", 21}, {10 * unit, "0.2052", 205}, {1, "0.2052", 0}, {8476 * unit, "0.198765", 168473}, {-unit, "0.25", -25}} {
		if got, ok := costOf(tc.q, tc.price); !ok || got != tc.want {
			t.Errorf("%d at %s: got %d, %v, want %d", tc.q, tc.price, got, ok, tc.want)
		}
	}
}

func TestTariffPack_check(t *testing.T) {
	t.Parallel()
	good := offer(price{Name: "base", Price: "0.2"})
	for name, change := range map[string]func(*tariffPack){
		"no currency":       func(p *tariffPack) { p.Currency = "" },
		"no tariff":         func(p *tariffPack) { p.Tariffs = nil },
		"too many":          func(p *tariffPack) { p.Tariffs = make([]tariff, maxTariffs+1) },
		"a negative price":  func(p *tariffPack) { p.Tariffs[0].Prices[0].Price = "-0.2" },
		"a price in cents":  func(p *tariffPack) { p.Tariffs[0].Prices[0].Price = "100000001" },
		"a price too exact": func(p *tariffPack) { p.Tariffs[0].Prices[0].Price = "0.12345678" },
		"hours that are none": func(p *tariffPack) {
			p.Tariffs[0].Prices = append([]price{{Name: "x", Price: "1", Hours: []string{"22h-6h"}}}, p.Tariffs[0].Prices...)
		},
		"an empty range": func(p *tariffPack) {
			p.Tariffs[0].Prices = append([]price{{Name: "x", Price: "1", Hours: []string{"22:00-22:00"}}}, p.Tariffs[0].Prices...)
		},
		"hours without any price":    func(p *tariffPack) { p.Tariffs[0].Prices[0].Hours = []string{"22:00-06:00"} },
		"a subscription of no money": func(p *tariffPack) { p.Tariffs[0].Subscription = map[string]record.Money{"6": "ten"} },
	} {
		p := tariffPack{Currency: "EUR", Tariffs: []tariff{good}}
		p.Tariffs[0].Prices = append([]price(nil), good.Prices...)
		if err := p.check(); err != nil {
			t.Fatal(err)
		}
		if change(&p); p.check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// readPack reads an example pack.
func readPack(t *testing.T, name string, v any) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "examples", "packs", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(content)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatal(err)
	}
}

func TestExamplePacks_hold(t *testing.T) {
	t.Parallel()
	var tariffs tariffPack
	readPack(t, tariffsName, &tariffs)
	if err := tariffs.check(); err != nil {
		t.Error(err)
	}
	all := tariffs.estimates(flat(), "6", 12)
	if len(all) != len(tariffs.Tariffs) {
		t.Errorf("%d of %d tariffs at 6 kVA", len(all), len(tariffs.Tariffs))
	}
	for i := range all[1:] {
		if all[i].total > all[i+1].total {
			t.Error("not the cheapest first")
		}
	}
	var weather weatherPack
	readPack(t, weatherName, &weather)
	if err := weather.check(); err != nil {
		t.Error(err)
	}
}

func FuzzMinutesOf(f *testing.F) {
	f.Add("22:00-06:00")
	f.Add("00:00-24:00")
	f.Add("9:5-x")
	f.Fuzz(func(t *testing.T, text string) {
		from, to, ok := minutesOf(text)
		if ok && (from < 0 || to < 0 || from >= 1440 || to >= 1440) {
			t.Errorf("%q: %d to %d", text, from, to)
		}
	})
}
