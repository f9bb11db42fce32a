package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/core/vault"
)

// benchPassword opens the vaults of the benchmark.
const benchPassword core.Secret = "benchmark"

// cheap is the cost of a password when its stretching is not what is measured.
func cheap() vault.Params { return vault.Params{Time: 1, Memory: 8, Threads: 1} }

// sealed is a vault with one source, in the folder of a home, and, when asked,
// the index that follows it.
type sealed struct {
	v      *vault.Vault
	source core.SourceID
	index  *search.Index // nil without

	cancel context.CancelFunc
	wg     sync.WaitGroup
	failed chan error
	caught chan struct{} // receives after each Follow
}

// openSealed opens the vault of a folder, making it when there is none.
func openSealed(ctx context.Context, dir string, withIndex bool) (*sealed, error) {
	s := &sealed{cancel: func() {}, failed: make(chan error, 1), caught: make(chan struct{}, 1)}
	path := filepath.Join(dir, "vault.db")
	var err error
	if _, missing := os.Stat(path); missing != nil {
		s.v, _, err = vault.Create(path, benchPassword, vault.Options{Params: cheap()})
		if err == nil {
			err = s.v.Update(ctx, s.makeSource)
		}
	} else if s.v, err = vault.Open(path, vault.Options{}); err == nil {
		if err = s.v.Unlock(ctx, vault.Password(benchPassword)); err == nil {
			err = s.v.View(ctx, func(tx *vault.Tx) error {
				s.source = tx.Spaces()[1]
				return nil
			})
		}
	}
	if err == nil && withIndex {
		err = s.follow(ctx, filepath.Join(dir, "cache", "search"))
	}
	return s, err
}

// makeSource makes a source of files, as a home would have it.
func (s *sealed) makeSource(tx *vault.Tx) (err error) {
	if s.source, err = tx.CreateSpace(); err != nil {
		return err
	}
	space, err := tx.Space(s.source)
	if err != nil {
		return err
	}
	return space.Put('s', []byte("source"), encode(map[string]any{"id": s.source, "connector": "ofx", "label": "Bank", "created": time.Unix(1_700_000_000, 0)}))
}

// follow opens the index and keeps it at the journal's end, as a home does.
func (s *sealed) follow(ctx context.Context, dir string) error {
	sealer, err := s.v.Renewing("search")
	if err != nil {
		return err
	}
	feed := query.NewFeed(s.v)
	if s.index, err = search.Open(ctx, search.Config{Dir: dir, Sealer: sealer, Feed: feed}); err != nil {
		return err
	}
	ctx, s.cancel = context.WithCancel(ctx)
	s.wg.Go(func() {
		for ctx.Err() == nil {
			changed := s.v.Watch()
			if err := s.index.Follow(ctx); err != nil {
				s.failed <- err
				return
			}
			select {
			case s.caught <- struct{}{}:
			default:
			}
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
	})
	return nil
}

func (s *sealed) close() error {
	s.cancel()
	s.wg.Wait()
	if s.index != nil {
		s.index.Close()
	}
	return s.v.Close()
}

// put stores a batch in one transaction, which is durable when it returns.
func (s *sealed) put(ctx context.Context, batch []item) error {
	return s.v.Update(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(s.source)
		if err != nil {
			return err
		}
		for _, one := range batch {
			if _, outcome, err := space.PutRecord(one.record); err != nil || outcome != vault.Added {
				return fmt.Errorf("put: %v, %w", outcome, err)
			}
		}
		return nil
	})
}

// searchable waits until the index holds all that was put.
func (s *sealed) searchable(ctx context.Context) error {
	var last core.Change
	err := s.v.View(ctx, func(tx *vault.Tx) error {
		last = tx.LastChange()
		return nil
	})
	for err == nil && s.index.Position() < last {
		select {
		case <-s.caught:
		case err = <-s.failed:
		}
	}
	return err
}

// get returns a record by its type and id.
func (s *sealed) get(ctx context.Context, r core.Record) (found core.Record, err error) {
	err = s.v.View(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(s.source)
		if err != nil {
			return err
		}
		found, err = space.RecordByID(r.Type, r.ID)
		return err
	})
	return found, err
}
