// Package record defines the records of a home: their types, times and money,
// as connectors emit them and apps read them.
//
// A record is one thing that happened or that is: a bill, a bank line, a
// meter's month. Its data follow the JSON Schema of its type ([Schema]); what
// a provider sent beyond the schema is kept under "extra".
package record

import "encoding/json"

// A Type is what kind of record: the name of a published JSON Schema.
type Type string

// A Key names a record within its source.
type Key struct {
	Type Type   `json:"type"`
	ID   string `json:"id"`
}

// A Record is what a connector emits. ID is unique for the type within the
// source: the provider's own id, or a stable key made from what never changes,
// never a display name. It is empty only for types that declare a composite
// key (transaction): the home then counts equal keys.
type Record struct {
	Type  Type            `json:"type"`
	ID    string          `json:"id,omitempty"`
	Time  Time            `json:"time,omitzero"`
	Title string          `json:"title"` // one line for lists
	Data  json.RawMessage `json:"data"`  // an object after the type's schema
	Files []FileRef       `json:"files,omitempty"`
	Links []Link          `json:"links,omitempty"`
}

// A FileRef attaches a file of the run to a record.
type FileRef struct {
	File string `json:"file"`           // the file's id in the run
	Name string `json:"name,omitempty"` // for downloads: "2026-03.pdf"
}

// A Link is a typed reference to another record of the same source.
type Link struct {
	Rel  string `json:"rel"` // such as "contract", "bank-account"
	Type Type   `json:"type"`
	ID   string `json:"id"`
}

// The types of records.
const (
	TypeBill        Type = "bill"
	TypeBankAccount Type = "bank-account"
	TypeBalance     Type = "balance"
	TypeTransaction Type = "transaction"
	TypeContract    Type = "contract"
	TypeCall        Type = "call"
	TypeSeries      Type = "series"
	TypeDocument    Type = "document"
)

// Types returns the types in the order of the documentation.
func Types() []Type {
	return []Type{TypeBill, TypeBankAccount, TypeBalance, TypeTransaction, TypeContract, TypeCall, TypeSeries, TypeDocument}
}
