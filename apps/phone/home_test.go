package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/apps/appstest"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// noon is the day on which the tests take place.
var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// calls are n calls, evenly over some days up to that of the tests, with many
// people.
func calls(t *testing.T, n, days int) (all []record.Record) {
	t.Helper()
	for i := range n {
		at := noon.Add(-time.Duration(i) * time.Duration(days) * 24 * time.Hour / time.Duration(n))
		c := record.Call{Line: []string{me, "06 39 98 45 33"}[i%2], Direction: []string{"out", "in"}[i%3/2], Kind: []string{"voice", "sms", "data", "voice"}[i%4],
			Counterpart: fmt.Sprintf("06 39 98 %04d", i*31%3000), Currency: "EUR", Country: []string{"FR", "FR", "FR", "IE", "US"}[i%5], Price: "0.00"}
		switch c.Kind {
		case "voice":
			c.Seconds = int64(i%600 + 1)
			if c.Country != "FR" {
				c.Price = "0.35"
			}
		case "data":
			c.Bytes, c.Counterpart, c.Country = int64(i%50)*1e6, "", "FR"
		}
		data, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, record.Record{Type: record.TypeCall, ID: fmt.Sprint(i), Time: record.Instant(at), Title: c.Kind, Data: data})
	}
	return all
}

func say(t *testing.T, v view.View) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func allViews() []string {
	return []string{viewOverview, viewBeyond, viewRoaming, viewPeople, viewPlans}
}

func TestViews_with_less_than_asked(t *testing.T) {
	t.Parallel()
	h := appstest.New(t, noon)
	h.Grant(t, nil)
	for _, name := range allViews() {
		if got := say(t, h.Show(t, apps.Request{Link: view.Link{View: name}}).View); !strings.Contains(got, "No calls in the last thirteen months") {
			t.Errorf("%q of an empty home: got %s", name, got)
		}
	}
	h.Bring(t, calls(t, 2000, 400)...)
	without := func(fields ...string) func(*apps.Grant) {
		return func(g *apps.Grant) {
			g.Reads = g.Reads[:1]
			g.Reads[0].Fields = slices.DeleteFunc(slices.Clone(g.Reads[0].Fields), func(f string) bool { return slices.Contains(fields, f) })
		}
	}
	for _, tc := range []struct {
		name   string
		grant  func(*apps.Grant)
		view   string
		want   string
		absent string
	}{
		{"no pack", nil, viewPlans, "add the reference pack phone-plans", "Mouette"},
		{"no bills", without(), viewOverview, "Neither bill nor contract", ""},
		{"no prices", without("price"), viewBeyond, "No call has a price", "EUR"},
		{"no prices", without("price"), viewOverview, "Calls made", "EUR"},
		{"no countries", without("country"), viewRoaming, "does not say which country", "Ireland"},
		{"no countries", without("country"), viewBeyond, "What caused it", "Ireland"},
		{"no counterparts", without("counterpart"), viewPeople, "did not let this app read who", "06 39 98 0"},
		{"no kinds", without("kind"), viewOverview, "not given enough", "min"},
		{"by month", func(g *apps.Grant) { g.Reads[0].Granularity = protocol.Monthly }, viewOverview, "Calls made", ""},
		{"by year", func(g *apps.Grant) { g.Reads[0].Granularity = protocol.Yearly }, viewOverview, "not given enough", ""},
	} {
		h.Grant(t, tc.grant)
		got := say(t, h.Show(t, apps.Request{Link: view.Link{View: tc.view}}).View)
		if !strings.Contains(got, tc.want) || tc.absent != "" && strings.Contains(got, tc.absent) {
			t.Errorf("%s, %q: want %q and not %q, got %.600s", tc.name, tc.view, tc.want, tc.absent, got)
		}
	}
}

// TestViews_name_people_in_one_place_only looks for the numbers called in every
// other view, alerts and summaries included.
func TestViews_name_people_in_one_place_only(t *testing.T) {
	t.Parallel()
	h := appstest.New(t, noon)
	h.Grant(t, nil)
	h.Bring(t, calls(t, 2000, 400)...)
	for _, mode := range []protocol.Mode{protocol.ModeView, protocol.ModeBackground} {
		for _, name := range allViews() {
			got := say(t, h.Show(t, apps.Request{Mode: mode, Link: view.Link{View: name}}).View)
			if named := strings.Contains(got, "06 39 98 0") || strings.Contains(got, "06 39 98 2"); named != (name == viewPeople) {
				t.Errorf("%s, %q: named is %v", mode, name, named)
			}
		}
	}
}

// TestViews_of_the_MesInfos_sets reads calls as the connector mesinfos makes them
// of Orange's, which have neither price nor country.
func TestViews_of_the_MesInfos_sets(t *testing.T) {
	t.Parallel()
	h := appstest.New(t, time.Date(2021, 8, 20, 12, 0, 0, 0, time.UTC))
	h.Grant(t, nil)
	f, err := os.Open(filepath.Join("..", "..", "connectors", "mesinfos", "testdata", "calls.json.golden"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r record.Record
		if strings.HasPrefix(lines.Text(), "{") && json.Unmarshal(lines.Bytes(), &r) == nil {
			h.Bring(t, r)
		}
	}
	for name, want := range map[string]string{viewOverview: "33700000001", viewBeyond: "No call has a price", viewRoaming: "does not say which country", viewPeople: "33700000002"} {
		if got := say(t, h.Show(t, apps.Request{Link: view.Link{View: name}}).View); !strings.Contains(got, want) {
			t.Errorf("%q: want %q, got %s", name, want, got)
		}
	}
}

// TestViews_of_years_of_calls holds the memory of a home that has been kept for
// long: the home adds up, and the app's own does not grow with what is in it.
func TestViews_of_years_of_calls(t *testing.T) {
	if testing.Short() {
		t.Skip("a large home: make test runs it")
	}
	h := appstest.New(t, noon)
	h.Grant(t, nil)
	h.Bring(t, calls(t, 20_000, 3650)...)
	content, err := os.ReadFile(filepath.Join("..", "..", "examples", "packs", plansName+".json"))
	if err != nil {
		t.Fatal(err)
	}
	h.AddPack(t, plansName, content)
	for _, name := range allViews() {
		shown := h.Show(t, apps.Request{Link: view.Link{View: name}})
		t.Logf("view %q: %v of the app's processor, %d MB, %d requests", name, shown.Outcome.CPU.Round(time.Millisecond), shown.Outcome.MaxRSS>>20, shown.Outcome.Exchanges)
		if shown.Outcome.MaxRSS > 150<<20 {
			t.Errorf("%q took %d MB", name, shown.Outcome.MaxRSS>>20)
		}
	}
}
