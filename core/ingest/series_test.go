package ingest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func readMeter(t *testing.T, text string) (meter, error) {
	t.Helper()
	data, err := parseData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return meterOf(data)
}

func half(members string) string {
	return `{"measure":"electricity.consumption","meter":"m1","unit":"Wh","step":"PT30M","zone":"Europe/Paris",` + members + `}`
}

func days(members string) string {
	return `{"measure":"gas.consumption","meter":"g","unit":"kWh","step":"P1D","zone":"Europe/Paris",` + members + `}`
}

func TestSeries_merge_replaces_only_the_points_carried(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ stored, in, values, start, scale string }{
		"later points extend": {
			half(`"start":"2026-03-01T00:00:00+01:00","values":[1,2]`), half(`"start":"2026-03-01T01:30:00+01:00","values":[7]`),
			"[1,2,null,7]", "2026-03-01T00:00:00+01:00", ""},
		"null erases nothing and a value replaces": {
			half(`"start":"2026-03-01T00:00:00+01:00","values":[1,2,3]`), half(`"start":"2026-03-01T00:00:00+01:00","values":[null,5,null,null]`),
			"[1,5,3]", "2026-03-01T00:00:00+01:00", ""},
		"earlier points move the start": {
			half(`"start":"2026-03-01T01:00:00+01:00","values":[3]`), half(`"start":"2026-03-01T00:00:00+01:00","values":[1]`),
			"[1,null,3]", "2026-03-01T00:00:00+01:00", ""},
		"earlier missing values do not": {
			half(`"start":"2026-03-01T01:00:00+01:00","values":[3]`), half(`"start":"2026-03-01T00:00:00+01:00","values":[null,null,4]`),
			"[4]", "2026-03-01T01:00:00+01:00", ""},
		"offsets written otherwise are the same grid": {
			half(`"start":"2026-03-29T01:30:00+01:00","values":[1]`), half(`"start":"2026-03-29T01:00:00Z","values":[2]`),
			"[1,2]", "2026-03-29T01:30:00+01:00", ""},
		"the finer scale is kept": {
			half(`"start":"2026-03-01T00:00:00+01:00","values":[12],"scale":1`), half(`"start":"2026-03-01T00:30:00+01:00","values":[5],"scale":3`),
			"[1200,5]", "2026-03-01T00:00:00+01:00", "3"},
		"days follow the calendar over the change of hour": {
			days(`"start":"2026-03-28T06:00:00+01:00","values":[1]`), days(`"start":"2026-03-30T06:00:00+02:00","values":[3]`),
			"[1,null,3]", "2026-03-28T06:00:00+01:00", ""},
		"days given as dates": {
			days(`"start":"2026-03-28","values":[1]`), days(`"start":"2026-03-29","values":[2]`), "[1,2]", "2026-03-28", ""},
	} {
		stored, err := readMeter(t, tc.stored)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		in, err := readMeter(t, tc.in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := stored.merge(in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		data := map[string]any{}
		got.put(data)
		want := `{"scale":` + tc.scale + `,"start":"` + tc.start + `","values":` + tc.values + `}`
		want = strings.Replace(want, `"scale":,`, "", 1)
		if diff := cmp.Diff(want, string(appendJSON(nil, data))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSeries_that_do_not_fit_are_refused(t *testing.T) {
	t.Parallel()
	stored, err := readMeter(t, half(`"start":"2026-03-01T00:00:00+01:00","scale":2,"values":[1,2]`))
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		half(`"start":"2026-03-01T00:10:00+01:00","values":[1]`):                                       "data/start",
		strings.Replace(half(`"start":"2026-03-01T00:00:00+01:00","values":[1]`), `"Wh"`, `"kWh"`, 1):  "data/unit",
		strings.Replace(half(`"start":"2026-03-01T00:00:00+01:00","values":[1]`), `PT30M`, `PT15M`, 1): "data/step",
		half(`"start":"2026-04-20T00:00:00+02:00","values":[1]`):                                       "data/start",
		half(`"start":"2026-03-01T00:00:00+01:00","values":[9007199254740991],"scale":1`):              "data/values", half(`"start":"2026-03-01T00:00:00+01:00","values":[900719925474099],"scale":1`): "",
		half(`"start":"2026-03-31T00:00:00+02:00","values":[` + strings.Repeat("1,", 200) + `1]`): "data/values",
	} {
		m, err := readMeter(t, in)
		if err == nil {
			_, err = stored.merge(m)
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%.120s: got %v, want %s", in, err, want)
		}
	}
	for in, want := range map[string]string{
		half(`"start":"2026-03-01","values":[1]`):                                                         "data/start",
		half(`"start":"2026-03-01T00:00Z","values":[1.5]`):                                                "data",
		half(`"start":"2026-03-01T00:00Z","scale":9,"values":[1]`):                                        "data/scale",
		strings.Replace(half(`"start":"2026-03-01T00:00Z","values":[1]`), "Europe/Paris", "Mars/Base", 1): "data/zone",
		strings.Replace(half(`"start":"2026-03-01T00:00Z","values":[1]`), "PT30M", "PT0M", 1):             "data/step",
		strings.Replace(half(`"start":"2026-03-01T00:00Z","values":[1]`), "PT30M", "P1W", 1):              "data/step",
		strings.Replace(days(`"start":"2026-03","values":[1,2]`), "P1D", "P1M", 1):                        "data/values",
		half(`"start":"2026-03-01T00:00:00Z","values":[` + strings.Repeat("1,", 32*48) + `1]`):            "data/values",
	} {
		if _, err := readMeter(t, in); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.120s: got %v, want %s", in, err, want)
		}
	}
}

func TestSeries_id_is_its_month_in_its_zone(t *testing.T) {
	t.Parallel()
	m, err := readMeter(t, half(`"start":"2026-02-28T23:00:00Z","values":[1,null]`))
	if err != nil || m.id() != "electricity.consumption|m1|PT30M|2026-03" || len(m.Values) != 1 {
		t.Errorf("got %q, %d values, %v", m.id(), len(m.Values), err)
	}
}

func FuzzSeries(f *testing.F) {
	f.Add(half(`"start":"2026-03-01T00:00:00+01:00","values":[1,null,2]`), half(`"start":"2026-02-28T23:30:00Z","scale":2,"values":[7]`))
	f.Add(days(`"start":"2026-03-28","values":[1]`), days(`"start":"2026-03-01T06:00:00+01:00","values":[null,null]`))
	f.Add(half(`"start":"2026-03-01T00:00Z","scale":-3,"values":[9007199254740991]`), `{"step":"PT9999H","start":"0001-01-01T00:00Z","values":[]}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		first, err := parseData([]byte(a))
		if err != nil {
			return
		}
		second, err := parseData([]byte(b))
		if err != nil {
			return
		}
		m, err := meterOf(first)
		if err != nil {
			return
		}
		in, err := meterOf(second)
		if err != nil {
			return
		}
		once, err := m.merge(in)
		if err != nil {
			return
		}
		twice, err := once.merge(in)
		if err != nil {
			t.Fatalf("merged once, then: %v", err)
		}
		got, want := map[string]any{}, map[string]any{}
		once.put(want)
		twice.put(got)
		if diff := cmp.Diff(string(appendJSON(nil, want)), string(appendJSON(nil, got))); diff != "" {
			t.Error(diff)
		}
	})
}
