package search

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Feed is the journal that the index follows, and the records it names. Its
// methods are called by one goroutine at a time.
type Feed interface {
	// Last returns the number of the journal's latest change, 0 for none.
	Last(ctx context.Context) (core.Change, error)
	// Changes returns the entries after a change, in order, at most max of
	// them; none at the end of the journal. A record has at most one entry,
	// its latest.
	Changes(ctx context.Context, after core.Change, max int) ([]Entry, error)
	// Documents returns the records of refs as they are now, in any order.
	// Those that are gone or deleted are left out.
	Documents(ctx context.Context, refs []core.Ref) ([]Document, error)
}

// A Sealer seals what the index writes. What is opened under another name than
// it was sealed under, or was altered, is refused. Open appends to dst.
type Sealer interface {
	Seal(name string, plain []byte) []byte
	Open(dst []byte, name string, sealed []byte) ([]byte, error)
}

// An Op is what a change did.
type Op uint8

// The ops of the journal.
const (
	Put        Op = iota + 1 // the record was added or changed
	Remove                   // the record was deleted or removed
	DropSource               // the source Ref.Source was dropped with all its records
)

// An Entry is one change of the journal.
type Entry struct {
	Change core.Change
	Op     Op
	Ref    core.Ref // for DropSource only the source
}

// A Document is what the index reads of a record.
type Document struct {
	Ref     core.Ref
	Type    record.Type
	Time    record.Time
	Title   string
	Amounts []record.Money
	Tags    []string
	Text    []string // the strings of its data, its tags and the text of its files; a phrase never crosses from one to the next
}

// maxTextBytes bounds what is indexed of one record; the rest is not searched.
const maxTextBytes = 1 << 20

// NewDocument returns what the index reads of a record whose files hold the
// texts given. The strings of the record's data are read in the order they
// were sent; numbers count as amounts where their name says so.
func NewDocument(r core.Record, files ...string) Document {
	d := Document{Ref: r.Ref, Type: r.Type, Time: r.Time, Title: r.Title, Tags: r.Tags}
	dec := json.NewDecoder(strings.NewReader(string(r.Data)))
	dec.UseNumber()
	d.readValue(dec, "")
	d.Text = append(append(d.Text, r.Tags...), files...)
	return d
}

// readValue reads one JSON value of the data, which stands under name, and
// stops at the first error: what was read before it is kept.
func (d *Document) readValue(dec *json.Decoder, name string) bool {
	token, err := dec.Token()
	if err != nil {
		return false
	}
	switch value := token.(type) {
	case string:
		d.readText(name, value)
	case json.Number:
		d.readAmount(name, value.String())
	case json.Delim:
		return d.readMembers(dec, name, value == '{')
	}
	return true
}

func (d *Document) readMembers(dec *json.Decoder, name string, isObject bool) bool {
	for dec.More() {
		if isObject {
			token, err := dec.Token()
			if err != nil {
				return false
			}
			name, _ = token.(string)
		}
		if !d.readValue(dec, name) {
			return false
		}
	}
	_, err := dec.Token() // the closing delimiter
	return err == nil
}

func (d *Document) readText(name, value string) {
	d.readAmount(name, value)
	if strings.TrimSpace(value) != "" {
		d.Text = append(d.Text, value)
	}
}

// amountNames are the parts of names whose values are money.
var amountNames = [...]string{"amount", "price", "tax", "total", "balance", "fee", "cost"}

func (d *Document) readAmount(name, value string) {
	name = strings.ToLower(name)
	for _, part := range amountNames {
		if strings.Contains(name, part) {
			if money, err := record.ParseMoney(value); err == nil {
				d.Amounts = append(d.Amounts, money)
			}
			return
		}
	}
}
