package web

import "time"

// moment tells an instant of the home itself.
func (s *site) moment(v *visit, t time.Time) moment {
	now := s.now()
	return moment{Text: v.l.Near(t.In(now.Location()), now), Exact: v.l.Moment(t, now.Location()), ISO: t.UTC().Format(time.RFC3339)}
}

// dayMoment tells a civil day, which is midnight in UTC.
func dayMoment(v *visit, day, now time.Time) moment {
	local := time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, now.Location())
	return moment{Text: v.l.NearDay(local, now), Exact: v.l.Day(local), ISO: day.Format(time.DateOnly)}
}

// now is the time in the home's zone.
func (s *site) now() time.Time { return s.Clock().In(s.Zone) }
