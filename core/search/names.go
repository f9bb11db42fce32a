package search

import (
	"fmt"

	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"

	"github.com/domicile-home/domicile/core"
)

// names say which record each number of a segment stands for, and its moment.
// They are read when the segment is opened, so that a search that sorts
// thousands of hits reads nothing more of any of them.
type names struct {
	at      []moment
	seq     []core.Seq
	source  []uint32 // in sources
	sources []core.SourceID
}

func namesOf(base *zap.SegmentBase) (n names, err error) {
	count := base.Count()
	n.at, n.seq, n.source = make([]moment, count), make([]core.Seq, count), make([]uint32, count)
	known := map[core.SourceID]uint32{}
	fields := []string{momentField}
	var visited segment.DocVisitState
	for i := range count {
		id, err := base.DocID(i)
		if err != nil {
			return n, fmt.Errorf("%w: %w", errDamaged, err)
		}
		ref, err := parseID(id)
		if err != nil {
			return n, err
		}
		at, ok := known[ref.Source]
		if !ok {
			at = uint32(len(n.sources))
			known[ref.Source] = at
			n.sources = append(n.sources, ref.Source)
		}
		n.seq[i], n.source[i] = ref.Seq, at
		var wrong error
		visited, err = base.VisitDocValues(i, fields, func(_ string, value []byte) { n.at[i], wrong = parseMoment(value) }, visited)
		if err == nil {
			err = wrong
		}
		if err != nil {
			return n, fmt.Errorf("%w: %w", errDamaged, err)
		}
	}
	return n, nil
}

// size returns the bytes that they take.
func (n *names) size() int64 { return int64(len(n.at))*(8+8+4) + int64(len(n.sources))*16 }

// hit returns the record of a number.
func (n *names) hit(number uint64, score float64) Hit {
	return Hit{Ref: core.Ref{Source: n.sources[n.source[number]], Seq: n.seq[number]}, Score: score, at: n.at[number]}
}

// moment returns the moment of the record of a number.
func (n *names) moment(number uint64) moment { return n.at[number] }
