package core

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// A Record is a record in the home: what a connector emitted, with the
// provenance that no connector can forge.
type Record struct {
	Ref        Ref             `json:"ref"`
	Type       record.Type     `json:"type"`
	ID         string          `json:"id"` // unique for the type within the source
	Time       record.Time     `json:"time,omitzero"`
	Title      string          `json:"title"`
	Data       json.RawMessage `json:"data"`
	Files      []FileRef       `json:"files,omitempty"`
	Links      []record.Link   `json:"links,omitempty"`
	Tags       []string        `json:"tags,omitempty"`        // the person's
	Corrected  []Correction    `json:"corrections,omitempty"` // what the person corrected: Time, Title and Data are as corrected
	Provenance Provenance      `json:"provenance"`
	Revision   int             `json:"revision"`          // from 1
	Deleted    bool            `json:"deleted,omitempty"` // a tombstone: kept so that the next run does not bring it back
	Change     Change          `json:"change"`            // the latest
}

// A Correction is one field of a record that the person corrected. Its values
// are JSON; nil stands for none.
type Correction struct {
	Field  string          `json:"field"`            // "title", "time", or "data/" and a member of the data
	Own    json.RawMessage `json:"own,omitempty"`    // what the person says
	Source json.RawMessage `json:"source,omitempty"` // what the source says, by its last run
	Seen   json.RawMessage `json:"seen,omitempty"`   // what the source said when the person last looked
}

// IsNews reports whether the source has come to say something else than the
// person has seen of it, and than the person says.
func (c Correction) IsNews() bool {
	return !bytes.Equal(c.Source, c.Seen) && !bytes.Equal(c.Source, c.Own)
}

// A FileRef is a file of a record.
type FileRef struct {
	File      FileID `json:"file"`
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"` // bytes
}

// Provenance says where a record comes from.
type Provenance struct {
	Run       RunID     `json:"run"`
	Connector string    `json:"connector"`          // id
	Version   string    `json:"version"`            // of the connector
	Module    string    `json:"module"`             // SHA-256 of its wasm module, hex
	At        time.Time `json:"at"`                 // of ingest
	Evidence  string    `json:"evidence,omitempty"` // SHA-256 of the response or file it came from, hex
}
