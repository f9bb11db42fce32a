package search

import (
	"bytes"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// The parts of a segment's file.
const (
	columnsPart  = iota
	stemsPart    // a stemTable
	termsPart    // bleve's segment
	sequencePart // the terms of each record in order, as hashes: what phrases need
	partCount
)

// A draft is a segment that is not yet on disk.
type draft struct {
	columns *columns
	parts   [partCount][]byte
	memory  buffer // that the terms stand in, when outside the heap
}

// Hashes of terms in the sequence. Two different terms have the same one in 16
// million; a phrase is looked for only in records that have all its terms.
const (
	hashBytes = 3
	noTerm    = 0 // stands between two texts
)

func hashTerm(term []byte) uint32 {
	h := uint32(2166136261) // FNV-1a
	for _, c := range term {
		h = (h ^ uint32(c)) * 16777619
	}
	h = h>>24 ^ h&0xFFFFFF
	return max(h, noTerm+1)
}

// build makes a segment of documents. It returns errColumns for what does not
// fit one.
func build(documents []Document) (*draft, error) {
	b := builder{frequencies: map[string]*index.TokenFreq{}}
	docs := make([]index.Document, len(documents))
	for i := range documents {
		docs[i] = b.document(&documents[i])
		if err := b.columns.add(&documents[i], len(b.sequence)/hashBytes); err != nil {
			return nil, err
		}
	}
	made, _, err := (&zap.ZapPlugin{}).New(docs)
	if err != nil {
		return nil, fmt.Errorf("make a segment: %w", err)
	}
	base, ok := made.(*zap.SegmentBase)
	if !ok {
		return nil, errTerms
	}
	var file bytes.Buffer
	if _, err := base.WriteTo(&file); err != nil {
		return nil, fmt.Errorf("write a segment: %w", err)
	}
	d := &draft{columns: &b.columns}
	d.parts[termsPart], d.parts[sequencePart] = file.Bytes(), b.sequence
	return d, d.finish(base)
}

// finish fills in the parts that follow from the others.
func (d *draft) finish(base *zap.SegmentBase) error {
	text, err := (&termIndex{zap: base}).dictionary(textField)
	if err != nil {
		return err
	}
	d.parts[columnsPart] = d.columns.encode()
	d.parts[stemsPart], err = makeStems(text)
	return err
}

// open returns the terms of the draft, which take its memory over.
func (d *draft) open() (*termIndex, error) {
	t := &termIndex{memory: [2]buffer{d.memory}}
	d.memory = buffer{}
	if err := t.open(d.parts[termsPart], d.parts[stemsPart]); err != nil {
		t.free()
		return nil, err
	}
	return t, nil
}

// A builder turns documents into what zapx reads.
type builder struct {
	columns     columns
	sequence    []byte
	frequencies map[string]*index.TokenFreq // shared by the records: frequencies are not kept
}

func (b *builder) document(d *Document) *document {
	all, title := index.TokenFrequencies{}, index.TokenFrequencies{}
	room := b.read(d.Title, maxTextBytes, all, title)
	for _, text := range d.Text {
		room = b.read(text, room, all, nil)
	}
	return &document{fields: []field{
		{name: idField, options: index.StoreField}, // zapx wants one; it stays empty
		{name: textField, options: index.IndexField | index.SkipFreqNorm, terms: all},
		{name: titleField, options: index.IndexField | index.SkipFreqNorm, terms: title},
	}}
}

// read adds the terms of text to each of the sets and returns what is left of
// room.
func (b *builder) read(text string, room int, sets ...index.TokenFrequencies) int {
	if text == "" || room <= 0 {
		return room
	}
	for s := (scanner{text: text[:min(len(text), room)]}); s.next(); {
		frequency := b.frequencies[string(s.term)]
		if frequency == nil {
			term := string(s.term)
			frequency = &index.TokenFreq{Term: []byte(term)}
			b.frequencies[term] = frequency
		}
		b.append(hashTerm(s.term))
		for _, set := range sets {
			if set != nil {
				set[string(s.term)] = frequency
			}
		}
	}
	b.append(noTerm)
	return room - len(text)
}

func (b *builder) append(hash uint32) {
	b.sequence = append(b.sequence, byte(hash), byte(hash>>8), byte(hash>>16))
}

// merge makes one segment of the records of segments that are not in dead. The
// parts must be open; sequences are their sequence parts.
func merge(parts []mergePart) (*draft, error) {
	d := &draft{}
	lists, bases, dead := make([]*columns, len(parts)), make([]segment.Segment, len(parts)), make([]*roaring.Bitmap, len(parts))
	for i, p := range parts {
		lists[i], bases[i], dead[i] = p.columns, p.terms.zap, p.dead
	}
	var err error
	d.memory, err = writeToMemory(func(path string) error {
		_, _, err := (&zap.ZapPlugin{}).Merge(bases, dead, path, nil, noReport{})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("merge segments: %w", err)
	}
	d.parts[termsPart] = d.memory.data
	d.columns = mergeColumns(lists, func(part int, doc uint32) bool {
		if dead[part] != nil && dead[part].Contains(doc) {
			return false
		}
		start, end := lists[part].span(doc)
		d.parts[sequencePart] = append(d.parts[sequencePart], parts[part].sequence[start*hashBytes:end*hashBytes]...)
		return true
	})
	base, err := openBase(d.parts[termsPart])
	if err == nil {
		err = d.finish(base)
	}
	if err != nil {
		d.memory.free()
		return nil, err
	}
	return d, nil
}

// A mergePart is a segment to be merged.
type mergePart struct {
	columns  *columns
	terms    *termIndex
	sequence []byte
	dead     *roaring.Bitmap // nil for none
}

// noReport is what zapx reports progress to.
type noReport struct{}

func (noReport) ReportBytesWritten(uint64) {}

// document and field are a record as zapx reads it. Methods that a field of
// plain terms does not need return nothing.
type document struct{ fields []field }

func (d *document) ID() string { return "" }
func (d *document) Size() int  { return 0 }
func (d *document) VisitFields(visit index.FieldVisitor) {
	for i := range d.fields {
		visit(&d.fields[i])
	}
}
func (d *document) VisitComposite(index.CompositeFieldVisitor) {}
func (d *document) HasComposite() bool                         { return false }
func (d *document) NumPlainTextBytes() uint64                  { return 0 }
func (d *document) AddIDField()                                {}
func (d *document) StoredFieldsBytes() uint64                  { return 0 }
func (d *document) Indexed() bool                              { return true }

type field struct {
	name    string
	options index.FieldIndexingOptions
	terms   index.TokenFrequencies
}

func (f *field) Name() string                                     { return f.name }
func (f *field) Value() []byte                                    { return nil }
func (f *field) ArrayPositions() []uint64                         { return nil }
func (f *field) EncodedFieldType() byte                           { return 't' }
func (f *field) Analyze()                                         {}
func (f *field) Options() index.FieldIndexingOptions              { return f.options }
func (f *field) AnalyzedLength() int                              { return 1 }
func (f *field) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.terms }
func (f *field) NumPlainTextBytes() uint64                        { return 0 }
