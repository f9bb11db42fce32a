package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/domicile-home/domicile/sdk/record"
)

func offer(prices ...price) tariff {
	return tariff{ID: "x", Supplier: "x", Offer: "x", From: record.YearOf(2026), Subscription: map[string]record.Money{"6": "10.00"}, Prices: prices}
}

func TestCost(t *testing.T) {
	t.Parallel()
	of := offer(price{Name: "off-peak", Price: "0.10", Hours: []string{"22:00-06:00"}}, price{Name: "peak", Price: "0.20"})
	used := []total{{q: 1000 * unit, bases: []string{"b1"}}, {q: 2000*unit + 1, bases: []string{"b2", "b3"}}}
	e, ok := of.cost(used, "6", 12)
	if !ok || e.subscription != 12000 || e.charges[0].cents != 10000 || e.charges[1].cents != 40000 || e.total != 62000 || e.used.q != 3000*unit+1 {
		t.Errorf("got %+v, %v", e, ok)
	}
	if why := e.used.why(); len(why.Bases) != 3 {
		t.Errorf("the records behind the total: got %v", why.Bases)
	}
	if _, ok := of.cost(used, "36", 0); ok {
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
		"dates without an end": func(p *tariffPack) {
			p.Tariffs[0].Prices = append([]price{{Name: "x", Price: "1", Dates: []string{"2026-01-14"}}}, p.Tariffs[0].Prices...)
		},
		"dates without any price":    func(p *tariffPack) { p.Tariffs[0].Prices[0].Dates = []string{"2026-01-14"} },
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
	d := json.NewDecoder(bytes.NewReader(example(t, name)))
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
	var weather weatherPack
	readPack(t, weatherName, &weather)
	if err := weather.check(); err != nil {
		t.Error(err)
	}
}
