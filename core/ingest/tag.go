package ingest

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
)

// Bounds of tags.
const (
	MaxTags      = 32 // of a record
	MaxTag       = 50 // characters
	maxTagBytes  = 200
	maxKnownTags = 500
	maxTagRows   = 5000 // looked at in one source for the tags there are
)

// TagsField stands for the tags in a [Fault].
const TagsField = "tags"

// Tag puts tags on a record for the person, and takes others away. Tags that
// differ in case, accents and punctuation alone are the same, and the one that
// was there stays. A tag is one line with a letter or a digit in it; a "#" before
// it is not part of it.
//
// It returns invalid with a [Refusal] for a tag that cannot be and for too many,
// conflict for a deleted record, and not_found.
func (in *Ingest) Tag(ctx context.Context, ref core.Ref, add, remove []string) error {
	return in.retag(ctx, ref, func(tags map[string]string) error {
		for _, tag := range remove {
			delete(tags, twin.Fold(tag))
		}
		return addTags(tags, add)
	})
}

// SetTags makes tags all the tags of a record. It is otherwise as Tag.
func (in *Ingest) SetTags(ctx context.Context, ref core.Ref, tags []string) error {
	return in.retag(ctx, ref, func(all map[string]string) error {
		clear(all)
		return addTags(all, tags)
	})
}

// retag lets f change a record's tags, by their folded names.
func (in *Ingest) retag(ctx context.Context, ref core.Ref, f func(map[string]string) error) error {
	return in.revise(ctx, ref, "tag record", func(r core.Record) (core.Record, error) {
		tags := map[string]string{}
		for _, tag := range r.Tags {
			tags[twin.Fold(tag)] = tag
		}
		if err := f(tags); err != nil {
			return r, err
		}
		if r.Tags = nil; len(tags) > MaxTags {
			return r, refuse("tag record", Fault{TagsField, TooMany})
		}
		for _, name := range slices.Sorted(maps.Keys(tags)) {
			r.Tags = append(r.Tags, tags[name])
		}
		return r, nil
	})
}

func addTags(tags map[string]string, add []string) error {
	if len(add) > MaxTags {
		return refuse("tag record", Fault{TagsField, TooMany})
	}
	for _, text := range add {
		tag, reason := cleanTag(text)
		if reason != "" {
			return refuse("tag record", Fault{TagsField, reason})
		}
		if _, known := tags[twin.Fold(tag)]; !known {
			tags[twin.Fold(tag)] = tag
		}
	}
	return nil
}

// cleanTag returns a tag as the home keeps it, or what is wrong with it.
func cleanTag(text string) (string, Reason) {
	if len(text) > 4*maxTagBytes {
		return "", TooLong
	}
	tag := strings.TrimLeft(cleanLine(text), "# ")
	switch {
	case tag == "":
		return "", Missing
	case utf8.RuneCountInString(tag) > MaxTag || len(tag) > maxTagBytes || len(twin.Fold(tag)) > maxTagBytes:
		return "", TooLong
	case twin.Fold(tag) == "" || strings.Contains(tag, ","):
		return "", BadForm
	}
	return tag, ""
}

// shelfTags keeps the list of tagged records when a record became what it is now.
func (s *shelf) shelfTags(old, now core.Record) error {
	if slices.Equal(old.Tags, now.Tags) {
		return nil
	}
	for _, tag := range old.Tags {
		if err := s.Delete(rowsTag, tagKey(tag, now.Ref.Seq)); err != nil {
			return err
		}
	}
	for _, tag := range now.Tags {
		if err := s.Put(rowsTag, tagKey(tag, now.Ref.Seq), []byte(tag)); err != nil {
			return err
		}
	}
	return nil
}

func tagKey(tag string, seq core.Seq) []byte {
	return number(append([]byte(twin.Fold(tag)), 0), seq)
}

// Tags returns the tags that records of the home have, in order, at most 500.
func (in *Ingest) Tags(ctx context.Context) ([]string, error) {
	known := map[string]string{}
	err := in.vault.View(ctx, func(t *vault.Tx) error {
		for _, id := range t.Spaces() {
			if id == core.Own {
				continue
			}
			sp, err := t.Space(id)
			if err != nil {
				return err
			}
			if err := tagsOf(ctx, sp, known); err != nil {
				return err
			}
		}
		return nil
	})
	var tags []string
	for _, name := range slices.Sorted(maps.Keys(known)) {
		tags = append(tags, known[name])
	}
	return tags, err
}

// tagsOf adds the tags of a source to those known. The list holds on to what an
// undone run or a forgetting provider took away; the records tell.
func tagsOf(ctx context.Context, sp *vault.Space, known map[string]string) error {
	var from []byte
	looked := 0
	for len(known) < maxKnownTags && looked < maxTagRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		last := from
		for row, err := range sp.Scan(rowsTag, vault.Range{From: from}) {
			if err != nil {
				return err
			}
			if looked++; looked > maxTagRows {
				return nil
			}
			name, _, _ := bytes.Cut(row.Key, []byte{0})
			seq, ok := lastNumber(row.Key)
			if !ok {
				return errSight
			}
			from = append(append([]byte(nil), row.Key...), 0)
			r, err := sp.Record(core.Seq(seq))
			if err != nil && core.CodeOf(err) != core.NotFound {
				return err
			}
			if slices.Contains(r.Tags, string(row.Value)) {
				known[string(name)] = string(row.Value)
				from = append(append([]byte(nil), name...), 1)
				break
			}
		}
		if bytes.Equal(from, last) {
			return nil
		}
	}
	return nil
}
