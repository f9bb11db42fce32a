package main

import (
	"slices"
	"testing"

	"github.com/domicile-home/domicile/core"
)

func TestExits_cover_every_code(t *testing.T) {
	t.Parallel()
	for _, code := range core.Codes() {
		if exits()[code] == exitOK {
			t.Errorf("%s has no exit status", code)
		}
	}
	for code := range nextSteps() {
		if !slices.Contains(core.Codes(), code) {
			t.Errorf("a next step for %s, which is no code", code)
		}
	}
}
