package search

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/numeric"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/domicile-home/domicile/core"
)

// The fields of a record in the index. None is stored.
const (
	textField   = "x" // every term, as it stands in the texts
	stemField   = "s" // the stems that differ from their terms
	titleField  = "t" // the terms of the title and their stems
	typeField   = "k"
	sourceField = "c"
	dayField    = "d" // the civil date, as a Day
	amountField = "a" // as Amounts
	orderField  = "o" // an orderKey
)

const (
	termsOnly = index.IndexField | index.SkipFreqNorm
	positions = termsOnly | index.IncludeTermVectors
)

// idOf returns a record's name as the index keeps it.
func idOf(ref core.Ref) string {
	return string(binary.BigEndian.AppendUint64(ref.Source[:], uint64(ref.Seq)))
}

// convert returns a document as bleve reads it.
func convert(d *Document) *document.Document {
	doc := document.NewDocument(idOf(d.Ref))
	add := func(name string, value []byte, options index.FieldIndexingOptions, by analysis.Analyzer) {
		doc.AddField(document.NewTextFieldCustom(name, nil, value, options, by))
	}
	all := &textAnalyzer{document: d}
	add(textField, nil, positions, all)
	add(stemField, nil, termsOnly, stemAnalyzer{all})
	add(titleField, nil, termsOnly, titleAnalyzer{d.Title})
	add(typeField, []byte(d.Type), termsOnly, nil)
	add(sourceField, d.Ref.Source[:], termsOnly, nil)
	add(orderField, []byte(orderKey(momentOf(d.Time), d.Ref)), termsOnly|index.DocValues, nil)
	if !d.Time.IsZero() {
		doc.AddField(document.NewNumericFieldWithIndexingOptions(dayField, nil, number(int64(DayOf(d.Time.Civil()))), termsOnly))
	}
	for _, money := range d.Amounts {
		if amount, ok := AmountOf(money); ok {
			doc.AddField(document.NewNumericFieldWithIndexingOptions(amountField, nil, number(int64(amount)), termsOnly))
		}
	}
	return doc
}

// number returns n in bleve's hands: bleve takes numbers as floats and keeps
// them as integers in the same order. What it keeps of this one is n itself,
// which loses nothing and takes a fifth of the room.
func number(n int64) float64 { return numeric.Int64ToFloat64(clamp(n)) }

// clamp holds a number within 2^59 of zero, so that what bleve takes for floats
// are numbers.
func clamp(n int64) int64 {
	const most = 1 << 59
	return min(max(n, -most), most)
}

// keyText spells an order key in letters whose order is that of the bytes.
var keyText = base32.HexEncoding.WithPadding(base32.NoPadding)

// orderKey returns what hits are sorted by, descending: the later first, then
// the one that came home later, so that the order is always the same. It names
// the record.
func orderKey(at moment, ref core.Ref) string {
	key := binary.BigEndian.AppendUint64(nil, uint64(at)^1<<63)
	key = binary.BigEndian.AppendUint64(key, uint64(ref.Seq))
	for _, c := range ref.Source {
		key = append(key, ^c)
	}
	return keyText.EncodeToString(key)
}

// parseOrderKey reads what orderKey wrote.
func parseOrderKey(text string) (at moment, ref core.Ref, err error) {
	key, err := keyText.DecodeString(text)
	if err != nil || len(key) != 24 {
		return 0, ref, fmt.Errorf("%w: order of a record", errDamaged)
	}
	ref.Seq = core.Seq(binary.BigEndian.Uint64(key[8:]))
	for i := range ref.Source {
		ref.Source[i] = ^key[16+i]
	}
	return moment(binary.BigEndian.Uint64(key) ^ 1<<63), ref, nil
}

// textGap stands between the last position of a text and the first of the
// next, so that no phrase crosses from one to the other.
const textGap = 2

// A textAnalyzer cuts the texts of a document into terms.
type textAnalyzer struct {
	document *Document
	tokens   analysis.TokenStream
}

func (a *textAnalyzer) Analyze([]byte) analysis.TokenStream {
	room, position := maxTextBytes, 0
	a.read(a.document.Title, &room, &position)
	for _, text := range a.document.Text {
		a.read(text, &room, &position)
	}
	return a.tokens
}

func (a *textAnalyzer) read(text string, room, position *int) {
	text = text[:min(len(text), *room)]
	*room -= len(text)
	for s := (scanner{text: text}); s.next(); {
		*position++
		a.tokens = append(a.tokens, &analysis.Token{Term: []byte(string(s.term)), Position: *position})
	}
	*position += textGap
}

// A stemAnalyzer returns the stems of terms that were analyzed before.
type stemAnalyzer struct{ text *textAnalyzer }

func (a stemAnalyzer) Analyze([]byte) analysis.TokenStream {
	known := make(map[string]bool, len(a.text.tokens))
	var stems analysis.TokenStream
	var list []string
	for _, token := range a.text.tokens {
		term := string(token.Term)
		if known[term] {
			continue
		}
		known[term] = true
		list = appendStems(list[:0], term)
		for _, stem := range list {
			stems = append(stems, &analysis.Token{Term: []byte(stem)})
		}
	}
	return stems
}

// A titleAnalyzer returns the terms of a title and their stems.
type titleAnalyzer struct{ title string }

func (a titleAnalyzer) Analyze([]byte) analysis.TokenStream {
	var list analysis.TokenStream
	for _, term := range terms(a.title) {
		for _, key := range keys(term) {
			list = append(list, &analysis.Token{Term: []byte(key)})
		}
	}
	return list
}

// size returns the bytes of text of the document.
func (d *Document) size() int {
	size := len(d.Title)
	for _, text := range d.Text {
		size += len(text)
	}
	return size
}
