package vault

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// An Outcome says what a write did to a record.
type Outcome byte

const (
	Unchanged Outcome = iota // nothing: the content was the same, or there was nothing to undo
	Added                    // the record is new
	Updated                  // the record has a new revision, or an earlier one again
	Deleted                  // the record is a tombstone, and stays one
	Removed                  // the record is gone without a trace
)

const (
	maxType = 64  // bytes of a type
	maxID   = 512 // bytes of an id
)

// PutRecord adds r, or makes a revision of the record that has its type and
// id. Content is time, title, data, files, links, tags and corrections: when it equals the stored
// one byte for byte, nothing changes, whatever r's provenance. A tombstone
// stays (Deleted); [Space.ReviveRecord] brings it back. It returns the record
// as it stands, with its Ref, Revision and Change, which r need not have.
//
// It returns Invalid for a missing or oversized type or id and for a time that
// has no text form, and NotFound for a file that the source does not have.
func (s *Space) PutRecord(r core.Record) (core.Record, Outcome, error) { return s.putRecord(r, false) }

// ReviveRecord is PutRecord, but it brings a deleted record back.
func (s *Space) ReviveRecord(r core.Record) (core.Record, Outcome, error) {
	return s.putRecord(r, true)
}

func (s *Space) putRecord(r core.Record, revive bool) (core.Record, Outcome, error) {
	if err := s.t.use(true); err != nil {
		return core.Record{}, Unchanged, err
	}
	if err := checkRecord(&r); err != nil {
		return core.Record{}, Unchanged, err
	}
	r.Deleted = false
	s.content = appendContent(s.content[:0], &r)
	seq, found, err := s.seqOf(r.Type, r.ID)
	if err != nil {
		return core.Record{}, Unchanged, err
	}
	if !found {
		r, err = s.addRecord(r)
		return r, Added, err
	}
	old, err := s.row(seq)
	if err != nil {
		return core.Record{}, Unchanged, err
	}
	same := old.head.own == isOwn(&r) && bytes.Equal(old.content, s.content)
	if old.head.deleted && !revive || !old.head.deleted && same {
		kept, err := s.decode(old.bytes, seq)
		if kept.Deleted {
			return kept, Deleted, err
		}
		return kept, Unchanged, err
	}
	r, err = s.reviseRecord(r, seq, old)
	return r, Updated, err
}

// checkRecord refuses what could not be found again, and gives r the time that
// it will be read with: its text form does not keep an offset's seconds.
func checkRecord(r *core.Record) error {
	t, err := parseTime(r.Time.String())
	if err != nil {
		return core.E(core.Invalid, "put record", err)
	}
	r.Time = t
	var fault string
	switch {
	case r.Type == "" || len(r.Type) > maxType || strings.IndexByte(string(r.Type), 0) >= 0:
		fault = fmt.Sprintf("the type has 1 to %d bytes, none of them zero", maxType)
	case r.ID == "" || len(r.ID) > maxID:
		fault = fmt.Sprintf("the id has 1 to %d bytes", maxID)
	default:
		return nil
	}
	return core.E(core.Invalid, "put record", errors.New(fault))
}

// addRecord writes a record that is new, its content being in s.content.
func (s *Space) addRecord(r core.Record) (core.Record, error) {
	state, err := s.counters()
	if err != nil {
		return core.Record{}, err
	}
	state.seq++
	r.Ref, r.Revision = core.Ref{Source: s.id, Seq: core.Seq(state.seq)}, 1
	if err := s.tree.putItem(s.idName(r.Type, r.ID), appendOrdered(nil, state.seq)); err != nil {
		return core.Record{}, err
	}
	state.add(r.Type, 1, 0)
	return s.writeRecord(r, nil)
}

// reviseRecord replaces old, keeping it as a revision.
func (s *Space) reviseRecord(r core.Record, seq core.Seq, old row) (core.Record, error) {
	state, err := s.counters()
	if err != nil {
		return core.Record{}, err
	}
	if err := s.keepRevision(seq, old, s.content); err != nil {
		return core.Record{}, err
	}
	switch {
	case r.Deleted && !old.head.deleted:
		state.add(r.Type, -1, 1)
	case !r.Deleted && old.head.deleted:
		state.add(r.Type, 1, -1)
	}
	r.Ref, r.Revision = core.Ref{Source: s.id, Seq: seq}, int(old.head.revision)+1
	return s.writeRecord(r, &old)
}

// writeRecord writes r's row and everything that follows from it: its place in
// time, its run, its files, its change. old is the row it replaces, if any.
func (s *Space) writeRecord(r core.Record, old *row) (core.Record, error) {
	origin, err := s.originID(r.Provenance)
	if err != nil {
		return core.Record{}, err
	}
	r.Change = s.t.nextChange()
	if err := s.countFiles(r.Files, 1); err != nil {
		return core.Record{}, err
	}
	if r.Provenance.Run != 0 {
		if err := s.tree.putItem(s.runName(r.Provenance.Run, r.Ref.Seq), nil); err != nil {
			return core.Record{}, err
		}
	}
	s.rowBuf = append(appendHead(s.rowBuf[:0], &r, origin), s.content...)
	return r, s.replaceRow(r.Ref.Seq, old, s.rowBuf, presence{r.Type, momentOf(r.Time), r.Deleted, r.Change})
}

// A presence is how a row shows in the indexes.
type presence struct {
	kind    record.Type
	when    moment
	deleted bool
	change  core.Change
}

// replaceRow writes a row and brings the indexes from old's presence to that of
// the new one.
func (s *Space) replaceRow(seq core.Seq, old *row, encoded []byte, now presence) error {
	was := presence{deleted: true}
	if old != nil {
		var err error
		if was, err = old.presence(); err != nil {
			return err
		}
		if err := s.hide(seq, was, now); err != nil {
			return err
		}
	}
	if err := s.tree.putItem(s.recordName(seq), encoded); err != nil {
		return err
	}
	if !now.deleted && (was.deleted || was.when != now.when) {
		for _, name := range [...][]byte{s.dateName(now.when, seq), s.typeName(now.kind, now.when, seq)} {
			if err := s.tree.putItem(name, nil); err != nil {
				return err
			}
		}
	}
	op := OpPut
	if now.deleted {
		op = OpTombstone
	}
	return s.writeChange(now.change, op, seq)
}

// hide takes a row out of the indexes in which its successor will not stand at
// the same place.
func (s *Space) hide(seq core.Seq, was, now presence) error {
	if !was.deleted && (now.deleted || was.when != now.when) {
		for _, name := range [...][]byte{s.dateName(was.when, seq), s.typeName(was.kind, was.when, seq)} {
			if _, err := s.tree.deleteItem(name); err != nil {
				return err
			}
		}
	}
	return s.dropChange(was.change)
}

// DeleteRecord leaves a tombstone in place of the record, so that no later put
// brings it back. Its revisions stay readable; [Space.ForgetRecord] erases
// them. by says who deletes. It returns NotFound.
func (s *Space) DeleteRecord(seq core.Seq, by core.Provenance) (core.Record, Outcome, error) {
	if err := s.t.use(true); err != nil {
		return core.Record{}, Unchanged, err
	}
	old, err := s.row(seq)
	if err != nil {
		return core.Record{}, Unchanged, err
	}
	if old.head.deleted {
		kept, err := s.decode(old.bytes, seq)
		return kept, Unchanged, err
	}
	r := core.Record{Type: old.head.kind, ID: old.head.id, Provenance: by, Deleted: true}
	s.content = appendContent(s.content[:0], &r)
	r, err = s.reviseRecord(r, seq, old)
	return r, Deleted, err
}

// Record returns a record. It returns NotFound.
func (s *Space) Record(seq core.Seq) (core.Record, error) {
	if err := s.t.use(false); err != nil {
		return core.Record{}, err
	}
	encoded, found, err := s.tree.get(s.recordName(seq))
	if err != nil {
		return core.Record{}, err
	}
	if !found {
		return core.Record{}, core.E(core.NotFound, "read record", nil)
	}
	return s.decode(encoded, seq)
}

// RecordByID returns the record of a type and id. It returns NotFound.
func (s *Space) RecordByID(t record.Type, id string) (core.Record, error) {
	if err := s.t.use(false); err != nil {
		return core.Record{}, err
	}
	seq, found, err := s.seqOf(t, id)
	if err != nil {
		return core.Record{}, err
	}
	if !found {
		return core.Record{}, core.E(core.NotFound, "read record", nil)
	}
	return s.Record(seq)
}

// Records yields every record of the space after seq, tombstones too, in the
// order of arrival. It ends with Damaged.
func (s *Space) Records(after core.Seq) iter.Seq2[core.Record, error] {
	return func(yield func(core.Record, error) bool) {
		if err := s.t.use(false); err != nil {
			yield(core.Record{}, err)
			return
		}
		c := s.scan(spaceRecord, Range{From: appendOrdered(nil, uint64(after)+1)})
		for {
			ok, err := c.next()
			if err == nil && !ok {
				return
			}
			var r core.Record
			if err == nil {
				r, err = s.recordAt(c)
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// recordAt decodes the row that c stands on.
func (s *Space) recordAt(c *cursor) (core.Record, error) {
	seq, _, ok := readOrdered(c.key[1:])
	if !ok {
		return core.Record{}, errRow
	}
	encoded, err := c.tree.resolve(c.cell)
	if err != nil {
		return core.Record{}, err
	}
	return s.decode(encoded, core.Seq(seq))
}

// decode reads a row with its origin.
func (s *Space) decode(encoded []byte, seq core.Seq) (core.Record, error) {
	r, origin, err := decodeRow(encoded, seq)
	if err != nil {
		return core.Record{}, err
	}
	r.Ref.Source = s.id
	o, err := s.originFor(origin)
	r.Provenance.Connector, r.Provenance.Version, r.Provenance.Module = o.Connector, o.Version, o.Module
	return r, err
}

// A row is a stored row, taken apart. Its bytes are its own.
type row struct {
	bytes   []byte
	content []byte
	head    rowHead
}

// row reads the row of seq. It returns NotFound.
func (s *Space) row(seq core.Seq) (row, error) {
	encoded, found, err := s.tree.get(s.recordName(seq))
	if err != nil {
		return row{}, err
	}
	if !found {
		return row{}, core.E(core.NotFound, "read record", nil)
	}
	return splitRow(bytes.Clone(encoded))
}

func splitRow(encoded []byte) (row, error) {
	p := parser{b: string(encoded)}
	h := p.head()
	if p.bad {
		return row{}, errRow
	}
	return row{encoded, encoded[h.size:], h}, nil
}

func (r *row) presence() (presence, error) {
	p := parser{b: string(r.content)}
	when, err := parseTime(p.text())
	if err != nil || p.bad {
		return presence{}, errRow
	}
	return presence{r.head.kind, momentOf(when), r.head.deleted, r.head.change}, nil
}
