package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

const (
	undoRecords = 500  // settled in one transaction
	undoRows    = 5000 // looked at in one transaction
)

// How far the undoing of a run is.
const (
	undoBegun = 1
	undoDone  = 2
)

// Undo takes back what a run did, as if it had never been: each record it
// brought is again what the other runs and the person made of it, and is gone
// when nobody else brought it. What the person deleted stays deleted; a pending
// line that a booked one replaced comes back. It works in several
// transactions; after an interruption, calling it again goes on. Extra, unless
// nil, is called in the last one.
//
// In the Counts, Forgotten records are gone or deleted again, Updated ones are
// an earlier revision again, Added ones are back, and Unchanged ones stay
// because another run brought them too or the person changed them. Only imports
// ([Batch.Import]) are known to have brought again what was there already.
//
// It returns conflict for a run undone before, not_found for a run that changed
// nothing or a source that is gone, and the vault's and Extra's errors.
func (in *Ingest) Undo(ctx context.Context, source core.SourceID, run core.RunID, extra func(*vault.Space, Counts) error) (Counts, error) {
	u := undo{run: run, extra: extra}
	for !u.done {
		var next undo
		err := in.vault.Update(ctx, func(t *vault.Tx) error {
			sp, err := t.Space(source)
			if err != nil {
				return err
			}
			next = u // what a failed transaction counted is dropped with it
			next.shelf = &shelf{Space: sp}
			return next.some(ctx)
		})
		if err != nil {
			return u.counts, err
		}
		u = next
	}
	return u.counts, nil
}

// An undo is a run being undone, between and within transactions.
type undo struct {
	*shelf
	run    core.RunID
	extra  func(*vault.Space, Counts) error
	begun  bool
	seq    core.Seq // last of the run's own records settled
	own    bool     // all of those are settled
	row    []byte   // first sight not yet looked at
	done   bool
	counts Counts
}

// some does as much as one transaction should.
func (u *undo) some(ctx context.Context) error {
	if err := u.begin(); err != nil {
		return err
	}
	left := undoRecords
	if !u.own {
		if err := u.ownRecords(ctx, &left); err != nil || left == 0 {
			return err
		}
	}
	if err := u.sightings(ctx, left); err != nil || u.row != nil {
		return err
	}
	u.done = true
	if err := u.endRun(u.run); err != nil {
		return err
	}
	if err := u.Put(rowsUndone, number(nil, u.run), []byte{undoDone}); err != nil {
		return err
	}
	if u.extra != nil {
		return u.extra(u.Space, u.counts)
	}
	return nil
}

// begin notes that the run is being undone, which settle goes by.
func (u *undo) begin() error {
	if u.begun {
		return nil
	}
	u.begun = true
	state, err := u.Get(rowsUndone, number(nil, u.run))
	switch {
	case core.CodeOf(err) == core.NotFound:
		if err := u.mustHaveDone(); err != nil {
			return err
		}
		return u.Put(rowsUndone, number(nil, u.run), []byte{undoBegun})
	case err != nil:
		return err
	case len(state) != 1 || state[0] == undoDone:
		return core.E(core.Conflict, "undo run", errors.New("it was undone before"))
	}
	return nil
}

// mustHaveDone returns not_found for a run that left nothing.
func (u *undo) mustHaveDone() error {
	for _, err := range u.RunRecords(u.run) {
		return err
	}
	for row, err := range u.Scan(rowsSight, vault.Range{}) {
		if run, ok := lastNumber(row.Key); err != nil || ok && core.RunID(run) == u.run {
			return err
		}
	}
	return core.E(core.NotFound, "undo run", fmt.Errorf("run %d changed nothing", u.run))
}

// ownRecords settles records that the run added or revised.
func (u *undo) ownRecords(ctx context.Context, left *int) error {
	var seqs []core.Seq
	for seq, err := range u.RunRecords(u.run) {
		if err != nil {
			return err
		}
		if seq > u.seq {
			seqs = append(seqs, seq)
		}
		if len(seqs) == *left {
			break
		}
	}
	for _, seq := range seqs {
		if err := u.take(ctx, seq); err != nil {
			return err
		}
		u.seq = seq
		*left--
	}
	u.own = *left > 0
	return nil
}

// sightings forgets what the run showed of other runs' records, and settles
// them: the run undone before may have left them for this one's sake.
func (u *undo) sightings(ctx context.Context, left int) error {
	looked := 0
	for row, err := range u.Scan(rowsSight, vault.Range{From: u.row}) {
		if err != nil {
			return err
		}
		if looked++; looked > undoRows || left == 0 {
			u.row = row.Key
			return nil
		}
		run, ok := lastNumber(row.Key)
		if !ok || len(row.Key) != 16 {
			return errSight
		}
		if core.RunID(run) != u.run {
			continue
		}
		if err := u.Delete(rowsSight, row.Key); err != nil {
			return err
		}
		seq, _ := lastNumber(row.Key[:8])
		if err := u.take(ctx, core.Seq(seq)); err != nil {
			return err
		}
		left--
	}
	u.row = nil
	return nil
}

// take settles one record and counts what that did.
func (u *undo) take(ctx context.Context, seq core.Seq) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	before, err := u.Record(seq)
	if core.CodeOf(err) == core.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	files, err := u.filesOf(before)
	if err != nil {
		return err
	}
	now, err := u.settle(before)
	if err != nil {
		return err
	}
	if err := u.dropTexts(files); err != nil {
		return err
	}
	switch {
	case now.Change == before.Change:
		u.counts.Unchanged++
	case now.Deleted && !before.Deleted:
		u.counts.Forgotten++
	case !now.Deleted && before.Deleted:
		u.counts.Added++
	case !now.Deleted:
		u.counts.Updated++
	}
	return nil
}
