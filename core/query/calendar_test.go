package query_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// TestAggregate_by_rate adds up the points of an hourly series, one of them of
// two rates, and names what is behind them.
func TestAggregate_by_rate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.put(t, 0, record.TypeSeries, "s 2026-02-01 x", `{"measure":"electricity.consumption","meter":"1","unit":"Wh","step":"PT1H","start":"2026-02-01T20:00:00Z","zone":"Etc/UTC","scale":0,"values":[1,10,101,1000,null,10000]}`)
	all := query.Allowed{Type: record.TypeSeries, Fields: []string{"time", "values", "meter"}, Granularity: protocol.Records}
	rates := []protocol.Rate{{Name: "night", Dates: []string{"2026-02-01"}, Hours: []string{"22:15-24:00"}}, {Name: "next", Dates: []string{"2026-02-02/2026-02-03"}}}
	asked := protocol.AggregateRequest{Type: record.TypeSeries, Group: []string{"meter", protocol.ByRate}, Rates: rates, Sum: "values"}
	ask := func(allowed query.Allowed, request protocol.AggregateRequest) (protocol.AggregateReply, error) {
		return query.ForApp(h.v, time.UTC, func(*vault.Tx) (query.Grant, error) { return query.Grant{Reads: []query.Allowed{allowed}}, nil }).Aggregate(t.Context(), request)
	}
	got, err := ask(all, asked)
	if err != nil {
		t.Fatal(err)
	}
	sum := func(value record.Decimal, count int) []protocol.Sum {
		return []protocol.Sum{{Unit: "Wh", Value: value, Count: count}}
	}
	want := []protocol.Group{{Key: []string{"1", ""}, Count: 2, Sums: sum("36", 2), Basis: "b1"}, {Key: []string{"1", "next"}, Count: 1, Sums: sum("10000", 1), Basis: "b2"},
		{Key: []string{"1", "night"}, Count: 2, Sums: sum("1076", 2), Basis: "b3"}}
	if diff := cmp.Diff(want, got.Groups); diff != "" {
		t.Error(diff)
	}
	for name, tc := range map[string]struct {
		allow func(*query.Allowed)
		ask   func(*protocol.AggregateRequest)
		want  core.Code
	}{
		"daily totals":        {func(a *query.Allowed) { a.Granularity = protocol.Daily }, func(*protocol.AggregateRequest) {}, core.Forbidden},
		"yes or no":           {func(a *query.Allowed) { a.Granularity = protocol.YesNo }, func(*protocol.AggregateRequest) {}, core.Forbidden},
		"no time":             {func(a *query.Allowed) { a.Fields = []string{"values", "meter"} }, func(*protocol.AggregateRequest) {}, core.Forbidden},
		"a group of no rates": {func(*query.Allowed) {}, func(r *protocol.AggregateRequest) { r.Rates = nil }, core.Invalid},
		"rates of no group":   {func(*query.Allowed) {}, func(r *protocol.AggregateRequest) { r.Group = nil }, core.Invalid},
		"too many":            {func(*query.Allowed) {}, func(r *protocol.AggregateRequest) { r.Rates = make([]protocol.Rate, protocol.MaxRates+1) }, core.Invalid},
		"no name":             {func(*query.Allowed) {}, func(r *protocol.AggregateRequest) { r.Rates = []protocol.Rate{{}} }, core.Invalid},
		"an eighth day":       {func(*query.Allowed) {}, func(r *protocol.AggregateRequest) { r.Rates = []protocol.Rate{{Name: "x", Days: []int{8}}} }, core.Invalid},
		"dates backwards": {func(*query.Allowed) {}, func(r *protocol.AggregateRequest) {
			r.Rates = []protocol.Rate{{Name: "x", Dates: []string{"2026-02-02/2026-02-01"}}}
		}, core.Invalid},
		"hours of nothing": {func(*query.Allowed) {}, func(r *protocol.AggregateRequest) {
			r.Rates = []protocol.Rate{{Name: "x", Hours: []string{"22:00-22:00"}}}
		}, core.Invalid},
	} {
		allowed, request := all, asked
		tc.allow(&allowed)
		tc.ask(&request)
		if _, err := ask(allowed, request); core.CodeOf(err) != tc.want {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
