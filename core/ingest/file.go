package ingest

import (
	"encoding/binary"
	"encoding/json"
	"mime"

	"github.com/domicile-home/domicile/core"
)

// fileID puts a staged file into the vault, once a batch.
func (w *writer) fileID(f File) (core.FileID, error) {
	if id, ok := w.files[f.Staged]; ok {
		return id, nil
	}
	if w.dry != nil {
		return 0, nil
	}
	id, err := w.PutFile(f.Staged)
	if err != nil {
		return 0, err
	}
	w.files[f.Staged] = id
	if f.Text == nil {
		return id, nil
	}
	text, err := json.Marshal(f.Text)
	if err != nil {
		return 0, err
	}
	return id, w.Put(rowsText, binary.BigEndian.AppendUint64(nil, uint64(id)), text)
}

// mediaType returns a media type without parameters, or that of unknown bytes.
func mediaType(s string) string {
	base, _, err := mime.ParseMediaType(s)
	if err != nil || len(base) > 100 {
		return "application/octet-stream"
	}
	return base
}
