package search

import (
	"errors"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/domicile-home/domicile/core"
)

// Small makes c work with so little at a time that a few hundred records fill
// many partitions.
func Small(c Config) Config {
	c.limits = &limits{batchEntries: 40, readRefs: 7, batchBytes: 2000, partitionDocs: 60, firstTier: 10}
	return c
}

// Seen returns the end of the journal when the records in the index were read.
func Seen(x *Index) (last core.Change) {
	parts, _, _ := x.listed()
	for _, p := range parts {
		last = max(last, p.current().Seen)
	}
	return last
}

// Terms returns every term of every segment, of records that count no more too.
func Terms(x *Index) (map[string]bool, error) {
	parts, _, err := x.listed()
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, p := range parts {
		if err := x.use(p, func(r index.IndexReader) error { return termsOf(r, found) }); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func termsOf(r index.IndexReader, found map[string]bool) error {
	list, err := r.FieldDict(textField)
	if err != nil {
		return err
	}
	for {
		entry, err := list.Next()
		if entry == nil || err != nil {
			return errors.Join(err, list.Close())
		}
		found[entry.Term] = true
	}
}
