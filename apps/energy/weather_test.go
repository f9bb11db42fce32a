package main

import (
	"math"
	"testing"
)

func TestFitOf(t *testing.T) {
	t.Parallel()
	now := mustMonth(t, "2026-11")
	r := region{Months: map[string]float64{}}
	all := map[month]total{}
	for i := range 24 {
		m := now - 24 + month(i)
		hdd := float64(i%12) * 30
		r.Months[m.String()] = hdd
		all[m] = total{q: quantity((float64(m.days())*8 + 2.5*hdd) * float64(unit)), covers: 100}
	}
	f := fitOf(all, r, now)
	if !f.follows() || f.months != 24 || math.Abs(f.base-8) > 0.01 || math.Abs(f.slope-2.5) > 0.01 || f.r2 < 0.999 {
		t.Errorf("got %+v", f)
	}
	if got := f.corrected(400, 100, 140); math.Abs(got-500) > 0.5 {
		t.Errorf("40 degree days more: got %f", got)
	}

	all[now-1] = total{q: 1, covers: 50} // lacks half its days
	all[now] = total{q: 1, covers: 100}  // is not over
	r.Months[now.String()] = 500
	delete(r.Months, (now - 2).String())
	if f := fitOf(all, r, now); f.months != 22 || math.Abs(f.slope-2.5) > 0.01 {
		t.Errorf("with missing months: got %+v", f)
	}
}

func TestFit_is_refused(t *testing.T) {
	t.Parallel()
	now := mustMonth(t, "2026-11")
	for name, use := range map[string]func(i int) float64{
		"a home that does not heat":   func(i int) float64 { return 300 + float64(i*7919%13) },
		"a home that cools":           func(i int) float64 { return 600 - float64(i)*20 },
		"one that never changes":      func(int) float64 { return 310 },
		"a home known for six months": func(i int) float64 { return map[bool]float64{true: 300 + 30*float64(i), false: -1}[i < 6] },
	} {
		r, all := region{Months: map[string]float64{}}, map[month]total{}
		for i := range 12 {
			m := now - 12 + month(i)
			r.Months[m.String()] = float64(i) * 30
			if kwh := use(i); kwh >= 0 {
				all[m] = total{q: quantity(kwh * float64(unit)), covers: 100}
			}
		}
		if f := fitOf(all, r, now); f.follows() {
			t.Errorf("%s: got %+v", name, f)
		}
	}
}

func TestWeatherPack_at(t *testing.T) {
	t.Parallel()
	p := weatherPack{Regions: []region{{ID: "a", Postcodes: []string{"35", "2"}}, {ID: "b", Postcodes: []string{"20", "351"}}}}
	for _, tc := range []struct {
		chosen, place, want string
		ok                  bool
	}{
		{"", "14 rue des Glycines, 35000 Rennes", "a", true}, {"", "35100", "b", true}, {"", "20000 Ajaccio", "b", true},
		{"b", "35000", "b", true}, {"zz", "35000", "a", true}, {"", "12345678901234", "", false}, {"", "75001 Paris", "", false},
	} {
		got, ok := p.at(tc.chosen, []string{tc.place})
		if ok != tc.ok || got.ID != tc.want {
			t.Errorf("%q, %q: got %q, %v", tc.chosen, tc.place, got.ID, ok)
		}
	}
}
