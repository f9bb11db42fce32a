package sandbox_test

import (
	"testing"

	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
)

func TestProbe_every_attack_from_inside_is_blocked(t *testing.T) {
	t.Parallel()
	results, err := sandboxtest.Box(t).Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !r.Blocked {
			t.Errorf("%s: %s", r.Name, r.Detail)
		}
	}
	t.Logf("%d attacks", len(results))
}
