package home

import (
	"context"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/core/vault"
)

// A feed is the index's feed that first reads the text of files that nobody
// has read yet, and keeps it: once for each file, whatever the index does.
type feed struct {
	query.Feed
	vault *vault.Vault
	texts *texts
}

// A textless is a file whose text nobody has read.
type textless struct {
	source core.SourceID
	file   core.FileRef
}

// Documents implements search.Feed.
func (f feed) Documents(ctx context.Context, refs []core.Ref) ([]search.Document, error) {
	missing, err := f.missing(ctx, refs)
	if err != nil {
		return nil, err
	}
	for _, m := range missing {
		if err := f.learn(ctx, m); err != nil && core.CodeOf(err) != core.NotFound { // gone meanwhile
			return nil, err
		}
	}
	return f.Feed.Documents(ctx, refs)
}

// missing returns the files of records whose text is not kept.
func (f feed) missing(ctx context.Context, refs []core.Ref) (missing []textless, err error) {
	reader := query.New(f.vault, nil, query.Owner)
	for _, ref := range refs {
		rec, err := reader.Get(ctx, ref)
		if core.CodeOf(err) == core.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, file := range rec.Files {
			switch _, err := reader.Text(ctx, ref.Source, file.File); core.CodeOf(err) {
			case "":
			case core.NotFound:
				missing = append(missing, textless{ref.Source, file})
			default:
				return nil, err
			}
		}
	}
	return missing, nil
}

// learn reads the text of one file and keeps it, empty when it has none.
func (f feed) learn(ctx context.Context, m textless) error {
	content, err := f.vault.OpenFile(ctx, m.source, m.file.File)
	if err != nil {
		return err
	}
	pages, err := f.texts.read(ctx, m.file, content)
	if err != nil {
		return err
	}
	return f.vault.Update(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(m.source)
		if err != nil {
			return err
		}
		return ingest.PutText(space, m.file.File, pages)
	})
}
