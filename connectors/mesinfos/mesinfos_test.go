package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

var update = flag.Bool("update", false, "write the golden files and the tables of docs/formats.md")

func TestSamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			h, res := play(t, data)
			got := lines(t, h.Records())
			for _, line := range res.Log {
				got = append(got, "log "+line+"\n"...)
			}
			if res.Problem != nil {
				got = append(got, "problem "+res.Problem.Error()+"\n"...)
			}
			golden := name + ".golden"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-golden +now)\n%s", diff)
			}
			if res.Problem == nil {
				before := len(h.Records())
				if res := again(t, h); res.Err != nil {
					t.Fatal(res.Err)
				}
				if after := len(h.Records()); after != before && name != "testdata/bank.json" {
					t.Errorf("a second reading made %d records of %d", after, before)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	call := `{"docType":"fr.orange.phonecommunicationlog","timestamp":"2021-07-01T09:00:00Z","msisdn":"337","partner":"338","type":"appel sortant"}`
	for _, tc := range []struct{ name, file, reason string }{
		{"empty", ``, "the file holds no data"},
		{"empty list", `[]`, "the file holds no data"},
		{"cut", "[" + call + ",\n{\"doc", "line 2: the file ends within the object that begins here"},
		{"unknown", `[{"a":1}]`, "belongs to no MesInfos set that is known"},
		{"unknown type", `[{"docType":"io.example"}]`, `known (docType "io.example")`},
		{"another set in the middle", "[" + call + ",\n" + `{"docType":"contact","fn":"X"}]`, "line 2: this belongs to the set of contacts, which no record type holds yet"},
		{"call of no type", `[{"docType":"fr.orange.phonecommunicationlog","msisdn":"337","type":"fax"}]`, `no known type: "fax"`},
		{"call without a line", `[{"docType":"fr.orange.phonecommunicationlog","type":"appel sortant"}]`, "no msisdn"},
		{"bill without an amount", `[{"vendor":"V","date":"2021-01-01","amount":"gratuit"}]`, `the amount of a bill is no amount: "gratuit"`},
		{"operation without an amount", `[{"docType":"bankoperation","bankAccount":"1"}]`, `no amount: ""`},
		{"value with too many decimals", `[{"statementReason":"LinkyHalfHourElecConsumption","contractNumber":"1","start":"2021-03-01T00:00:00","value":1.5}]`, `value is no number of Wh: "1.5"`},
		{"no start at all", `[{"statementReason":"GazparDailyGazConsumption","contractNumber":"1","start":"?","value":1}]`, "has a start that can be read"},
		{"consumption of no contract", `[{"statementReason":"GazparDailyGazConsumption","contractNumber":"","start":"2021-03-01","value":1}]`, "without a contractNumber"},
		{"a reading of no value", `[{"usage_point":[{"usage_point_id":"1","meter_reading":{"reading_type":{"measurement_kind":"CDC","start_measurement_period":"hier","time_attribute":"30mn","unit":"W"},"interval_block":[{"value":"1"}]}}]}]`,
			"no value of electricity.power, meter 1, has a start that can be read"},
		{"unknown Enedis reading", `[{"usage_point":[{"usage_point_id":"1","meter_reading":{"reading_type":{"measurement_kind":"X"}}}]}]`, "of no known kind"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h, res := play(t, []byte(tc.file))
			if res.Code() != protocol.InvalidFile || !strings.Contains(res.Problem.Message, tc.reason) {
				t.Errorf("got %v, want %q", res.Problem, tc.reason)
			}
			if len(h.Records()) != 0 {
				t.Errorf("%d records of a refused file were kept", len(h.Records()))
			}
		})
	}
}

// halfHours makes rows of a meter, from local starts to values.
func halfHours(pairs ...string) []byte {
	var out strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&out, `{"statementReason":"LinkyHalfHourElecConsumption","contractNumber":"1","start":%q,"value":%s},`, pairs[i], pairs[i+1])
	}
	return []byte("[" + out.String() + "]")
}

func TestSeries(t *testing.T) {
	t.Parallel()
	values := func(data []byte) map[int]int64 {
		h, res := play(t, data)
		all := of[record.Series](t, h, record.TypeSeries)
		if res.Err != nil || len(all) != 1 {
			t.Fatalf("got %d series, %v", len(all), res.Err)
		}
		found := map[int]int64{}
		for i, v := range all[0].Values {
			if v != nil {
				found[i] = *v
			}
		}
		return found
	}
	const dayOf31 = 30 * 48
	for _, tc := range []struct {
		name string
		data []byte
		want map[int]int64
	}{
		{"a normal day", halfHours("2021-03-01T00:00:00", "1", "2021-03-01T23:30:00", "2"), map[int]int64{0: 1, 47: 2}},
		{"the hour that is never shown", halfHours("2021-03-28T01:30:00", "1", "2021-03-28T03:00:00", "2"), map[int]int64{27*48 + 3: 1, 27*48 + 4: 2}},
		{"the hour that is shown twice", halfHours("2021-10-31T02:00:00", "1", "2021-10-31T02:30:00", "2", "2021-10-31T02:00:00", "3", "2021-10-31T02:30:00", "4", "2021-10-31T03:00:00", "5"),
			map[int]int64{dayOf31 + 4: 1, dayOf31 + 5: 2, dayOf31 + 6: 3, dayOf31 + 7: 4, dayOf31 + 8: 5}},
		{"a missing value", halfHours("2021-03-01T00:00:00", "null", "2021-03-01T00:30:00", "0"), map[int]int64{1: 0}},
		{"a value given again", halfHours("2021-03-01T00:00:00", "1", "2021-03-01T00:00:00", "2"), map[int]int64{0: 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, values(tc.data)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("a row between two steps is kept apart", func(t *testing.T) {
		h, res := play(t, halfHours("2021-03-01T00:00:00", "1", "2021-03-01T00:17:00", "2"))
		if got := of[record.Document](t, h, record.TypeDocument); res.Err != nil || len(got) != 1 || got[0].Kind != "meter-reading" {
			t.Errorf("got %+v, %v", got, res.Err)
		}
	})
	t.Run("a row without a start is kept under extra", func(t *testing.T) {
		h, res := play(t, halfHours("2021-03-01T00:00:00", "1", "2021-03-0100:30", "2"))
		got := of[record.Series](t, h, record.TypeSeries)
		if res.Err != nil || len(got) != 1 || fmt.Sprint(got[0].Extra["unplaced"]) != "[map[contractNumber:1 start:2021-03-0100:30 statementReason:LinkyHalfHourElecConsumption value:2]]" || len(res.Log) != 1 {
			t.Errorf("got %+v, %v, %q", got, res.Err, res.Log)
		}
	})
}

func TestRefusal_of_a_long_file_keeps_nothing(t *testing.T) {
	t.Parallel()
	row := `{"vendor":"V","date":"2021-01-01","amount":1,"type":"%d"},` + "\n"
	var rows strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&rows, row, i)
	}
	h, res := play(t, []byte("["+rows.String()+"]"))
	if res.Err != nil || len(h.Records()) != 3000 || res.Saves < 2 {
		t.Errorf("got %d records in %d saves, %v", len(h.Records()), res.Saves, res.Err)
	}
	h, res = play(t, []byte("["+rows.String()+`{"vendor":"V","amount":"x"}]`))
	if res.Code() != protocol.InvalidFile || len(h.Records()) != 0 || res.Saves != 0 || !strings.Contains(res.Problem.Message, "line 3001") {
		t.Errorf("got %d records, %v", len(h.Records()), res.Problem)
	}
}

func TestMode_other_than_file_is_refused(t *testing.T) {
	t.Parallel()
	h, _ := play(t, []byte(`[]`))
	h.Mode = protocol.ModePull
	if res := again(t, h); res.Code() != protocol.Internal {
		t.Errorf("got %v", res.Problem)
	}
}

// FuzzFile reads anything as a file: it is read or refused, and every record
// follows its schema.
func FuzzFile(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, res := play(t, b)
		if res.Err != nil && res.Code() != protocol.InvalidFile {
			t.Errorf("%q: %v", b, res.Err)
		}
	})
}
