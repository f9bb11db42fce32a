package schedule_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/schedule"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func source(n uint64) core.SourceID {
	return core.SourceID(binary.BigEndian.AppendUint64(nil, n))
}

func paris(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func plan(t *testing.T, spec schedule.Spec) schedule.Plan {
	t.Helper()
	p, err := schedule.NewPlan(spec, paris(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", text, paris(t))
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// awake is a clock that has been running since long before now.
func awake(now time.Time) schedule.Clock {
	return schedule.Clock{Now: now, Awake: now.Add(-30 * 24 * time.Hour)}
}

func TestNext_daily_in_its_window_at_the_same_time_of_day(t *testing.T) {
	t.Parallel()
	daily := plan(t, schedule.Spec{Every: 24 * time.Hour, NotBefore: "22:00", NotAfter: "04:30"})
	for n := range uint64(50) {
		now := at(t, "2026-03-26 12:00")
		s := schedule.State{Source: source(n), Plan: daily, Last: now}
		var clock string
		for range 6 { // over the change of hour on the 29th
			d := schedule.Next(s, awake(s.Last))
			if d.Reason != schedule.Regular {
				t.Fatalf("got %+v", d)
			}
			local := d.At.In(paris(t))
			if h := local.Hour(); h < 22 && h >= 5 || h == 4 && local.Minute() >= 30 {
				t.Errorf("source %d runs at %s", n, local)
			}
			if gap := d.At.Sub(s.Last); gap < 12*time.Hour || gap > 37*time.Hour {
				t.Errorf("source %d waits %v", n, gap)
			}
			if got := local.Format("15:04:05"); clock != "" && got != clock && local.Day() != 29 {
				t.Errorf("source %d runs at %s, then at %s", n, clock, got)
			} else if local.Day() != 29 {
				clock = got
			}
			s.Last = d.At.Add(time.Minute)
		}
	}
}

func TestNext_spreads_sources_over_the_window(t *testing.T) {
	t.Parallel()
	daily := plan(t, schedule.Spec{Every: 24 * time.Hour, NotBefore: "02:00", NotAfter: "06:00"})
	hours := map[int]int{}
	now := at(t, "2026-05-05 12:00")
	for n := range uint64(400) {
		d := schedule.Next(schedule.State{Source: source(n), Plan: daily, Last: now}, awake(now))
		if again := schedule.Next(schedule.State{Source: source(n), Plan: daily, Last: now}, awake(now)); again != d {
			t.Fatalf("got %v, then %v", d, again)
		}
		hours[d.At.In(paris(t)).Hour()]++
	}
	for h := 2; h < 6; h++ {
		if hours[h] < 70 {
			t.Errorf("%d of 400 between %d:00 and %d:00: %v", hours[h], h, h+1, hours)
		}
	}
}

func TestNext_hourly_stays_inside_its_window(t *testing.T) {
	t.Parallel()
	hourly := plan(t, schedule.Spec{Every: time.Hour, NotBefore: "08:00", NotAfter: "20:00"})
	s := schedule.State{Source: source(7), Plan: hourly, Last: at(t, "2026-05-05 07:00")}
	runs := 0
	for s.Last.Before(at(t, "2026-05-06 07:00")) {
		d := schedule.Next(s, awake(s.Last))
		if h := d.At.In(paris(t)).Hour(); h < 8 || h >= 20 {
			t.Errorf("runs at %s", d.At)
		}
		s.Last = d.At.Add(10 * time.Second)
		runs++
	}
	if runs < 12 || runs > 14 {
		t.Errorf("%d runs in a day", runs)
	}
}

func TestNext_weekly_keeps_its_day(t *testing.T) {
	t.Parallel()
	weekly := plan(t, schedule.Spec{Every: 7 * 24 * time.Hour})
	weekdays := map[time.Weekday]bool{}
	for n := range uint64(60) {
		s := schedule.State{Source: source(n), Plan: weekly, Last: at(t, "2026-05-05 07:00")}
		first := schedule.Next(s, awake(s.Last)).At.In(paris(t))
		weekdays[first.Weekday()] = true
		for range 5 {
			d := schedule.Next(s, awake(s.Last))
			if got := d.At.In(paris(t)).Weekday(); got != first.Weekday() {
				t.Errorf("source %d: %s, then %s", n, first.Weekday(), got)
			}
			s.Last = d.At.Add(time.Minute)
		}
	}
	if len(weekdays) != 7 {
		t.Errorf("only on %v", weekdays)
	}
}

func TestNext_follows_the_times_a_person_named(t *testing.T) {
	t.Parallel()
	p := plan(t, schedule.Spec{Cron: "30 6 * * 1"})
	s := schedule.State{Source: source(3), Plan: p, Last: at(t, "2026-05-05 07:00")}
	d := schedule.Next(s, awake(s.Last))
	if from := at(t, "2026-05-11 06:30"); d.At.Before(from) || d.At.After(from.Add(5*time.Minute)) {
		t.Errorf("got %v", d)
	}
	s.Last = d.At.Add(time.Minute)
	if d = schedule.Next(s, awake(s.Last)); d.At.In(paris(t)).Day() != 18 {
		t.Errorf("then %v", d)
	}
	never := schedule.State{Source: source(3), Plan: plan(t, schedule.Spec{Cron: "0 0 30 2 *"}), Last: s.Last, Until: s.Last.Add(time.Hour)}
	if d := schedule.Next(never, awake(s.Last)); !d.At.IsZero() || d.Reason != schedule.Manual {
		t.Errorf("on 30 February: %v", d)
	}
}

func TestNext_stops(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-05-05 12:00")
	daily := plan(t, schedule.Spec{Every: 24 * time.Hour})
	for _, tc := range []struct {
		state schedule.State
		want  schedule.Reason
	}{
		{schedule.State{Plan: daily, Paused: true, Last: now}, schedule.Paused},
		{schedule.State{Plan: daily, Waiting: true, Last: now}, schedule.Waiting},
		{schedule.State{Last: now}, schedule.Manual},
		{schedule.State{Plan: daily, Code: protocol.AuthFailed, Failed: 1, Last: now}, schedule.Stopped},
		{schedule.State{Plan: daily, Code: protocol.ConsentExpired, Failed: 1, Last: now}, schedule.Stopped},
		{schedule.State{Plan: daily, Code: protocol.ActionNeeded, Last: now}, schedule.Stopped},
	} {
		if d := schedule.Next(tc.state, awake(now)); d.Reason != tc.want || d.IsDue(now.Add(1000*time.Hour)) {
			t.Errorf("%+v: got %v, want %s", tc.state, d, tc.want)
		}
	}
}

func TestNext_comes_back_later_after_each_failure(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-05-05 12:00")
	daily := plan(t, schedule.Spec{Every: 24 * time.Hour})
	var last time.Duration
	for failed := 1; failed <= 40; failed++ {
		s := schedule.State{Source: source(1), Plan: daily, Last: now, Code: protocol.Unavailable, Failed: failed}
		d := schedule.Next(s, awake(now))
		wait := d.At.Sub(now)
		if d.Reason != schedule.Retry || wait < last || wait < 10*time.Minute || wait > 30*time.Hour {
			t.Errorf("after %d failures: %v, %s", failed, wait, d.Reason)
		}
		if failed <= 8 && last > 0 && wait < 2*last-time.Second {
			t.Errorf("after %d failures: %v, before %v", failed, wait, last)
		}
		last = wait
	}
	s := schedule.State{Source: source(1), Plan: daily, Last: now, Code: protocol.SourceChanged, Failed: 1}
	if d := schedule.Next(s, awake(now)); d.At.Sub(now) < 12*time.Hour {
		t.Errorf("a changed source is asked again after %v", d.At.Sub(now))
	}
}

func TestNext_obeys_retry_after_within_reason(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-05-05 12:00")
	s := schedule.State{Source: source(1), Plan: plan(t, schedule.Spec{Every: 24 * time.Hour}), Last: now,
		Code: protocol.RateLimited, Failed: 1, Until: now.Add(3 * time.Hour)}
	if d := schedule.Next(s, awake(now)); !d.At.Equal(s.Until) || d.Reason != schedule.RetryAfter {
		t.Errorf("got %v", d)
	}
	s.Until = now.Add(10_000 * time.Hour)
	if d := schedule.Next(s, awake(now)); !d.At.Equal(now.Add(schedule.MaxRetryAfter)) {
		t.Errorf("got %v", d)
	}
	s.Until = now.Add(time.Minute)
	if d := schedule.Next(s, awake(now)); d.At.Sub(now) < 10*time.Minute {
		t.Errorf("got %v", d)
	}
}

func TestNext_makes_up_once_for_runs_missed_while_away(t *testing.T) {
	t.Parallel()
	daily := plan(t, schedule.Spec{Every: 24 * time.Hour, NotBefore: "02:00", NotAfter: "04:00"})
	now := at(t, "2026-05-05 12:00")
	c := schedule.Clock{Now: now, Awake: now}
	var first, latest time.Time
	for n := range uint64(40) {
		s := schedule.State{Source: source(n), Plan: daily, Last: at(t, "2026-04-20 03:00")}
		d := schedule.Next(s, c)
		if d.Reason != schedule.CatchUp || d.At.Before(now) || d.At.After(now.Add(20*time.Minute)) {
			t.Errorf("source %d: %v", n, d)
		}
		later := c
		later.Now = now.Add(5 * time.Minute)
		if again := schedule.Next(s, later); again != d {
			t.Errorf("source %d: %v, five minutes later %v", n, d, again)
		}
		if first.IsZero() || d.At.Before(first) {
			first = d.At
		}
		if d.At.After(latest) {
			latest = d.At
		}
		s.Last = d.At.Add(time.Minute)
		if d = schedule.Next(s, schedule.Clock{Now: s.Last, Awake: now}); d.Reason != schedule.Regular || d.At.In(paris(t)).Day() != 6 {
			t.Errorf("source %d, then: %v", n, d)
		}
	}
	if latest.Sub(first) < 15*time.Minute {
		t.Errorf("all between %v and %v", first, latest)
	}
}

func TestNext_waits_for_a_clock_past_the_last_commit(t *testing.T) {
	t.Parallel()
	commit := at(t, "2026-05-05 12:00")
	s := schedule.State{Source: source(1), Plan: plan(t, schedule.Spec{Every: time.Hour}), Last: commit.Add(-3 * time.Hour)}
	now := at(t, "1970-01-01 01:00")
	d := schedule.Next(s, schedule.Clock{Now: now, Awake: now, Commit: commit})
	if d.Reason != schedule.ClockBehind || !d.At.Equal(commit) {
		t.Errorf("got %v", d)
	}
	now = commit.Add(time.Minute)
	if d = schedule.Next(s, schedule.Clock{Now: now, Awake: now, Commit: commit}); d.Reason != schedule.CatchUp {
		t.Errorf("then %v", d)
	}
}

func TestNext_does_not_wait_for_a_last_run_read_from_a_wrong_clock(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-05-05 12:00")
	s := schedule.State{Source: source(1), Plan: plan(t, schedule.Spec{Every: time.Hour}), Last: now.AddDate(20, 0, 0)}
	if d := schedule.Next(s, awake(now)); d.At.Sub(now) > 2*time.Hour {
		t.Errorf("got %v", d)
	}
}

func TestNewPlan_refuses(t *testing.T) {
	t.Parallel()
	for _, spec := range []schedule.Spec{
		{Every: time.Minute}, {Every: -time.Hour}, {Every: 400 * 24 * time.Hour}, {NotBefore: "06:00"}, {Every: time.Hour, NotBefore: "6:00"},
		{Every: time.Hour, NotBefore: "24:00"}, {Every: time.Hour, NotAfter: "x"}, {Cron: "* * * *"}, {Cron: "@every 1s"}, {Cron: "TZ=0"}, {Cron: "61 * * * *"},
	} {
		if _, err := schedule.NewPlan(spec, time.UTC); core.CodeOf(err) != core.Invalid {
			t.Errorf("%+v: got %v", spec, err)
		}
	}
}

func FuzzNext(f *testing.F) {
	f.Add(int64(time.Hour), "06:00", "08:00", "", int64(0), int64(1e9), int64(5e8), 0)
	f.Add(int64(0), "", "", "0 0 29 2 *", int64(1e9), int64(2e9), int64(0), 3)
	f.Add(int64(366*24*time.Hour), "23:00", "01:00", "", int64(1.7e9), int64(1.7e9), int64(1.8e9), 40)
	f.Fuzz(func(t *testing.T, every int64, from, until, cron string, last, now, commit int64, failed int) {
		p, err := schedule.NewPlan(schedule.Spec{Every: time.Duration(every), NotBefore: from, NotAfter: until, Cron: cron}, time.UTC)
		const most = 4e9 // the year 2096
		if err != nil || last < 0 || last > most || now < 0 || now > most || commit < 0 || commit > most {
			t.Skip()
		}
		c := schedule.Clock{Now: time.Unix(now, 0), Awake: time.Unix(now, 0), Commit: time.Unix(commit, 0)}
		s := schedule.State{Source: source(1), Plan: p, Last: time.Unix(last, 0), Failed: failed, Code: protocol.Unavailable}
		if d := schedule.Next(s, c); !d.At.IsZero() && d.At.Before(c.Commit) && c.Now.Before(c.Commit) {
			t.Errorf("%v is before the last commit", d)
		}
	})
}
