package act

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/domicile-home/domicile/core"
)

// An ID names what the person signed: 128 random bits, 32 lower-case hexadecimal
// digits as text. The zero ID is none.
type ID [16]byte

// NewID returns a random ID.
func NewID() (id ID) {
	rand.Read(id[:])
	return id
}

// ParseID reads the text form. It returns [core.Invalid].
func ParseID(text string) (id ID, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(id) || text != strings.ToLower(text) || ID(b) == (ID{}) {
		return ID{}, core.E(core.Invalid, "read id of receipt", errors.New("want 32 hexadecimal digits"))
	}
	return ID(b), nil
}

// String returns the text form, "" of none.
func (id ID) String() string {
	if id == (ID{}) {
		return ""
	}
	return hex.EncodeToString(id[:])
}

// MarshalText implements encoding.TextMarshaler.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}
