package vault

// An item is an entry with its whole key, on its way into a page.
type item struct {
	key   []byte
	value []byte
	isRef bool
}

func (it item) size(prefix int) int { return cellSize(len(it.key)-prefix, len(it.value)) }

// insert puts a cell before cell i. It returns false, having changed nothing,
// when the page is too full. The key must start with the page's prefix.
func (p page) insert(i int, it item) bool {
	suffix := it.key[p.get(atPrefix):]
	size := cellSize(len(suffix), len(it.value))
	if free := p.free(); free < size+slotBytes {
		if free+p.get(atHoles) < size+slotBytes {
			return false
		}
		p.pack()
	}
	at := p.get(atHeap) - size
	p.set(atHeap, at)
	p.write(at, suffix, it)
	n, slot := p.count(), p.slots()+slotBytes*i
	copy(p[slot+slotBytes:], p[slot:p.slots()+slotBytes*n])
	p.set(slot, at)
	p.set(atCount, n+1)
	return true
}

func (p page) write(at int, suffix []byte, it item) {
	at += putShort(p[at:], len(suffix))
	vlen := len(it.value) << 1
	if it.isRef {
		vlen |= 1
	}
	at += putShort(p[at:], vlen)
	at += copy(p[at:], suffix)
	copy(p[at:], it.value)
}

// replace gives cell i another value of the same size, or returns false.
func (p page) replace(i int, it item) bool {
	old := p.cell(i)
	if len(old.value) != len(it.value) || old.isRef != it.isRef {
		return false
	}
	copy(old.value, it.value)
	return true
}

// remove takes cell i out and zeroes it, so that nothing deleted stays sealed.
func (p page) remove(i int) {
	at, size := p.cellAt(i), p.cell(i).size
	clear(p[at : at+size])
	if at == p.get(atHeap) {
		p.set(atHeap, at+size)
	} else {
		p.set(atHoles, p.get(atHoles)+size)
	}
	n, slot := p.count(), p.slots()+slotBytes*i
	end := p.slots() + slotBytes*n
	copy(p[slot:], p[slot+slotBytes:end])
	p.set(end-slotBytes, 0)
	p.set(atCount, n-1)
	if n == 1 {
		p.set(atHeap, pageSize)
		p.set(atHoles, 0)
	}
}

// pack moves the cells together, in key order from the end.
func (p page) pack() {
	var buf [pageSize]byte
	heap, slots := pageSize, p.slots()
	for i := range p.count() {
		at, size := p.cellAt(i), p.cell(i).size
		heap -= size
		copy(buf[heap:], p[at:at+size])
		p.set(slots+slotBytes*i, heap)
	}
	clear(p[slots+slotBytes*p.count() : heap])
	copy(p[heap:], buf[heap:])
	p.set(atHeap, heap)
	p.set(atHoles, 0)
}

// items returns the page's entries with whole keys; the values share p.
func (p page) items() []item {
	all := make([]item, p.count())
	keys := make([]byte, 0, pageSize+p.count()*p.get(atPrefix))
	for i := range all {
		start := len(keys)
		keys = p.key(keys, i)
		c := p.cell(i)
		all[i] = item{keys[start:len(keys):len(keys)], c.value, c.isRef}
	}
	return all
}

// build returns a page of items, which must fit. The first key of a branch is
// written empty whatever it is.
func build(kind byte, prefix []byte, items []item) page {
	p := newPage(kind, prefix)
	for i, it := range items {
		if kind == pageBranch && i == 0 {
			it.key = prefix
		}
		if !p.insert(i, it) {
			panic("vault: a built page overflows")
		}
	}
	return p
}

// builtSize is what build needs for items.
func builtSize(kind byte, prefix int, items []item) int {
	n := pageHead + prefix
	for i, it := range items {
		if kind == pageBranch && i == 0 {
			n += cellSize(0, len(it.value)) + slotBytes
			continue
		}
		n += it.size(prefix) + slotBytes
	}
	return n
}

// splitAt returns how many items go left so that both halves fit: all but the
// new one when at is an end, for keys that come in order, else half the bytes.
func splitAt(items []item, prefix, at int) int {
	switch at {
	case len(items) - 1:
		return at
	case 0:
		return 1
	}
	total := 0
	for _, it := range items {
		total += it.size(prefix) + slotBytes
	}
	left := 0
	for i, it := range items {
		size := it.size(prefix) + slotBytes
		if left+size > total/2 {
			if i > 0 && left >= total-left-size {
				return i // the larger half is smaller this way
			}
			return max(1, min(i+1, len(items)-1))
		}
		left += size
	}
	return len(items) - 1
}

// separator returns the shortest key above low and not above high.
func separator(low, high []byte) []byte {
	return high[:min(commonPrefix(low, high)+1, len(high))]
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
