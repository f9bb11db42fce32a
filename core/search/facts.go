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
		wrong := errNoFacts
		visited, err = base.VisitDocValues(i, fields, func(_ string, text []byte) { wrong = f.read(i, text, known) }, visited)
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

var errNoFacts = errors.New("no facts of a record")

// textOfFacts spells bytes without the one that ends a value in a segment.
var textOfFacts = base64.RawStdEncoding

// factsText spells the facts of a document: its name, its moment, its amounts.
func factsText(d *Document) string {
	b := binary.AppendUvarint(d.Ref.Source[:], uint64(d.Ref.Seq))
	b = binary.AppendVarint(b, int64(momentOf(d.Time)))
	for _, money := range d.Amounts {
		if amount, ok := AmountOf(money); ok {
			b = binary.AppendVarint(b, int64(amount))
		}
	}
	return textOfFacts.EncodeToString(b)
}

// read reads what factsText wrote of record i. The sources are known by their
// place in f.
func (f *facts) read(i uint64, text []byte, known map[core.SourceID]uint32) error {
	var room [64]byte
	b, err := textOfFacts.AppendDecode(room[:0], text)
	if err != nil {
		return err
	}
	var id core.SourceID
	if len(b) < len(id) {
		return errNoFacts
	}
	b = b[copy(id[:], b):]
	place, ok := known[id]
	if !ok {
		place = uint32(len(f.sources))
		known[id] = place
		f.sources = append(f.sources, id)
	}
	seq, n := binary.Uvarint(b)
	if n <= 0 {
		return errNoFacts
	}
	b = b[n:]
	at, n := binary.Varint(b)
	if n <= 0 {
		return errNoFacts
	}
	f.source[i], f.seq[i], f.at[i] = place, core.Seq(seq), moment(at)
	for b = b[n:]; len(b) > 0; b = b[n:] {
		var amount int64
		if amount, n = binary.Varint(b); n <= 0 {
			return errNoFacts
		}
		f.amounts = append(f.amounts, Amount(amount))
	}
	return nil
}
