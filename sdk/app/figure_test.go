package app_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

func TestBehind(t *testing.T) {
	t.Parallel()
	if got := app.Behind(); got != nil {
		t.Errorf("nothing is behind nothing, got %v", got)
	}
	if diff := cmp.Diff(&view.Why{Bases: []string{"b1", "b2"}}, app.Behind(protocol.Group{Basis: "b1"}, protocol.Group{Basis: "b2"})); diff != "" {
		t.Error(diff)
	}
}

func TestDrawn(t *testing.T) {
	t.Parallel()
	for in, want := range map[record.Decimal]float64{"12.30": 12.3, "-0.05": -0.05, "0": 0} {
		if got := app.Drawn(in); got == nil || *got != want {
			t.Errorf("%s: got %v", in, got)
		}
	}
	for _, in := range []record.Decimal{"", "1e3", "NaN", "x"} {
		if got := app.Drawn(in); got != nil {
			t.Errorf("%q: got %v", in, *got)
		}
	}
}
