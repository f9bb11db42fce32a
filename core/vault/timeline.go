package vault

import (
	"bytes"
	"encoding/hex"
	"errors"
	"iter"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// A TimelineQuery says which records to walk in the order of time. The zero
// query is every dated record of every source, the newest first.
type TimelineQuery struct {
	Sources []core.SourceID // nil: all
	Types   []record.Type   // nil: all
	From    record.Time     // first day; none: no bound. A month or year is all its days
	To      record.Time     // last day; none: no bound
	After   Cursor          // go on after this place; "" from the beginning
	Oldest  bool            // the oldest first
	Undated bool            // only the records without a date, in the order of arrival
	// Skip, unless nil, reports whether to pass a record over, which is then not
	// read. Its error ends the walk.
	Skip func(core.Ref) (bool, error)
}

// A Cursor is a place in a timeline. Its text may be given to a page and back.
type Cursor string

// CursorOf returns the place of r, in any timeline that has it.
func CursorOf(r core.Record) Cursor {
	return Cursor(hex.EncodeToString(append(placeOf(momentOf(r.Time), r.Ref.Seq), r.Ref.Source[:]...)))
}

// placeOf is how records sort, sources aside.
func placeOf(m moment, seq core.Seq) []byte { return appendOrdered(bytes.Clone(m[:]), uint64(seq)) }

// read returns the place and its source.
func (c Cursor) read() (place []byte, source core.SourceID, err error) {
	b, err := hex.DecodeString(string(c))
	if err != nil || len(b) < len(moment{})+1+len(source) {
		return nil, source, core.E(core.Invalid, "read cursor", errors.New("not a place in a timeline"))
	}
	cut := len(b) - len(source)
	return b[:cut], core.SourceID(b[cut:]), nil
}

// Timeline yields records by civil date, then instant, then seq, then source,
// over several sources as one. It ends with Damaged, or Invalid for a bad
// cursor, or NotFound for a source that is gone.
func (t *Tx) Timeline(q TimelineQuery) iter.Seq2[core.Record, error] {
	return func(yield func(core.Record, error) bool) {
		m, err := t.timeline(q)
		for err == nil {
			var top *branch
			if top, err = m.next(); err != nil || top == nil {
				break
			}
			var ref core.Ref
			if ref, err = top.ref(); err != nil {
				break
			}
			if q.Skip != nil {
				var skip bool
				if skip, err = q.Skip(ref); err != nil || skip {
					continue
				}
			}
			var r core.Record
			if r, err = top.record(ref); err == nil && !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(core.Record{}, err)
		}
	}
}

func (t *Tx) timeline(q TimelineQuery) (*merger, error) {
	if err := t.use(false); err != nil {
		return nil, err
	}
	sources := q.Sources
	if sources == nil {
		sources = t.Spaces()
	}
	low, high := q.bounds()
	reverse := !q.Oldest && !q.Undated
	var after []byte
	var source core.SourceID
	if q.After != "" {
		var err error
		if after, source, err = q.After.read(); err != nil {
			return nil, err
		}
	}
	return t.merge(sources, reverse, func(s *Space) []*branch {
		low, high := resume(low, high, after, compareIDs(s.id, source), reverse)
		return s.timeBranches(q.Types, low, high, reverse)
	})
}

// bounds returns the places from low up to but not including high.
func (q TimelineQuery) bounds() (low, high []byte) {
	low = []byte{0, 0, 0, 1} // after the undated
	if q.Undated {
		return nil, low
	}
	if !q.From.IsZero() {
		low = firstDate(q.From)
	}
	if !q.To.IsZero() {
		high = prefixEnd(lastDate(q.To))
	}
	return low, high
}

// resume narrows the bounds to what comes after a place. side says whether this
// source comes before, is, or comes after the place's source.
func resume(low, high, after []byte, side int, reverse bool) ([]byte, []byte) {
	if after == nil {
		return low, high
	}
	if reverse {
		if side < 0 { // the same place in an earlier source is still to come
			after = append(slices.Clone(after), 0)
		}
		if high == nil || bytes.Compare(after, high) < 0 {
			high = after
		}
		return low, high
	}
	if side <= 0 {
		after = append(slices.Clone(after), 0)
	}
	if bytes.Compare(after, low) > 0 {
		low = after
	}
	return low, high
}

// timeBranches returns cursors over the space's records in time.
func (s *Space) timeBranches(types []record.Type, low, high []byte, reverse bool) []*branch {
	if types == nil {
		return []*branch{{s, s.scan(spaceDate, Range{From: low, To: high, Reverse: reverse}), 1}}
	}
	var all []*branch
	for _, t := range types {
		name := append([]byte(t), 0)
		r := Range{Prefix: name, From: slices.Concat(name, low), Reverse: reverse}
		if high != nil {
			r.To = slices.Concat(name, high)
		}
		all = append(all, &branch{s, s.scan(spaceType, r), 1 + len(name)})
	}
	return all
}

// ref is the record at whose place the branch stands.
func (b *branch) ref() (core.Ref, error) {
	key := b.key()
	if len(key) < len(moment{}) {
		return core.Ref{}, errRow
	}
	seq, rest, ok := readOrdered(key[len(moment{}):])
	if !ok || len(rest) > 0 {
		return core.Ref{}, errRow
	}
	return core.Ref{Source: b.space.id, Seq: core.Seq(seq)}, nil
}

// record reads the record of a place.
func (b *branch) record(ref core.Ref) (core.Record, error) {
	r, err := b.space.Record(ref.Seq)
	if core.CodeOf(err) == core.NotFound {
		return core.Record{}, core.E(core.Damaged, "read timeline", errors.New("a record is missing"))
	}
	return r, err
}
