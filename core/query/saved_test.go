package query_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestSearches_are_kept_under_their_names(t *testing.T) {
	t.Parallel()
	s := query.NewSearches(newHouse(t).v)
	save := func(name, text string) error { return s.Save(t.Context(), query.Saved{Name: name, Text: text}) }
	for _, one := range []query.Saved{{"Telco", "forfait"}, {"Bank", "type:transaction"}, {"Telco", "forfait type:bill"}, {"", " impôts 2026 "}, {"a\x00b\u202Ec", "x"}} {
		if err := save(one.Name, one.Text); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Forget(t.Context(), "Bank"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Bank", "", strings.Repeat("x", 1<<20)} {
		if err := s.Forget(t.Context(), name); err != nil {
			t.Errorf("forget what is not there: %v", err)
		}
	}
	got, err := s.List(t.Context())
	want := []query.Saved{{"Telco", "forfait type:bill"}, {"a b c", "x"}, {"impôts 2026", "impôts 2026"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	for _, bad := range []query.Saved{{"", ""}, {"\u200B", " "}, {strings.Repeat("é", 61), "x"}, {"x", strings.Repeat("é", 501)}, {"x", "\xff"}} {
		if err := save(bad.Name, bad.Text); core.CodeOf(err) != core.Invalid {
			t.Errorf("%.20q %.20q: %v", bad.Name, bad.Text, err)
		}
	}
}

func TestSearches_are_so_many_at_most(t *testing.T) {
	t.Parallel()
	s := query.NewSearches(newHouse(t).v)
	for i := range query.MaxSaved {
		if err := s.Save(t.Context(), query.Saved{Name: fmt.Sprint(i), Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Save(t.Context(), query.Saved{Name: "one more", Text: "x"}); core.CodeOf(err) != protocol.Limit {
		t.Errorf("one more: %v", err)
	}
	if err := s.Save(t.Context(), query.Saved{Name: "7", Text: "y"}); err != nil {
		t.Errorf("in the place of another: %v", err)
	}
}
