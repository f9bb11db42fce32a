package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
)

// A store is one of the two sides: sealed or plain.
type store interface {
	put(context.Context, []item) error
	// load stores batches and returns when they are durable and searchable.
	load(context.Context, [][]item) error
	get(context.Context, core.Record) error
	// find looks a word up and returns how many records have it, at least.
	find(ctx context.Context, word string, newest bool) (int, error)
	close() error
}

// storePart plays a store.
type storePart struct {
	store
	corpus *corpus
}

// do answers put, load, get, best, newest and memory.
func (p *storePart) do(ctx context.Context, r request) (answer reply, err error) {
	switch r.Do {
	case "put":
		for n := r.From; n < r.From+r.N && err == nil; n++ {
			batch := p.corpus.batch(n)
			var took float64
			took, err = timed(func() error { return p.put(ctx, batch) })
			answer.Took = append(answer.Took, took)
		}
	case "load":
		var batches [][]item
		for n := range r.N {
			batches = append(batches, p.corpus.batch(r.From+n))
		}
		answer.Took = make([]float64, 1)
		answer.Took[0], err = timed(func() error { return p.load(ctx, batches) })
	case "get":
		answer.Took, err = p.gets(ctx, r)
	case "best", "newest":
		answer, err = p.finds(ctx, r)
	case "memory":
	default:
		err = fmt.Errorf("no request %q", r.Do)
	}
	answer.Memory = ownMemory()
	return answer, err
}

// gets gets 20 random records of each of 50 random batches out of r.N.
func (p *storePart) gets(ctx context.Context, r request) (all []float64, err error) {
	rng := rand.New(rand.NewPCG(r.Seed, 1))
	for range 50 {
		batch := p.corpus.batch(rng.IntN(r.N))
		for range 20 {
			one := batch[rng.IntN(len(batch))].record
			took, err := timed(func() error { return p.get(ctx, one) })
			if err != nil {
				return nil, err
			}
			all = append(all, took)
		}
	}
	return all, nil
}

func (p *storePart) finds(ctx context.Context, r request) (answer reply, err error) {
	hits := 0
	for _, word := range r.Words {
		took, err := timed(func() error {
			n, err := p.find(ctx, word, r.Do == "newest")
			hits += n
			return err
		})
		if err != nil {
			return answer, err
		}
		answer.Took = append(answer.Took, took)
	}
	answer.Values = map[string]float64{"hits": float64(hits)}
	return answer, nil
}

// sealedStore and plainStore are the two sides as stores.
type (
	sealedStore struct{ *sealed }
	plainStore  struct {
		*plain
		decode bool // get decodes what it read
	}
)

func (s sealedStore) load(ctx context.Context, batches [][]item) error {
	for _, batch := range batches {
		if err := s.put(ctx, batch); err != nil {
			return err
		}
	}
	return s.searchable(ctx)
}

func (s sealedStore) get(ctx context.Context, r core.Record) error {
	_, err := s.sealed.get(ctx, r)
	return err
}

func (s sealedStore) find(ctx context.Context, word string, newest bool) (int, error) {
	q := search.ParseQuery(word)
	if !newest {
		q.Order = search.Best
	}
	found, err := s.index.Search(ctx, q)
	return found.Total, err
}

func (p plainStore) put(_ context.Context, batch []item) error { return p.plain.put(batch) }

// load indexes each batch while the next is stored.
func (p plainStore) load(_ context.Context, batches [][]item) error {
	type stored struct {
		first uint64
		batch []item
	}
	queue, indexed := make(chan stored, 1), make(chan error, 1)
	go func() {
		var err error
		for s := range queue {
			if err == nil {
				err = p.add(s.first, s.batch)
			}
		}
		indexed <- err
	}()
	var err error
	for _, batch := range batches {
		first := p.next + 1
		if err = p.plain.put(batch); err != nil {
			break
		}
		queue <- stored{first, batch}
	}
	close(queue)
	if indexing := <-indexed; err == nil {
		err = indexing
	}
	return err
}

func (p plainStore) get(_ context.Context, r core.Record) error {
	text, err := p.plain.get(r)
	if err == nil && p.decode {
		var found sent
		err = json.Unmarshal(text, &found)
	}
	return err
}

func (p plainStore) find(_ context.Context, word string, newest bool) (int, error) {
	found, err := p.plain.find(word, newest)
	if err != nil {
		return 0, err
	}
	return int(found.Total), nil
}

// Parts of children that hold a store.
const (
	partSealed      = "sealed"
	partSealedIndex = "sealed-index"
	partPlain       = "plain"
	partPlainIndex  = "plain-index"
	partPlainDecode = "plain-decode"
)

func newStorePart(ctx context.Context, name, dir string) (part, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	switch name {
	case partSealed, partSealedIndex:
		s, err := openSealed(ctx, dir, name == partSealedIndex)
		return &storePart{sealedStore{s}, newCorpus()}, err
	default:
		p, err := openPlain(dir, name == partPlainIndex)
		return &storePart{plainStore{p, name == partPlainDecode}, newCorpus()}, err
	}
}
