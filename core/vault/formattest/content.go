package formattest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Hex is bytes that JSON shows in hexadecimal digits.
type Hex []byte

// MarshalText implements encoding.TextMarshaler.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = hex.AppendDecode(nil, text)
	return err
}

// A Content is all that a vault holds: numbers as in docs/format.md, times in
// Unix nanoseconds, each list in the order of its keys.
type Content struct {
	Vault          Hex
	Slots          []Slot
	Commit, Change uint64
	Time           int64
	Head           string
	Spaces         []Space
}

// A Slot is one way to open the vault.
type Slot struct {
	Kind         byte
	Time, Memory uint32
	Threads      byte
}

// A Space is what one space holds. Staged and Leftovers count files on their
// way in and drops not swept.
type Space struct {
	ID                            Hex
	LastSeq, LastFile, LastOrigin uint64      `json:",omitzero"`
	Records                       []Record    `json:",omitempty"`
	Files                         []File      `json:",omitempty"`
	Journal                       []Change    `json:",omitempty"`
	Counts                        []Count     `json:",omitempty"`
	Composites                    []Composite `json:",omitempty"`
	Others                        []Other     `json:",omitempty"`
	Staged, Leftovers             int         `json:",omitzero"`
}

// A Record is a record as it stands and as it was, the latest row first.
type Record struct {
	Seq  uint64
	Rows []Row
}

// A Row is one revision of a record.
type Row struct {
	Revision, Change           uint64
	Run                        uint64 `json:",omitzero"`
	Deleted                    bool   `json:",omitzero"`
	Connector, Version, Module string `json:",omitzero"`
	At                         int64  `json:",omitzero"`
	Evidence                   string `json:",omitzero"`
	Type, ID                   string
	Time, Title                string       `json:",omitzero"`
	Files                      []FileRef    `json:",omitempty"`
	Links                      []Link       `json:",omitempty"`
	Tags                       []string     `json:",omitempty"`
	Corrected                  []Correction `json:",omitempty"`
	Data                       string       `json:",omitzero"` // as Brief shows it
}

// A FileRef is a file of a record, a Link a way to another record, a Correction
// a field that the person corrected.
type (
	FileRef struct {
		File            uint64
		Name, MediaType string
		Size            uint64
	}
	Link       struct{ Rel, Type, ID string }
	Correction struct{ Field, Own, Source, Seen string }
)

// A File is a file that was read from end to end.
type File struct {
	ID, Size, Uses  uint64
	Name, MediaType string
	SHA256          Hex
	Added           int64
}

// A Change is an entry of the journal: of a record, or of a source dropped.
type Change struct {
	Change uint64
	Op     byte
	Seq    uint64 `json:",omitzero"`
	Source Hex    `json:",omitempty"`
}

// A Count says how many records of a type there are.
type Count struct {
	Type                string
	Records, Tombstones uint64
}

// A Composite is a composite key and the records under it.
type Composite struct {
	Key  Hex
	Seqs []uint64
}

// An Other is a key of another room; its value is as Brief shows it.
type Other struct {
	Keyspace string
	Key      Hex
	Value    string
}

// Brief shows b: as it is when it is a short text, else by length and hash.
func Brief(b []byte) string {
	text := len(b) <= 200 && utf8.Valid(b)
	for _, c := range string(b) {
		text = text && unicode.IsPrint(c)
	}
	if text {
		return string(b)
	}
	return fmt.Sprintf("%d bytes, SHA-256 %x", len(b), sha256.Sum256(b))
}
