package query

import (
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
)

// wantedTags are the keys of the tags that a list is of.
type wantedTags []string

func tagKeys(tags []string) (keys wantedTags) {
	for _, tag := range tags {
		keys = append(keys, search.TagKey(tag))
	}
	return keys
}

// has reports whether a record has each of the tags.
func (w wantedTags) has(r core.Record) bool {
	for _, key := range w {
		if !slices.ContainsFunc(r.Tags, func(tag string) bool { return search.TagKey(tag) == key }) {
			return false
		}
	}
	return true
}
