package query

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/core/vault"
)

// A TextReader returns the text of a file's pages, none for a file without
// text. An error means that it may be tried again.
type TextReader func(ctx context.Context, f core.FileRef, content io.ReaderAt) ([]string, error)

// A Feed shows the vault's journal to the index. The text of a file is read
// once, when the index first meets it, and kept in the file's space.
type Feed struct {
	vault *vault.Vault
	text  TextReader
}

// NewFeed returns a Feed.
func NewFeed(v *vault.Vault, text TextReader) *Feed { return &Feed{v, text} }

// Last implements search.Feed.
func (f *Feed) Last(ctx context.Context) (last core.Change, err error) {
	err = f.vault.View(ctx, func(tx *vault.Tx) error {
		last = tx.LastChange()
		return nil
	})
	return last, err
}

// Changes implements search.Feed.
func (f *Feed) Changes(ctx context.Context, after core.Change, max int) (entries []search.Entry, err error) {
	ops := map[vault.Op]search.Op{vault.OpPut: search.Put, vault.OpTombstone: search.Remove, vault.OpRemoved: search.Remove, vault.OpDropped: search.DropSource}
	err = f.vault.View(ctx, func(tx *vault.Tx) error {
		for c, err := range tx.Changes(after) {
			if err != nil {
				return err
			}
			if len(entries) == max {
				return nil
			}
			entries = append(entries, search.Entry{Change: c.Change, Op: ops[c.Op], Ref: c.Ref})
		}
		return nil
	})
	return entries, err
}

// Documents implements search.Feed. Texts that are missing are read first, each
// kept in a transaction of its own.
func (f *Feed) Documents(ctx context.Context, refs []core.Ref) ([]search.Document, error) {
	documents, missing, err := f.read(ctx, refs)
	if err != nil || len(missing) == 0 {
		return documents, err
	}
	for _, m := range missing {
		if err := f.learn(ctx, m); err != nil {
			return nil, err
		}
	}
	documents, _, err = f.read(ctx, refs)
	return documents, err
}

// A textless is a file whose text nobody has read yet.
type textless struct {
	source core.SourceID
	file   core.FileRef
}

func (f *Feed) read(ctx context.Context, refs []core.Ref) (documents []search.Document, missing []textless, err error) {
	err = f.vault.View(ctx, func(tx *vault.Tx) error {
		for _, ref := range refs {
			one, err := get(tx, ref)
			if core.CodeOf(err) == core.NotFound || one.Deleted {
				continue
			}
			if err != nil {
				return err
			}
			texts, lacking, err := filesOf(tx, one)
			if err != nil {
				return err
			}
			missing = append(missing, lacking...)
			documents = append(documents, search.NewDocument(one, texts...))
		}
		return nil
	})
	return documents, missing, err
}

// filesOf returns the text of a record's files, and those not read yet.
func filesOf(tx *vault.Tx, one core.Record) (texts []string, lacking []textless, err error) {
	if len(one.Files) == 0 {
		return nil, nil, nil
	}
	space, err := tx.Space(one.Ref.Source)
	if err != nil {
		return nil, nil, err
	}
	for _, file := range one.Files {
		pages, err := readText(space, file.File)
		switch core.CodeOf(err) {
		case "":
			texts = append(texts, pages...)
		case core.NotFound:
			lacking = append(lacking, textless{one.Ref.Source, file})
		default:
			return nil, nil, err
		}
	}
	return texts, lacking, nil
}

// learn reads the text of a file and keeps it. A file that went meanwhile has
// none.
func (f *Feed) learn(ctx context.Context, m textless) error {
	content, err := f.vault.OpenFile(ctx, m.source, m.file.File)
	if core.CodeOf(err) == core.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	pages, err := f.text(ctx, m.file, content)
	if err != nil {
		return err
	}
	text, err := json.Marshal(pages)
	if err != nil {
		return err
	}
	err = f.vault.Update(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(m.source)
		if err != nil {
			return err
		}
		return space.Put(fileText, fileKey(m.file.File), text)
	})
	if core.CodeOf(err) == core.NotFound {
		return nil
	}
	return err
}

// fileKey is a file's key in keyspace fileText.
func fileKey(id core.FileID) []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }
