// Package query is the only reader of records: one record, a timeline, a
// search, the counts and the files. Who reads is the owner, who may read all;
// where readers with less come, [Reader] is the one place that holds them.
package query

import (
	"context"
	"io"
	"iter"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Reader reads the records of one unlocked home. It is safe for concurrent
// use. Its methods return locked once the home is.
type Reader struct {
	vault *vault.Vault
	index *search.Index
}

// New returns a Reader. Index follows the vault's journal.
func New(v *vault.Vault, index *search.Index) *Reader { return &Reader{v, index} }

// Get returns a record, a tombstone too. Codes: not_found.
func (r *Reader) Get(ctx context.Context, ref core.Ref) (found core.Record, err error) {
	err = r.vault.View(ctx, func(tx *vault.Tx) error {
		found, err = get(tx, ref)
		return err
	})
	return found, err
}

func get(tx *vault.Tx, ref core.Ref) (core.Record, error) {
	space, err := tx.Space(ref.Source)
	if err != nil {
		return core.Record{}, err
	}
	return space.Record(ref.Seq)
}

// Revisions returns a record as it stands and as it was, the latest first.
// Codes: not_found.
func (r *Reader) Revisions(ctx context.Context, ref core.Ref) (all []core.Record, err error) {
	err = r.vault.View(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(ref.Source)
		if err != nil {
			return err
		}
		all, err = space.Revisions(ref.Seq)
		return err
	})
	return all, err
}

// OfRun hands the records that a run added or changed to seen, as they stand
// now, in the order of arrival. Codes: not_found.
func (r *Reader) OfRun(ctx context.Context, source core.SourceID, run core.RunID, seen func(core.Record) error) error {
	return r.vault.View(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(source)
		if err != nil {
			return err
		}
		for seq, err := range space.RunRecords(run) {
			if err != nil {
				return err
			}
			one, err := space.Record(seq)
			if err != nil {
				return err
			}
			if one.Deleted {
				continue
			}
			if err := seen(one); err != nil {
				return err
			}
		}
		return nil
	})
}

// Counts are how many records each source has of each type.
type Counts []vault.Count

// Counts returns the counts of every source that has records. It reads
// counters, not records.
func (r *Reader) Counts(ctx context.Context) (counts Counts, err error) {
	err = r.vault.View(ctx, func(tx *vault.Tx) error {
		return each(tx.Counts(), func(c vault.Count) error {
			if c.Records > 0 {
				counts = append(counts, c)
			}
			return nil
		})
	})
	return counts, err
}

// OfType returns how many records there are of t.
func (c Counts) OfType(t record.Type) (n int) {
	for _, one := range c {
		if one.Type == t {
			n += one.Records
		}
	}
	return n
}

// OfSource returns how many records a source has.
func (c Counts) OfSource(id core.SourceID) (n int) {
	for _, one := range c {
		if one.Source == id {
			n += one.Records
		}
	}
	return n
}

// File hands a stored file to use, which must be done with content when it
// returns. Codes: not_found.
func (r *Reader) File(ctx context.Context, source core.SourceID, id core.FileID, use func(core.FileRef, io.ReadSeeker) error) error {
	return r.vault.View(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(source)
		if err != nil {
			return err
		}
		f, err := space.OpenFile(id)
		if err != nil {
			return err
		}
		info := f.Info()
		return use(core.FileRef{File: id, Name: info.Name, MediaType: info.MediaType, Size: info.Size}, io.NewSectionReader(f, 0, info.Size))
	})
}

// each calls f with what seq yields, up to the first error.
func each[T any](seq iter.Seq2[T, error], f func(T) error) error {
	for v, err := range seq {
		if err != nil {
			return err
		}
		if err := f(v); err != nil {
			return err
		}
	}
	return nil
}
