package vault

import (
	"iter"

	"github.com/domicile-home/domicile/core"
)

// RunRecords yields the records that a run added or revised, in the order of
// arrival. The loop may revert them. It ends with Damaged.
func (s *Space) RunRecords(run core.RunID) iter.Seq2[core.Seq, error] {
	return func(yield func(core.Seq, error) bool) {
		if err := s.t.use(false); err != nil {
			yield(0, err)
			return
		}
		prefix := appendOrdered(nil, uint64(run))
		c := s.scan(spaceRun, Range{Prefix: prefix})
		for {
			ok, err := c.next()
			if err != nil {
				yield(0, err)
				return
			}
			if !ok {
				return
			}
			seq, rest, ok := readOrdered(c.key[1+len(prefix):])
			if !ok || len(rest) > 0 {
				yield(0, errRow)
				return
			}
			if !yield(core.Seq(seq), nil) {
				return
			}
		}
	}
}

// RevertRecord undoes what a run did to a record: the revision before the run
// is current again (Updated, or Deleted if it was a tombstone), or, when the
// run created the record, it is gone (Removed). A record that something else
// has changed since stays as it is (Unchanged). It returns NotFound.
func (s *Space) RevertRecord(seq core.Seq, run core.RunID) (Outcome, error) {
	if err := s.t.use(true); err != nil {
		return Unchanged, err
	}
	current, err := s.row(seq)
	if err != nil || current.head.run != run {
		return Unchanged, err
	}
	undone, before, again, err := s.revisionsOf(seq, current, run)
	if err != nil {
		return Unchanged, err
	}
	for _, r := range undone {
		if err := s.uncount(r); err != nil {
			return Unchanged, err
		}
		if _, err := s.tree.deleteItem(s.revisionName(seq, r.head.revision)); err != nil {
			return Unchanged, err
		}
	}
	if !again {
		if _, err := s.tree.deleteItem(s.runName(run, seq)); err != nil {
			return Unchanged, err
		}
	}
	if before == nil {
		return Removed, s.removeRecord(seq, current)
	}
	return s.restore(seq, current, *before)
}

// revisionsOf returns the latest rows as far as they are of run, the one before
// them, and whether run comes again among those still earlier.
func (s *Space) revisionsOf(seq core.Seq, current row, run core.RunID) (undone []row, before *row, again bool, err error) {
	undone = []row{current}
	err = s.earlier(seq, current, func(old row) (bool, error) {
		switch {
		case before != nil:
			again = again || old.head.run == run
		case old.head.run != run:
			before = &old
		default:
			undone = append(undone, old)
		}
		return true, nil
	})
	return undone, before, again, err
}

// restore makes before, the latest revision kept, current again.
func (s *Space) restore(seq core.Seq, current, before row) (Outcome, error) {
	state, err := s.counters()
	if err != nil {
		return Unchanged, err
	}
	if _, err := s.tree.deleteItem(s.revisionName(seq, before.head.revision)); err != nil {
		return Unchanged, err
	}
	outcome := Updated
	switch kind := current.head.kind; {
	case before.head.deleted && !current.head.deleted:
		state.add(kind, -1, 1)
	case !before.head.deleted && current.head.deleted:
		state.add(kind, 1, -1)
	}
	if before.head.deleted {
		outcome = Deleted
	}
	now, err := before.presence()
	if err != nil {
		return Unchanged, err
	}
	r, origin, err := decodeRow(before.bytes, seq)
	if err != nil {
		return Unchanged, err
	}
	r.Change = s.t.nextChange()
	now.change = r.Change
	s.rowBuf = append(appendHead(s.rowBuf[:0], &r, origin), before.content...)
	return outcome, s.replaceRow(seq, &current, s.rowBuf, now)
}

// removeRecord takes away all of a record whose revisions are gone.
func (s *Space) removeRecord(seq core.Seq, current row) error {
	state, err := s.counters()
	if err != nil {
		return err
	}
	was, err := current.presence()
	if err != nil {
		return err
	}
	if err := s.hide(seq, was, presence{deleted: true}); err != nil {
		return err
	}
	if was.deleted {
		state.add(was.kind, 0, -1)
	} else {
		state.add(was.kind, -1, 0)
	}
	if err := s.dropComposites(seq); err != nil {
		return err
	}
	for _, name := range [...]func() []byte{
		func() []byte { return s.recordName(seq) },
		func() []byte { return s.idName(current.head.kind, current.head.id) },
	} {
		if _, err := s.tree.deleteItem(name()); err != nil {
			return err
		}
	}
	return s.writeChange(s.t.nextChange(), OpRemoved, seq)
}

// ForgetRecord erases a record's content and its revisions, and leaves a bare
// tombstone. by says who forgets. It returns NotFound.
func (s *Space) ForgetRecord(seq core.Seq, by core.Provenance) (core.Record, error) {
	r, _, err := s.DeleteRecord(seq, by)
	if err != nil {
		return core.Record{}, err
	}
	current, err := s.row(seq)
	if err != nil {
		return core.Record{}, err
	}
	var gone []row
	err = s.earlier(seq, current, func(old row) (bool, error) {
		gone = append(gone, old)
		return true, nil
	})
	if err != nil {
		return core.Record{}, err
	}
	for _, old := range gone {
		if err := s.dropRevision(seq, old, r.Provenance.Run); err != nil {
			return core.Record{}, err
		}
	}
	return r, nil
}

// dropRevision erases a revision and its place in its run.
func (s *Space) dropRevision(seq core.Seq, old row, keep core.RunID) error {
	if err := s.uncount(old); err != nil {
		return err
	}
	if old.head.run != keep {
		if _, err := s.tree.deleteItem(s.runName(old.head.run, seq)); err != nil {
			return err
		}
	}
	_, err := s.tree.deleteItem(s.revisionName(seq, old.head.revision))
	return err
}

// uncount gives up a row's use of its files.
func (s *Space) uncount(r row) error {
	var content core.Record
	p := parser{b: string(r.content)}
	p.content(r.head, &content)
	if p.bad {
		return errRow
	}
	return s.countFiles(content.Files, -1)
}
