package ingest

import (
	"errors"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// settle makes a record what the runs that are not undone, and the person, made
// of it. A record that is gone comes back as one that is deleted.
func (s *shelf) settle(before core.Record) (core.Record, error) {
	now := before
	for {
		stands, err := s.stands(now)
		if err != nil {
			return now, err
		}
		if stands {
			break
		}
		outcome, err := s.RevertRecord(now.Ref.Seq, now.Provenance.Run)
		if err != nil {
			return now, err
		}
		if outcome == vault.Removed {
			now = core.Record{Ref: now.Ref, Type: now.Type, ID: now.ID, Deleted: true}
			return now, errors.Join(s.release(before), s.dropRows(before))
		}
		if now, err = s.Record(now.Ref.Seq); err != nil {
			return now, err
		}
	}
	if now.Type == record.TypeSeries && !now.Deleted {
		var err error
		if now, err = s.rebuild(now); err != nil {
			return now, err
		}
	}
	if before.Deleted && !now.Deleted {
		if err := s.Delete(rowsMerged, number(nil, now.Ref.Seq)); err != nil {
			return now, err
		}
	}
	return now, errors.Join(s.shelfPending(before, now), s.shelfOwn(before, now))
}

// stands reports whether the current revision of a record is someone's: the
// person's, that of a run not undone, or one that such a run showed as it is.
func (s *shelf) stands(now core.Record) (bool, error) {
	undone, err := s.isUndone(now.Provenance.Run)
	if err != nil {
		return true, err
	}
	if !undone && isRebuilt(now) && isOwn(now) {
		return true, nil
	}
	if !undone && !isRebuilt(now) {
		before, linkOnly, err := s.isLinkOnly(now)
		if err != nil || !linkOnly {
			return true, err
		}
		return s.stands(before)
	}
	sights, err := s.sights(now.Ref.Seq)
	if err != nil {
		return false, err
	}
	for _, one := range sights {
		undone, err := s.isUndone(one.run)
		if err != nil {
			return false, err
		}
		if !undone && (one.revision == now.Revision || isRebuilt(now)) {
			return true, nil
		}
	}
	if !isRebuilt(now) {
		return false, nil
	}
	live, err := s.contributions(now.Ref.Seq, sights)
	return len(live) > 0, err
}

// isUndone reports whether a run is or is being undone. What has no run is the
// person's, or the home's own.
func (s *shelf) isUndone(run core.RunID) (bool, error) {
	if run == 0 {
		return false, nil
	}
	return s.has(rowsUndone, number(nil, run))
}

// dropRows drops what ingest kept of a record that is gone. Its composite keys
// went with it.
func (s *shelf) dropRows(gone core.Record) error {
	if err := s.shelfPending(gone, core.Record{}); err != nil {
		return err
	}
	if err := s.shelfOwn(gone, core.Record{Ref: gone.Ref}); err != nil {
		return err
	}
	if err := s.Delete(rowsMerged, number(nil, gone.Ref.Seq)); err != nil {
		return err
	}
	if err := twin.Gone(s.Tx(), gone.Ref); err != nil {
		return err
	}
	for row, err := range s.Scan(rowsSight, vault.Range{Prefix: number(nil, gone.Ref.Seq)}) {
		if err != nil {
			return err
		}
		if err := s.Delete(rowsSight, row.Key); err != nil {
			return err
		}
	}
	return nil
}

// isRebuilt reports whether a revision of a series was put together by an undo,
// and not by the person, who has no connector.
func isRebuilt(r core.Record) bool {
	return r.Type == record.TypeSeries && r.Provenance.Run == 0 && r.Provenance.Connector != "" && !r.Deleted
}

// rebuild makes a series the points of the runs that are not undone, when its
// revisions hold others.
func (s *shelf) rebuild(now core.Record) (core.Record, error) {
	sights, err := s.sights(now.Ref.Seq)
	if err != nil {
		return now, err
	}
	live, err := s.contributions(now.Ref.Seq, sights)
	if err != nil || len(live) == 0 {
		return now, err
	}
	data := live[0].data
	for _, c := range live[1:] {
		merged, err := mergePoints(data, c.data)
		if err != nil {
			return now, err
		}
		if data, err = parseData(merged); err != nil {
			return now, core.E(core.Damaged, "read series", err)
		}
	}
	next := now
	next.Data = appendJSON(nil, data)
	if string(next.Data) == string(now.Data) {
		return now, nil
	}
	for _, c := range live { // the latest of a connector: the person brings no points
		if c.by.Connector != "" {
			next.Provenance = c.by
		}
	}
	next.Provenance.Run = 0
	next, _, err = s.ReviveRecord(next)
	return next, err
}

// A contribution is what one run that is not undone brought of a series.
type contribution struct {
	by   core.Provenance
	data map[string]any
}

// contributions returns what each run that is not undone brought of a series,
// in order: an import what it carried, another run what it changed.
func (s *shelf) contributions(seq core.Seq, sights []sight) ([]contribution, error) {
	revisions, err := s.Revisions(seq)
	if err != nil {
		return nil, err
	}
	var live []contribution
	var before map[string]any
	for i := len(revisions) - 1; i >= 0; i-- {
		r := revisions[i]
		if r.Deleted {
			continue
		}
		data, err := parseData(r.Data)
		if err != nil {
			return nil, core.E(core.Damaged, "read series", err)
		}
		if live, err = s.contribute(live, r, before, data, sights); err != nil {
			return nil, err
		}
		before = data
	}
	return live, nil
}

// contribute adds what the run of a revision brought, and what imports showed
// of it.
func (s *shelf) contribute(live []contribution, r core.Record, before, data map[string]any, sights []sight) ([]contribution, error) {
	carried := false
	for _, one := range sights {
		carried = carried || one.run == r.Provenance.Run
	}
	undone, err := s.isUndone(r.Provenance.Run)
	if err != nil {
		return nil, err
	}
	if !carried && !undone && r.Provenance.Run != 0 {
		if before != nil {
			if data, err = changedPoints(before, data); err != nil {
				return nil, core.E(core.Damaged, "read series", err)
			}
		}
		live = append(live, contribution{r.Provenance, data})
	}
	for _, one := range sights {
		if one.revision != r.Revision || one.data == nil {
			continue
		}
		undone, err := s.isUndone(one.run)
		if err != nil {
			return nil, err
		}
		if !undone {
			live = append(live, contribution{r.Provenance, one.data})
		}
	}
	return live, nil
}
