package search

import (
	"encoding/binary"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/domicile-home/domicile/core"
)

// The fields of a record in the index.
const (
	textField   = "x" // every term, as it stands in the texts
	orderlyText = "p" // the terms in their order, stored and not searched: see phrase
	stemField   = "s" // the stems that differ from their terms
	titleField  = "t" // the terms of the title and their stems
	typeField   = "k"
	sourceField = "c"
	tagField    = "g" // the keys of its tags
	factsField  = "o" // the name, the moment and the amounts, as factsText spells them
)

const termsOnly = index.IndexField | index.SkipFreqNorm

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
	all := newTextAnalyzer(d)
	add(textField, nil, termsOnly, all)
	doc.AddField(document.NewTextFieldWithIndexingOptions(orderlyText, nil, all.orderly, index.StoreField))
	add(stemField, nil, termsOnly, stemAnalyzer{all})
	add(titleField, nil, termsOnly, titleAnalyzer{d.Title})
	add(typeField, []byte(d.Type), termsOnly, nil)
	add(sourceField, d.Ref.Source[:], termsOnly, nil)
	for _, tag := range d.Tags {
		add(tagField, []byte(TagKey(tag)), termsOnly, nil)
	}
	add(factsField, []byte(factsText(d)), termsOnly|index.DocValues, nil)
	return doc
}

// A textAnalyzer returns the terms of a document, which it cut before: each
// once, in any order.
type textAnalyzer struct {
	tokens  analysis.TokenStream
	orderly []byte // every term in its order between spaces, with a line for each text
}

func newTextAnalyzer(d *Document) *textAnalyzer {
	a, room, known := &textAnalyzer{}, maxTextBytes, map[string]bool{}
	a.read(d.Title, &room, known)
	for _, text := range d.Text {
		a.read(text, &room, known)
	}
	return a
}

func (a *textAnalyzer) read(text string, room *int, known map[string]bool) {
	text = text[:min(len(text), *room)]
	*room -= len(text)
	a.orderly = append(a.orderly, ' ')
	for s := (scanner{text: text}); s.next(); {
		a.orderly = append(append(a.orderly, s.term...), ' ')
		if term := string(s.term); !known[term] {
			known[term] = true
			a.tokens = append(a.tokens, &analysis.Token{Term: []byte(term)})
		}
	}
	a.orderly = append(a.orderly, '\n')
}

func (a *textAnalyzer) Analyze([]byte) analysis.TokenStream { return a.tokens }

// A stemAnalyzer returns the stems of terms that were cut before.
type stemAnalyzer struct{ text *textAnalyzer }

func (a stemAnalyzer) Analyze([]byte) analysis.TokenStream {
	var stems analysis.TokenStream
	var list []string
	for _, token := range a.text.tokens {
		list = appendStems(list[:0], string(token.Term))
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
