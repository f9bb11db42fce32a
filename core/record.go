package core

import (
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
	Provenance Provenance      `json:"provenance"`
	Revision   int             `json:"revision"`          // from 1
	Deleted    bool            `json:"deleted,omitempty"` // a tombstone: kept so that the next run does not bring it back
	Change     Change          `json:"change"`            // the latest
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
