package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that the zone is there on every machine

	"github.com/domicile-home/domicile/sdk/record"
)

func TestWhen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2016-10-01T08:59:08Z": "2016-10-01T10:59:08+02:00[Europe/Paris]", "2016-12-01T08:59:08.5Z": "2016-12-01T09:59:08.5+01:00[Europe/Paris]",
		"2016-10-10T00:00:00.000+02:00": "2016-10-10T00:00:00+02:00[Europe/Paris]", "2015-07-20T19:00": "2015-07-20T19:00:00+02:00[Europe/Paris]",
		"2017-03-01T02:30:00": "2017-03-01T02:30:00+01:00[Europe/Paris]", "2016-03-01": "2016-03-01", "2016-03": "2016-03", "10/04/2011": "2011-04-10",
	} {
		if got, ok := when(text); !ok || got.String() != want {
			t.Errorf("%q: got %s, %v, want %s", text, got, ok, want)
		}
	}
	for text, want := range map[string]string{
		"2016-03-033T00:00:00.000Z": "2016-03", "2016-07-012016-07-01": "2016-07", "2016-13-01": "2016", "2016-03-3": "2016-03", "": "", "hier": "",
		"2016": "2016", "0001-01-01": "", "2016/03/03": "", "20160303": "", "2016-0303": "2016",
	} {
		if got, ok := when(text); ok || got.String() != want {
			t.Errorf("%q: got %s, %v, want %q", text, got, ok, want)
		}
	}
}

func TestDay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2016-11-07T12:00:00.000Z": "2016-11-07", "2016-03-08T00:00:00.000Z": "2016-03-08", "2016-10-10T00:00:00.000+02:00": "2016-10-10",
		"2016-03-07T23:00:00.000Z": "2016-03-08", "2016-07-07T22:00:00Z": "2016-07-08", "1989-04-29T00:00:00": "1989-04-29", "2016-03-01": "2016-03-01",
		"2016-11-25T01:32:00.000Z": "2016-11-25T02:32:00+01:00[Europe/Paris]",
	} {
		if got, ok := day(text); !ok || got.String() != want {
			t.Errorf("%q: got %s, %v, want %s", text, got, ok, want)
		}
	}
}

func TestParis_follows_the_rule_of_the_zone_files(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation(parisZone)
	if err != nil {
		t.Fatal(err)
	}
	for at := time.Date(1996, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2038; at = at.Add(time.Hour) {
		if _, want := at.In(zone).Zone(); parisOffset(at) != want {
			t.Fatalf("%s: got %d, want %d", at, parisOffset(at), want)
		}
	}
	for _, tc := range []struct{ clock, want string }{
		{"2021-03-28T01:59:00Z", "2021-03-28T00:59:00Z"}, {"2021-03-28T02:30:00Z", "2021-03-28T01:30:00Z"}, {"2021-03-28T03:00:00Z", "2021-03-28T01:00:00Z"},
		{"2021-10-31T01:59:00Z", "2021-10-30T23:59:00Z"}, {"2021-10-31T02:30:00Z", "2021-10-31T00:30:00Z"}, {"2021-10-31T03:00:00Z", "2021-10-31T02:00:00Z"},
	} {
		clock, _ := time.Parse(time.RFC3339, tc.clock)
		if got := fromParis(clock).UTC().Format(time.RFC3339); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.clock, got, tc.want)
		}
	}
}

func TestMoney(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"12,30 €": "12.30 EUR", "12,30\u00a0€": "12.30 EUR", "-690.0": "-690.0 ", "30.21": "30.21 ", "1 718,43 €": "1718.43 EUR", "48.50": "48.50 ",
		"1\u202f718,43 euros": "1718.43 EUR", "+5": "5 ", "\u22125 EUR": "-5 EUR", "1.234,56": "1234.56 ", "007,5": "7.5 ",
	} {
		if m, currency, ok := money(text); !ok || string(m)+" "+currency != want {
			t.Errorf("%q: got %s %s, %v", text, m, currency, ok)
		}
	}
	for _, text := range []string{"", "€", "gratuit", "1,234.56", "12,30 $", "$5", "1e3", "--5"} {
		if m, _, ok := money(text); ok {
			t.Errorf("%q: got %s", text, m)
		}
	}
}

func TestScaled(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text  string
		scale int
		want  int64
		ok    bool
	}{
		{"648.0", 0, 648, true}, {"648", 3, 648000, true}, {"5.4", 3, 5400, true}, {"-0.001", 3, -1, true}, {"5.4", 0, 0, false}, {"", 0, 0, false},
		{"999999999999999", 3, 0, false}, {"9007199254740", 3, 9007199254740000, true}, {"x", 0, 0, false},
	} {
		if got, ok := scaled(tc.text, tc.scale); ok != tc.ok || ok && got != tc.want {
			t.Errorf("%q at %d: got %d, %v", tc.text, tc.scale, got, ok)
		}
	}
}

func TestCallKind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"appel sortant": "voice out", "Appel entrant": "voice in", "SMS sortant": "sms out", "SMS entrant": "sms in", "MMS entrant": "mms in",
		"appel entrant renvoyé - vers la boite vocale": "voice in", "connexion data": "data out",
	} {
		if kind, direction, ok := callKind(text); !ok || kind+" "+direction != want {
			t.Errorf("%q: got %s %s", text, kind, direction)
		}
	}
	if _, _, ok := callKind("autre"); ok {
		t.Error("another word was taken for a call")
	}
}

// all splits a file into the compact text of its rows.
func all(text string) ([]string, error) {
	s := newSplitter(strings.NewReader(text))
	var rows []string
	for {
		r, err := s.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		b, err := json.Marshal(r.object)
		if err != nil {
			return rows, err
		}
		rows = append(rows, string(b))
	}
}

func TestSplitter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`[]`: "", ` [ {"a":1} , {"b":[1,{"c":2}]} ] `: `{"a":1} {"b":[1,{"c":2}]}`, `{"a":1}`: `{"a":1}`, "\ufeff[{\"a\":1}]": `{"a":1}`,
		`[{"a":1}{"b":2}]`: `{"a":1} {"b":2}`, `[{"a":1},]`: `{"a":1}`, `[,{"a":1},,{"b":2}]`: `{"a":1} {"b":2}`, `[{"a":[1,2,],}]`: `{"a":[1,2]}`,
		"[{\"a\":\"x\ny\tz\"}]": `{"a":"x\ny\tz"}`, `[{"a":"}],\"\\"}]`: `{"a":"}],\"\\"}`, `[{"a":1.10}]`: `{"a":1.10}`, `[{"a":",}"}]`: `{"a":",}"}`,
	} {
		if rows, err := all(text); err != nil || strings.Join(rows, " ") != want {
			t.Errorf("%q: got %q, %v, want %q", text, rows, err, want)
		}
	}
	for text, want := range map[string]string{
		``: "", `[`: "line 1: the file ends before its closing bracket", "[{\"a\":1},\n{\"b\":": "line 2: the file ends within the object", `[1]`: "expected an object",
		`[[]]`: "expected an object", `[{}] x`: "goes on after its end", `{} {}`: "goes on after its end", `[{"a" 1}]`: "line 1: this is not JSON",
		"[{\"a\":1,\n\"b\":x}]": "line 2: this is not JSON", "[{\"a\":\"\xe9\"}]": "not UTF-8", `[` + strings.Repeat(`{"a":`, 80): "nested over 64 deep",
		`hello`: "expected an object", `[{'a':1}]`: "not JSON", `[{"a":1]}`: "not JSON",
	} {
		if _, err := all(text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// FuzzSplitter checks that what is JSON is read as encoding/json reads it, and
// that mending never makes another value of it.
func FuzzSplitter(f *testing.F) {
	for _, s := range []string{`[]`, `[{"a":1},{"b":"x\ny"}]`, `[{"a":[1,2,],}]`, `{"a":"\\\""}`, "\ufeff[{}{}]", "[{\"a\":\"x\ny\"}]", `[{"a":1e9,"a":2}]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := all(string(b))
		var want []map[string]any
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		if !json.Valid(b) || d.Decode(&want) != nil {
			return
		}
		for _, w := range want {
			if w == nil {
				return // null is no row
			}
		}
		if err != nil {
			if strings.Contains(err.Error(), "UTF-8") || strings.Contains(err.Error(), "deep") || len(want) == 0 {
				return
			}
			t.Fatalf("%q: %v", b, err)
		}
		if len(rows) != len(want) {
			t.Fatalf("%q: got %d rows, want %d", b, len(rows), len(want))
		}
		for i, w := range want {
			text, err := json.Marshal(w)
			if err != nil || string(text) != rows[i] {
				t.Errorf("%q: row %d is %s, want %s", b, i, rows[i], text)
			}
		}
	})
}

func FuzzWhen(f *testing.F) {
	for _, s := range []string{"2016-03-033T00:00:00.000Z", "2016-07-012016-07-01", "2016-10-01T08:59:08Z", "10/04/2011", "2016-03", "1989-04-29T00:00:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, read := range []func(string) (record.Time, bool){when, day} {
			got, ok := read(s)
			if ok && got.IsZero() {
				t.Errorf("%q is a date, and none", s)
			}
			if got.IsZero() {
				continue
			}
			if back, err := record.ParseTime(got.String()); err != nil || back.String() != got.String() {
				t.Errorf("%q became %s, which reads as %s, %v", s, got, back, err)
			}
		}
	})
}

func FuzzMoney(f *testing.F) {
	for _, s := range []string{"12,30 €", "-690.0", "1 718,43 euros", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, _, ok := money(s)
		if _, err := record.ParseMoney(string(m)); ok != (err == nil) {
			t.Errorf("%q became %q, %v", s, m, ok)
		}
		scaled(s, 3)
	})
}
