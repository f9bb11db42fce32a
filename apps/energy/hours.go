package main

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// An hour is what all meters of electricity drew in hours alike: those of one
// day, or all Monday mornings at eight of some months.
type hour struct {
	q      quantity
	covers map[string]time.Duration // by meter: how long its values cover
	meters map[string]quantity
	bases  []string
}

// add counts a reading in.
func (o *hour) add(r reading) {
	if o.covers == nil {
		o.covers, o.meters = map[string]time.Duration{}, map[string]quantity{}
	}
	o.q += r.q
	o.covers[r.meter] += time.Duration(r.points) * stepOf(r.step)
	o.meters[r.meter] += r.q
	if !slices.Contains(o.bases, r.basis) {
		o.bases = append(o.bases, r.basis)
	}
}

// watts is the mean power, of all meters together; false without a value.
func (o *hour) watts() (float64, bool) {
	if o == nil || len(o.covers) == 0 {
		return 0, false
	}
	sum := 0.0
	for meter, q := range o.meters {
		sum += wattsOf(float64(q), o.covers[meter])
	}
	return sum, true
}

// wattsOf is the mean power of q, in millionths of a kWh, over d.
func wattsOf(q float64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return q / 1000 / d.Hours()
}

// A week is what was used by weekday, 1 is Monday, and hour of the clock.
type week [8][24]hour

// addWeek counts readings in whose parts are month, weekday and hour, of the
// months that count.
func (b book) addWeek(w *week, all []reading, counts func(month) bool) {
	for _, r := range all {
		m, ok := parseMonth(r.key[0])
		day, err := strconv.Atoi(r.key[1])
		at, ok2 := clockHour(r.key[2])
		if ok && ok2 && err == nil && counts(m) && day >= 1 && day <= 7 && r.kind() == electricity && r.of == kilowattHours && r.hasHours() && b.chose(r, m) {
			w[day][at].add(r)
		}
	}
}

func clockHour(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n < 24
}

// askedAtOnce is how many months one reply tells of by weekday and hour, so that
// it stays small with several meters.
const askedAtOnce = 3

// week asks for the months from first on, those that count.
func (h *house) week(first month, n int, counts func(month) bool) (w *week, err error) {
	w = &week{}
	for m := first; m < first+month(n); m += askedAtOnce {
		last := min(m+askedAtOnce, first+month(n)) - 1
		all, err := ask(h.Session, protocol.Where{From: m.record(), To: last.record()}, protocol.ByMonth, protocol.ByWeekday, protocol.ByHour)
		if err != nil {
			return nil, err
		}
		h.book.addWeek(w, all, counts)
	}
	return w, nil
}

// A dayHours is one day of electricity by hour of the clock.
type dayHours struct {
	day   time.Time
	hours [24]hour
}

// dayHours asks for the days from from to to, in order.
func (h *house) dayHours(from, to time.Time) (days []dayHours, err error) {
	const atOnce = 60
	for at := from; !at.After(to); at = at.AddDate(0, 0, atOnce) {
		last := at.AddDate(0, 0, atOnce-1)
		if last.After(to) {
			last = to
		}
		all, err := ask(h.Session, where(at, last), protocol.ByDay, protocol.ByHour)
		if err != nil {
			return nil, err
		}
		days = append(days, h.book.dayHours(all)...)
	}
	return days, nil
}

// dayHours puts readings whose parts are day and hour in order.
func (b book) dayHours(all []reading) (days []dayHours) {
	byDay := map[string]*dayHours{}
	for _, r := range all {
		day, err := time.Parse(time.DateOnly, r.key[0])
		at, ok := clockHour(r.key[1])
		if err != nil || !ok || r.kind() != electricity || r.of != kilowattHours || !r.hasHours() || !b.chose(r, monthOf(day)) {
			continue
		}
		if byDay[r.key[0]] == nil {
			byDay[r.key[0]] = &dayHours{day: day}
		}
		byDay[r.key[0]].hours[at].add(r)
	}
	for _, d := range byDay {
		days = append(days, *d)
	}
	slices.SortFunc(days, func(x, y dayHours) int { return cmp.Compare(x.day.Unix(), y.day.Unix()) })
	return days
}

// quietHours is how many hours of a day its base load is the mean of: long
// enough that a refrigerator's turns are evened out.
const quietHours = 6

// quiet returns the mean power of the quietest hours of a day; false for a day
// that lacks more than four hours.
func quiet(hours []hour) (float64, bool) {
	var all []float64
	for i := range hours {
		if w, ok := hours[i].watts(); ok {
			all = append(all, w)
		}
	}
	if len(all) < 20 {
		return 0, false
	}
	slices.Sort(all)
	sum := 0.0
	for _, w := range all[:quietHours] {
		sum += w
	}
	return sum / quietHours, true
}

// median is the middle of all, which it sorts; of an even number the lower.
func median(all []float64) (float64, bool) {
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	return all[(len(all)-1)/2], true
}

// watts is a power as people read it.
func watts(w float64) record.Decimal { return record.Decimal(strconv.Itoa(int(w + 0.5))) }

func clockText(hour, minute int) string {
	return time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC).Format("15:04")
}
