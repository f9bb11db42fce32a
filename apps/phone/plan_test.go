package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk/record"
)

func n(i int64) *int64 { return &i }

func testPack() planPack {
	from := record.Date(2026, 1, 1)
	return planPack{Currency: "EUR", Home: "FR", Zones: []zone{{"europe", []string{"IE", "BE"}}}, Plans: []plan{
		{ID: "small", Operator: "O", Offer: "2 h", From: from, Price: "5.00", Minutes: n(120), Messages: n(10), Data: n(1000),
			Beyond: rates{Minute: "0.10", Message: "0.05", MB: "0.01"}, Abroad: map[string]rates{"europe": {Minute: "0.30", Message: "0.20"}}},
		{ID: "stops", Operator: "O", Offer: "1 GB", From: from, Price: "4.00", Data: n(1000), Abroad: map[string]rates{"europe": {Minute: "0", Message: "0"}}},
		{ID: "all", Operator: "O", Offer: "all", From: from, Price: "20.00", Abroad: map[string]rates{"europe": {Minute: "0", Message: "0"}}},
	}}
}

func TestCost(t *testing.T) {
	t.Parallel()
	p := testPack()
	for name, tc := range map[string]struct {
		plan          int
		needs         []need
		cents, extra  int64
		within, stops int
	}{
		"within":                         {0, []need{{seconds: 7200, messages: 10, bytes: 1e9}}, 500, 0, 1, 0},
		"a second beyond is not a cent":  {0, []need{{seconds: 7201}}, 500, 0, 1, 0},
		"minutes beyond, by the second":  {0, []need{{seconds: 7200 + 90}}, 515, 15, 0, 0},
		"messages beyond":                {0, []need{{messages: 13}}, 515, 15, 0, 0},
		"data beyond":                    {0, []need{{bytes: 1_500_000_000}}, 1000, 500, 0, 0},
		"a zone":                         {0, []need{{abroad: map[string]hails{"IE": {60, 1}}}}, 550, 50, 0, 0},
		"a zone that is included":        {2, []need{{abroad: map[string]hails{"IE": {600, 3}}, bytes: 1e12}}, 2000, 0, 1, 0},
		"a country that is in no zone":   {2, []need{{abroad: map[string]hails{"US": {60, 0}}}}, 2000, 0, 0, 1},
		"an allowance without a beyond":  {1, []need{{bytes: 1_000_000_001}}, 400, 0, 0, 1},
		"no use at all":                  {1, []need{{}}, 400, 0, 1, 0},
		"months are not made up between": {0, []need{{seconds: 0}, {seconds: 14400}}, 2200, 1200, 1, 0},
	} {
		q := p.cost(p.Plans[tc.plan], tc.needs)
		if q.cents != tc.cents || q.extra != tc.extra || q.within != tc.within || q.stopped != tc.stops {
			t.Errorf("%s: got %d cents, %d beyond, %d within, %d stopped", name, q.cents, q.extra, q.within, q.stopped)
		}
	}
}

func TestQuotes(t *testing.T) {
	t.Parallel()
	all := testPack().quotes([]need{{bytes: 2e9}, {seconds: 60}})
	var order []string
	for _, q := range all {
		order = append(order, q.plan.ID)
	}
	if got := strings.Join(order, " "); got != "small all stops" {
		t.Errorf("got %s", got)
	}
	if best, ok := covering(all); !ok || best.plan.ID != "all" {
		t.Errorf("covering: got %s, %v", best.plan.ID, ok)
	}
	if _, ok := covering(all[:1]); ok {
		t.Error("a plan that costs more beyond covers")
	}
}

func TestPlanPack_check(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*planPack){
		"no currency":          func(p *planPack) { p.Currency = "" },
		"no home":              func(p *planPack) { p.Home = "" },
		"no plan":              func(p *planPack) { p.Plans = nil },
		"too many":             func(p *planPack) { p.Plans = make([]plan, maxPlans+1) },
		"a negative price":     func(p *planPack) { p.Plans[0].Price = "-1" },
		"no day":               func(p *planPack) { p.Plans[0].From = record.Time{} },
		"a negative allowance": func(p *planPack) { p.Plans[0].Data = n(-1) },
		"a rate of words":      func(p *planPack) { p.Plans[0].Beyond.Minute = "free" },
		"a negative rate":      func(p *planPack) { p.Plans[0].Abroad["europe"] = rates{Minute: "-0.1"} },
	} {
		p := testPack()
		if err := p.check(); err != nil {
			t.Fatal(err)
		}
		if change(&p); p.check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestExamplePack_holds(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join("..", "..", "examples", "packs", plansName+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var p planPack
	d := json.NewDecoder(strings.NewReader(string(content)))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		t.Fatal(err)
	}
	if err := p.check(); err != nil {
		t.Error(err)
	}
	for _, of := range p.Plans {
		for id := range of.Abroad {
			found := false
			for _, z := range p.Zones {
				found = found || z.ID == id
			}
			if !found {
				t.Errorf("%s has prices for a zone %q that is not", of.ID, id)
			}
		}
	}
}
