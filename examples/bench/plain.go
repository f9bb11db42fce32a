package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/char/asciifolding"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/index/upsidedown/store/boltdb"
	"github.com/blevesearch/bleve/v2/mapping"
	bolt "go.etcd.io/bbolt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
)

// plain is what the vault and its index are measured against: a bbolt file with
// the records' JSON, a look-up by type and id and three indexes, by date, by
// type and date, and by run; and, when asked, a bleve index beside it, both
// with their usual settings and nothing sealed.
type plain struct {
	db    *bolt.DB
	index bleve.Index // nil without
	next  uint64
}

func plainBuckets() [][]byte {
	return [][]byte{[]byte("record"), []byte("id"), []byte("date"), []byte("type"), []byte("run")}
}

func openPlain(dir string, withIndex bool) (*plain, error) {
	db, err := bolt.Open(filepath.Join(dir, "plain.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, PageSize: 4096})
	if err != nil {
		return nil, err
	}
	p := &plain{db: db}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range plainBuckets() {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		p.next = tx.Bucket([]byte("record")).Sequence()
		return nil
	})
	if err == nil && withIndex {
		p.index, err = openBleve(filepath.Join(dir, "plain.bleve"))
	}
	return p, err
}

func (p *plain) close() error {
	err := p.db.Close()
	if p.index != nil {
		err = errors.Join(err, p.index.Close())
	}
	return err
}

// put stores a batch in one transaction, which is durable when it returns.
func (p *plain) put(batch []item) error {
	return p.db.Update(func(tx *bolt.Tx) error {
		var b [5]*bolt.Bucket
		for i, name := range plainBuckets() {
			b[i] = tx.Bucket(name)
		}
		for _, one := range batch {
			p.next++
			if err := putPlain(b, p.next, one); err != nil {
				return err
			}
		}
		return b[0].SetSequence(p.next)
	})
}

func putPlain(b [5]*bolt.Bucket, seq uint64, one item) error {
	key := binary.BigEndian.AppendUint64(nil, seq)
	id := plainID(one.record)
	if b[1].Get(id) != nil {
		return fmt.Errorf("%s is there", id)
	}
	date := append([]byte(one.record.Time.String()), key...)
	kind := append([]byte(string(one.record.Type)+"\x00"), date...)
	run := append(binary.BigEndian.AppendUint64(nil, uint64(one.record.Provenance.Run)), key...)
	return errors.Join(b[0].Put(key, one.json), b[1].Put(id, key), b[2].Put(date, nil), b[3].Put(kind, nil), b[4].Put(run, nil))
}

func plainID(r core.Record) []byte { return []byte(string(r.Type) + "\x00" + r.ID) }

// get returns the JSON of a record by its type and id.
func (p *plain) get(r core.Record) (text []byte, err error) {
	err = p.db.View(func(tx *bolt.Tx) error {
		seq := tx.Bucket([]byte("id")).Get(plainID(r))
		text = append(text, tx.Bucket([]byte("record")).Get(seq)...)
		return nil
	})
	if len(text) == 0 {
		err = errors.Join(err, fmt.Errorf("%s is not there", r.ID))
	}
	return text, err
}

// bySeq returns a record by its number, decoded.
func (p *plain) bySeq(seq []byte) (found sent, err error) {
	err = p.db.View(func(tx *bolt.Tx) error {
		return json.Unmarshal(tx.Bucket([]byte("record")).Get(seq), &found)
	})
	return found, err
}

// openBleve opens the index at path, making it when there is none.
func openBleve(path string) (bleve.Index, error) {
	if _, err := os.Stat(path); err == nil {
		return bleve.Open(path)
	}
	m, err := plainMapping()
	if err != nil {
		return nil, err
	}
	// Batches that return before they are on disk are bleve's fastest way.
	return bleve.NewUsing(path, m, scorch.Name, boltdb.Name, map[string]any{"unsafe_batch": true})
}

const plainAnalyzer = "words"

// plainMapping analyses the same fields as the home's index: every word and the
// words of the title, without accents and stemmed, with positions, since
// phrases need them; type and source; date, kept for sorting; amounts.
func plainMapping() (*mapping.IndexMappingImpl, error) {
	m := bleve.NewIndexMapping()
	err := m.AddCustomAnalyzer(plainAnalyzer, map[string]any{
		"type": custom.Name, "char_filters": []string{asciifolding.Name}, "tokenizer": unicode.Name,
		"token_filters": []string{lowercase.Name, fr.LightStemmerName}})
	if err != nil {
		return nil, err
	}
	text := bleve.NewTextFieldMapping()
	text.Analyzer = plainAnalyzer
	exact := bleve.NewTextFieldMapping()
	exact.Analyzer, exact.IncludeTermVectors = keyword.Name, false
	date := bleve.NewDateTimeFieldMapping()
	amount := bleve.NewNumericFieldMapping()
	for _, f := range []*mapping.FieldMapping{text, exact, date, amount} {
		f.Store, f.IncludeInAll, f.DocValues = false, false, false
	}
	date.DocValues = true
	m.DefaultMapping = bleve.NewDocumentStaticMapping()
	m.DefaultMapping.AddFieldMappingsAt("text", text)
	m.DefaultMapping.AddFieldMappingsAt("title", text)
	m.DefaultMapping.AddFieldMappingsAt("type", exact)
	m.DefaultMapping.AddFieldMappingsAt("source", exact)
	m.DefaultMapping.AddFieldMappingsAt("date", date)
	m.DefaultMapping.AddFieldMappingsAt("amount", amount)
	m.DefaultMapping.StructTagKey = "json"
	return m, nil
}

// indexed is a record as bleve sees it.
type indexed struct {
	Text   []string  `json:"text"`
	Title  string    `json:"title"`
	Type   string    `json:"type"`
	Source string    `json:"source"`
	Date   time.Time `json:"date"`
	Amount []float64 `json:"amount"`
}

// add makes a batch searchable.
func (p *plain) add(first uint64, batch []item) error {
	b := p.index.NewBatch()
	for i, one := range batch {
		d := search.NewDocument(one.record)
		doc := indexed{Text: append(d.Text, d.Title), Title: d.Title, Type: string(d.Type), Source: "own", Date: d.Time.Instant(time.UTC)}
		for _, money := range d.Amounts {
			var amount float64
			if _, err := fmt.Sscan(string(money), &amount); err != nil {
				return err
			}
			doc.Amount = append(doc.Amount, amount)
		}
		if err := b.Index(string(binary.BigEndian.AppendUint64(nil, first+uint64(i))), doc); err != nil {
			return err
		}
	}
	return p.index.Batch(b)
}

// find returns the numbers of the first 20 records with word, the best first or
// the newest first, and how many there are.
func (p *plain) find(word string, newest bool) (*bleve.SearchResult, error) {
	q := bleve.NewMatchQuery(word)
	q.SetField("text")
	r := bleve.NewSearchRequestOptions(q, 20, 0, false)
	if newest {
		r.SortBy([]string{"-date"})
	}
	return p.index.Search(r)
}
