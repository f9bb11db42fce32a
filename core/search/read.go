package search

import (
	"context"
	"fmt"
	"slices"

	"github.com/domicile-home/domicile/core"
)

// A reader turns the journal into batches.
type reader struct {
	x       *Index
	batches chan batch
	// upTo, in a repair, is the change after which all is well. What the index
	// has is left out.
	upTo core.Change
}

// run sends batches until the end of the journal and closes the channel. An
// error is the last batch.
func (r *reader) run(ctx context.Context) {
	defer close(r.batches)
	if err := r.readAll(ctx); err != nil {
		_ = r.send(ctx, batch{err: err}) // nobody waits for it when ctx is done
	}
}

func (r *reader) send(ctx context.Context, b batch) error {
	select {
	case r.batches <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *reader) readAll(ctx context.Context) error {
	base, err := r.x.hold()
	if err != nil {
		return err
	}
	position, repair := base.Position, base.Repair
	r.x.release(base)
	if repair != nil {
		r.upTo = position
		if err := r.read(ctx, *repair); err != nil {
			return err
		}
		if err := r.send(ctx, batch{isRepaired: true}); err != nil {
			return err
		}
		r.upTo = 0
	}
	return r.read(ctx, position)
}

// read sends the batches of the changes after one.
func (r *reader) read(ctx context.Context, after core.Change) error {
	for {
		entries, err := r.x.config.Feed.Changes(ctx, after, r.x.config.limits.batchEntries)
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		if i := slices.IndexFunc(entries, r.isBeyond); i >= 0 {
			entries = entries[:i]
		}
		if len(entries) == 0 {
			return nil
		}
		for len(entries) > 0 {
			b, err := r.gather(ctx, entries)
			if err == nil {
				err = r.send(ctx, b)
			}
			if err != nil {
				return err
			}
			after = b.entries[len(b.entries)-1].Change
			entries = entries[len(b.entries):]
		}
	}
}

func (r *reader) isRepair() bool { return r.upTo > 0 }

func (r *reader) isBeyond(e Entry) bool { return r.isRepair() && e.Change > r.upTo }

// gather makes a batch of the first of entries, with their records. The drop
// of a source stands alone.
func (r *reader) gather(ctx context.Context, entries []Entry) (batch, error) {
	if entries[0].Op == DropSource {
		return batch{entries: entries[:1]}, nil
	}
	if i := slices.IndexFunc(entries, func(e Entry) bool { return e.Op == DropSource }); i >= 0 {
		entries = entries[:i]
	}
	b := batch{}
	for size := 0; len(b.entries) < len(entries) && size < r.x.config.limits.batchBytes; {
		n := len(b.entries)
		next := entries[n:min(n+r.x.config.limits.readRefs, len(entries))]
		documents, err := r.fetch(ctx, &b, next)
		if err != nil {
			return b, err
		}
		for i := range documents {
			size += documents[i].size()
		}
		b.documents = append(b.documents, documents...)
		b.entries = entries[:n+len(next)]
	}
	return b, nil
}

// fetch returns the records that entries put, and notes in b whose earlier
// state is out of date.
func (r *reader) fetch(ctx context.Context, b *batch, entries []Entry) ([]Document, error) {
	var put []core.Ref
	for _, e := range entries {
		if r.isRepair() && r.x.has(e.Ref) {
			continue
		}
		b.refs = append(b.refs, e.Ref)
		if e.Op == Put {
			put = append(put, e.Ref)
		}
	}
	if len(put) == 0 {
		return nil, nil
	}
	documents, err := r.x.config.Feed.Documents(ctx, put)
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	return documents, nil
}

// has reports whether a record counts in the index. A file that cannot be read
// has nothing.
func (x *Index) has(ref core.Ref) bool {
	s, err := x.hold()
	if err != nil {
		return false
	}
	defer x.release(s)
	return slices.ContainsFunc(s.views, func(v view) bool { return x.viewHas(v, ref) })
}

func (x *Index) viewHas(v view, ref core.Ref) bool {
	if !v.mayHold(ref) {
		return false
	}
	c, err := x.pool.holdColumns(v.partition)
	if err != nil {
		_ = x.failed(v.partition, err)
		return false
	}
	defer x.pool.release(v.partition)
	doc, ok := c.find(ref)
	return ok && (v.dead == nil || !v.dead.Contains(doc))
}
