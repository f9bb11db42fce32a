package ingest

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// A sight is what an import brought that is not its own revision: the record as
// it stood already or, of a series, the points carried, which revisions do not
// tell apart. It is what undoing another run leaves standing.
type sight struct {
	run      core.RunID
	revision int            // that stood after the import
	data     map[string]any // of a series, canonical; else nil
}

// sight keeps what an import showed of a record: that it stands, or is deleted,
// as it does, and of a series the points carried.
func (w *writer) sight(stands core.Record, points map[string]any) error {
	if w.dry != nil || !w.batch.Import || stands.Provenance.Run == w.run && points == nil {
		return nil
	}
	key, value := number(number(nil, stands.Ref.Seq), w.run), binary.AppendUvarint(nil, uint64(stands.Revision))
	if points != nil {
		carried, err := w.carried(key, points)
		if err != nil {
			return err
		}
		value = append(value, carried...)
	}
	return w.Put(rowsSight, key, value)
}

// carried returns the data of a series with all the points that this run has
// brought of it.
func (w *writer) carried(key []byte, points map[string]any) ([]byte, error) {
	value, err := w.Get(rowsSight, key)
	if core.CodeOf(err) == core.NotFound {
		return appendJSON(nil, points), nil
	}
	if err != nil {
		return nil, err
	}
	before, err := readSight(value, w.run)
	if err != nil {
		return nil, err
	}
	if before.data == nil {
		return appendJSON(nil, points), nil
	}
	return mergePoints(before.data, points)
}

// sights returns what imports showed of a record, in the order of runs.
func (s *shelf) sights(seq core.Seq) ([]sight, error) {
	var all []sight
	for row, err := range s.Scan(rowsSight, vault.Range{Prefix: number(nil, seq)}) {
		if err != nil {
			return nil, err
		}
		run, ok := lastNumber(row.Key)
		if !ok {
			return nil, errSight
		}
		one, err := readSight(row.Value, core.RunID(run))
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b sight) int { return a.revision - b.revision })
	return all, nil
}

var errSight = core.E(core.Damaged, "read import", errors.New("not a row of ingest"))

func readSight(value []byte, run core.RunID) (sight, error) {
	revision, n := binary.Uvarint(value)
	if n <= 0 {
		return sight{}, errSight
	}
	one := sight{run: run, revision: int(revision)}
	if len(value) > n {
		data, err := parseData(value[n:])
		if err != nil {
			return sight{}, errSight
		}
		one.data = data
	}
	return one, nil
}
