package query

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of what is shown around a hit.
const (
	maxFragments = 3
	maxRead      = 8 << 20 // bytes of text looked at for one page of hits
)

// A Search is what someone looks for.
type Search struct {
	Text   string // as typed; see search.ParseQuery
	Order  search.Order
	Offset int
	Limit  int // 0: 20
	// Names returns the sources that the person calls by a name, for source:;
	// nil knows none.
	Names func(name string) []core.SourceID
}

// A Found is a page of what was found.
type Found struct {
	Hits     []Hit
	Total    int              // records that match
	AtLeast  bool             // Total is a lower bound
	Partial  bool             // the index is being repaired: records are missing
	Behind   bool             // the latest changes are not indexed yet
	Warnings []search.Warning // parts of the text that were not understood
}

// A Hit is a record with the pieces of it that match. Of what is one thing it is
// the record that counts, and the pieces may be another's.
type Hit struct {
	Record    core.Record
	Fragments []Fragment
	Of        core.Ref // whose pieces they are
}

// A Fragment is a piece of text that matches, and where it stands.
type Fragment struct {
	search.Fragment
	Place Place
	File  core.FileID // InFile
	Name  string      // InData: the member; InFile: the file's name
	Page  int         // InFile: from 1
}

// A Place is where in a record a fragment stands.
type Place string

// The places.
const (
	InTitle Place = "title"
	InData  Place = "data"
	InFile  Place = "file"
)

// Search finds records by their text. Hits that were deleted since they were
// indexed are left out. It returns unavailable without an index.
func (r *Reader) Search(ctx context.Context, s Search) (Found, error) {
	if r.index == nil {
		return Found{}, core.E(protocol.Unavailable, "search", errors.New("no index"))
	}
	if !r.seeAll() { // full text tells more than a grant on fields would
		return Found{}, core.E(core.Forbidden, "search", errHidden)
	}
	q := search.ParseQuery(s.Text)
	q.Order, q.Offset, q.Limit = s.Order, s.Offset, s.Limit
	q.Resolve(func(name string) []core.SourceID {
		if s.Names == nil {
			return nil
		}
		return s.Names(name)
	})
	standings, err := r.standings(ctx)
	if err != nil {
		return Found{}, err
	}
	if !standings.None() {
		q.Copies = copies{standings, r}
	}
	result, err := r.index.Search(ctx, q)
	if err != nil {
		return Found{}, err
	}
	found := Found{Total: result.Total, AtLeast: result.AtLeast, Partial: result.IsPartial, Warnings: q.Warnings}
	return found, r.join(ctx, &found, q, result)
}

// join reads the records of the hits and cuts the fragments.
func (r *Reader) join(ctx context.Context, found *Found, q search.Query, result search.Result) error {
	return r.vault.View(ctx, func(t *vault.Tx) error {
		found.Behind = result.Position < t.LastChange()
		cut := cutter{query: q, left: maxRead}
		for _, hit := range result.Hits {
			if err := ctx.Err(); err != nil {
				return err
			}
			sp, err := t.Space(hit.Ref.Source)
			if err == nil {
				var rec core.Record
				if rec, err = sp.Record(hit.Ref.Seq); err == nil && !rec.Deleted {
					err = r.add(found, &cut, sp, rec)
				}
			}
			if err != nil && core.CodeOf(err) != core.NotFound {
				return err
			}
		}
		return nil
	})
}

func (r *Reader) add(found *Found, cut *cutter, sp *vault.Space, rec core.Record) error {
	rec, ok := r.see(rec)
	if !ok {
		return nil
	}
	fragments, err := cut.record(sp, rec)
	if err != nil {
		return err
	}
	once, err := onceIn(sp.Tx(), nil)
	if err != nil {
		return err
	}
	hit := Hit{rec, fragments, rec.Ref}
	hit.Record, err = once.leader(rec)
	found.Hits = append(found.Hits, hit)
	return err
}

// A cutter cuts the fragments of one page of hits.
type cutter struct {
	query search.Query
	left  int // bytes of text that may still be looked at
}

// record looks in the title, the data, then the files.
func (c *cutter) record(sp *vault.Space, rec core.Record) ([]Fragment, error) {
	if len(c.query.Words) == 0 {
		return nil, nil
	}
	list := c.text(nil, rec.Title, Fragment{Place: InTitle})
	for _, s := range stringsOf(rec.Data) {
		if s.text != rec.Title {
			list = c.text(list, s.text, Fragment{Place: InData, Name: s.member})
		}
	}
	for _, file := range rec.Files {
		if len(list) == maxFragments || c.left <= 0 {
			return list, nil
		}
		list = c.text(list, file.Name, Fragment{Place: InFile, Name: file.Name, File: file.File})
		pages, err := textOf(sp, file.File)
		if err != nil && core.CodeOf(err) != core.NotFound {
			return list, err
		}
		for i, page := range pages {
			list = c.text(list, page, Fragment{Place: InFile, Name: file.Name, File: file.File, Page: i + 1})
		}
	}
	return list, nil
}

// text appends the fragments of one text, while there is room.
func (c *cutter) text(list []Fragment, text string, at Fragment) []Fragment {
	if len(list) >= maxFragments || text == "" || c.left <= 0 {
		return list
	}
	c.left -= len(text)
	for _, fragment := range search.Fragments(c.query, text, maxFragments-len(list)) {
		at.Fragment = fragment
		list = append(list, at)
	}
	return list
}

// A dataString is a text in a record's data, and the name of the member that
// holds it.
type dataString struct{ member, text string }

// stringsOf returns the texts in a record's data, by member.
func stringsOf(data json.RawMessage) []dataString {
	var value any
	if json.Unmarshal(data, &value) != nil {
		return nil // checked at ingest: there is nothing to show of what is not JSON
	}
	return appendStrings(nil, "", value)
}

func appendStrings(list []dataString, member string, value any) []dataString {
	switch v := value.(type) {
	case string:
		list = append(list, dataString{member, v})
	case []any:
		for _, e := range v {
			list = appendStrings(list, member, e)
		}
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.SortFunc(names, cmp.Compare[string])
		for _, name := range names {
			list = appendStrings(list, name, v[name])
		}
	}
	return list
}
