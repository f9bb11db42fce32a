package vault

import "github.com/domicile-home/domicile/core"

// TouchRecord makes followers of the journal look at a record again, whose
// standing changed and whose content did not: it takes the next change, and has
// no new revision. It returns NotFound.
func (s *Space) TouchRecord(seq core.Seq) error {
	if err := s.t.use(true); err != nil {
		return err
	}
	old, err := s.row(seq)
	if err != nil {
		return err
	}
	r, origin, err := decodeRow(old.bytes, seq)
	if err != nil {
		return err
	}
	now, err := old.presence()
	if err != nil {
		return err
	}
	r.Change = s.t.nextChange()
	now.change = r.Change
	s.rowBuf = append(appendHead(s.rowBuf[:0], &r, origin), old.content...)
	return s.replaceRow(seq, &old, s.rowBuf, now)
}

// Age returns a number that is smaller for the source that the home has had
// for longer; 0 for one that is gone.
func (t *Tx) Age(id core.SourceID) uint64 { return t.ring[id].created }
