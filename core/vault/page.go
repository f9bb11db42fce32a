package vault

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/domicile-home/domicile/core"
)

// A page is the plaintext of one B+tree page: a header, the prefix that all its
// keys share, slots in key order, free space, and cells packed to the end.
//
//	kind u8 | count u16 | prefix length u16 | heap u16 | holes u16 | prefix | slots u16… | zeros | cells
//
// A cell is: key length | value length and flag | key without prefix | value.
// A branch's value is a ref; the key of its first cell is empty and stands for
// everything below the second. Reading needs no decoding: a page is searched
// where it lies. See docs/format.md.
type page []byte

const (
	pageSize       = 4015 // with its seal, four fit into four pages of the file
	sealedPageSize = pageSize + overhead

	pageLeaf   = 1
	pageBranch = 2

	atCount  = 1
	atPrefix = 3
	atHeap   = 5 // offset of the lowest cell
	atHoles  = 7 // bytes of removed cells above heap
	pageHead = 9

	slotBytes = 2
	// maxCell lets any two cells stand in one page, so that every split works.
	maxCell = (pageSize-pageHead)/2 - slotBytes
	// maxKey bounds a key, its keyspace byte included.
	maxKey = 768
	// mergeBelow is the fill under which a page is merged with a neighbour.
	mergeBelow = pageSize / 4
)

func newPage(kind byte, prefix []byte) page {
	p := make(page, pageSize)
	p[0] = kind
	p.set(atPrefix, len(prefix))
	p.set(atHeap, pageSize)
	copy(p[pageHead:], prefix)
	return p
}

func (p page) get(at int) int      { return int(binary.BigEndian.Uint16(p[at:])) }
func (p page) set(at, n int)       { binary.BigEndian.PutUint16(p[at:], uint16(n)) }
func (p page) isLeaf() bool        { return p[0] == pageLeaf }
func (p page) count() int          { return p.get(atCount) }
func (p page) prefix() []byte      { return p[pageHead : pageHead+p.get(atPrefix)] }
func (p page) slots() int          { return pageHead + p.get(atPrefix) }
func (p page) free() int           { return p.get(atHeap) - p.slots() - slotBytes*p.count() }
func (p page) used() int           { return pageSize - p.free() - p.get(atHoles) }
func (p page) cellAt(i int) int    { return p.get(p.slots() + slotBytes*i) }
func (p page) suffix(i int) []byte { return p.cell(i).suffix }

// A cell is one entry of a page, in place.
type cell struct {
	suffix []byte // key without the page's prefix
	value  []byte
	isRef  bool // the value stands outside the page and value says where
	size   int  // in the page
}

func (p page) cell(i int) cell {
	at := p.cellAt(i)
	klen, n := short(p[at:])
	vlen, m := short(p[at+n:])
	key := at + n + m
	val := key + klen
	end := val + vlen>>1
	return cell{p[key:val:val], p[val:end:end], vlen&1 == 1, end - at}
}

// child returns the ref in cell i of a branch.
func (p page) child(i int) ref { return readRef(p.cell(i).value) }

func (p page) setChild(i int, r ref) { r.append(p.cell(i).value[:0]) }

// key appends the whole key i to dst.
func (p page) key(dst []byte, i int) []byte {
	return append(append(dst, p.prefix()...), p.suffix(i)...)
}

// search returns the first cell whose key is not below key, and whether it is
// key itself.
func (p page) search(key []byte) (int, bool) {
	prefix := p.prefix()
	if n := len(prefix); n > 0 {
		if len(key) < n || !bytes.Equal(key[:n], prefix) {
			if bytes.Compare(key, prefix) < 0 {
				return 0, false
			}
			return p.count(), false
		}
		key = key[n:]
	}
	slots, low, high := p.slots(), 0, p.count()
	for low < high {
		mid := int(uint(low+high) >> 1)
		at := p.get(slots + slotBytes*mid)
		klen, n := short(p[at:])
		_, m := short(p[at+n:])
		at += n + m
		switch c := bytes.Compare(p[at:at+klen], key); {
		case c < 0:
			low = mid + 1
		case c == 0:
			return mid, true
		default:
			high = mid
		}
	}
	return low, false
}

// descend returns the cell of a branch under which key belongs.
func (p page) descend(key []byte) int {
	i, found := p.search(key)
	if !found && i > 0 {
		i--
	}
	return i
}

// short reads a length of one or two bytes: below 128 as it is, else 15 bits
// after a set one.
func short(b []byte) (n, size int) {
	if b[0] < 0x80 {
		return int(b[0]), 1
	}
	return int(b[0]&0x7f)<<8 | int(b[1]), 2
}

func putShort(b []byte, n int) int {
	if n < 0x80 {
		b[0] = byte(n)
		return 1
	}
	b[0], b[1] = 0x80|byte(n>>8), byte(n)
	return 2
}

func shortSize(n int) int {
	if n < 0x80 {
		return 1
	}
	return 2
}

func cellSize(suffix, value int) int {
	return shortSize(suffix) + shortSize(value<<1) + suffix + value
}

var errPage = core.E(core.Damaged, "read page", errors.New("not a page of this format"))

// check makes sure that every length of p stays inside it, so that no other
// method can fail. It returns Damaged.
func (p page) check() error {
	if len(p) != pageSize || p[0] != pageLeaf && p[0] != pageBranch {
		return errPage
	}
	first, heap := p.slots()+slotBytes*p.count(), p.get(atHeap)
	if p.slots() > pageSize || first > heap || heap > pageSize || p.get(atHoles) > pageSize-heap || !p.isLeaf() && p.count() == 0 {
		return errPage
	}
	sum := p.get(atHoles)
	for i := range p.count() {
		at := p.cellAt(i)
		size, ok := p.cellFits(at)
		if at < heap || !ok {
			return errPage
		}
		sum += size
	}
	if sum != pageSize-heap {
		return errPage
	}
	return nil
}

// cellFits returns the size of the cell at at, if it ends within the page.
func (p page) cellFits(at int) (size int, ok bool) {
	if at+4 > pageSize && (at >= pageSize-1 || p[at] >= 0x80 || p[at+1] >= 0x80) {
		return 0, false // too near the end for two lengths of two bytes
	}
	klen, n := short(p[at:])
	vlen, m := short(p[at+n:])
	size = n + m + klen + vlen>>1
	if at+size > pageSize || !p.isLeaf() && vlen != refSize<<1 {
		return 0, false
	}
	if vlen&1 == 1 && vlen>>1 != outsideSize {
		return 0, false
	}
	return size, true
}
