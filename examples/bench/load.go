package main

import (
	"context"
	"errors"
	"path/filepath"
)

// duel is two children that do the same in turns: while one works, the other
// is stopped.
type duel struct{ ours, theirs *child }

func (b *bench) duel(ctx context.Context, ours, oursDir, theirs, theirsDir string) (d duel, err error) {
	if d.ours, err = startChild(ctx, ours, oursDir); err != nil {
		return d, err
	}
	if d.theirs, err = startChild(ctx, theirs, theirsDir); err != nil {
		return d, errors.Join(err, d.ours.end())
	}
	for _, c := range []*child{d.ours, d.theirs} {
		if _, err := c.ask(request{Do: "memory"}); err != nil { // it has opened
			return d, errors.Join(err, d.end())
		}
		if err := c.pause(); err != nil {
			return d, errors.Join(err, d.end())
		}
	}
	return d, nil
}

// round has both do one thing. Who goes first changes with n.
func (d duel) round(n int, r request) (ours, theirs reply, err error) {
	if n%2 == 0 {
		if ours, err = d.ours.turn(r); err == nil {
			theirs, err = d.theirs.turn(r)
		}
		return ours, theirs, err
	}
	if theirs, err = d.theirs.turn(r); err == nil {
		ours, err = d.ours.turn(r)
	}
	return ours, theirs, err
}

func (d duel) end() error { return errors.Join(d.ours.end(), d.theirs.end()) }

// load measures how fast records are stored, batch by batch in turns.
func (b *bench) load(ctx context.Context) error {
	const what = "store records in batches of 1,000"
	dir := b.path("load")
	d, err := b.duel(ctx, partSealed, filepath.Join(dir, "sealed"), partPlain, filepath.Join(dir, "plain"))
	if err != nil {
		return err
	}
	var ours, theirs []float64
	for n := range b.records / batchSize {
		o, t, err := d.round(n, request{Do: "put", From: n, N: 1})
		if err != nil {
			return errors.Join(err, d.end())
		}
		ours, theirs = append(ours, o.Took...), append(theirs, t.Took...)
	}
	ratio := sum(theirs) / sum(ours)
	b.table.add(row{
		what: b.count() + ": " + what, ours: rate(b.records, ours), reference: "plain bbolt with the same JSON, 3 indexes and look-up: " + rate(b.records, theirs),
		ratio: times(ratio, ratios(grouped(theirs, 10), grouped(ours, 10))), aim: "≥ 0.7×", held: atLeast(ratio, 0.7),
	})
	return errors.Join(d.end(), b.remove("load"))
}

// rate shows records a second.
func rate(records int, took []float64) string {
	return digits(float64(records)/sum(took)) + "/s"
}

// searchable measures how long it takes until everything is searchable, 10,000
// records at a time in turns, and leaves both stores for the rows that follow.
func (b *bench) searchable(ctx context.Context) error {
	d, err := b.duel(ctx, partSealedIndex, b.path("home"), partPlainIndex, b.path("plain"))
	if err != nil {
		return err
	}
	const chunk = 10
	var ours, theirs []float64
	for n := 0; n < b.records/batchSize; n += chunk {
		o, t, err := d.round(n/chunk, request{Do: "load", From: n, N: min(chunk, b.records/batchSize-n)})
		if err != nil {
			return errors.Join(err, d.end())
		}
		ours, theirs = append(ours, o.Took...), append(theirs, t.Took...)
	}
	ratio := sum(theirs) / sum(ours)
	b.table.add(row{
		what: b.count() + ": the same, until every one is searchable", ours: rate(b.records, ours), reference: "plain bbolt + plain bleve (scorch), same fields: " + rate(b.records, theirs),
		ratio: times(ratio, ratios(theirs, ours)), aim: "≥ 0.8×", held: atLeast(ratio, 0.8),
	})
	return d.end()
}
