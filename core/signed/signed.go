// Package signed reads and writes signed files: reference packs, and apps that
// come as a file. A file is one line of JSON, its header, and a content that the
// header names by its digest; the signature is over the header.
//
// A signature says that the file is whole and who made it, not that it is good:
// see who uses it for what an id and its signer may do.
package signed

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// Bounds of a file.
const (
	MaxContent = 16 << 20 // bytes
	MaxHeader  = 4 << 10  // bytes of the first line
	maxWords   = 300      // bytes of each text of the header
)

// Why is the name, in the Args of an error, of what [Header.Follows] found: one
// of the words below.
const (
	Why        = "why"
	WhySigner  = "signer"  // another key than until now
	WhyVersion = "version" // no later version
	WhyOlder   = "older"   // a later version of an earlier date
)

// A Header says what a file is.
type Header struct {
	Format    string      `json:"format"`
	ID        string      `json:"id"`      // lower-case words joined by hyphens: "electricity-tariffs"
	Version   string      `json:"version"` // whole numbers and dots, compared by number: "2026.11"
	Date      record.Time `json:"date"`    // as of
	Publisher string      `json:"publisher"`
	Licence   string      `json:"licence"` // SPDX expression
	SHA256    string      `json:"sha256"`  // of the content, hex
	Key       []byte      `json:"key"`     // Ed25519
	Signature []byte      `json:"signature,omitempty"`
}

// A File is a file whose signature holds.
type File struct {
	Header
	Content []byte
}

// Open reads a file of a format and checks its signature. It returns invalid for
// whatever is wrong with it.
func Open(format string, file []byte) (File, error) {
	f, err := open(format, file)
	if err != nil {
		return File{}, core.E(core.Invalid, "read signed file", err)
	}
	return f, nil
}

func open(format string, file []byte) (f File, err error) {
	line, content, found := bytes.Cut(file, []byte("\n"))
	if !found || len(line) > MaxHeader || len(content) > MaxContent {
		return f, errors.New("not a signed file, or too large")
	}
	if _, err := protocol.Check(line); err != nil {
		return f, errors.New("not a signed file")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&f.Header); err != nil {
		return f, fmt.Errorf("not a signed file: %w", err)
	}
	if f.Format != format {
		return f, errors.New("not a file of format " + format)
	}
	if err := f.check(); err != nil {
		return f, err
	}
	over, err := f.signed()
	if err != nil {
		return f, err
	}
	sum := sha256.Sum256(content)
	if !ed25519.Verify(f.Key, over, f.Signature) || f.SHA256 != hex.EncodeToString(sum[:]) {
		return f, errors.New("the signature does not fit")
	}
	f.Content = content
	return f, nil
}

// Seal returns a signed file. SHA256, Key and Signature are filled in. It returns
// invalid for one that Open would refuse.
func Seal(h Header, content []byte, key ed25519.PrivateKey) ([]byte, error) {
	sum := sha256.Sum256(content)
	h.SHA256, h.Key = hex.EncodeToString(sum[:]), key.Public().(ed25519.PublicKey)
	over, err := h.signed()
	if err != nil {
		return nil, core.E(core.Invalid, "sign file", err)
	}
	h.Signature = ed25519.Sign(key, over)
	line, err := json.Marshal(h)
	if err != nil {
		return nil, core.E(core.Invalid, "sign file", err)
	}
	file := append(append(line, '\n'), content...)
	if _, err := Open(h.Format, file); err != nil {
		return nil, err
	}
	return file, nil
}

// signed is what the signature is over: the header without it.
func (h Header) signed() ([]byte, error) {
	h.Signature = nil
	return json.Marshal(h)
}

var (
	shapeID      = regexp.MustCompile(`\A[a-z][a-z0-9]*(-[a-z0-9]+)*\z`)
	shapeVersion = regexp.MustCompile(`\A(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){0,3}\z`)
)

func (h Header) check() error {
	switch {
	case !shapeID.MatchString(h.ID) || len(h.ID) > 64:
		return errors.New("id: want lower-case words joined by hyphens")
	case !shapeVersion.MatchString(h.Version):
		return errors.New("version: want numbers such as 2026.11")
	case h.Date.IsZero():
		return errors.New("date: is missing")
	case len(h.Key) != ed25519.PublicKeySize:
		return errors.New("key: want an Ed25519 public key")
	}
	for _, text := range []string{h.Publisher, h.Licence} {
		if text == "" || len(text) > maxWords || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return errors.New("publisher, licence: want one line of text")
		}
	}
	return nil
}

// Follows reports whether h may take the place of old: the same id and signer, a
// later version, and no earlier date. It returns conflict, with [Why].
func (h Header) Follows(old Header) error {
	switch {
	case h.ID != old.ID || !bytes.Equal(h.Key, old.Key):
		return conflict(WhySigner, h.ID+" was signed by another publisher until now")
	case !newer(h.Version, old.Version):
		return conflict(WhyVersion, old.ID+" "+old.Version+" is here already")
	case isEarlier(h.Date.String(), old.Date.String()):
		return conflict(WhyOlder, old.ID+" is here already as of "+old.Date.String())
	}
	return nil
}

func conflict(why, text string) error {
	return &core.Error{Code: core.Conflict, Op: "replace signed file", Args: map[string]string{Why: why}, Err: errors.New(text)}
}

// isEarlier reports whether date a is before date b, as far as both tell.
func isEarlier(a, b string) bool {
	n := min(len(a), len(b))
	return a[:n] < b[:n]
}

// newer reports whether version a comes after b.
func newer(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		p, q := part(x, i), part(y, i)
		if len(p) != len(q) {
			return len(p) > len(q)
		}
		if p != q {
			return p > q
		}
	}
	return false
}

func part(parts []string, i int) string {
	if i < len(parts) {
		return parts[i]
	}
	return "0"
}
