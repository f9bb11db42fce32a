package ingest

import (
	"context"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// maxNews bounds the records that News returns.
const maxNews = 50

func isNews(r core.Record) bool { return slices.ContainsFunc(r.Corrected, core.Correction.IsNews) }

// shelfOwn keeps the lists of the person's part of records when a record became
// what it is now.
func (s *shelf) shelfOwn(old, now core.Record) error {
	if err := s.shelfTags(old, now); err != nil {
		return err
	}
	switch key := number(nil, now.Ref.Seq); {
	case isNews(now) && !isNews(old):
		return s.Put(rowsNews, key, nil)
	case !isNews(now) && isNews(old):
		return s.Delete(rowsNews, key)
	}
	return nil
}

// News returns records whose source has changed a field that the person had
// corrected, at most 50: each stands as the person says until they decide.
func (in *Ingest) News(ctx context.Context) (all []core.Record, err error) {
	err = in.vault.View(ctx, func(t *vault.Tx) error {
		for _, id := range t.Spaces() {
			if id == core.Own {
				continue
			}
			sp, err := t.Space(id)
			if err != nil {
				return err
			}
			if all, err = newsOf(ctx, sp, all); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// newsOf adds those of a source. The list may hold on to what went otherwise;
// the records tell.
func newsOf(ctx context.Context, sp *vault.Space, all []core.Record) ([]core.Record, error) {
	for row, err := range sp.Scan(rowsNews, vault.Range{}) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || len(all) == maxNews {
			return all, err
		}
		seq, ok := lastNumber(row.Key)
		if !ok {
			return all, errSight
		}
		r, err := sp.Record(core.Seq(seq))
		if err != nil && core.CodeOf(err) != core.NotFound {
			return all, err
		}
		if isNews(r) {
			all = append(all, r)
		}
	}
	return all, nil
}
