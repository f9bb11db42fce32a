package vault_test

import (
	"testing"
)

// A home that was just made has nothing in most parts of its file.
func TestCompact_of_a_new_vault_leaves_one_that_takes_records(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	if err := v.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	verifyClean(t, v)
	v = reopen(t, v, path)
	putFile(t, v, newSource(t, v), noise(3, 1<<20))
	if stats := verifyClean(t, v); stats.Files != 1 {
		t.Errorf("%+v", stats)
	}
}
