package ingest

import (
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// maxLooked bounds the lines that a batch looks at for its pending ones. The
// few dozen of a real statement look at some fifty each.
const maxLooked = 20_000

// A listing is the booked lines of a batch, by what tells them again.
type listing struct {
	ids    map[string]bool
	equals map[compositeKey]bool
}

func listingOf(records []incoming) listing {
	l := listing{map[string]bool{}, map[compositeKey]bool{}}
	for i := range records {
		switch r := &records[i]; {
		case r.Type != record.TypeTransaction || r.line.pending:
		case r.ID != "":
			l.ids[r.ID] = true
		default:
			l.equals[r.line.composite()] = true
		}
	}
	return l
}

// joinBooked merges a new pending line into the booked one that it became
// before it was seen. It is kept as deleted, to be known again, and the booked
// one links to it. It reports false when there is no such line.
func (w *writer) joinBooked(in *incoming, next core.Record) (bool, error) {
	if len(next.Files) > 0 {
		return false, nil
	}
	booked, found, err := w.bookedOf(in.line)
	if err != nil || !found {
		return false, err
	}
	pending, _, err := w.put(next, core.Record{}, false)
	if err != nil {
		return false, err
	}
	if in.counted {
		if err := w.addEqual(in.line.composite(), pending.Ref.Seq); err != nil {
			return false, err
		}
	}
	if _, err := w.remove(pending, next.Provenance); err != nil {
		return false, err
	}
	if err := w.mark(rowsMerged, number(nil, pending.Ref.Seq)); err != nil {
		return false, err
	}
	linked := booked
	linked.Provenance = next.Provenance
	linked.Links = withLink(linked.Links, record.Link{Rel: mergedRel, Type: pending.Type, ID: pending.ID})
	if _, _, err := w.put(linked, booked, true); err != nil {
		return false, err
	}
	w.counts.Updated++
	return true, nil
}

// bookedOf returns the stored booked line nearest in time to a pending one,
// among those that took no pending one's place and that this run does not
// list: what a bank lists beside a booked line is another.
func (w *writer) bookedOf(pending bankLine) (best core.Record, found bool, err error) {
	if pending.day.Precision() < record.Day {
		return best, false, nil
	}
	day := pending.day.Instant(time.UTC)
	nearest := 0
	for r, err := range w.tx.Timeline(vault.TimelineQuery{Sources: []core.SourceID{w.batch.Source}, Types: []record.Type{record.TypeTransaction},
		From: record.Date(day.AddDate(0, 0, -bookedEarlier).Date()), To: record.Date(day.AddDate(0, 0, bookedLater).Date())}) {
		if w.looked++; err != nil || w.looked > maxLooked {
			return best, found, err
		}
		if r, err = w.bySeq(r.Ref.Seq); err != nil {
			return best, false, err
		}
		line, err := lineOf(r)
		if err != nil {
			return best, false, err
		}
		days, ok := pending.mayBecome(line)
		if !ok || slices.ContainsFunc(r.Links, isMerge) || found && days >= nearest {
			continue
		}
		listed, err := w.isListed(r, line)
		if err != nil {
			return best, false, err
		}
		if !listed {
			best, found, nearest = r, true, days
		}
	}
	return best, found, nil
}

func isMerge(l record.Link) bool { return l.Rel == mergedRel }

// isListed reports whether this run shows a stored booked line.
func (w *writer) isListed(r core.Record, line bankLine) (bool, error) {
	if r.Provenance.Run == w.run || w.listed.ids[r.ID] || w.listed.equals[line.composite()] {
		return true, nil
	}
	if brought, err := w.broughtNow(r); err != nil || brought {
		return brought, err
	}
	sighted, err := w.has(rowsSight, number(number(nil, r.Ref.Seq), w.run))
	if err != nil || sighted {
		return sighted, err
	}
	return w.has(rowsRun, w.bookedShown(r.Ref.Seq))
}

// broughtNow reports whether this run brought a record that the person has
// tagged or corrected since.
func (w *writer) broughtNow(r core.Record) (bool, error) {
	if r.Provenance.Run != 0 || !isOwn(r) || w.dry != nil {
		return false, nil
	}
	revisions, err := w.Revisions(r.Ref.Seq)
	return slices.ContainsFunc(revisions, func(old core.Record) bool { return old.Provenance.Run == w.run }), err
}

// showBooked keeps, for the run's later batches, that it listed a booked line
// which it did not change. An import's sights say so already.
func (w *writer) showBooked(seq core.Seq) error {
	if w.batch.Import || w.batch.Last {
		return nil
	}
	return w.mark(rowsRun, w.bookedShown(seq))
}

func (w *writer) bookedShown(seq core.Seq) []byte {
	return number(append(number(nil, w.run), 'b'), seq)
}

// isLinkOnly reports whether a revision says nothing but which pending line
// joined it, and returns the one before.
func (s *shelf) isLinkOnly(now core.Record) (before core.Record, ok bool, err error) {
	if now.Deleted || !slices.ContainsFunc(now.Links, isMerge) {
		return core.Record{}, false, nil
	}
	revisions, err := s.Revisions(now.Ref.Seq)
	if err != nil {
		return core.Record{}, false, err
	}
	for i, r := range revisions {
		if r.Revision != now.Revision || i+1 == len(revisions) {
			continue
		}
		before = revisions[i+1]
		a, b := now, before
		a.Links, b.Links = slices.DeleteFunc(slices.Clone(a.Links), isMerge), slices.DeleteFunc(slices.Clone(b.Links), isMerge)
		return before, !before.Deleted && len(before.Links) < len(now.Links) && sameContent(a, b), nil
	}
	return core.Record{}, false, nil
}

// release brings back the pending lines that had joined a booked one which is
// gone, unless their own run is undone.
func (s *shelf) release(gone core.Record) error {
	for _, link := range gone.Links {
		if !isMerge(link) {
			continue
		}
		pending, found, err := s.byID(link.Type, link.ID)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if !pending.Deleted { // its own undoing came first
			if err := s.handTwins(gone.Ref.Seq, pending.Ref.Seq); err != nil {
				return err
			}
			continue
		}
		if undone, err := s.isUndone(pending.Provenance.Run); err != nil || undone {
			if err != nil {
				return err
			}
			continue
		}
		if err := s.revivePending(pending); err != nil {
			return err
		}
		if err := s.handTwins(gone.Ref.Seq, pending.Ref.Seq); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) revivePending(gone core.Record) error {
	merged := number(nil, gone.Ref.Seq)
	if is, err := s.has(rowsMerged, merged); err != nil || !is {
		return err
	}
	revisions, err := s.Revisions(gone.Ref.Seq)
	if err != nil {
		return err
	}
	for _, r := range revisions {
		if r.Deleted {
			continue
		}
		back, _, err := s.ReviveRecord(r)
		if err != nil {
			return err
		}
		if err := s.Delete(rowsMerged, merged); err != nil {
			return err
		}
		return s.shelfPending(gone, back)
	}
	return nil
}
