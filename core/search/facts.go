package search

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"

	"github.com/domicile-home/domicile/core"
)

// facts say of each number of a segment which record it stands for, its moment
// and its amounts. They are read when the segment is opened: a search filters
// and sorts thousands of records without reading anything more of them.
type facts struct {
	at      []moment
	seq     []core.Seq
	source  []uint32 // in sources
	sources []core.SourceID
	amounts []Amount
	ends    []uint32 // of each record's amounts, which begin where those before end
}

// factsOf reads the facts of every record of a segment.
func factsOf(base *zap.SegmentBase) (f facts, err error) {
	count := base.Count()
	f = facts{at: make([]moment, count), seq: make([]core.Seq, count), source: make([]uint32, count), ends: make([]uint32, count),
		amounts: make([]Amount, 0, count)}
	known := map[core.SourceID]uint32{}
	fields := []string{factsField}
	var visited segment.DocVisitState
	for i := range count {
		id, err := base.DocID(i)
		if err != nil {
			return f, fmt.Errorf("%w: %w", errDamaged, err)
		}
		ref, err := parseID(id)
		if err != nil {
			return f, err
		}
		at, ok := known[ref.Source]
		if !ok {
			at = uint32(len(f.sources))
			known[ref.Source] = at
			f.sources = append(f.sources, ref.Source)
		}
		f.seq[i], f.source[i] = ref.Seq, at
		wrong := errNoFacts
		visited, err = base.VisitDocValues(i, fields, func(_ string, text []byte) { f.at[i], wrong = f.read(text) }, visited)
		if err = errors.Join(err, wrong); err != nil {
			return f, fmt.Errorf("%w: %w", errDamaged, err)
		}
		f.ends[i] = uint32(len(f.amounts))
	}
	return f, nil
}

// size returns the bytes that they take.
func (f *facts) size() int64 {
	return int64(len(f.at))*(8+8+4+4) + int64(cap(f.amounts))*8 + int64(len(f.sources))*16
}

// hit returns the record of a number.
func (f *facts) hit(number uint32, score float64) Hit {
	return Hit{Ref: core.Ref{Source: f.sources[f.source[number]], Seq: f.seq[number]}, Score: score, at: f.at[number]}
}

// amountsOf returns the amounts of the record of a number.
func (f *facts) amountsOf(number uint32) []Amount {
	var start uint32
	if number > 0 {
		start = f.ends[number-1]
	}
	return f.amounts[start:f.ends[number]]
}

var errNoFacts = errors.New("no moment of a record")

// textOfFacts spells bytes without the one that ends a value in a segment.
var textOfFacts = base64.RawStdEncoding

// factsText spells the moment and the amounts of a document.
func factsText(d *Document) string {
	b := binary.AppendVarint(nil, int64(momentOf(d.Time)))
	for _, money := range d.Amounts {
		if amount, ok := AmountOf(money); ok {
			b = binary.AppendVarint(b, int64(amount))
		}
	}
	return textOfFacts.EncodeToString(b)
}

// read reads what factsText wrote, adds the amounts and returns the moment.
func (f *facts) read(text []byte) (moment, error) {
	var room [64]byte
	b, err := textOfFacts.AppendDecode(room[:0], text)
	if err != nil {
		return 0, err
	}
	at, n := binary.Varint(b)
	if n <= 0 {
		return 0, errNoFacts
	}
	for b = b[n:]; len(b) > 0; b = b[n:] {
		var amount int64
		if amount, n = binary.Varint(b); n <= 0 {
			return 0, errors.New("no amount of a record")
		}
		f.amounts = append(f.amounts, Amount(amount))
	}
	return moment(at), nil
}
