package search

import (
	"context"
	"fmt"

	"github.com/domicile-home/domicile/core"
)

// A reader turns the journal into batches.
type reader struct {
	feed    Feed
	limits  *limits
	batches chan batch
}

// run sends batches until the end of the journal and closes the channel. An
// error is the last batch.
func (r *reader) run(ctx context.Context, after core.Change) {
	defer close(r.batches)
	if err := r.read(ctx, after); err != nil {
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

// read sends the batches of the changes after one.
func (r *reader) read(ctx context.Context, after core.Change) error {
	for {
		entries, err := r.feed.Changes(ctx, after, r.limits.batchEntries)
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		if len(entries) == 0 {
			return nil
		}
		for len(entries) > 0 {
			b, err := r.gather(ctx, entries)
			if err == nil {
				b.seen, err = r.feed.Last(ctx)
			}
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

// gather makes a batch of the first of entries, with their records.
func (r *reader) gather(ctx context.Context, entries []Entry) (batch, error) {
	b := batch{}
	for size := 0; len(b.entries) < len(entries) && size < r.limits.batchBytes; {
		n := len(b.entries)
		next := entries[n:min(n+r.limits.readRefs, len(entries))]
		documents, err := r.fetch(ctx, next)
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

// fetch returns the records that entries put.
func (r *reader) fetch(ctx context.Context, entries []Entry) ([]Document, error) {
	var put []core.Ref
	for _, e := range entries {
		if e.Op == Put {
			put = append(put, e.Ref)
		}
	}
	if len(put) == 0 {
		return nil, nil
	}
	documents, err := r.feed.Documents(ctx, put)
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	return documents, nil
}
