package query

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A basis is one group of one request: what is behind a figure.
type basis struct {
	request protocol.AggregateRequest
	key     []string
}

// Behind returns the records behind groups and rows that were handed out in this
// run, the newest first, at most size of them, and how many there are. It is for
// the person: it says more than the app was told.
func (a *AppReader) Behind(ctx context.Context, bases, rows []string, size int) (all []core.Record, count int, err error) {
	seen := map[core.Ref]bool{}
	take := func(rec core.Record) {
		if seen[rec.Ref] {
			return
		}
		seen[rec.Ref] = true
		if count++; len(all) < size {
			all = append(all, rec)
		}
	}
	err = a.vault.View(ctx, func(tx *vault.Tx) error {
		for _, name := range bases {
			if err := a.basis(ctx, tx, name, take); err != nil {
				return err
			}
		}
		for _, name := range rows {
			ref, ok := a.refs[name]
			if !ok {
				continue
			}
			sp, err := tx.Space(ref.Source)
			if err != nil {
				return err
			}
			rec, err := sp.Record(ref.Seq)
			if err != nil {
				return err
			}
			take(rec)
		}
		return nil
	})
	return all, count, err
}

// basis hands the records of one group to take.
func (a *AppReader) basis(ctx context.Context, tx *vault.Tx, name string, take func(core.Record)) error {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "b"))
	if err != nil || n < 1 || n > len(a.bases) {
		return nil
	}
	b := a.bases[n-1]
	g, allowed, err := a.allowed(tx, b.request.Type)
	if err != nil {
		return err
	}
	if allowed.Granularity == protocol.YesNo { // which one it was does not matter
		allowed.Granularity = protocol.Yearly
	}
	q, err := newAggregate(b.request, allowed, a.zone)
	if err != nil {
		return err
	}
	q.behind = func(rec core.Record, key []string) {
		if slices.Equal(key, b.key) {
			take(rec)
		}
	}
	return a.walk(ctx, tx, q, g)
}
