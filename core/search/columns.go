package search

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// columns holds what filters, order and hits need of each record of a segment,
// by its number in the segment.
type columns struct {
	sources    []core.SourceID
	types      []record.Type
	keys       []uint64 // place in sources, then sequence number
	moments    []int64
	kinds      []uint16 // place in types
	ends       []uint32 // where its terms end in the sequence
	amountDocs []uint32 // ascending; the record that has the amount
	amounts    []int64

	sort  sync.Once
	order []uint32 // the records by key, made on first use
}

const (
	seqBits    = 48
	maxSeq     = 1<<seqBits - 1
	maxSources = 1 << 16
)

var errColumns = errors.New("malformed columns")

// ref returns the record's name.
func (c *columns) ref(doc uint32) core.Ref {
	key := c.keys[doc]
	return core.Ref{Source: c.sources[key>>seqBits], Seq: core.Seq(key & maxSeq)}
}

// find returns the number of a record, false when the segment never had it.
func (c *columns) find(ref core.Ref) (doc uint32, ok bool) {
	c.sort.Do(func() {
		c.order = make([]uint32, len(c.keys))
		for i := range c.order {
			c.order[i] = uint32(i)
		}
		slices.SortFunc(c.order, func(a, b uint32) int { return compare(c.keys[a], c.keys[b]) })
	})
	source := slices.Index(c.sources, ref.Source)
	if source < 0 || ref.Seq > maxSeq {
		return 0, false
	}
	key := uint64(source)<<seqBits | uint64(ref.Seq)
	at, ok := slices.BinarySearchFunc(c.order, key, func(doc uint32, key uint64) int { return compare(c.keys[doc], key) })
	if !ok {
		return 0, false
	}
	return c.order[at], true
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// span returns where the record's terms stand in the sequence, in terms.
func (c *columns) span(doc uint32) (start, end uint32) {
	if doc > 0 {
		start = c.ends[doc-1]
	}
	return start, c.ends[doc]
}

// size returns about how many bytes the columns take in memory.
func (c *columns) size() int64 {
	return int64(len(c.keys)*(8+8+2+4+4) + len(c.amounts)*(8+4))
}

// add appends a record whose terms end at end in the sequence. It returns
// errColumns when the record does not fit a segment.
func (c *columns) add(d *Document, end int) error {
	source := place(&c.sources, d.Ref.Source)
	kind := place(&c.types, d.Type)
	if source >= maxSources || kind >= maxSources || d.Ref.Seq > maxSeq || int64(end) > 1<<32-1 {
		return errColumns
	}
	doc := uint32(len(c.keys))
	c.keys = append(c.keys, uint64(source)<<seqBits|uint64(d.Ref.Seq))
	c.moments = append(c.moments, int64(momentOf(d.Time)))
	c.kinds = append(c.kinds, uint16(kind))
	c.ends = append(c.ends, uint32(end))
	for _, money := range d.Amounts {
		if amount, ok := AmountOf(money); ok {
			c.amountDocs = append(c.amountDocs, doc)
			c.amounts = append(c.amounts, int64(amount))
		}
	}
	return nil
}

// place returns where value stands in list, adding it when it is new.
func place[T comparable](list *[]T, value T) int {
	if i := slices.Index(*list, value); i >= 0 {
		return i
	}
	*list = append(*list, value)
	return len(*list) - 1
}

// encode returns the columns as bytes.
func (c *columns) encode() []byte {
	types := make([]byte, 0, 16*len(c.types))
	for _, t := range c.types {
		types = append(append(types, t...), 0)
	}
	var b bytes.Buffer
	for _, part := range []any{
		[]uint32{uint32(len(c.keys)), uint32(len(c.sources)), uint32(len(types)), uint32(len(c.amounts))},
		c.sources, types, c.keys, c.moments, c.kinds, c.ends, c.amountDocs, c.amounts,
	} {
		_ = binary.Write(&b, binary.LittleEndian, part) // a buffer takes everything
	}
	return b.Bytes()
}

// decodeColumns reads what encode wrote.
func decodeColumns(data []byte) (*columns, error) {
	var counts [4]uint32
	n, err := binary.Decode(data, binary.LittleEndian, counts[:])
	if err != nil {
		return nil, errColumns
	}
	docs, sources, typeBytes, amounts := int(counts[0]), int(counts[1]), int(counts[2]), int(counts[3])
	if len(data)-n != sources*8+typeBytes+docs*(8+8+2+4)+amounts*(4+8) {
		return nil, errColumns
	}
	c := &columns{
		sources: make([]core.SourceID, sources), keys: make([]uint64, docs), moments: make([]int64, docs),
		kinds: make([]uint16, docs), ends: make([]uint32, docs), amountDocs: make([]uint32, amounts), amounts: make([]int64, amounts),
	}
	types := make([]byte, typeBytes)
	for _, part := range []any{c.sources, types, c.keys, c.moments, c.kinds, c.ends, c.amountDocs, c.amounts} {
		size, err := binary.Decode(data[n:], binary.LittleEndian, part)
		if err != nil {
			return nil, errColumns
		}
		n += size
	}
	for name := range bytes.SplitSeq(bytes.TrimSuffix(types, []byte{0}), []byte{0}) {
		c.types = append(c.types, record.Type(name))
	}
	return c, c.check()
}

// check reports places that point nowhere, so that reading never fails later.
func (c *columns) check() error {
	for doc, key := range c.keys {
		start, end := c.span(uint32(doc))
		if int(key>>seqBits) >= len(c.sources) || int(c.kinds[doc]) >= len(c.types) || start > end {
			return errColumns
		}
	}
	for i, doc := range c.amountDocs {
		if int(doc) >= len(c.keys) || i > 0 && doc < c.amountDocs[i-1] {
			return errColumns
		}
	}
	return nil
}

// mergeColumns returns the columns of the records of parts that keep keeps, in
// the order of the parts, which is the order a merge of their terms gives.
func mergeColumns(parts []*columns, keep func(part int, doc uint32) bool) *columns {
	merged := &columns{}
	for p, c := range parts {
		sources := make([]uint64, len(c.sources))
		for i, id := range c.sources {
			sources[i] = uint64(place(&merged.sources, id))
		}
		amount := 0
		for doc := range uint32(len(c.keys)) {
			first := amount
			for amount < len(c.amounts) && c.amountDocs[amount] == doc {
				amount++
			}
			if keep(p, doc) {
				merged.copy(c, doc, sources[c.keys[doc]>>seqBits], c.amounts[first:amount])
			}
		}
	}
	return merged
}

// copy appends record doc of c, whose source stands at source here.
func (c *columns) copy(from *columns, doc uint32, source uint64, amounts []int64) {
	var last uint32
	if n := len(c.ends); n > 0 {
		last = c.ends[n-1]
	}
	start, end := from.span(doc)
	c.keys = append(c.keys, source<<seqBits|from.keys[doc]&maxSeq)
	c.moments = append(c.moments, from.moments[doc])
	c.kinds = append(c.kinds, uint16(place(&c.types, from.types[from.kinds[doc]])))
	c.ends = append(c.ends, last+end-start)
	for _, amount := range amounts {
		c.amountDocs = append(c.amountDocs, uint32(len(c.keys)-1))
		c.amounts = append(c.amounts, amount)
	}
}
