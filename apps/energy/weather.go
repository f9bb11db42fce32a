package main

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// A weatherPack is the content of the reference pack weather-degree-days, as
// docs/packs.md has it.
type weatherPack struct {
	MadeUp  bool     `json:"made_up"`
	Base    float64  `json:"base"` // °C that a home is warm enough at
	Regions []region `json:"regions"`
}

// A region is where the same weather is reckoned with.
type region struct {
	ID        string             `json:"id"`
	Name      string             `json:"name"`
	Postcodes []string           `json:"postcodes"` // how those of its places begin
	Months    map[string]float64 `json:"months"`    // degree days, by "2026-03"
}

func (p weatherPack) check() error {
	if len(p.Regions) == 0 || len(p.Regions) > 200 {
		return errors.New("weather-degree-days: no region, or too many")
	}
	for _, r := range p.Regions {
		for m, n := range r.Months {
			if _, ok := parseMonth(m); !ok || n < 0 || n > 2000 {
				return errors.New("weather-degree-days: " + r.ID + ": " + m)
			}
		}
		if r.ID == "" || r.Name == "" || len(r.Months) > 1200 {
			return errors.New("weather-degree-days: a region without id or name, or too long")
		}
	}
	return nil
}

var postcode = regexp.MustCompile(`\b\d{5}\b`)

// at returns the region that the person chose, or else that of the first place
// that names a postcode of one; false for none.
func (p weatherPack) at(chosen string, places []string) (region, bool) {
	for _, r := range p.Regions {
		if r.ID == chosen {
			return r, true
		}
	}
	best, longest := region{}, 0
	for _, place := range places {
		for _, code := range postcode.FindAllString(place, -1) {
			for _, r := range p.Regions {
				for _, prefix := range r.Postcodes {
					if len(prefix) > longest && len(prefix) <= len(code) && code[:len(prefix)] == prefix {
						best, longest = r, len(prefix)
					}
				}
			}
		}
	}
	return best, longest > 0
}

// A fit is how a home's use follows the weather: a day uses base, and slope more
// for each degree day.
type fit struct {
	base, slope float64 // kWh
	r2          float64 // how much of the differences between months it explains
	months      int
}

const (
	leastMonths = 9 // that a line is drawn through
	leastR2     = 0.6
)

// follows reports whether use follows the weather closely enough to be corrected.
func (f fit) follows() bool { return f.months >= leastMonths && f.r2 >= leastR2 && f.slope > 0 }

// fitOf draws the line of least squares through whole months, each by its mean
// day.
func fitOf(all map[month]total, r region, now month) fit {
	var xs, ys []float64
	for m, t := range all {
		hdd, ok := r.Months[m.String()]
		if !ok || t.covers < wholeMonth || m >= now {
			continue
		}
		days := float64(m.days())
		xs, ys = append(xs, hdd/days), append(ys, float64(t.q)/float64(unit)/days)
	}
	f := fit{months: len(xs)}
	if len(xs) < 3 {
		return f
	}
	n := float64(len(xs))
	mx, my := sum(xs)/n, sum(ys)/n
	var sxx, sxy, syy float64
	for i := range xs {
		sxx += (xs[i] - mx) * (xs[i] - mx)
		sxy += (xs[i] - mx) * (ys[i] - my)
		syy += (ys[i] - my) * (ys[i] - my)
	}
	if sxx == 0 || syy == 0 {
		return f
	}
	f.slope = sxy / sxx
	f.base, f.r2 = my-f.slope*mx, sxy*sxy/(sxx*syy)
	return f
}

// sum adds up in order of size, so that the same months give the same digits
// whatever their order.
func sum(all []float64) (s float64) {
	for _, x := range slices.SortedFunc(slices.Values(all), cmp.Compare[float64]) {
		s += x
	}
	return s
}

// corrected is what a month's use would have been with another month's weather.
func (f fit) corrected(kwh, hdd, with float64) float64 { return max(0, kwh+f.slope*(with-hdd)) }

const weatherName = "weather-degree-days"

// A climate is the weather that the months are corrected by.
type climate struct {
	region region
	known  bool
	said   []view.Node // where it is from, or what would bring it
}

// climate reads the pack and finds the home's region.
func (h *house) climate() (c climate, err error) {
	var p weatherPack
	from, ok, err := h.pack(weatherName, &p)
	if err == nil && ok {
		err = p.check()
	}
	if err != nil {
		return c, err
	}
	if !ok {
		c.said = []view.Node{h.noPack(weatherName)}
		return c, nil
	}
	contracts, err := h.contracts()
	if err != nil {
		return c, err
	}
	var places []string
	for _, row := range contracts {
		places = append(places, row.Data.Place)
	}
	if c.region, c.known = p.at(h.Param("region"), places); !c.known {
		c.said = append(c.said, text(app.Plain(h.t.T("weather.where"))))
	}
	in := view.Input{Name: "region", Label: h.t.T("weather.region"), Kind: view.InputChoice, Value: c.region.ID}
	for _, r := range p.Regions {
		in.Options = append(in.Options, view.Option{Value: r.ID, Label: r.Name})
	}
	form := view.Node{Kind: view.KindForm, Form: &view.Form{Link: view.Link{View: viewYear}, Fields: []view.Input{in}, Submit: h.t.T("show")}}
	c.said = append(c.said, form, h.packSource(weatherName, from, p.MadeUp))
	return c, nil
}

// correct adds last year with this year's weather to a chart of months, and says
// how it is reckoned.
func (h *house) correct(c *view.Chart, all map[month]total, r region, of fluid) []view.Node {
	f := fitOf(all, r, h.now)
	if !f.follows() {
		return []view.Node{text(h.t.Text("weather.no-fit", "months", app.Int(f.months), "share", share(f.r2)))}
	}
	s := view.Series{Name: h.t.T("weather.series"), Past: true}
	var now, past total
	corrected := 0.0
	for m := h.now - shownMonths + 1; m <= h.now; m++ {
		t, ok := all[m-12]
		hdd, ok2 := r.Months[(m - 12).String()]
		with, ok3 := r.Months[m.String()]
		if !ok || !ok2 || !ok3 || m == h.now {
			s.Values, s.Why = append(s.Values, nil), append(s.Why, nil)
			continue
		}
		kwh := f.corrected(*t.q.point(), hdd, with)
		rounded := float64(int(kwh*10+0.5)) / 10
		s.Values, s.Why = append(s.Values, &rounded), append(s.Why, t.why())
		if own, ok := all[m]; ok && own.covers >= wholeMonth && t.covers >= wholeMonth {
			now, past, corrected = now.plus(own), past.plus(t), corrected+kwh
		}
	}
	c.Series = append(c.Series, s)
	nodes := []view.Node{text(h.t.Text("weather.how", "region", r.Name, "slope", app.Number(two(f.slope), string(of)), "base", app.Number(two(f.base), string(of)),
		"share", share(f.r2), "months", app.Int(f.months)))}
	if change, n, ok := percent(now.q, quantity(corrected*float64(unit))); ok {
		change.Why = now.plus(past).why()
		nodes = append([]view.Node{stat(h.t.T("weather.stat"), change, h.t.Text("weather."+direction(n), "change", size(n), "now", now.value(of), "past", past.value(of),
			"corrected", quantity(corrected*float64(unit)).value(of)))}, nodes...)
	}
	return nodes
}

func direction(n int) string {
	switch {
	case n > 0:
		return "more"
	case n < 0:
		return "less"
	}
	return "same"
}

// size is n per cent without its sign, for a sentence that says the direction.
func size(n int) view.Value { return app.Number(record.Decimal(strconv.Itoa(max(n, -n))), "%") }

func two(f float64) record.Decimal { return record.Decimal(strconv.FormatFloat(f, 'f', 2, 64)) }

func share(r2 float64) view.Value {
	return app.Number(record.Decimal(strconv.Itoa(int(r2*100+0.5))), "%")
}
