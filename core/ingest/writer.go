package ingest

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A writer puts one batch on a shelf.
type writer struct {
	*shelf
	tx      *vault.Tx
	listed  listing // the batch's booked lines
	looked  int     // lines, for pending ones
	batch   *Batch
	schemas map[record.Type]schema
	run     core.RunID
	counts  Counts
	shown   map[shownKey]uint64 // how many the run has shown, of the keys in this batch
}

func (in *Ingest) newWriter(tx *vault.Tx, s *shelf, b *Batch) *writer {
	return &writer{shelf: s, tx: tx, batch: b, schemas: in.schemas, run: b.Provenance.Run, shown: map[shownKey]uint64{}}
}

// all writes the batch's records, deletes the forgotten, and keeps the run's
// counts for its next batch.
func (w *writer) all(ctx context.Context, records []incoming) error {
	w.listed = listingOf(records)
	for i := range records {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.record(&records[i]); err != nil {
			if core.CodeOf(err) == core.Invalid {
				return core.E(core.Invalid, "commit batch", fmt.Errorf("%s %q: %w", records[i].Type, records[i].ID, err))
			}
			return err
		}
	}
	for _, key := range w.batch.Forgotten {
		if err := w.forget(key); err != nil {
			return err
		}
	}
	if w.dry != nil {
		return nil
	}
	if w.batch.Last {
		return w.endRun(w.run)
	}
	return w.saveShown()
}

// record writes one record and counts what that did.
func (w *writer) record(in *incoming) error {
	old, found, err := w.place(in)
	if err != nil {
		return err
	}
	if !found || old.Deleted || !in.line.pending {
		return w.write(in, old, found)
	}
	stored, err := lineOf(old)
	if err != nil {
		return err
	}
	if !stored.pending { // a line that was booked does not become pending again
		w.counts.Unchanged++
		return nil
	}
	return w.write(in, old, found)
}

// write puts in over old.
func (w *writer) write(in *incoming, old core.Record, found bool) error {
	if found && old.Deleted {
		if back, err := w.comesBack(old); err != nil || !back {
			w.counts.Unchanged++
			return err
		}
	}
	next, err := w.next(in, old, found && !old.Deleted)
	if err != nil {
		return err
	}
	if found {
		own, err := w.owned(old)
		if err != nil {
			return err
		}
		if next, err = w.withOwn(next, own); err != nil {
			return err
		}
	}
	var merged *core.Record // the pending line whose place it takes
	switch {
	case in.Type != record.TypeTransaction || found:
	case in.line.pending:
		if joined, err := w.joinBooked(in, next); err != nil || joined {
			return err
		}
	default:
		if merged, err = w.takePlace(in, &next); err != nil {
			return err
		}
	}
	out, changed, err := w.put(next, old, found)
	if err != nil {
		return err
	}
	if merged != nil && w.dry == nil {
		if err := w.handTwins(merged.Ref.Seq, out.Ref.Seq); err != nil {
			return err
		}
	}
	switch {
	case !changed:
		w.counts.Unchanged++
	case found && !old.Deleted || merged != nil:
		w.counts.Updated++
	default:
		w.counts.Added++
	}
	return w.after(in, old, out, changed)
}

// next is the record as it will stand: what the home knows of the stored one
// and the connector does not say is carried over.
func (w *writer) next(in *incoming, old core.Record, found bool) (core.Record, error) {
	next := core.Record{Type: in.Type, ID: in.ID, Time: in.Time, Title: in.Title, Data: in.Data, Links: in.Links, Provenance: w.batch.Provenance}
	next.Provenance.Evidence = in.evidence
	var err error
	if next.Files, err = w.attach(in.attached, old); err != nil || !found {
		return next, err
	}
	if len(in.attached) == 0 {
		next.Files = old.Files
	}
	for _, link := range old.Links {
		if link.Rel == mergedRel {
			next.Links = withLink(next.Links, link)
		}
	}
	if in.Type == record.TypeSeries {
		err = mergeSeries(in, old, &next)
	}
	return next, err
}

// withLink returns a copy of links with one more, in order.
func withLink(links []record.Link, link record.Link) []record.Link {
	links = append(slices.Clone(links), link)
	slices.SortFunc(links, compareLinks)
	return slices.Compact(links)
}

// after keeps what follows from a record: the run's sight of it, and its place
// among equal or pending lines.
func (w *writer) after(in *incoming, old, out core.Record, changed bool) error {
	var points map[string]any
	if in.Type == record.TypeSeries {
		points = in.data
	}
	if err := w.sight(out, points); err != nil {
		return err
	}
	if w.dry == nil {
		if err := w.shelfOwn(old, out); err != nil {
			return err
		}
	}
	if in.Type != record.TypeTransaction {
		return nil
	}
	if in.counted {
		if err := w.addEqual(in.line.composite(), out.Ref.Seq); err != nil {
			return err
		}
	}
	if in.line.pending {
		if err := w.mark(rowsRun, w.pendingShown(out.Ref.Seq)); err != nil {
			return err
		}
	}
	if !changed {
		if !in.line.pending {
			return w.showBooked(out.Ref.Seq)
		}
		return nil
	}
	return w.shelfPending(old, out)
}

// forget deletes the record of a key, because the provider no longer has it.
func (w *writer) forget(key record.Key) error {
	id, err := cleanID(key.ID)
	if err != nil {
		return core.E(core.Invalid, "forget record", fmt.Errorf("id: %w", err))
	}
	if w.batch.Produces != nil && !slices.Contains(w.batch.Produces, key.Type) {
		return core.E(core.Invalid, "forget record", fmt.Errorf("%s: the connector does not declare this type", key.Type))
	}
	old, found, err := w.byID(key.Type, id)
	if err != nil || !found {
		return err
	}
	if old.Deleted {
		return w.sight(old, nil)
	}
	gone, err := w.remove(old, w.batch.Provenance)
	if err != nil {
		return err
	}
	w.counts.Forgotten++
	return w.shelfPending(old, gone)
}

// comesBack reports whether a tombstone gives way to its record seen again:
// when the provider had forgotten it, not when the person deleted it or a
// booked line took its place.
func (w *writer) comesBack(tombstone core.Record) (bool, error) {
	if tombstone.Provenance.Run == 0 {
		return false, nil
	}
	merged, err := w.has(rowsMerged, number(nil, tombstone.Ref.Seq))
	return !merged, err
}

// saveShown keeps how many equal keys the run has shown.
func (w *writer) saveShown() error {
	for key, n := range w.shown {
		if err := w.Put(rowsRun, w.equalShown(key), binary.AppendUvarint(nil, n)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) equalShown(key shownKey) []byte {
	return append(append(append(number(nil, w.run), 'c'), key.line[:]...), key.part...)
}

func (w *writer) pendingShown(seq core.Seq) []byte {
	return number(append(number(nil, w.run), 'p'), seq)
}
