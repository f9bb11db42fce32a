package ingest

import (
	"context"
	"errors"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// Delete deletes a record for the person: a tombstone stays, so that no run
// brings it back, and its revisions stay readable. Deleting it twice changes
// nothing. It returns not_found.
func (in *Ingest) Delete(ctx context.Context, ref core.Ref) error {
	return in.change(ctx, ref, func(s *shelf, old core.Record) (core.Record, error) {
		now, _, err := s.DeleteRecord(ref.Seq, in.person())
		return now, err
	})
}

// Erase is Delete, but it erases the record's content and revisions too. What
// is left is that a record of this type and id was there. It returns not_found.
func (in *Ingest) Erase(ctx context.Context, ref core.Ref) error {
	return in.change(ctx, ref, func(s *shelf, old core.Record) (core.Record, error) {
		if err := s.dropRows(old); err != nil {
			return old, err
		}
		return s.ForgetRecord(ref.Seq, in.person())
	})
}

// Restore brings back the latest revision of a deleted record. It returns
// conflict for a record that is not deleted, and not_found for one that is not
// there or whose revisions were erased.
func (in *Ingest) Restore(ctx context.Context, ref core.Ref) error {
	return in.change(ctx, ref, func(s *shelf, old core.Record) (core.Record, error) {
		if !old.Deleted {
			return old, core.E(core.Conflict, "restore record", errors.New("it is not deleted"))
		}
		revisions, err := s.Revisions(ref.Seq)
		if err != nil {
			return old, err
		}
		for _, r := range revisions {
			if !r.Deleted {
				if err := s.unmark(rowsMerged, number(nil, ref.Seq)); err != nil {
					return old, err
				}
				now, _, err := s.ReviveRecord(r)
				return now, err
			}
		}
		return old, core.E(core.NotFound, "restore record", errors.New("its content was erased"))
	})
}

// person is the provenance of what the person does: no run.
func (in *Ingest) person() core.Provenance {
	return core.Provenance{At: in.now().UTC().Truncate(time.Millisecond)}
}

// change changes one record for the person.
func (in *Ingest) change(ctx context.Context, ref core.Ref, f func(*shelf, core.Record) (core.Record, error)) error {
	return in.vault.Update(ctx, func(t *vault.Tx) error {
		sp, err := t.Space(ref.Source)
		if err != nil {
			return err
		}
		s := &shelf{Space: sp}
		old, err := s.Record(ref.Seq)
		if err != nil {
			return err
		}
		files, err := s.filesOf(old)
		if err != nil {
			return err
		}
		now, err := f(s, old)
		if err != nil {
			return err
		}
		if err := s.dropTexts(files); err != nil {
			return err
		}
		return s.shelfPending(old, now)
	})
}
