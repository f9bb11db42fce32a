package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const goodPage = `{"transactions":[
{"id":"au1","status":"pending","amount":"-4.20","currency":"EUR","label":"AUTORISATION CB CAFE","type":"CARTE","operation_date":"2026-03-14"},
{"id":"op3","status":"booked","amount":"-29.98","currency":"EUR","label":"PRLV","type":"PRELEVEMENT","operation_date":"2026-03-13","booking_date":"2026-03-13","value_date":"2026-03-13","balance_after":"70.02"},
{"id":"op2","status":"booked","amount":"100.00","currency":"EUR","label":"VIR","type":"VIREMENT","operation_date":"2026-03-12","booking_date":"2026-03-12","balance_after":"100.00"}
],"next_cursor":"aGVsbG8_-"}`

func read(t testing.TB, text string) (page, error) {
	t.Helper()
	var p page
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, changed(err.Error())
	}
	if err := p.check(); err != nil {
		return p, err
	}
	return p, chain(p.Lines)
}

func TestPage_refuses_what_it_does_not_understand(t *testing.T) {
	t.Parallel()
	if p, err := read(t, goodPage); err != nil || len(p.Lines) != 3 {
		t.Fatalf("got %+v, %v", p, err)
	}
	for was, becomes := range map[string]string{
		`"transactions"`: `"items"`, `"amount":"-4.20",`: ``, `"amount":"-29.98"`: `"amount":"-29,98"`, `"balance_after":"70.02"`: `"balance_after":"70.03"`,
		`"100.00"}`: `"100.0"}`, `"booking_date":"2026-03-12",`: ``, `"2026-03-14"`: `"14/03/2026"`, `"id":"op2"`: `"id":"../x"`, `"id":"op3"`: `"id":""`,
		`"status":"pending"`: `"status":"held"`, `"label":"PRLV"`: `"label":""`, `"currency":"EUR","label":"VIR"`: `"label":"VIR"`, "_-": "&x=",
		`"value_date":"2026-03-13"`: `"value_date":"13"`,
	} {
		if !strings.Contains(goodPage, was) {
			t.Fatalf("no %s", was)
		}
		if _, err := read(t, strings.Replace(goodPage, was, becomes, 1)); sdk.CodeOf(err) != protocol.SourceChanged {
			t.Errorf("%s for %s: got %v", becomes, was, err)
		}
	}
}

func TestPage_says_that_a_line_is_missing(t *testing.T) {
	t.Parallel()
	p, err := read(t, goodPage)
	if err != nil {
		t.Fatal(err)
	}
	p.Lines[1].Amount = "-29.97"
	if err := chain(p.Lines); sdk.CodeOf(err) != protocol.SourceChanged {
		t.Errorf("got %v", err)
	}
}

// FuzzPage holds that what is read makes records with a time, an id and data
// that go into JSON.
func FuzzPage(f *testing.F) {
	f.Add(goodPage)
	f.Add(`{"transactions":[]}`)
	f.Add(`{"transactions":[{"id":"a","status":"booked","amount":"-0.00","currency":"EUR","label":"\u0000","operation_date":"0001-01-01","booking_date":"9999-12-31","balance_after":"999999999999999.99"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := read(t, text)
		if err != nil {
			return
		}
		for _, l := range p.Lines {
			r := l.record(account{ID: "cpt"})
			if r.ID == "cpt|" || r.Time.Precision() != record.Day || r.Title == "" {
				t.Fatalf("got %+v", r)
			}
			if _, err := json.Marshal(r.Data); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{" 123 456\n": "123456", "12-34": "1234", "": "", "code 9": "9"} {
		if got := digits(text); got != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
}
