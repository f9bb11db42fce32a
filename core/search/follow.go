package search

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Follow brings the index up to the end of the journal and returns. The first
// call after [Open] also reads every file of the index once; what is damaged
// is thrown away and indexed again. Follow commits as it goes, so that one
// that was cancelled or killed goes on where it stopped. It returns the codes
// of the feed, locked, and internal for errors of the disk.
func (x *Index) Follow(ctx context.Context) error {
	x.following.Lock()
	defer x.following.Unlock()
	if _, err := x.config.Feed.Last(ctx); err != nil {
		return fmt.Errorf("follow journal: %w", err)
	}
	for range maxRounds {
		err := x.settle(ctx)
		if err == nil {
			err = x.read(ctx)
		}
		if err == nil && !x.Stats().IsPartial {
			return nil
		}
		if err != nil && !errors.Is(err, errDamaged) {
			return internal("follow journal", err)
		}
	}
	return core.E(protocol.Internal, "follow journal", errors.New("index files keep going bad"))
}

// maxRounds bounds how often Follow begins again because a file went bad while
// it was needed.
const maxRounds = 10

// settle throws damaged partitions away and notes that their records have to
// be indexed again.
func (x *Index) settle(ctx context.Context) error {
	base, err := x.hold()
	if err != nil {
		return err
	}
	defer x.release(base)
	bad, err := x.examine(ctx, base)
	if err != nil || len(bad) == 0 {
		return err
	}
	if err := x.checkSealer(); err != nil {
		return err
	}
	e := x.edit(base)
	e.forget(func(p *partition) bool { return slices.Contains(bad, p) })
	e.manifest.Repair = new(core.Change)
	x.config.Log.Warn("index is repaired", "damaged_files", len(bad))
	_, err = e.commit()
	return err
}

// examine returns the partitions that are damaged, of those in doubt, and of
// all at the first call.
func (x *Index) examine(ctx context.Context, base *snapshot) ([]*partition, error) {
	var bad []*partition
	for _, v := range base.views {
		isDoubted := x.isDoubted(v.partition)
		if x.verified && !isDoubted {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := v.verify()
		if err == nil && isDoubted { // is it still?
			if _, _, err = x.pool.hold(v.partition); err == nil {
				x.pool.release(v.partition)
				x.trust(v.partition)
			}
		}
		switch {
		case errors.Is(err, errDamaged):
			bad = append(bad, v.partition)
		case err != nil:
			return nil, err
		}
	}
	x.verified = true
	return bad, nil
}

// A batch is what one commit reads from the journal.
type batch struct {
	entries    []Entry
	refs       []core.Ref // whose earlier state is out of date
	documents  []Document // their state now
	isRepaired bool       // nothing is missing any more; the rest is empty
	err        error      // of reading; the rest is empty
}

// dropped returns the source that the batch, of one entry, drops.
func (b *batch) dropped() (core.SourceID, bool) {
	if len(b.entries) == 1 && b.entries[0].Op == DropSource {
		return b.entries[0].Ref.Source, true
	}
	return core.Own, false
}

// read indexes the journal: first what a repair is missing, then what is new.
// One goroutine reads ahead while the batch before is indexed.
func (x *Index) read(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	r := reader{x: x, batches: make(chan batch)}
	go r.run(ctx)
	defer func() {
		cancel()
		for range r.batches { // until the reader has ended
		}
	}()
	for b := range r.batches {
		if b.err != nil {
			return b.err
		}
		if err := x.apply(ctx, &b); err != nil {
			return err
		}
		if err := x.tidy(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// apply commits a batch. Once it has dropped a source no file holds a record
// of it.
func (x *Index) apply(ctx context.Context, b *batch) error {
	idle, err := x.commit(ctx, b)
	if _, isDrop := b.dropped(); err != nil || !isDrop {
		return err
	}
	select { // searches of the state before keep its files
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (x *Index) commit(ctx context.Context, b *batch) (<-chan struct{}, error) {
	base, err := x.hold()
	if err != nil {
		return nil, err
	}
	defer x.release(base)
	e := x.edit(base)
	defer e.abort()
	if err := e.apply(ctx, b); err != nil {
		return nil, err
	}
	return e.commit()
}

func (e *edit) apply(ctx context.Context, b *batch) error {
	if b.isRepaired {
		e.manifest.Repair = nil
		return nil
	}
	defer e.advance(b.entries)
	if source, ok := b.dropped(); ok {
		return e.dropSource(source)
	}
	if err := e.kill(b.refs); err != nil {
		return err
	}
	return e.add(ctx, b.documents)
}

// advance notes that entries are in the index.
func (e *edit) advance(entries []Entry) {
	last := entries[len(entries)-1].Change
	if last <= e.manifest.Position { // a repair
		e.manifest.Repair = &last
		return
	}
	e.manifest.Position = last
	e.manifest.remember(entries)
}
