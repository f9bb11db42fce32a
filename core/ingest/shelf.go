package ingest

import (
	"encoding/binary"
	"errors"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// Keyspaces of ingest in a source's space. Numbers are big-endian.
const (
	rowsRun     vault.Keyspace = 'K' // run, 'c', composite key, part -> how many that part has shown; run, 'p' or 'b', seq -> pending line, or booked one known before, shown
	rowsPending vault.Keyspace = 'P' // slot, seq of a pending line -> nothing
	rowsMerged  vault.Keyspace = 'M' // seq of a pending line -> seq of the booked one in its place
	rowsSight   vault.Keyspace = 'W' // seq, run of an import that brought it again -> revision and, of a series, its points
	rowsUndone  vault.Keyspace = 'U' // run -> how far its undoing is
	rowsText    vault.Keyspace = 't' // file -> text of its pages
	rowsNews    vault.Keyspace = 'N' // seq of a record whose source changed what the person had corrected -> nothing
	rowsTag     vault.Keyspace = 'G' // folded tag, 0, seq of a record that the person gave it -> tag
)

// A shelf is a source's space as a batch sees it. With an overlay, writes stay
// in memory.
type shelf struct {
	*vault.Space
	dry *overlay
}

// An overlay holds what a preview would have written.
type overlay struct {
	byID       map[record.Key]core.Record
	bySeq      map[core.Seq]core.Record
	composites map[compositeKey][]core.Seq
	rows       map[string]bool // name of a row -> whether it is there
	next       core.Seq
}

func newOverlay() *overlay {
	return &overlay{map[record.Key]core.Record{}, map[core.Seq]core.Record{}, map[compositeKey][]core.Seq{}, map[string]bool{}, 1 << 62}
}

// byID returns the record of a type and id, tombstones too.
func (s *shelf) byID(t record.Type, id string) (core.Record, bool, error) {
	if s.dry != nil {
		if r, ok := s.dry.byID[record.Key{Type: t, ID: id}]; ok {
			return r, true, nil
		}
	}
	r, err := s.RecordByID(t, id)
	if core.CodeOf(err) == core.NotFound {
		return core.Record{}, false, nil
	}
	return r, err == nil, err
}

func (s *shelf) bySeq(seq core.Seq) (core.Record, error) {
	if s.dry != nil {
		if r, ok := s.dry.bySeq[seq]; ok {
			return r, nil
		}
	}
	return s.Record(seq)
}

// put writes r over old, which found says is there, and brings back a
// tombstone. It reports whether anything changed.
func (s *shelf) put(r, old core.Record, found bool) (core.Record, bool, error) {
	if s.dry == nil {
		out, outcome, err := s.ReviveRecord(r)
		return out, outcome != vault.Unchanged, err
	}
	if found && !old.Deleted && sameContent(r, old) {
		return old, false, nil
	}
	if r.Ref, r.Revision = old.Ref, old.Revision+1; !found {
		r.Ref = core.Ref{Source: s.Source(), Seq: s.dry.next}
		s.dry.next++
	}
	s.dry.keep(r)
	return r, true, nil
}

func (o *overlay) keep(r core.Record) {
	o.byID[record.Key{Type: r.Type, ID: r.ID}], o.bySeq[r.Ref.Seq] = r, r
}

// remove leaves a tombstone in place of r.
func (s *shelf) remove(r core.Record, by core.Provenance) (core.Record, error) {
	if s.dry == nil {
		out, _, err := s.DeleteRecord(r.Ref.Seq, by)
		return out, err
	}
	r = core.Record{Ref: r.Ref, Type: r.Type, ID: r.ID, Provenance: by, Revision: r.Revision + 1, Deleted: true}
	s.dry.keep(r)
	return r, nil
}

// equals returns the records of a composite key, in the order of arrival.
func (s *shelf) equals(key compositeKey) ([]core.Seq, error) {
	seqs, err := s.CompositeSeqs(key[:])
	if s.dry != nil {
		seqs = append(seqs, s.dry.composites[key]...)
	}
	return seqs, err
}

func (s *shelf) addEqual(key compositeKey, seq core.Seq) error {
	if s.dry != nil {
		s.dry.composites[key] = append(s.dry.composites[key], seq)
		return nil
	}
	return s.AddComposite(key[:], seq)
}

// has reports whether a row is there.
func (s *shelf) has(ks vault.Keyspace, key []byte) (bool, error) {
	if s.dry != nil {
		if there, ok := s.dry.rows[rowName(ks, key)]; ok {
			return there, nil
		}
	}
	_, err := s.Get(ks, key)
	if core.CodeOf(err) == core.NotFound {
		return false, nil
	}
	return err == nil, err
}

// mark writes a row without a value.
func (s *shelf) mark(ks vault.Keyspace, key []byte) error {
	if s.dry != nil {
		s.dry.rows[rowName(ks, key)] = true
		return nil
	}
	return s.Put(ks, key, nil)
}

func (s *shelf) unmark(ks vault.Keyspace, key []byte) error {
	if s.dry != nil {
		s.dry.rows[rowName(ks, key)] = false
		return nil
	}
	return s.Delete(ks, key)
}

func rowName(ks vault.Keyspace, key []byte) string { return string(append([]byte{byte(ks)}, key...)) }

// marked returns the seqs that end the keys of the rows under prefix.
func (s *shelf) marked(ks vault.Keyspace, prefix []byte) ([]core.Seq, error) {
	var seqs []core.Seq
	for row, err := range s.Scan(ks, vault.Range{Prefix: prefix}) {
		if err != nil {
			return nil, err
		}
		seq, ok := lastNumber(row.Key)
		if !ok {
			return nil, core.E(core.Damaged, "read row", errors.New("a key of ingest is cut"))
		}
		if there, known := s.dryRow(ks, row.Key); !known || there {
			seqs = append(seqs, core.Seq(seq))
		}
	}
	if s.dry != nil {
		for name, there := range s.dry.rows {
			if seq, ok := lastNumber([]byte(name)); ok && there && len(name) > len(prefix) && name[:1+len(prefix)] == rowName(ks, prefix) && seq >= 1<<62 {
				seqs = append(seqs, core.Seq(seq))
			}
		}
	}
	return seqs, nil
}

// endRun drops what was kept to tell the run's records apart.
func (s *shelf) endRun(run core.RunID) error {
	for row, err := range s.Scan(rowsRun, vault.Range{Prefix: number(nil, run)}) {
		if err != nil {
			return err
		}
		if err := s.Delete(rowsRun, row.Key); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) dryRow(ks vault.Keyspace, key []byte) (there, known bool) {
	if s.dry == nil {
		return false, false
	}
	there, known = s.dry.rows[rowName(ks, key)]
	return there, known
}

// number appends n to a key, so that keys sort as numbers.
func number[N ~uint64](key []byte, n N) []byte { return binary.BigEndian.AppendUint64(key, uint64(n)) }

func lastNumber(key []byte) (uint64, bool) {
	if len(key) < 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(key[len(key)-8:]), true
}
