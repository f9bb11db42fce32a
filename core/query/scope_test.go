package query_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// TestScope_is_what_an_app_can_count holds what the person is told before they
// allow something against what an app then finds.
func TestScope_is_what_an_app_can_count(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i, day := range []string{"2024", "2025-01", "2025-01-31", "2025-02-01", "2025-12-31", "2026-03-02", "-"} {
		h.put(t, i%2, record.TypeBill, fmt.Sprintf("b%d %s x", i, day), `{"vendor":"x","amount":"1.00","currency":"EUR"}`)
		h.put(t, 0, record.TypeCall, fmt.Sprintf("c%d %s x", i, day), `{"line":"x","direction":"in","kind":"voice"}`)
	}
	for name, tc := range map[string]struct {
		change func(*query.Allowed)
		want   query.Scope
	}{
		"everything":       {func(*query.Allowed) {}, query.Scope{Records: 7, First: record.YearOf(2024)}},
		"since a day":      {func(a *query.Allowed) { a.From = record.Date(2025, 2, 1) }, query.Scope{Records: 3, First: record.Date(2025, 2, 1)}},
		"since in a month": {func(a *query.Allowed) { a.From = record.Date(2025, 1, 15) }, query.Scope{Records: 4, First: record.Date(2025, 1, 31)}},
		"one source":       {func(a *query.Allowed) { a.Sources = h.sources[1:] }, query.Scope{Records: 3, First: record.MonthOf(2025, 1)}},
		"one source since": {func(a *query.Allowed) { a.Sources, a.From = h.sources[:1], record.Date(2025, 12, 1) }, query.Scope{Records: 1, First: record.Date(2025, 12, 31)}},
		"a source gone":    {func(a *query.Allowed) { a.Sources = []core.SourceID{{9}} }, query.Scope{}},
		"no source":        {func(a *query.Allowed) { a.Sources = []core.SourceID{} }, query.Scope{}},
		"another type":     {func(a *query.Allowed) { a.Type = record.TypeBalance }, query.Scope{}},
	} {
		a := query.Allowed{Type: record.TypeBill, Fields: []string{"time"}, Granularity: protocol.Records}
		tc.change(&a)
		got, err := h.Scope(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, got, cmp.Comparer(func(a, b record.Time) bool { return a == b })); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		reader := query.ForApp(h.v, time.UTC, func(*vault.Tx) (query.Grant, error) { return query.Grant{Reads: []query.Allowed{a}}, nil })
		reply, err := reader.Aggregate(t.Context(), protocol.AggregateRequest{Type: a.Type})
		if err != nil || len(reply.Groups) != 1 || reply.Groups[0].Count != got.Records {
			t.Errorf("%s: the app counts %+v, %v", name, reply.Groups, err)
		}
		for range 2 { // each record is read once, however often it is asked for
			if _, err := reader.Aggregate(t.Context(), protocol.AggregateRequest{Type: a.Type}); err != nil {
				t.Fatal(err)
			}
		}
		if n := reader.Read()[a.Type]; n != got.Records {
			t.Errorf("%s: %d records read", name, n)
		}
	}
}

func TestScope_is_bounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.inSpace(t, 0, func(sp *vault.Space) error {
		for i := range query.MaxScope + 1 {
			_, _, err := sp.PutRecord(core.Record{Type: record.TypeCall, ID: fmt.Sprint(i), Time: record.Date(2026, 1, 1+i%300), Data: []byte(`{}`)})
			if err != nil {
				return err
			}
		}
		return nil
	})
	a := query.Allowed{Type: record.TypeCall, Granularity: protocol.Records}
	all, err := h.Scope(t.Context(), a)
	if err != nil || all.Records != query.MaxScope+1 || all.More {
		t.Errorf("all: %+v, %v", all, err)
	}
	a.From = record.Date(2026, 1, 1)
	begun := time.Now()
	some, err := h.Scope(t.Context(), a)
	if err != nil || some.Records != query.MaxScope || !some.More {
		t.Errorf("since: %+v, %v", some, err)
	}
	t.Logf("counted in %v", time.Since(begun))
	a.From = record.Date(2026, 1, 2)
	if few, err := h.Scope(t.Context(), a); err != nil || few.More || few.Records != query.MaxScope+1-34 {
		t.Errorf("one less day: %+v, %v", few, err)
	}
}

// TestAggregate_of_totals_keys_by_what_many_records_share asks for totals by
// fields that name things, and by those that would tell records apart.
func TestAggregate_of_totals_keys_by_what_many_records_share(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 4 {
		h.put(t, 0, record.TypeBill, fmt.Sprintf("b%d 2026-03-0%d x", i, i+1), fmt.Sprintf(`{"vendor":"%d","number":"F-%d","due":"2026-03-1%d","amount":"%d.00","currency":"EUR","contract":"14862093571184"}`, i%2, i, i, i+1))
	}
	allowed := query.Allowed{Type: record.TypeBill, Fields: []string{"vendor", "number", "due", "amount", "contract"}, Granularity: protocol.Monthly}
	reader := query.ForApp(h.v, time.UTC, func(*vault.Tx) (query.Grant, error) { return query.Grant{Reads: []query.Allowed{allowed}}, nil })
	for field, want := range map[string]map[string]int{
		"vendor": {"0": 2, "1": 2}, "contract": {"14862093571184": 4}, "number": {"": 4}, "due": {"": 4}, "amount": {"": 4},
	} {
		reply, err := reader.Aggregate(t.Context(), protocol.AggregateRequest{Type: record.TypeBill, Group: []string{field}})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, g := range reply.Groups {
			got[g.Key[0]] += g.Count
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %s: %s", field, diff)
		}
	}
}
