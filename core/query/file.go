package query

import (
	"context"
	"encoding/binary"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// rowsText is where ingest keeps the text of files: file -> pages.
const rowsText vault.Keyspace = 't'

// File opens a file of a source, to be read at leisure: its bytes are unsealed
// as they are read. Removing the file or locking the home ends the reading with
// an error.
func (r *Reader) File(ctx context.Context, source core.SourceID, id core.FileID) (*vault.File, error) {
	if !r.seeAll() {
		return nil, core.E(core.Forbidden, "read file", errHidden)
	}
	return r.vault.OpenFile(ctx, source, id)
}

// Text returns the text of a file, page by page, as it was extracted when it
// came in. It returns not_found for a file without.
func (r *Reader) Text(ctx context.Context, source core.SourceID, id core.FileID) (pages []string, err error) {
	if !r.seeAll() {
		return nil, core.E(core.Forbidden, "read text", errHidden)
	}
	err = r.space(ctx, source, func(sp *vault.Space) error {
		pages, err = textOf(sp, id)
		return err
	})
	return pages, err
}

// textOf returns the pages of a file's text.
func textOf(sp *vault.Space, id core.FileID) ([]string, error) {
	text, err := sp.Get(rowsText, binary.BigEndian.AppendUint64(nil, uint64(id)))
	if err != nil {
		return nil, err
	}
	return strings.Split(string(text), "\f"), nil
}
