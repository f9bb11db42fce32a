package search

import (
	"context"
	"errors"
	"fmt"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// errDropped means that the journal dropped a source whose words are in the
// index.
var errDropped = errors.New("a source was dropped")

// maxRounds bounds how often Follow begins again because a file went bad, or
// a source was dropped, while it followed.
const maxRounds = 100

// Follow brings the index up to the end of the journal and returns. The first
// call after [Open], or after a failure, also reads every file of the index
// once. When one is damaged, or a source is dropped, the index is removed and
// made anew. Follow commits as it goes, so that one that was cancelled or killed goes on where
// it stopped. It returns the codes of the feed, locked, and internal for
// errors of the disk; the index is then what the disk holds.
func (x *Index) Follow(ctx context.Context) error {
	x.following.Lock()
	defer x.following.Unlock()
	if _, _, err := x.listed(); err != nil {
		return err
	}
	if _, err := x.config.Feed.Last(ctx); err != nil {
		return fmt.Errorf("follow journal: %w", err)
	}
	if x.isUnread { // else an index would grow beside the one on the disk
		if err := x.load(ctx); err != nil {
			return internal("follow journal", err)
		}
		x.isUnread = false
	}
	for range maxRounds {
		err := x.followOnce(ctx)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errDamaged), errors.Is(err, errDropped):
			if err := x.checkSealer(); err != nil {
				return err
			}
			if err := x.reset(err); err != nil {
				return internal("follow journal", err)
			}
		default:
			return internal("follow journal", x.reload(ctx, err))
		}
	}
	return core.E(protocol.Internal, "follow journal", errors.New("index files keep going bad"))
}

func (x *Index) followOnce(ctx context.Context) error {
	if err := x.settle(ctx); err != nil {
		return err
	}
	return x.read(ctx)
}

// reload puts the index back to what is on the disk, after an error, and
// returns the error. When that fails too, the next Follow begins with it.
func (x *Index) reload(ctx context.Context, err error) error {
	if closing := x.abandon(); closing != nil {
		x.config.Log.Warn("close the index", "error", closing)
	}
	if locked := x.checkSealer(); locked != nil && ctx.Err() == nil {
		err = locked
	}
	x.verified = false // what failed may have left damage beside the state
	if loading := x.load(context.WithoutCancel(ctx)); loading != nil {
		x.isUnread = true
		err = errors.Join(err, loading)
	}
	return err
}

// settle returns errDamaged when a search or the first reading of every file
// met damage, and what scorch met in the background.
func (x *Index) settle(ctx context.Context) error {
	parts, _, err := x.listed()
	if err != nil {
		return err
	}
	x.mu.Lock()
	doubted := x.doubted
	x.mu.Unlock()
	if doubted != nil {
		return doubted
	}
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.broken.Load(); err != nil {
			x.config.Log.Warn("a part of the index is opened again", "error", *err)
			if err := x.reopen(p); err != nil {
				return err
			}
		}
		if x.verified {
			continue
		}
		if err := x.use(p, func(index.IndexReader) error { return nil }); err != nil {
			return err
		}
	}
	x.verified = true
	return nil
}

// reopen closes a partition whose scorch met an error, which it would go on
// meeting.
func (x *Index) reopen(p *partition) error {
	p.gate.Lock()
	defer p.gate.Unlock()
	p.broken.Store(nil)
	return p.close()
}

// A batch is what is read from the journal at a time.
type batch struct {
	entries   []Entry
	documents []Document  // the records that they put, as they are now
	seen      core.Change // the end of the journal after they were read
	err       error       // of reading; the rest is empty
}

// read indexes the journal. One goroutine reads ahead while the batch before
// is indexed.
func (x *Index) read(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	r := reader{feed: x.config.Feed, limits: x.config.limits, batches: make(chan batch)}
	go r.run(ctx, x.Position())
	defer func() {
		cancel()
		for range r.batches { // until the reader has ended
		}
	}()
	for b := range r.batches {
		if b.err == nil {
			b.err = ctx.Err()
		}
		if b.err != nil {
			return b.err
		}
		if err := x.apply(&b); err != nil {
			return err
		}
		x.trim()
	}
	return ctx.Err()
}
