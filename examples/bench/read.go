package main

import (
	"context"
	"errors"
)

// get measures reading a record by its type and id.
func (b *bench) get(ctx context.Context) error {
	for _, reference := range []struct{ part, name, aim string }{
		{partPlain, "plain bbolt, its JSON copied", "≤ 5×"},
		{partPlainDecode, "plain bbolt, its JSON decoded as ours is", ""},
	} {
		d, err := b.duel(ctx, partSealed, b.path("home"), reference.part, b.path("plain"))
		if err != nil {
			return err
		}
		var ours, theirs [][]float64
		for n := range b.rounds + 1 {
			o, t, err := d.round(n, request{Do: "get", N: b.records / batchSize, Seed: uint64(n)})
			if err != nil {
				return errors.Join(err, d.end())
			}
			if n > 0 { // the first warms both
				ours, theirs = append(ours, o.Took), append(theirs, t.Took)
			}
		}
		r := latency("get a record by its id, p50", ours, theirs)
		r.reference = reference.name + ": " + r.reference
		if r.aim = reference.aim; r.aim != "" {
			r.held = atMost(r.figure, 5)
		}
		b.table.add(r.row)
		if err := d.end(); err != nil {
			return err
		}
	}
	return nil
}

// latencyRow is a row with the ratio of two medians.
type latencyRow struct {
	row
	figure float64
}

// latency compares the medians of rounds.
func latency(what string, ours, theirs [][]float64) latencyRow {
	var a, b []float64
	for i := range ours {
		a, b = append(a, median(ours[i])), append(b, median(theirs[i]))
	}
	figure := median(ratios(a, b))
	return latencyRow{row{what: what, ours: seconds(median(a)), reference: seconds(median(b)), ratio: times(figure, ratios(a, b))}, figure}
}

// words measures looking a word up in the index.
func (b *bench) words(ctx context.Context) error {
	d, err := b.duel(ctx, partSealedIndex, b.path("home"), partPlainIndex, b.path("plain"))
	if err != nil {
		return err
	}
	words := newCorpus().queries(200)
	for _, order := range []struct{ do, what, reference string }{
		{"best", "search a word, best first, p50 of 200 words", "plain bleve: "},
		{"newest", "search a word, newest first, p50 of 200 words", "plain bleve, sorted by date: "},
	} {
		var ours, theirs [][]float64
		for n := range b.rounds + 1 {
			o, t, err := d.round(n, request{Do: order.do, Words: words})
			if err != nil {
				return errors.Join(err, d.end())
			}
			if n > 0 {
				ours, theirs = append(ours, o.Took), append(theirs, t.Took)
			}
			if o.Values["hits"] == 0 || t.Values["hits"] == 0 {
				return errors.Join(errors.New("nothing to find: measure searchable first"), d.end())
			}
			b.note("%s: %.0f and %.0f hits", order.what, o.Values["hits"], t.Values["hits"])
		}
		r := latency(order.what, ours, theirs)
		r.reference, r.aim, r.held = order.reference+r.reference, "≤ 1.5×", atMost(r.figure, 1.5)
		b.table.add(r.row)
	}
	return d.end()
}
