package core

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
)

// A SourceID names a source and its space in the vault: eight random bytes,
// sixteen lower-case hexadecimal digits as text. The zero SourceID is [Own].
type SourceID [8]byte

// Own names the home's own space: settings, sessions, links between sources.
var Own SourceID

// NewSourceID returns a random SourceID.
func NewSourceID() SourceID {
	var id SourceID
	for id == Own {
		rand.Read(id[:])
	}
	return id
}

// ParseSourceID reads the text form. It returns [Invalid].
func ParseSourceID(text string) (SourceID, error) {
	var id SourceID
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(id) || text != strings.ToLower(text) {
		return Own, E(Invalid, "read source id", errors.New("want sixteen hexadecimal digits"))
	}
	copy(id[:], b)
	return id, nil
}

// String returns the text form.
func (id SourceID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id SourceID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *SourceID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseSourceID(string(text))
	return err
}

// A RunID numbers the runs of one source, from 1.
type RunID uint64

// A FileID numbers the files of one source, from 1.
type FileID uint64

// A Change numbers the changes of a home, from 1, in the order of commits.
// Each change of a record or of the set of sources takes the next number.
type Change uint64

// A Seq numbers the records of one source, from 1, in the order of arrival.
type Seq uint64

// A Ref names a record in the home, for ever: "9f86d081884c7d65-42".
type Ref struct {
	Source SourceID
	Seq    Seq
}

// ParseRef reads the text form. It returns [Invalid].
func ParseRef(text string) (Ref, error) {
	source, seq, _ := strings.Cut(text, "-")
	id, err := ParseSourceID(source)
	n, err2 := strconv.ParseUint(seq, 10, 64)
	if err != nil || err2 != nil || n == 0 || seq[0] < '1' || seq[0] > '9' {
		return Ref{}, E(Invalid, "read record reference", errors.New("want source-number"))
	}
	return Ref{id, Seq(n)}, nil
}

// String returns the text form.
func (r Ref) String() string { return r.Source.String() + "-" + strconv.FormatUint(uint64(r.Seq), 10) }

// MarshalText implements encoding.TextMarshaler.
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Ref) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRef(string(text))
	return err
}
