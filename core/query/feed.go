package query

import (
	"context"
	"fmt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/core/vault"
)

// A Feed gives the search index the vault's journal, and the records with the
// text of their files. Make one with [NewFeed].
type Feed struct{ vault *vault.Vault }

// NewFeed returns the feed of a vault.
func NewFeed(v *vault.Vault) Feed { return Feed{v} }

var _ search.Feed = Feed{}

// Last implements [search.Feed]. It returns locked and damaged, as the others.
func (f Feed) Last(ctx context.Context) (last core.Change, err error) {
	err = f.vault.View(ctx, func(t *vault.Tx) error {
		last = t.LastChange()
		return nil
	})
	return last, err
}

// Changes implements [search.Feed].
func (f Feed) Changes(ctx context.Context, after core.Change, max int) (all []search.Entry, err error) {
	err = f.vault.View(ctx, func(t *vault.Tx) error {
		for e, err := range t.Changes(after) {
			if err != nil || len(all) == max {
				return err
			}
			op, err := opOf(e.Op)
			if err != nil {
				return err
			}
			all = append(all, search.Entry{Change: e.Change, Op: op, Ref: e.Ref})
		}
		return nil
	})
	return all, err
}

func opOf(op vault.Op) (search.Op, error) {
	switch op {
	case vault.OpPut:
		return search.Put, nil
	case vault.OpTombstone, vault.OpRemoved:
		return search.Remove, nil
	case vault.OpDropped:
		return search.DropSource, nil
	}
	return 0, core.E(core.Damaged, "read journal", fmt.Errorf("op %d", op))
}

// Documents implements [search.Feed].
func (f Feed) Documents(ctx context.Context, refs []core.Ref) (all []search.Document, err error) {
	err = f.vault.View(ctx, func(t *vault.Tx) error {
		for _, ref := range refs {
			if err := ctx.Err(); err != nil {
				return err
			}
			d, ok, err := document(t, ref)
			if err != nil {
				return err
			}
			if ok {
				all = append(all, d)
			}
		}
		return nil
	})
	return all, err
}

// document reads one record and the text of its files; false when it is gone.
func document(t *vault.Tx, ref core.Ref) (search.Document, bool, error) {
	sp, err := t.Space(ref.Source)
	if core.CodeOf(err) == core.NotFound {
		return search.Document{}, false, nil
	}
	if err != nil {
		return search.Document{}, false, err
	}
	rec, err := sp.Record(ref.Seq)
	if core.CodeOf(err) == core.NotFound || err == nil && rec.Deleted {
		return search.Document{}, false, nil
	}
	if err != nil {
		return search.Document{}, false, err
	}
	var texts []string
	for _, file := range rec.Files {
		pages, err := textOf(sp, file.File)
		if err != nil && core.CodeOf(err) != core.NotFound {
			return search.Document{}, false, err
		}
		texts = append(texts, file.Name)
		texts = append(texts, pages...)
	}
	return search.NewDocument(rec, texts...), true, nil
}
