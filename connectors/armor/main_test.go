package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

func TestArmor_brings_in_all_and_then_nothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8) // over both nights when clocks change
	first := w.good()
	w.complete()
	if first.Counts.Added < 17 {
		t.Errorf("got %+v", first.Counts)
	}
	if again := w.good(); again.Counts.Added+again.Counts.Updated != 0 || again.Requests >= first.Requests/3 {
		t.Errorf("the second run: %+v, %d requests after %d", again.Counts, again.Requests, first.Requests)
	}
}

// complete holds bills and steps against the supplier's own.
func (w *world) complete() {
	w.t.Helper()
	want, got := map[string]string{}, map[string]string{}
	for _, b := range w.energy.Bills() {
		want[b.Number] = fmt.Sprintf("%s %s %d lines", b.Issued.Format(time.DateOnly), b.Total, len(b.Lines))
	}
	steps := map[string]string{}
	for _, r := range w.home.Records() {
		switch r.Type {
		case record.TypeBill:
			b := decode[record.Bill](w.t, r)
			got[r.ID] = fmt.Sprintf("%s %s %d lines", b.Issued, b.Amount, len(b.Lines))
			if len(r.Files) != 1 || len(r.Links) != 1 {
				w.t.Errorf("bill %s has %d files, %d links", r.ID, len(r.Files), len(r.Links))
			}
		case record.TypeSeries:
			s := decode[record.Series](w.t, r)
			for i, v := range s.Values {
				if v != nil {
					steps[s.Start.Instant(time.UTC).Add(time.Duration(i)*step).UTC().Format(time.RFC3339)] = fmt.Sprint(*v)
				}
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("bills: the home's (+) are not the supplier's (-):\n%s", diff)
	}
	wanted := map[string]string{}
	for first, end := w.energy.Available(); first.Before(end); first = first.AddDate(0, 0, 1) {
		for _, s := range w.energy.Day(first) {
			wanted[s.Start.UTC().Format(time.RFC3339)] = fmt.Sprint(s.Watts * 5)
		}
	}
	if diff := cmp.Diff(wanted, steps); diff != "" {
		w.t.Errorf("steps: the home's (+) are not the supplier's (-):\n%.2000s", diff)
	}
}

func decode[T any](t *testing.T, r record.Record) (v T) {
	t.Helper()
	if err := json.Unmarshal(r.Data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestArmor_later_days_are_added(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.good()
	w.now = w.now.AddDate(0, 0, 9)
	next := w.good()
	w.complete()
	if got, err := sdktest.Data[record.Bill](w.home, record.TypeBill); err != nil || len(got) != len(w.energy.Bills()) {
		t.Errorf("got %d bills %v", len(got), err)
	}
	if next.Counts.Added == 0 {
		t.Errorf("got %+v", next.Counts)
	}
}

func TestArmor_each_fault_ends_in_its_code(t *testing.T) {
	t.Parallel()
	for kind, want := range map[providers.FaultKind]protocol.Code{
		providers.Error500: protocol.Unavailable, providers.Maintenance: protocol.Unavailable, providers.RateLimit: protocol.RateLimited,
		providers.SessionExpired: protocol.AuthExpired, providers.ConsentExpired: protocol.ConsentExpired, providers.Terms: protocol.ActionNeeded,
		providers.Layout: protocol.SourceChanged, providers.Partial: protocol.SourceChanged, providers.Truncated: protocol.Unavailable, providers.Cut: protocol.Unavailable,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2)
			w.energy.SetFault(providers.Fault{Kind: kind})
			if got := w.run(); got.Code() != want {
				t.Errorf("got %+v, want %s", got.Problem, want)
			}
			w.energy.SetFault(providers.Fault{})
			w.good()
			w.complete()
		})
	}
}

func FuzzReading(f *testing.F) {
	f.Add([]byte(`{"usage_point_id":"1","reading_type":{"unit":"W"},"interval_reading":[{"value":"7","date":"2026-03-01 00:30:00","interval_length":"PT30M"}]}`))
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		f.Fatal(err)
	}
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, zone)
	f.Fuzz(func(t *testing.T, text []byte) {
		var r reading
		if json.Unmarshal(text, &r) != nil {
			return
		}
		points, err := r.points(zone, start, start.AddDate(0, 0, maxDays))
		if err == nil {
			series(contract{Meter: "1"}, points)
		}
	})
}
