package ingest

import (
	"mime"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// Bounds of the text kept of a file.
const (
	MaxText   = 4 << 20 // bytes
	maxMedia  = 100     // bytes of a media type
	anyMedia  = "application/octet-stream"
	pageBreak = "\f"
)

// attach puts the files of a record into the vault, with their text.
func (w *writer) attach(files []File, old core.Record) ([]core.FileRef, error) {
	var refs []core.FileRef
	for _, f := range files {
		id, err := w.fileID(f, old)
		if err != nil {
			return nil, err
		}
		name, media := f.Name, f.MediaType
		if name == "" {
			name = f.Staged.Name()
		}
		if media == "" {
			media = f.Staged.MediaType()
		}
		refs = append(refs, core.FileRef{File: id, Name: cleanName(name), MediaType: cleanMedia(media), Size: f.Staged.Size()})
	}
	return refs, nil
}

// fileID puts one file; the same content of one source is one file. A preview
// knows only the files of the stored record.
func (w *writer) fileID(f File, old core.Record) (core.FileID, error) {
	if w.dry == nil {
		id, err := w.PutFile(f.Staged)
		if err != nil || f.Text == nil {
			return id, err
		}
		return id, PutText(w.Space, id, f.Text)
	}
	for _, ref := range old.Files {
		info, err := w.File(ref.File)
		if err != nil {
			return 0, err
		}
		if info.SHA256 == f.Staged.SHA256() {
			return ref.File, nil
		}
	}
	return 1 << 62, nil
}

// PutText keeps the text of a file, page by page, for search and reading; at
// most 4 MiB, the rest is dropped. Call it in the transaction that puts the
// file, or later when the text was extracted later. It replaces what was kept;
// the record that has the file is not marked as changed.
func PutText(sp *vault.Space, file core.FileID, pages []string) error {
	var b strings.Builder
	for i, page := range pages {
		if i > 0 {
			b.WriteString(pageBreak)
		}
		b.WriteString(truncate(clean(page), max(0, MaxText-b.Len())))
		if b.Len() >= MaxText {
			break
		}
	}
	return sp.Put(rowsText, number(nil, file), []byte(b.String()))
}

// filesOf returns the files of a record and of its revisions.
func (s *shelf) filesOf(r core.Record) ([]core.FileID, error) {
	revisions := []core.Record{r}
	if r.Revision > 1 {
		var err error
		if revisions, err = s.Revisions(r.Ref.Seq); err != nil {
			return nil, err
		}
	}
	var files []core.FileID
	for _, revision := range revisions {
		for _, ref := range revision.Files {
			files = append(files, ref.File)
		}
	}
	return files, nil
}

// dropTexts drops the text of those files that are gone.
func (s *shelf) dropTexts(files []core.FileID) error {
	for _, id := range files {
		_, err := s.File(id)
		if core.CodeOf(err) == core.NotFound {
			err = s.Delete(rowsText, number(nil, id))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cleanMedia returns a media type without its parameters.
func cleanMedia(s string) string {
	media, _, err := mime.ParseMediaType(s)
	if err != nil || len(media) > maxMedia || !strings.Contains(media, "/") {
		return anyMedia
	}
	return media
}
