package main

import (
	"context"
	"fmt"

	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/examples/packs"
)

// addExamples gives a made-up household the example packs.
func addExamples(ctx context.Context, shelf *pack.Shelf) error {
	for _, name := range packs.Names() {
		file, err := packs.Seal(name, packs.Version, packs.Date, 0)
		if err != nil {
			return err
		}
		if _, err := shelf.Add(ctx, file); err != nil {
			return fmt.Errorf("add pack %s: %w", name, err)
		}
	}
	return nil
}
