package formattest

import (
	"bytes"
	"slices"
)

// An entry is a key of a space's tree and its value.
type entry struct{ key, value []byte }

// A tree is one space's B+tree on its way into memory.
type tree struct {
	v       *vault
	space   []byte
	keys    map[string][]byte // by bucket
	entries []entry
}

// open unseals a page or value of the space.
func (t *tree) open(bucket string, id, gen uint64) []byte {
	check(!t.v.used[id], "%s %d is referred to twice", bucket, id)
	t.v.used[id] = true
	return unseal(t.keys[bucket], t.v.buckets[bucket][string(u64(id))], bucket[0], t.v.id, t.space, u64(id), u64(gen))
}

// walk reads the pages under an id, whose keys stand from low up to high; nil
// is no bound.
func (t *tree) walk(id, gen uint64, low, high []byte, depth int) {
	check(depth < 24, "the tree is too deep")
	isBranch, cells := readPage(t.open("p", id, gen))
	for i, c := range cells {
		if isBranch && i == 0 {
			c.key = low // it stands for everything below the next
		} else {
			check(bytes.Compare(low, c.key) <= 0 && (high == nil || bytes.Compare(c.key, high) < 0), "page %d: key out of place", id)
			check(i == 0 || bytes.Compare(cells[i-1].key, c.key) < 0, "page %d: keys out of order", id)
		}
		if !isBranch {
			t.leaf(c)
			continue
		}
		upper := high
		if i+1 < len(cells) {
			upper = cells[i+1].key
		}
		d := &decoder{c.value}
		t.walk(d.u64(), d.u64(), c.key, upper, depth+1)
		d.end()
	}
}

// leaf adds a cell of a leaf, its value from wherever it stands.
func (t *tree) leaf(c cell) {
	check(len(c.key) > 0 && len(c.key) <= 768, "a key of %d bytes", len(c.key))
	if c.outside {
		d := &decoder{c.value}
		value := &decoder{t.open("v", d.u64(), d.u64())}
		n := uint64(d.u32())
		d.end()
		check(n <= 32<<20 && uint64(len(value.b)) == SizeClass(n), "%d bytes padded to %d", n, len(value.b))
		c.value = value.take(n)
		value.zeros()
	}
	t.entries = append(t.entries, entry{c.key, c.value})
}

type cell struct {
	key, value []byte
	outside    bool
}

// readPage reads a page's plaintext.
func readPage(plain []byte) (isBranch bool, cells []cell) {
	check(len(plain) == 4015, "a page of %d bytes", len(plain))
	d := &decoder{plain}
	kind, count, prefixSize, heap, holes := d.u8(), d.u16(), d.u16(), int(d.u16()), int(d.u16())
	prefix := d.take(uint64(prefixSize))
	sum := holes
	for range count {
		at := int(d.u16())
		check(at >= heap && at < len(plain), "a cell at %d", at)
		c := &decoder{plain[at:]}
		keySize, valueSize := c.short(), c.short()
		check(kind == 1 || len(cells) > 0 || keySize == 0, "the first key of a branch")
		cells = append(cells, cell{slices.Concat(prefix, c.take(keySize)), c.take(valueSize / 2), valueSize%2 == 1})
		sum += len(plain) - at - len(c.b)
	}
	free := len(d.b) - (len(plain) - heap)
	check(heap <= len(plain) && free >= 0 && sum == len(plain)-heap, "cells do not fill the heap")
	(&decoder{d.take(uint64(free))}).zeros()
	check(kind == 1 || kind == 2 && count > 0, "a page of kind %d", kind)
	return kind == 2, cells
}
