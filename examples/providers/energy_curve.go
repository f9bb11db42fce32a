package providers

import (
	"math"
	"math/rand/v2"
	"time"
)

// A Step is half an hour of a load curve.
type Step struct {
	Start time.Time // on the clock of Paris
	Watts int       // mean power: half as many Wh
}

// step is how long a step of the curve lasts.
const step = 30 * time.Minute

// supplier is what the household draws and is billed for: it follows from a
// seed and the day alone.
type supplier struct {
	seed   uint64
	family Household
	zone   *time.Location
}

// day returns the curve of the day that holds t: 48 steps, 46 when clocks go
// forward and 50 when they go back.
func (s supplier) day(t time.Time) []Step {
	y, m, d := t.In(s.zone).Date()
	start, end := time.Date(y, m, d, 0, 0, 0, 0, s.zone), time.Date(y, m, d+1, 0, 0, 0, 0, s.zone)
	r, cold, away := s.random(start, 'w'), s.heating(start), s.isAway(start)
	var all []Step
	for at := start; at.Before(end); at = at.Add(step) {
		watts := s.idle(r)
		if !away {
			watts += s.life(r, at) + s.warmth(at, cold)
		}
		all = append(all, Step{at, int(watts)})
	}
	return all
}

func (s supplier) random(day time.Time, purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(s.seed, uint64(dayNumber(day))<<8|purpose))
}

// dayNumber counts the civil days since 1970.
func dayNumber(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// idle is what runs by itself: the refrigerator, by turns, and what stands by.
func (s supplier) idle(r *rand.Rand) float64 { return 70 + float64(r.IntN(90)) }

// life is what people do: lights, cooking, washing, and water heated at night.
func (s supplier) life(r *rand.Rand, at time.Time) float64 {
	hour := float64(at.Hour()) + float64(at.Minute())/60
	weekend := at.Weekday() == time.Saturday || at.Weekday() == time.Sunday
	morning, lunch := 7.0, 0.0
	if weekend {
		morning, lunch = 9.25, 900
	}
	watts := bump(hour, morning, 0.8)*520 + bump(hour, 12.5, 0.7)*lunch + bump(hour, 19.5, 0.9)*1250 + bump(hour, 21, 1.4)*330
	if weekend && hour >= 10 && hour < 18 {
		watts += 180
	}
	if hour >= 22.5 || hour < 0.5 {
		watts += 1650 // the water tank
	}
	return watts * (0.7 + 0.6*r.Float64())
}

// bump is a bell around the middle, 1 high.
func bump(hour, middle, width float64) float64 {
	x := (hour - middle) / width
	return math.Exp(-x * x / 2)
}

// heating returns how many degrees a day lacks of a warm home, 0 in summer.
func (s supplier) heating(day time.Time) float64 {
	season := 11.8 - 7.2*math.Cos(2*math.Pi*float64(day.YearDay()-20)/365.25)
	weather := 0.0
	for n := -1; n <= 1; n++ { // days in a row are alike
		weather += (s.random(day.AddDate(0, 0, n), 't').Float64() - 0.5) * 3
	}
	return max(0, 15.5-season-weather)
}

// warmth is what the heaters draw, less at night and when the sun is high.
func (s supplier) warmth(at time.Time, cold float64) float64 {
	watts := 125 * cold
	switch hour := at.Hour(); {
	case hour >= 23 || hour < 6:
		return watts * 0.6
	case hour >= 12 && hour < 17:
		return watts * 0.8
	}
	return watts
}

// awayFrom returns the first day of the fortnight of August that the family
// spends by the sea.
func awayFrom(seed uint64, year int, zone *time.Location) time.Time {
	r := rand.New(rand.NewPCG(seed, uint64(year)<<8|'a'))
	return time.Date(year, time.August, 1+r.IntN(12), 0, 0, 0, 0, zone)
}

// awayDays is how long it lasts.
const awayDays = 14

func (s supplier) isAway(day time.Time) bool { return isAway(s.seed, day) }

func isAway(seed uint64, day time.Time) bool {
	n := dayNumber(day) - dayNumber(awayFrom(seed, day.Year(), day.Location()))
	return n >= 0 && n < awayDays
}
