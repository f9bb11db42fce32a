package main

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
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

// halfHours are n months of a meter up to the day of the tests.
func halfHours(t *testing.T, meter string, n int) (all []record.Record) {
	t.Helper()
	for m := monthOf(noon) - month(n) + 1; m <= monthOf(noon); m++ {
		s := steady(t, m.String(), "Wh", "PT30M", 0)
		s.Meter = meter
		for i := range s.Values {
			wh := int64(60 + (i%48)*7%300 + int(m)%12*9)
			s.Values[i] = &wh
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, record.Record{Type: record.TypeSeries, ID: s.Measure + "|" + meter + "|PT30M|" + m.String(), Time: m.record(), Title: m.String(), Data: data})
	}
	return all
}

// say is all the text of a view, for tests to look into.
func say(t *testing.T, v view.View) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func allViews() []string {
	return []string{viewOverview, viewHeat, viewHabits, viewYear, viewTariffs, viewStandby}
}

// TestViews_with_less_than_asked shows every view in an empty home, without
// packs, with coarser grants, and with meters that tell of days or of gas only.
func TestViews_with_less_than_asked(t *testing.T) {
	t.Parallel()
	h := appstest.New(t, noon)
	h.Grant(t, nil)
	for _, name := range allViews() {
		if got := say(t, h.Show(t, apps.Request{Link: view.Link{View: name}}).View); !strings.Contains(got, "No meter readings yet") {
			t.Errorf("%q of an empty home: got %s", name, got)
		}
	}
	h.Bring(t, halfHours(t, "1", 26)...)

	const noTariffs, noWeather, noHours, byStandby = "add the reference pack electricity-tariffs", "add the reference pack weather-degree-days", "totals only", "runs by itself"
	for granularity, want := range map[protocol.Granularity]map[string]string{
		protocol.Records: {viewOverview: "Base load", viewHeat: "heatmap", viewHabits: "Used at night", viewYear: noWeather, viewTariffs: noTariffs, viewStandby: byStandby},
		protocol.Daily:   {viewOverview: noHours, viewHeat: noHours, viewHabits: noHours, viewYear: "Month by month", viewTariffs: noHours, viewStandby: noHours},
		protocol.Monthly: {viewOverview: "Last twelve full months", viewHeat: noHours, viewHabits: noHours, viewYear: "Month by month", viewTariffs: noHours, viewStandby: noHours},
		protocol.Yearly:  {viewOverview: "not given enough", viewHeat: "not given enough"},
		protocol.YesNo:   {viewOverview: "not given enough", viewTariffs: "not given enough"},
	} {
		h.Grant(t, func(g *apps.Grant) {
			g.Reads[0].Granularity = granularity
			g.Reads = g.Reads[:1] // neither bills nor contracts
		})
		for name, words := range want {
			if got := say(t, h.Show(t, apps.Request{Link: view.Link{View: name}}).View); !strings.Contains(got, words) {
				t.Errorf("%s, %q: want %q, got %.600s", granularity, name, words, got)
			}
		}
	}

	h.Grant(t, nil)
	h.AddPack(t, tariffsName, []byte(`{"currency":"EUR","tariffs":[{"id":"x"}]}`))
	if _, err := h.Apps.Show(t.Context(), apps.Request{App: "energy", Locale: "en", Link: view.Link{View: viewTariffs}}); err == nil || !strings.Contains(err.Error(), "electricity-tariffs: x") {
		t.Errorf("a pack that is wrong: got %v", err)
	}
}

// TestTariffs_price_each_half_hour holds what the view says of a tariff with
// coloured days against a sum over the half-hours that knows nothing of it.
func TestTariffs_price_each_half_hour(t *testing.T) {
	t.Parallel()
	h := appstest.New(t, noon)
	h.Grant(t, nil)
	curve := halfHours(t, "1", 14)
	h.Bring(t, curve...)
	h.AddPack(t, tariffsName, example(t, tariffsName))
	var p tariffPack
	readPack(t, tariffsName, &p)
	coloured := p.Tariffs[len(p.Tariffs)-1]
	want := map[string]float64{} // Wh by label
	for _, r := range curve {
		var s record.Series
		if err := json.Unmarshal(r.Data, &s); err != nil {
			t.Fatal(err)
		}
		zone, err := time.LoadLocation(s.Zone)
		if err != nil {
			t.Fatal(err)
		}
		start := s.Start.Instant(zone).In(zone)
		for i, v := range s.Values {
			at := start.Add(time.Duration(i) * 30 * time.Minute)
			if month := at.Format("2006-01"); v == nil || month < "2025-11" || month > "2026-10" {
				continue
			}
			label := coloured.Prices[1].Label
			if at.Hour() >= 6 && at.Hour() < 22 {
				label = coloured.Prices[2].Label
				for _, dates := range coloured.Prices[0].Dates {
					if from, to, _ := strings.Cut(dates, "/"); from <= at.Format(time.DateOnly) && at.Format(time.DateOnly) <= to {
						label = coloured.Prices[0].Label
					}
				}
			}
			want[label] += float64(*v)
		}
	}
	found := 0
	v := h.Show(t, apps.Request{Link: view.Link{View: viewTariffs}}).View
	for _, n := range v.Nodes {
		if n.Table == nil || len(n.Table.Columns) != 5 {
			continue
		}
		for _, row := range n.Table.Rows {
			wh, ok := want[row[1].Text]
			if row[0].Text != coloured.Offer {
				continue
			}
			found++
			price, err := strconv.ParseFloat(string(row[3].Money), 64)
			got, err2 := strconv.ParseFloat(string(row[4].Money), 64)
			if err != nil || err2 != nil || !ok || math.Abs(got-wh/1000*price) > 0.0051 || row[4].Why == nil || len(row[4].Why.Bases) == 0 {
				t.Errorf("%s: got %+v, want %.2f for %.0f Wh", row[1].Text, row[4], wh/1000*price, wh)
			}
		}
	}
	if found != 3 || want[coloured.Prices[0].Label] == 0 {
		t.Errorf("%d parts of the tariff are shown, of %v: %.900s", found, want, say(t, v))
	}
	p.Tariffs[len(p.Tariffs)-1].Until = record.Date(2026, 3, 1)
	content, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	h = appstest.New(t, noon)
	h.Grant(t, nil)
	h.Bring(t, curve...)
	h.AddPack(t, tariffsName, content)
	if got := say(t, h.Show(t, apps.Request{Link: view.Link{View: viewTariffs}}).View); !strings.Contains(got, "is left out") || strings.Contains(got, coloured.Prices[0].Label) {
		t.Errorf("days that nobody knows: got %.900s", got)
	}
}

// example reads an example pack.
func example(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "examples", "packs", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestViews_of_the_MesInfos_sets reads what the connector mesinfos makes of the
// sets: a curve of mean powers, half-hours with gaps, gas in kWh and in m³.
func TestViews_of_the_MesInfos_sets(t *testing.T) {
	t.Parallel()
	h := appstest.New(t, time.Date(2021, 11, 20, 12, 0, 0, 0, time.UTC))
	h.Grant(t, nil)
	for _, name := range []string{"load-curve", "linky", "gas-daily", "gas-monthly", "max-power", "readings"} {
		h.Bring(t, golden(t, name)...)
	}
	v := h.Show(t, apps.Request{}).View
	if got := say(t, v); !strings.Contains(got, `"Electricity"`) || !strings.Contains(got, `"Gas"`) || !strings.Contains(got, `"kWh"`) {
		t.Errorf("got %s", got)
	}
	for _, name := range allViews() {
		h.Show(t, apps.Request{Link: view.Link{View: name}})
	}
	grid := h.Show(t, apps.Request{Link: view.Link{View: viewHeat, Params: map[string]string{"month": "2021-10"}}}).View
	if got := say(t, grid); !strings.Contains(got, `"heatmap"`) {
		t.Errorf("the load curve: got %.600s", got)
	}
}

// golden reads the records that the connector makes of one of its samples.
func golden(t *testing.T, name string) (all []record.Record) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "connectors", "mesinfos", "testdata", name+".json.golden"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "{") {
			continue
		}
		var r record.Record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if len(all) == 0 || lines.Err() != nil {
		t.Fatalf("%s: %d records, %v", name, len(all), lines.Err())
	}
	return all
}

// TestViews_of_ten_years holds the memory of a home that has been kept for long:
// 175,000 half-hours of each of two meters.
func TestViews_of_ten_years(t *testing.T) {
	if testing.Short() {
		t.Skip("a large home: make test runs it")
	}
	h := appstest.New(t, noon)
	h.Grant(t, nil)
	h.Bring(t, halfHours(t, "1", 120)...)
	h.Bring(t, halfHours(t, "2", 120)...)
	for _, name := range []string{"electricity-tariffs", "weather-degree-days"} {
		h.AddPack(t, name, example(t, name))
	}
	for _, name := range allViews() {
		shown := h.Show(t, apps.Request{Link: view.Link{View: name}})
		t.Logf("view %q: %v of the app's processor, %d MB, %d requests", name, shown.Outcome.CPU.Round(time.Millisecond), shown.Outcome.MaxRSS>>20, shown.Outcome.Exchanges)
		if shown.Outcome.MaxRSS > 150<<20 {
			t.Errorf("%q took %d MB", name, shown.Outcome.MaxRSS>>20)
		}
	}
}
