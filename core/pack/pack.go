// Package pack keeps reference packs: public figures such as tariffs, weather or
// price indices, that an app crosses with what is in the home.
//
// A pack is a signed file, whole and the same for everyone: fetching or reading
// it tells nobody anything. It is about no person, and one that names the person
// whose home it is is refused. An id belongs, in this home, to the first key that
// signed it. What is shown of a pack comes with its date, its publisher and its
// digest, so that two people can see that they hold the same.
package pack

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

// Format is the first member of every pack.
const Format = "domicile-pack-1"

// Bounds of a pack.
const (
	MaxContent = 4 << 20 // bytes
	maxHeader  = 4 << 10
	maxWords   = 300 // bytes of each text of the header
)

// A Header says what a pack is. In the file it is one line of JSON, followed by
// the content.
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

// A Pack is a pack whose signature holds.
type Pack struct {
	Header
	Content []byte // JSON
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
	case h.Format != Format:
		return errors.New("not a reference pack")
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

// Open reads a pack and checks its signature. It returns invalid for whatever is
// wrong with it.
func Open(file []byte) (Pack, error) {
	p, err := open(file)
	if err != nil {
		return Pack{}, core.E(core.Invalid, "read pack", err)
	}
	return p, nil
}

func open(file []byte) (p Pack, err error) {
	line, content, found := bytes.Cut(file[:min(len(file), maxHeader+MaxContent+1)], []byte("\n"))
	if !found || len(line) > maxHeader || len(content) > MaxContent || len(file) > maxHeader+MaxContent {
		return p, errors.New("not a reference pack, or too large")
	}
	if _, err := protocol.Check(line); err != nil {
		return p, err
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&p.Header); err != nil {
		return p, err
	}
	if err := p.check(); err != nil {
		return p, err
	}
	signed, err := p.signed()
	if err != nil {
		return p, err
	}
	sum := sha256.Sum256(content)
	if !ed25519.Verify(p.Key, signed, p.Signature) || p.SHA256 != hex.EncodeToString(sum[:]) {
		return p, errors.New("the signature does not fit")
	}
	if !json.Valid(content) {
		return p, errors.New("the content is not JSON")
	}
	p.Content = content
	return p, nil
}

// Seal returns the file of a pack, signed. Format, SHA256, Key and Signature are
// filled in. It returns invalid for a pack that Open would refuse.
func Seal(h Header, content []byte, key ed25519.PrivateKey) ([]byte, error) {
	sum := sha256.Sum256(content)
	h.Format, h.SHA256, h.Key = Format, hex.EncodeToString(sum[:]), key.Public().(ed25519.PublicKey)
	signed, err := h.signed()
	if err != nil {
		return nil, core.E(core.Invalid, "seal pack", err)
	}
	h.Signature = ed25519.Sign(key, signed)
	line, err := json.Marshal(h)
	if err != nil {
		return nil, core.E(core.Invalid, "seal pack", err)
	}
	file := append(append(line, '\n'), content...)
	if _, err := Open(file); err != nil {
		return nil, err
	}
	return file, nil
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

// minName is how many letters a name has that means somebody: shorter ones are
// words like others.
const minName = 8

// Names returns an error when one of words, which are known of the person,
// stands in the pack, however its JSON writes it, in upper or lower case.
func (p Pack) Names(words []string) error {
	var content any
	if err := json.Unmarshal(p.Content, &content); err != nil {
		return err
	}
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	if err := e.Encode(content); err != nil {
		return err
	}
	text := strings.ToLower(p.Publisher + "\n" + plain.String())
	for _, word := range words {
		if word = strings.ToLower(strings.TrimSpace(word)); utf8.RuneCountInString(word) >= minName && strings.Contains(text, word) {
			return fmt.Errorf("%s holds a name or a number of yours: a reference pack is about nobody", p.ID)
		}
	}
	return nil
}
