package record_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text  string
		coeff int64
		scale int
		ok    bool
	}{
		{"0", 0, 0, true}, {"12.30", 1230, 2, true}, {"-0.5", -5, 1, true}, {"123456789012345.12", 12345678901234512, 2, true},
		{"", 0, 0, false}, {"01", 0, 0, false}, {"1.", 0, 0, false}, {".5", 0, 0, false}, {"1,5", 0, 0, false}, {"+1", 0, 0, false},
		{"1e3", 0, 0, false}, {"1234567890123456", 0, 0, false}, {"1.123456789", 0, 0, false}, {"--1", 0, 0, false},
		{"999999999999999.99999999", 0, 0, false},
	} {
		m, err := record.ParseMoney(tc.text)
		if (err == nil) != tc.ok || err != nil && !errors.Is(err, record.ErrMoney) {
			t.Errorf("%q: got %v", tc.text, err)
			continue
		}
		coeff, scale, _ := m.Parts()
		if coeff != tc.coeff || scale != tc.scale {
			t.Errorf("%q: got %d, %d", tc.text, coeff, scale)
		}
		if back, err := record.MoneyOf(coeff, scale); tc.ok && (err != nil || string(back) != tc.text && tc.text != "-0.5") {
			t.Errorf("%q: came back as %q, %v", tc.text, back, err)
		}
	}
}

func TestTime_round_trips(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	if got := record.Instant(time.Date(2026, 3, 15, 9, 30, 5, 0, paris)).String(); got != "2026-03-15T09:30:05+01:00[Europe/Paris]" {
		t.Errorf("got %s", got)
	}
	for text, want := range map[string]record.Precision{
		"": record.None, "2026": record.Year, "2026-03": record.Month, "2026-03-15": record.Day,
		"2026-03-15T09:30+01:00": record.Minute, "2026-03-15T09:30:05.25+01:00[Europe/Paris]": record.Second, "2026-03-15T09:30:05Z": record.Second,
	} {
		var got struct{ T record.Time }
		if err := json.Unmarshal([]byte(`{"T":"`+text+`"}`), &got); err != nil {
			t.Fatal(err)
		}
		if got.T.Precision() != want || got.T.String() != text {
			t.Errorf("%q: got %q, precision %d", text, got.T, got.T.Precision())
		}
	}
	for _, text := range []string{"x", "2026-13", "2026-02-30", "2026-03-15 09:30", "2026-03-15[Europe/Paris]", "2026-03-15T09:30Z[a b]", "26", "0000-01-01"} {
		if _, err := record.ParseTime(text); !errors.Is(err, record.ErrTime) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestMoney_adds_exactly(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ a, b, want record.Money }{
		{"0.1", "0.2", "0.3"}, {"1", "0.005", "1.005"}, {"-1.50", "1.5", "0.00"}, {"", "2.00", "2.00"}, {"2.00", "", "2.00"},
		{"999999999999999", "1", ""}, {"99999999999.99999999", "0.00000001", ""}, {"x", "1", ""}, {"1", "1,5", ""},
		{"-99999999999.99999999", "-99999999999.99999999", ""},
	} {
		got, err := tc.a.Add(tc.b)
		if got != tc.want || (err == nil) != (tc.want != "") || err != nil && !errors.Is(err, record.ErrMoney) {
			t.Errorf("%q + %q: got %q, %v; want %q", tc.a, tc.b, got, err, tc.want)
		}
	}
}
