package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// batchSize is how many records a transaction takes.
const batchSize = 1000

// An item is one record of the corpus: as the home stores it, and as the JSON,
// of about 600 bytes, that a plain store keeps.
type item struct {
	record core.Record
	json   []byte
}

// A corpus makes records that are the same in every process: words by Zipf's
// law out of 60,000 that look like French and English, random days of eleven
// years, random ids. Batch n depends on n alone.
type corpus struct{ words []string }

const vocabulary = 60_000

func newCorpus() *corpus {
	rng := rand.New(rand.NewPCG(7, 7))
	onsets := strings.Fields("b c ch d f fl g gr j l m n p pl qu r s st t tr v")
	vowels := strings.Fields("a e i o u ou ai é è on en")
	endings := strings.Fields("- - - s es er ée ées ement ation ations eur ing ed ly ment ique if ive age")
	known := map[string]bool{}
	c := &corpus{}
	for len(c.words) < vocabulary {
		var word strings.Builder
		for range 1 + rng.IntN(3) {
			word.WriteString(onsets[rng.IntN(len(onsets))] + vowels[rng.IntN(len(vowels))])
		}
		word.WriteString(strings.Trim(endings[rng.IntN(len(endings))], "-"))
		if w := word.String(); !known[w] {
			known[w] = true
			c.words = append(c.words, w)
		}
	}
	return c
}

// word returns a word; the first of the vocabulary are the most common.
func (c *corpus) word(z *rand.Zipf) string { return c.words[z.Uint64()] }

func zipf(rng *rand.Rand) *rand.Zipf { return rand.NewZipf(rng, 1.1, 8, vocabulary-1) }

// batch returns batch n.
func (c *corpus) batch(n int) []item {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	z := zipf(rng)
	items := make([]item, batchSize)
	for i := range items {
		items[i] = c.item(rng, z, n*batchSize+i, core.RunID(n+1))
	}
	return items
}

func (c *corpus) item(rng *rand.Rand, z *rand.Zipf, n int, run core.RunID) item {
	types := [...]record.Type{record.TypeBill, record.TypeTransaction, record.TypeCall, record.TypeDocument}
	day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rng.IntN(11*365))
	r := core.Record{
		Type: types[rng.IntN(len(types))], ID: fmt.Sprintf("%016x", rng.Uint64()), Time: record.Date(day.Year(), day.Month(), day.Day()),
		Title: c.text(z, 25),
		Provenance: core.Provenance{Run: run, Connector: "ofx", Version: "1.0.0", Module: strings.Repeat("ab", 32),
			At: time.Unix(1_700_000_000+int64(run), 0).UTC()},
	}
	r.Data = encode(map[string]string{"vendor": c.text(z, 12), "number": fmt.Sprint(n), "amount": fmt.Sprintf("%d.%02d", rng.IntN(500), rng.IntN(100)),
		"currency": "EUR", "label": c.text(z, 370)})
	return item{r, encode(sent{r.Type, r.ID, r.Time, r.Title, r.Data, r.Provenance.Run})}
}

// sent is a record as a plain store keeps it.
type sent struct {
	Type  record.Type     `json:"type"`
	ID    string          `json:"id"`
	Time  record.Time     `json:"time"`
	Title string          `json:"title"`
	Data  json.RawMessage `json:"data"`
	Run   core.RunID      `json:"run"`
}

// text returns words that make up about size bytes.
func (c *corpus) text(z *rand.Zipf, size int) string {
	var text strings.Builder
	for text.Len() < size {
		if text.Len() > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(c.word(z))
	}
	return text.String()
}

func encode(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // plain values
	}
	return text
}

// queries returns n words to look for, common and rare ones, no two the same.
func (c *corpus) queries(n int) []string {
	rng := rand.New(rand.NewPCG(3, 3))
	z := zipf(rng)
	var words []string
	for len(words) < n {
		if w := c.word(z); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}
