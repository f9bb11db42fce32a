package query

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/core/vault"
)

// Found is what a search gives.
type Found struct {
	Total    int
	Hits     []Hit
	Warnings []search.Warning // parts of the query that were left out
	Behind   bool             // the index has not read the whole journal yet
}

// A Hit is a record found, with pieces of its text around the words.
type Hit struct {
	Record    core.Record
	Fragments []search.Fragment
}

const maxFragments = 2 // of a hit

// Search finds records by words, phrases and filters; see [search.ParseQuery].
// Sources are named by names, which maps the label a person gave to sources.
func (r *Reader) Search(ctx context.Context, text string, limit int, names func(string) []core.SourceID) (Found, error) {
	q := search.ParseQuery(text)
	q.Resolve(names)
	q.Limit = limit
	position := r.index.Position() // before the search: what came in meanwhile may be missing
	result, err := r.index.Search(ctx, q)
	if err != nil {
		return Found{}, err
	}
	found := Found{Total: result.Total, Warnings: q.Warnings}
	err = r.vault.View(ctx, func(tx *vault.Tx) error {
		found.Behind = position < tx.LastChange()
		for _, h := range result.Hits {
			one, err := get(tx, h.Ref)
			if core.CodeOf(err) == core.NotFound || one.Deleted {
				found.Total-- // gone since the index read it
				continue
			}
			if err != nil {
				return err
			}
			fragments, err := fragmentsOf(tx, q, one)
			if err != nil {
				return err
			}
			found.Hits = append(found.Hits, Hit{one, fragments})
		}
		return nil
	})
	return found, err
}

// fragmentsOf cuts pieces out of a record's own strings, then of its files.
func fragmentsOf(tx *vault.Tx, q search.Query, one core.Record) ([]search.Fragment, error) {
	if len(search.Fragments(q, one.Title, 1)) > 0 {
		return nil, nil // the title shows it
	}
	texts := search.NewDocument(one).Text
	space, err := tx.Space(one.Ref.Source)
	if err != nil {
		return nil, err
	}
	for _, f := range one.Files {
		pages, err := readText(space, f.File)
		if err != nil && core.CodeOf(err) != core.NotFound {
			return nil, err
		}
		texts = append(texts, pages...)
	}
	var fragments []search.Fragment
	for _, text := range texts {
		fragments = append(fragments, search.Fragments(q, text, maxFragments)...)
		if len(fragments) >= maxFragments {
			break
		}
	}
	return fragments[:min(len(fragments), maxFragments)], nil
}

// fileText is the keyspace of the text of files: id -> pages as JSON.
const fileText vault.Keyspace = 't'

func readText(space *vault.Space, id core.FileID) (pages []string, err error) {
	text, err := space.Get(fileText, fileKey(id))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &pages); err != nil {
		return nil, core.E(core.Damaged, "read file text", err)
	}
	return pages, nil
}

// ByLabel returns a resolver of source names: a source's id, or its label in
// any case.
func ByLabel(labels map[core.SourceID]string) func(string) []core.SourceID {
	return func(name string) []core.SourceID {
		var ids []core.SourceID
		for id, label := range labels {
			if id.String() == name || strings.EqualFold(label, name) {
				ids = append(ids, id)
			}
		}
		slices.SortFunc(ids, func(a, b core.SourceID) int { return strings.Compare(a.String(), b.String()) })
		return ids
	}
}
