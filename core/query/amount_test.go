package query_test

import (
	"fmt"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestTimeline_of_amounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i, data := range []string{`{"amount":"9.99"}`, `{"amount":"10"}`, `{"amount":"-12.3456"}`, `{"amount":"20.00"}`, `{"amount":"20.0001"}`, `{}`, `{"amount":7}`,
		`{"amount":"-999999999999999.99"}`} {
		h.inSpace(t, 0, func(s *vault.Space) error {
			_, _, err := s.PutRecord(core.Record{Type: record.TypeBill, ID: fmt.Sprint(i), Title: data, Time: record.Date(2026, 1, 1+i), Data: []byte(data)})
			return err
		})
	}
	h.inSpace(t, 0, func(s *vault.Space) error {
		_, _, err := s.PutRecord(core.Record{Type: record.TypeCall, ID: "call", Title: "call", Time: record.Date(2025, 1, 1), Data: []byte(`{"price":"15"}`)})
		return err
	})
	for _, tc := range []struct {
		least, most string
		want        []string
	}{
		{"10", "20", []string{`{"amount":"20.00"}`, `{"amount":"-12.3456"}`, `{"amount":"10"}`, "call"}},
		{"", "9,99 €", []string{`{"amount":"9.99"}`}},
		{"20.0001", "", []string{`{"amount":"-999999999999999.99"}`, `{"amount":"20.0001"}`}},
		{"30", "10", nil},
	} {
		amounts, err := query.ParseAmounts(tc.least, tc.most)
		if err != nil {
			t.Fatal(err)
		}
		f := query.Filter{Amounts: amounts, Types: []record.Type{record.TypeBill, record.TypeCall}}
		var got []string
		for r, err := range h.Reader.List(t.Context(), f) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r.Title)
		}
		if fmt.Sprint(got) != fmt.Sprint(tc.want) {
			t.Errorf("%s to %s: got %v, want %v", tc.least, tc.most, got, tc.want)
		}
		var paged []string // one record a page: none is empty, none is there twice
		for cursor, more := vault.Cursor(""), true; more; {
			page, err := h.Reader.Timeline(t.Context(), f, cursor, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records() {
				paged = append(paged, r.Title)
			}
			cursor, more = page.Next, page.Next != ""
			if more && len(page.Records()) == 0 {
				t.Error("an empty page that is not the last")
			}
		}
		if fmt.Sprint(paged) != fmt.Sprint(tc.want) {
			t.Errorf("%s to %s, page by page: got %v, want %v", tc.least, tc.most, paged, tc.want)
		}
	}
	for _, bad := range []string{"x", "-5", "1..2", "<b>"} {
		if _, err := query.ParseAmounts(bad, ""); core.CodeOf(err) != core.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestTimeline_looks_among_so_many_at_once holds that a page whose filter
// matches little ends, and that the next ones go on from there.
func TestTimeline_looks_among_so_many_at_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const beyond = query.MaxLooked + 50
	for from := 0; from < beyond; from += 1000 {
		h.inSpace(t, 0, func(s *vault.Space) error {
			for i := from; i < min(from+1000, beyond); i++ {
				amount := 1
				if i == 0 {
					amount = 77 // the oldest of all
				}
				_, _, err := s.PutRecord(core.Record{Type: record.TypeBill, ID: fmt.Sprint(i), Title: fmt.Sprint(i), Time: record.Date(2020, 1, 1+i/100),
					Data: fmt.Appendf(nil, `{"amount":"%d"}`, amount)})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	amounts, err := query.ParseAmounts("77", "")
	if err != nil {
		t.Fatal(err)
	}
	f := query.Filter{Amounts: amounts, Types: []record.Type{record.TypeBill}}
	first, err := h.Reader.Timeline(t.Context(), f, "", 10)
	if err != nil || len(first.Records()) != 0 || first.Next == "" {
		t.Fatalf("%d records, next %q, %v", len(first.Records()), first.Next, err)
	}
	second, err := h.Reader.Timeline(t.Context(), f, first.Next, 10)
	if err != nil || len(second.Records()) != 1 || second.Next != "" {
		t.Fatalf("then %d records, next %q, %v", len(second.Records()), second.Next, err)
	}
}
