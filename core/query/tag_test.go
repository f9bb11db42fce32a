package query_test

import (
	"fmt"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestTimeline_of_tags(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i, tags := range [][]string{{"Été"}, {"house", "to pay"}, nil, {"To Pay", "été"}} {
		h.inSpace(t, 0, func(s *vault.Space) error {
			_, _, err := s.PutRecord(core.Record{Type: record.TypeBill, ID: fmt.Sprint(i), Title: fmt.Sprint(i), Time: record.Date(2026, 1, 1+i), Data: []byte("{}"), Tags: tags})
			return err
		})
	}
	for want, tags := range map[string][]string{"[3 2 1 0]": nil, "[3 0]": {"ete"}, "[3 1]": {"TO  PAY"}, "[3]": {"to pay", "été"}, "[]": {"pay"}} {
		got := []string{}
		for r, err := range h.Reader.List(t.Context(), query.Filter{Tags: tags}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r.Title)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%q: got %v, want %s", tags, got, want)
		}
	}
}
