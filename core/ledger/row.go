package ledger

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

const saltSize = 32

// A Digest is HMAC-SHA-256 of a text under its salt.
type Digest [sha256.Size]byte

// MarshalText implements encoding.TextMarshaler.
func (d Digest) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(d[:])), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Digest) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(d) {
		return core.E(core.Invalid, "read digest", errors.New("want 64 hexadecimal digits"))
	}
	copy(d[:], b)
	return nil
}

// A Salted is a JSON text, to the byte, with the salt that its digest is made
// under: without the salt the digest says nothing.
type Salted struct {
	Salt []byte `json:"salt"`
	Text string `json:"text"`
}

// salted encodes value under a fresh salt.
func salted(value any) (Salted, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return Salted{}, fmt.Errorf("write ledger: %w", err)
	}
	if len(text) > maxContent {
		return Salted{}, core.E(core.Invalid, "write ledger", fmt.Errorf("an entry of %d bytes", len(text)))
	}
	s := Salted{make([]byte, saltSize), string(text)}
	rand.Read(s.Salt)
	return s, nil
}

// Digest returns the digest of the text.
func (s Salted) Digest() Digest {
	mac := hmac.New(sha256.New, s.Salt)
	mac.Write([]byte(s.Text))
	return Digest(mac.Sum(nil))
}

func (s Salted) encode() []byte { return append(slices.Clone(s.Salt), s.Text...) }

var errRow = core.E(core.Damaged, "read ledger", errors.New("not a row of this format"))

func decodeSalted(row []byte) (Salted, error) {
	if len(row) <= saltSize || len(row) > saltSize+maxContent {
		return Salted{}, errRow
	}
	return Salted{row[:saltSize:saltSize], string(row[saltSize:])}, nil
}

// unsalt decodes the text of s.
func unsalt[T any](s Salted) (value T, err error) {
	if err := json.Unmarshal([]byte(s.Text), &value); err != nil {
		return value, core.E(core.Damaged, "read ledger", err)
	}
	return value, nil
}

// A Header is what is kept of an entry for ever. The tree stands over the
// digests of headers.
type Header struct {
	At      time.Time     `json:"at"`
	Kind    Kind          `json:"kind"`
	Source  core.SourceID `json:"source,omitzero"` // whose space holds the content
	Content Digest        `json:"content"`
}

// A Head names one state of the ledger: how many entries it has and the hash of
// its tree. Its text, "42-" and 64 hexadecimal digits, can be kept anywhere.
type Head struct {
	Size uint64
	Root tlog.Hash
}

// ParseHead reads the text form. It returns invalid.
func ParseHead(text string) (h Head, err error) {
	size, root, _ := strings.Cut(text, "-")
	h.Size, err = strconv.ParseUint(size, 10, 62)
	b, err2 := hex.DecodeString(root)
	if err != nil || err2 != nil || len(b) != tlog.HashSize || strconv.FormatUint(h.Size, 10) != size || root != strings.ToLower(root) {
		return Head{}, core.E(core.Invalid, "read ledger's head", errors.New("want a number, a dash and 64 hexadecimal digits"))
	}
	copy(h.Root[:], b)
	return h, nil
}

// String returns the text form.
func (h Head) String() string { return fmt.Sprintf("%d-%x", h.Size, h.Root[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Head) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Head) UnmarshalText(text []byte) (err error) {
	*h, err = ParseHead(string(text))
	return err
}

func (h Head) encode() []byte {
	return append(binary.BigEndian.AppendUint64(nil, h.Size), h.Root[:]...)
}

func decodeHead(row []byte) (h Head, err error) {
	if len(row) != 8+tlog.HashSize {
		return h, errRow
	}
	h.Size = binary.BigEndian.Uint64(row)
	copy(h.Root[:], row[8:])
	if h.Size == 0 || h.Size >= 1<<62 {
		return Head{}, errRow
	}
	return h, nil
}

// readHead returns the present head; that of an empty tree when nothing was
// written yet.
func readHead(own *vault.Space) (Head, error) {
	row, err := own.Get(rows, []byte{rowSize})
	if core.CodeOf(err) == core.NotFound {
		return Head{Root: sha256.Sum256(nil)}, nil
	}
	if err != nil {
		return Head{}, err
	}
	return decodeHead(row)
}

// timed is the key of an entry by its time.
func timed(at time.Time, number uint64) []byte {
	return binary.BigEndian.AppendUint64(timeKey(at), number)
}

// timeKey sorts as instants do, those before 1970 too.
func timeKey(at time.Time) []byte {
	return binary.BigEndian.AppendUint64([]byte{rowTime}, uint64(at.UnixNano())^1<<63)
}
