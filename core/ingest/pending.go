package ingest

import (
	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// mergedRel is the rel of the link from a booked transaction to the pending one
// whose place it took. Only the home makes such links.
const mergedRel = "was-pending"

// takePlace looks for the pending line that the new booked one must be, nil for
// none. It deletes it, and links next to it.
func (w *writer) takePlace(in *incoming, next *core.Record) (*core.Record, error) {
	pending, found, err := w.pendingOf(in.line)
	if err != nil || !found {
		return nil, err
	}
	gone, err := w.remove(pending, next.Provenance)
	if err != nil {
		return nil, err
	}
	if err := w.mark(rowsMerged, number(nil, pending.Ref.Seq)); err != nil {
		return nil, err
	}
	next.Links = withLink(next.Links, record.Link{Rel: mergedRel, Type: pending.Type, ID: pending.ID})
	if *next, err = w.withOwn(*next, pending); err != nil {
		return nil, err
	}
	return &pending, w.shelfPending(pending, gone)
}

// pendingOf returns the stored pending line nearest in time to a booked one,
// among those that this run has not shown as still pending.
func (w *writer) pendingOf(booked bankLine) (best core.Record, found bool, err error) {
	slot := booked.slot()
	seqs, err := w.marked(rowsPending, slot[:])
	if err != nil {
		return core.Record{}, false, err
	}
	nearest := 0
	for _, seq := range seqs {
		if still, err := w.has(rowsRun, w.pendingShown(seq)); err != nil || still {
			if err != nil {
				return core.Record{}, false, err
			}
			continue
		}
		r, err := w.bySeq(seq)
		if err != nil {
			return core.Record{}, false, err
		}
		line, err := lineOf(r)
		if err != nil {
			return core.Record{}, false, err
		}
		if days, ok := line.mayBecome(booked); ok && (!found || days < nearest) {
			best, found, nearest = r, true, days
		}
	}
	return best, found, nil
}

// shelfPending keeps the list of pending lines when a record became what it is
// now.
func (s *shelf) shelfPending(old, now core.Record) error {
	before, err := lineOf(old)
	if err != nil {
		return err
	}
	after, err := lineOf(now)
	if err != nil {
		return err
	}
	from, to := before.slot(), after.slot()
	if before.pending && (!after.pending || from != to) {
		if err := s.unmark(rowsPending, number(from[:], old.Ref.Seq)); err != nil {
			return err
		}
	}
	if after.pending && (!before.pending || from != to) {
		return s.mark(rowsPending, number(to[:], now.Ref.Seq))
	}
	return nil
}
