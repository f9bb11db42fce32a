package ingest

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain, 12\tand\nlines":                 "plain, 12\tand\nlines",
		"caf\u0065\u0301":                       "café",
		"a\r\nb\rc\u2028d":                      "a\nb\nc\nd",
		"bill\u202Efdp.exe":                     "billfdp.exe",
		"\uFEFFx\x00\x07y\u0085":                "xy",
		"\u2067שלום\u2069 \u200Fok":             "שלום \u200Fok",
		"👩\u200D👧 نمی\u200Cخواهم":               "👩\u200D👧 نمی\u200Cخواهم",
		"bad \xff utf":                          "bad \uFFFD utf",
		"e\x00\u0301":                           "é", // composed after the control character is gone
		strings.Repeat("\u0065\u0301", 3) + "x": "éééx",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := cleanLine("  a\u00A0 b\n\tc "); got != "a b c" {
		t.Errorf("got %q", got)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a\u0301\u202E\x00", "\xff\xfe", "\r\r\n", "\u1100\u1161", "\u200D\u202A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) || !norm.NFC.IsNormalString(got) || strings.ContainsFunc(got, isHarmful) {
			t.Errorf("%q: unclean %q", s, got)
		}
		if again := clean(got); again != got {
			t.Errorf("%q: %q, then %q", s, got, again)
		}
		line := cleanLine(s)
		if again := cleanLine(line); again != line || strings.ContainsAny(line, "\n\t") {
			t.Errorf("%q: line %q, then %q", s, line, again)
		}
	})
}

func TestData_is_canonical(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		` { "b" : 1.50, "a":[ true, null, {"z":"q\"\\","y":""} ] } `: `{"a":[true,null,{"y":"","z":"q\"\\"}],"b":1.50}`,
		`{"a":"\u0065\u0301\u0000<&>\/\n"}`:                          `{"a":"é<&>/\n"}`,
		`{}`:                                                         `{}`,
	} {
		got, err := parseData([]byte(in))
		if err != nil || string(appendJSON(nil, got)) != want {
			t.Errorf("%s: got %s, %v", in, appendJSON(nil, got), err)
		}
	}
	for in, want := range map[string]string{
		``: "data: not JSON", `[]`: "data: not an object", `null`: "data: not an object", `{"a":1} {}`: "data: more than one value",
		`{"a":{"b":1,"b":2}}`: "data/a/b: given twice", `{"a":1,"a ":2}`: "data/a: given twice", `{"` + strings.Repeat("k", 600) + `":1}`: "data: name of a member over 512 bytes",
		`{"a":` + strings.Repeat("9", 65) + `}`:                           "data/a: number over 64 bytes",
		`{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`: "nested over 32 deep",
		`{"a":[1,x]}`: "data/a/1: not JSON", `{"a":1`: "data: not JSON",
	} {
		if _, err := parseData([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %v, want %s", in, err, want)
		}
	}
}

func FuzzData(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":"\ud800x"}]}`, `{"a":1e5,"b":-0.0}`, `{"é":"\u202e"}`, `{"a":`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, err := parseData(data)
		if err != nil {
			return
		}
		text := appendJSON(nil, parsed)
		if !json.Valid(text) {
			t.Fatalf("%q: not JSON: %q", data, text)
		}
		again, err := parseData(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if diff := cmp.Diff(string(text), string(appendJSON(nil, again))); diff != "" {
			t.Error(diff)
		}
	})
}

func readLine(t *testing.T, data string) bankLine {
	t.Helper()
	parsed, err := parseData([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return bankLineOf(record.Time{}, parsed)
}

func TestComposite_key_ignores_how_a_line_is_written(t *testing.T) {
	t.Parallel()
	base := readLine(t, `{"bank_account":"a","booked":"2026-03-12","amount":"-2.50","currency":"EUR","label":"CB Café  du Port"}`)
	for data, same := range map[string]bool{
		`{"bank_account":"a","booked":"2026-03-12T09:00+01:00","amount":"-2.5","currency":"EUR","label":"cb cafe-du-port","state":"booked"}`: true,
		`{"bank_account":"b","booked":"2026-03-12","amount":"-2.50","currency":"EUR","label":"CB Café du Port"}`:                             false,
		`{"bank_account":"a","booked":"2026-03-13","amount":"-2.50","currency":"EUR","label":"CB Café du Port"}`:                             false,
		`{"bank_account":"a","booked":"2026-03-12","amount":"2.50","currency":"EUR","label":"CB Café du Port"}`:                              false,
		`{"bank_account":"a","booked":"2026-03-12","amount":"-2.50","currency":"CHF","label":"CB Café du Port"}`:                             false,
		`{"bank_account":"a","booked":"2026-03-12","amount":"-2.50","currency":"EUR","label":"CB Café du Nord"}`:                             false,
	} {
		if got := readLine(t, data).composite() == base.composite(); got != same {
			t.Errorf("%s: same %v", data, got)
		}
	}
}

func TestPending_line_becomes_the_booked_one_that_fits(t *testing.T) {
	t.Parallel()
	pending := readLine(t, `{"bank_account":"a","booked":"2026-03-12","amount":"-42.10","currency":"EUR","label":"CARTE CARREFOUR CITY LYON","state":"pending"}`)
	for data, want := range map[string]bool{
		`{"bank_account":"a","booked":"2026-03-14","amount":"-42.1","currency":"EUR","label":"CB CARREFOUR 12/03"}`:                   true,
		`{"bank_account":"a","booked":"2026-03-22","amount":"-42.10","currency":"EUR","label":"PAIEMENT CARREFO CITY"}`:               true,
		`{"bank_account":"a","booked":"2026-03-23","amount":"-42.10","currency":"EUR","label":"CARREFOUR CITY"}`:                      false, // too late
		`{"bank_account":"a","booked":"2026-03-10","amount":"-42.10","currency":"EUR","label":"CARREFOUR CITY"}`:                      false, // before
		`{"bank_account":"a","booked":"2026-03-14","amount":"-42.11","currency":"EUR","label":"CARREFOUR CITY"}`:                      false,
		`{"bank_account":"a","booked":"2026-03-14","amount":"-42.10","currency":"EUR","label":"CB MONOPRIX LYON 3"}`:                  false, // only the town is the same
		`{"bank_account":"a","booked":"2026-03-14","amount":"-42.10","currency":"EUR","label":"CB SNCF PARIS"}`:                       false,
		`{"bank_account":"a","booked":"2026-03-14","amount":"-42.10","currency":"EUR","label":"12/03","counterparty":"Carrefour"}`:    true,
		`{"bank_account":"a","booked":"2026-03-14","amount":"-42.10","currency":"EUR","label":"CARREFOUR CITY","state":"pending"}`:    false,
		`{"bank_account":"a","booked":"2026-03","amount":"-42.10","currency":"EUR","label":"CARREFOUR CITY"}`:                         false,
		`{"bank_account":"a","value_date":"2026-03-14","amount":"-42.10","currency":"EUR","label":"CARREFOUR CITY","state":"booked"}`: true,
	} {
		if _, got := pending.mayBecome(readLine(t, data)); got != want {
			t.Errorf("%s: got %v", data, got)
		}
	}
}

func FuzzTag(f *testing.F) {
	for _, text := range []string{"#Impôts 2026", "# #a", "a,b", "  ", "\u202Eab", "a\u0301\u0301", "名前", "x\x00y\r\nz"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tag, reason := cleanTag(text)
		if reason != "" {
			return
		}
		again, reason := cleanTag(tag)
		if again != tag || reason != "" {
			t.Errorf("%q is kept as %q, and that as %q, %s", text, tag, again, reason)
		}
		if len(tag) > maxTagBytes || !utf8.ValidString(tag) || strings.ContainsAny(tag, ",\n\t\x00") || twin.Fold(tag) == "" {
			t.Errorf("%q is kept as %q", text, tag)
		}
	})
}
