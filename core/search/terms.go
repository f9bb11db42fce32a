package search

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// The fields of a segment in bleve's format.
const (
	textField  = "x" // every term of the record
	titleField = "t" // those of its title
	idField    = "_id"
)

// A termIndex is the inverted index of a segment: bleve's segment, and the
// stems of its dictionary. It may be read by several goroutines at once.
type termIndex struct {
	zap    *zap.SegmentBase
	stems  *stemTable
	memory [2]buffer // what the two read from
}

// footerSize is the size of the end of a segment file whose writer has no id;
// see zap.md of zapx version 17.
const footerSize = 4 + 8 + 8 + 8 + 4 + 4 + 4

var errTerms = errors.New("malformed terms")

// openBase opens a segment in the form that zapx writes to files.
func openBase(file []byte) (*zap.SegmentBase, error) {
	at := len(file) - footerSize
	if at < 0 || binary.BigEndian.Uint32(file[at:]) != 0 || binary.BigEndian.Uint32(file[at+32:]) != zap.Version {
		return nil, errTerms
	}
	docs := binary.BigEndian.Uint64(file[at+4:])
	stored := binary.BigEndian.Uint64(file[at+12:])
	sections := binary.BigEndian.Uint64(file[at+20:])
	chunkMode := binary.BigEndian.Uint32(file[at+28:])
	crc := binary.BigEndian.Uint32(file[at+36:])
	base, err := zap.InitSegmentBase(file[:at], crc, chunkMode, docs, stored, sections, nil, new(segment.Stats))
	if err != nil {
		return nil, fmt.Errorf("open terms: %w", err)
	}
	return base, nil
}

// open reads a segment and the stems of its dictionary.
func (t *termIndex) open(file, stems []byte) (err error) {
	if t.zap, err = openBase(file); err != nil {
		return err
	}
	t.stems, err = openStems(stems)
	return err
}

func (t *termIndex) free() {
	if t.zap != nil {
		_ = t.zap.Close() // drops its caches
	}
	for i := range t.memory {
		t.memory[i].free()
	}
}

// A dictionary reads the terms of one field. It serves one goroutine.
type dictionary struct {
	segment.TermDictionary
	list segment.PostingsList
}

func (t *termIndex) dictionary(field string) (*dictionary, error) {
	d, err := t.zap.Dictionary(field)
	if err != nil {
		return nil, fmt.Errorf("open the dictionary: %w", err)
	}
	return &dictionary{TermDictionary: d}, nil
}

// or adds to docs the records that have term.
func (d *dictionary) or(docs *roaring.Bitmap, term []byte) (err error) {
	d.list, err = d.PostingsList(term, nil, d.list)
	if err != nil {
		return fmt.Errorf("read the records of a term: %w", err)
	}
	list, ok := d.list.(*zap.PostingsList)
	if !ok {
		return errTerms
	}
	list.OrInto(docs)
	return nil
}

// each calls fn for the terms from first up to, and without, end; nil ends at
// the last.
func (d *dictionary) each(first, end []byte, fn func(term string) error) error {
	bare, ok := d.TermDictionary.(interface {
		AutomatonIteratorOmitCount(a segment.Automaton, first, end []byte) segment.DictionaryIterator
	})
	if !ok {
		return errTerms
	}
	list := bare.AutomatonIteratorOmitCount(nil, first, end)
	for {
		entry, err := list.Next()
		if err != nil {
			return fmt.Errorf("read the dictionary: %w", err)
		}
		if entry == nil {
			return nil
		}
		if err := fn(entry.Term); err != nil {
			return err
		}
	}
}

// after returns the first key that does not begin with prefix, nil for none.
func after(prefix []byte) []byte {
	end := slices.Clone(prefix)
	for n := len(end); n > 0; n-- {
		if end[n-1] < 0xFF {
			end[n-1]++
			return end[:n]
		}
	}
	return nil
}
