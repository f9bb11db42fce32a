package main

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/examples/packs"
	"github.com/domicile-home/domicile/sdk/record"
)

// addExamples gives a made-up household the example packs.
func addExamples(ctx context.Context, shelf *pack.Shelf) error {
	for _, name := range packs.Names() {
		content, _ := packs.Content(name)
		file, err := sealExample(name, content)
		if err != nil {
			return err
		}
		if _, err := shelf.Add(ctx, file); err != nil {
			return fmt.Errorf("add pack %s: %w", name, err)
		}
	}
	return nil
}

// sealExample signs an example with a key that everyone knows.
func sealExample(name string, content []byte) ([]byte, error) {
	date, err := record.ParseTime(packs.Date)
	if err != nil {
		return nil, err
	}
	h := signed.Header{Format: pack.Format, ID: name, Version: packs.Version, Date: date, Publisher: packs.Publisher, Licence: packs.Licence}
	return signed.Seal(h, content, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
}
