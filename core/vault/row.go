package vault

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// A row is a record as stored: a head that says how it came, then its content,
// which is compared byte for byte to tell a change. See docs/format.md.
//
//	head    flags u8 | revision | change | run | origin | at i64 | evidence | type | id
//	content time | title | files | links | own, if the flags say so | data to the end
//	own     tags | corrections
//
// Numbers without a size are uvarints; texts have their length before them.

const (
	rowDeleted = 1 << 0
	rowOwn     = 1 << 1 // the person put tags on it, or corrected it
	rowFlags   = rowDeleted | rowOwn

	// Evidence that is 64 lower-case hexadecimal digits is kept as 32 bytes.
	evidenceNone = 0
	evidenceHash = 1
	evidenceText = 2 // and more: a text of that many bytes less two
)

var (
	errRow = core.E(core.Damaged, "read record", errors.New("not a record of this format"))
	noTime = int64(-1) << 63
)

func appendText(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// appendHead appends the head of r's row.
func appendHead(dst []byte, r *core.Record, origin uint64) []byte {
	flags := byte(0)
	if r.Deleted {
		flags |= rowDeleted
	}
	if isOwn(r) {
		flags |= rowOwn
	}
	dst = append(dst, flags)
	for _, n := range [...]uint64{uint64(r.Revision), uint64(r.Change), uint64(r.Provenance.Run), origin} {
		dst = binary.AppendUvarint(dst, n)
	}
	at := noTime
	if !r.Provenance.At.IsZero() {
		at = r.Provenance.At.UnixNano()
	}
	dst = binary.BigEndian.AppendUint64(dst, uint64(at))
	dst = appendEvidence(dst, r.Provenance.Evidence)
	dst = appendText(dst, string(r.Type))
	return appendText(dst, r.ID)
}

// isOwn reports whether the person added something to r.
func isOwn(r *core.Record) bool { return len(r.Tags)+len(r.Corrected) > 0 }

func appendEvidence(dst []byte, text string) []byte {
	if text == "" {
		return append(dst, evidenceNone)
	}
	if hash, err := hex.DecodeString(text); err == nil && len(hash) == 32 && hex.EncodeToString(hash) == text {
		return append(append(dst, evidenceHash), hash...)
	}
	return append(binary.AppendUvarint(dst, uint64(len(text))+evidenceText), text...)
}

// appendContent appends the content of r's row.
func appendContent(dst []byte, r *core.Record) []byte {
	dst = appendText(dst, r.Time.String())
	dst = appendText(dst, r.Title)
	dst = binary.AppendUvarint(dst, uint64(len(r.Files)))
	for _, f := range r.Files {
		dst = binary.AppendUvarint(dst, uint64(f.File))
		dst = appendText(appendText(dst, f.Name), f.MediaType)
		dst = binary.AppendUvarint(dst, uint64(f.Size))
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.Links)))
	for _, l := range r.Links {
		dst = appendText(appendText(appendText(dst, l.Rel), string(l.Type)), l.ID)
	}
	if isOwn(r) {
		dst = appendOwn(dst, r)
	}
	return append(dst, r.Data...)
}

func appendOwn(dst []byte, r *core.Record) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(r.Tags)))
	for _, tag := range r.Tags {
		dst = appendText(dst, tag)
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.Corrected)))
	for _, c := range r.Corrected {
		dst = appendText(dst, c.Field)
		for _, value := range [...]json.RawMessage{c.Own, c.Source, c.Seen} {
			dst = appendText(dst, string(value))
		}
	}
	return dst
}

// A parser reads a row's fields. After the first fault it returns zeros and
// bad is set.
type parser struct {
	b   string
	bad bool
}

func (p *parser) take(n uint64) string {
	if n > uint64(len(p.b)) {
		p.bad, p.b = true, ""
		return ""
	}
	field := p.b[:n]
	p.b = p.b[n:]
	return field
}

func (p *parser) uvarint() (n uint64) {
	for i := range len(p.b) {
		c := p.b[i]
		if i == 9 && c > 1 {
			break
		}
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			p.b = p.b[i+1:]
			return n
		}
	}
	p.bad, p.b = true, ""
	return 0
}

func (p *parser) text() string { return p.take(p.uvarint()) }

// list reads a count of things of at least size bytes each.
func (p *parser) list(size int) int {
	n := p.uvarint()
	if n > uint64(len(p.b)/size) {
		p.bad, p.b = true, ""
		return 0
	}
	return int(n)
}

// A rowHead is what undo, indexes and checks need of a row without its content.
type rowHead struct {
	deleted  bool
	own      bool
	revision uint64
	change   core.Change
	run      core.RunID
	origin   uint64
	at       int64
	evidence string // as stored
	hashed   bool
	kind     record.Type
	id       string
	size     int // of the head
}

func (p *parser) head() (h rowHead) {
	size := len(p.b)
	flags := p.take(1)
	if flags != "" {
		p.bad = flags[0]&^rowFlags != 0
		h.deleted, h.own = flags[0]&rowDeleted != 0, flags[0]&rowOwn != 0
	}
	h.revision, h.change, h.run, h.origin = p.uvarint(), core.Change(p.uvarint()), core.RunID(p.uvarint()), p.uvarint()
	if at := p.take(8); at != "" {
		h.at = int64(binary.BigEndian.Uint64([]byte(at)))
	}
	switch n := p.uvarint(); n {
	case evidenceNone:
	case evidenceHash:
		h.evidence, h.hashed = p.take(32), true
	default:
		h.evidence = p.take(n - evidenceText)
	}
	h.kind, h.id = record.Type(p.text()), p.text()
	h.size = size - len(p.b)
	return h
}

// record returns the record that the head begins, without provenance's origin.
func (h rowHead) record(seq core.Seq) core.Record {
	r := core.Record{Type: h.kind, ID: h.id, Revision: int(h.revision), Deleted: h.deleted, Change: h.change}
	r.Ref.Seq = seq
	r.Provenance.Run = h.run
	if h.at != noTime {
		r.Provenance.At = time.Unix(0, h.at).UTC()
	}
	r.Provenance.Evidence = h.evidence
	if h.hashed {
		r.Provenance.Evidence = hex.EncodeToString([]byte(h.evidence))
	}
	return r
}

// content reads the content of a row with head h into r, but for the data.
func (p *parser) content(h rowHead, r *core.Record) {
	t, err := parseTime(p.text())
	if err != nil {
		p.bad = true
	}
	r.Time, r.Title = t, p.text()
	if n := p.list(4); n > 0 {
		r.Files = make([]core.FileRef, n)
		for i := range r.Files {
			r.Files[i] = core.FileRef{File: core.FileID(p.uvarint()), Name: p.text(), MediaType: p.text(), Size: int64(p.uvarint())}
		}
	}
	if n := p.list(3); n > 0 {
		r.Links = make([]record.Link, n)
		for i := range r.Links {
			r.Links[i] = record.Link{Rel: p.text(), Type: record.Type(p.text()), ID: p.text()}
		}
	}
	if h.own {
		p.own(r)
	}
}

func (p *parser) own(r *core.Record) {
	if n := p.list(1); n > 0 {
		r.Tags = make([]string, n)
		for i := range r.Tags {
			r.Tags[i] = p.text()
		}
	}
	if n := p.list(4); n > 0 {
		r.Corrected = make([]core.Correction, n)
		for i := range r.Corrected {
			r.Corrected[i] = core.Correction{Field: p.text(), Own: p.value(), Source: p.value(), Seen: p.value()}
		}
	}
}

// value reads a JSON value, nil for none.
func (p *parser) value() json.RawMessage {
	if text := p.text(); text != "" {
		return json.RawMessage(text)
	}
	return nil
}

// decodeRow reads a row into a record of its own memory. It returns Damaged.
func decodeRow(b []byte, seq core.Seq) (core.Record, uint64, error) {
	p := parser{b: string(b)}
	h := p.head()
	r := h.record(seq)
	p.content(h, &r)
	if p.bad {
		return core.Record{}, 0, errRow
	}
	if len(p.b) > 0 {
		r.Data = json.RawMessage(p.b)
	}
	return r, h.origin, nil
}

// parseTime reads a time's text form, the common one quickly.
func parseTime(text string) (record.Time, error) {
	if text == "" {
		return record.Time{}, nil
	}
	if len(text) == 10 && text[4] == '-' && text[7] == '-' {
		y, m, d := digits(text[:4]), digits(text[5:7]), digits(text[8:])
		if y > 0 && m > 0 && m <= 12 && d > 0 && d <= 28 {
			return record.Date(y, time.Month(m), d), nil
		}
	}
	return record.ParseTime(text)
}

// digits reads decimal digits, and returns -1 for anything else.
func digits(s string) (n int) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
