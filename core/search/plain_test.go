package search_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/domicile-home/domicile/core/search"
)

// plain is what is compared with: bleve as it comes, in clear, on disk.
type plain struct {
	bleve.Index
}

// plainMapping answers the same questions as the index does.
func plainMapping() mapping.IndexMapping { return mappingOf("fr", "en") }

// leanMapping knows words in one language only.
func leanMapping() mapping.IndexMapping { return mappingOf("fr") }

func mappingOf(languages ...string) mapping.IndexMapping {
	d := bleve.NewDocumentStaticMapping()
	for _, language := range languages {
		f := bleve.NewTextFieldMapping()
		f.Name, f.Analyzer = language, language
		f.Store, f.IncludeInAll, f.DocValues = false, false, false
		d.AddFieldMappingsAt("text", f)
	}
	for name, f := range map[string]*mapping.FieldMapping{
		"type": bleve.NewKeywordFieldMapping(), "source": bleve.NewKeywordFieldMapping(),
		"date": bleve.NewDateTimeFieldMapping(), "amount": bleve.NewNumericFieldMapping(),
	} {
		f.Store, f.IncludeInAll, f.IncludeTermVectors = false, false, false
		d.AddFieldMappingsAt(name, f)
	}
	m := bleve.NewIndexMapping()
	m.DefaultMapping = d
	return m
}

func newPlain(tb testing.TB, m mapping.IndexMapping) plain {
	tb.Helper()
	x, err := bleve.NewUsing(filepath.Join(tb.TempDir(), "plain"), m, scorch.Name, scorch.Name, map[string]any{"unsafe_batch": true})
	if err != nil {
		tb.Fatal(err)
	}
	return plain{x}
}

func (p plain) add(tb testing.TB, documents []search.Document) {
	tb.Helper()
	for chunk := range slices.Chunk(documents, 1000) {
		b := p.NewBatch()
		for _, d := range chunk {
			amount, _ := search.AmountOf(d.Amounts[0])
			if err := b.Index(d.Ref.String(), map[string]any{
				"text": d.Title + " " + strings.Join(d.Text, " "), "type": string(d.Type), "source": d.Ref.Source.String(),
				"date": d.Time.Instant(time.UTC), "amount": float64(amount),
			}); err != nil {
				tb.Fatal(err)
			}
		}
		if err := p.Batch(b); err != nil {
			tb.Fatal(err)
		}
	}
}

func (p plain) search(tb testing.TB, r *bleve.SearchRequest) {
	tb.Helper()
	if _, err := p.Search(r); err != nil {
		tb.Fatal(err)
	}
}

func (p plain) close(tb testing.TB) {
	tb.Helper()
	if err := p.Close(); err != nil {
		tb.Fatal(err)
	}
}

// plainRequest asks plain bleve for words or a phrase, false for anything else.
func plainRequest(text string) (*bleve.SearchRequest, bool) {
	if strings.ContainsAny(text, ":*") || text == "" {
		return nil, false
	}
	phrase, isPhrase := strings.CutPrefix(text, `"`)
	either := bleve.NewDisjunctionQuery()
	for _, language := range []string{"fr", "en"} {
		if isPhrase {
			q := bleve.NewMatchPhraseQuery(strings.Trim(phrase, `"`))
			q.SetField(language)
			either.AddQuery(q)
			continue
		}
		q := bleve.NewMatchQuery(text)
		q.SetField(language)
		q.SetOperator(query.MatchQueryOperatorAnd)
		either.AddQuery(q)
	}
	r := bleve.NewSearchRequest(either)
	r.Size = 20
	return r, true
}
