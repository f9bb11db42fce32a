package vault

import (
	"errors"

	"github.com/domicile-home/domicile/core"
)

// A tree is one space's B+tree within a transaction. In an Update the pages
// that change are copied once, changed in place, and sealed once at commit;
// nothing reaches the file before.
type tree struct {
	t     *Tx
	space core.SourceID
	keys  *spaceKeys
	root  ref
	dirty map[uint64]*node // by id; nil in a View
	path  []step           // of the last descent, reused
	edits uint64           // counts changes, so that cursors notice them
	// direct reads past the cache, to find what the file holds by now.
	direct bool
}

// A node is a page being changed.
type node struct {
	page page
	id   uint64 // temporary for a new page until commit
	was  ref    // the committed page it replaces, or zero
}

// A step is a page on the way down and the cell taken in it; in a leaf, the
// cell found or the place for it.
type step struct {
	page page
	node *node // nil while only reading
	slot int
}

const (
	// newPageBit marks the temporary ids of new pages.
	newPageBit = 1 << 63
	// maxDepth bounds a descent; with 4 KiB pages no home comes near it.
	maxDepth = 24
)

var errDepth = core.E(core.Damaged, "read page", errors.New("the tree is too deep"))

// load returns the page under r, changed or committed.
func (t *tree) load(r ref) (page, error) {
	if t.dirty != nil {
		if n := t.dirty[r.id]; n != nil {
			return n.page, nil
		}
	}
	if t.direct {
		return t.t.readPage(t.space, t.keys, r)
	}
	return t.t.loadPage(t.space, t.keys, r)
}

// find descends to key's leaf for reading. It returns the leaf, the cell and
// whether the key is there; a nil page means an empty tree.
func (t *tree) find(key []byte) (page, int, bool, error) {
	if t.root == (ref{}) {
		return nil, 0, false, nil
	}
	at := t.root
	for range maxDepth {
		p, err := t.load(at)
		if err != nil {
			return nil, 0, false, err
		}
		if p.isLeaf() {
			i, found := p.search(key)
			return p, i, found, nil
		}
		at = p.child(p.descend(key))
	}
	return nil, 0, false, errDepth
}

// edit returns the page under r as a node that may be changed.
func (t *tree) edit(r ref) (*node, error) {
	if n := t.dirty[r.id]; n != nil {
		return n, nil
	}
	p, err := t.t.loadPage(t.space, t.keys, r)
	if err != nil {
		return nil, err
	}
	n := &node{page: append(make(page, 0, pageSize), p...), id: r.id, was: r}
	t.dirty[r.id] = n
	return n, nil
}

// create registers a new page and returns how its parent points to it.
func (t *tree) create(p page) ref {
	t.t.created++
	id := uint64(newPageBit) | t.t.created
	t.dirty[id] = &node{page: p, id: id}
	return ref{id: id}
}

// discard forgets a page that nothing points to any more.
func (t *tree) discard(n *node) {
	delete(t.dirty, n.id)
	if n.was != (ref{}) {
		t.t.freePage(n.was.id)
	}
}

// open descends to key's leaf, making every page on the way changeable. The
// path is in t.path until the next call.
func (t *tree) open(key []byte) (found bool, err error) {
	t.path = t.path[:0]
	if t.root == (ref{}) {
		t.root = t.create(newPage(pageLeaf, nil))
	}
	at := t.root
	for range maxDepth {
		n, err := t.edit(at)
		if err != nil {
			return false, err
		}
		if n.page.isLeaf() {
			i, found := n.page.search(key)
			t.path = append(t.path, step{n.page, n, i})
			return found, nil
		}
		i := n.page.descend(key)
		t.path = append(t.path, step{n.page, n, i})
		at = n.page.child(i)
	}
	return false, errDepth
}

// put sets key. It returns the value that stood there when that was outside
// the page, for the caller to free.
func (t *tree) put(it item) (outside []byte, err error) {
	found, err := t.open(it.key)
	if err != nil {
		return nil, err
	}
	t.edits++
	leaf := &t.path[len(t.path)-1]
	if found {
		if c := leaf.page.cell(leaf.slot); c.isRef {
			outside = append(outside, c.value...)
		}
		if leaf.page.replace(leaf.slot, it) {
			return outside, nil
		}
		leaf.page.remove(leaf.slot)
	}
	return outside, t.insert(len(t.path)-1, it)
}

// insert puts it where the path says at level, splitting pages upwards.
func (t *tree) insert(level int, it item) error {
	s := t.path[level]
	if s.page.insert(s.slot, it) {
		return nil
	}
	low, high := t.fences(level)
	old := s.page.get(atPrefix)
	items := insertItem(s.page.items(), s.slot, it)
	cut := splitAt(items, old, s.slot)
	kind := s.page[0]
	middle := items[cut].key
	if kind == pageLeaf {
		middle = separator(items[cut-1].key, middle)
	}
	left := build(kind, sharedPrefix(low, middle), items[:cut])
	right := build(kind, sharedPrefix(middle, high), items[cut:])
	copy(s.page, left)
	up := item{key: middle, value: t.create(right).append(nil)}
	if level == 0 {
		t.grow(s.node, up)
		return nil
	}
	t.path[level-1].slot++
	return t.insert(level-1, up)
}

// grow puts a new root above the old one and its new neighbour.
func (t *tree) grow(left *node, right item) {
	first := item{value: ref{id: left.id}.append(nil)}
	t.root = t.create(build(pageBranch, nil, []item{first, right}))
}

func insertItem(items []item, i int, it item) []item {
	items = append(items, item{})
	copy(items[i+1:], items[i:])
	items[i] = it
	return items
}

// fences returns the bounds of the keys that belong in the page at level: low
// and above, below high. nil is no bound.
func (t *tree) fences(level int) (low, high []byte) {
	for i := level - 1; i >= 0; i-- {
		s := t.path[i]
		if low == nil && s.slot > 0 {
			low = s.page.key(nil, s.slot)
		}
		if high == nil && s.slot+1 < s.page.count() {
			high = s.page.key(nil, s.slot+1)
		}
	}
	return low, high
}

// sharedPrefix is what all keys between two fences start with.
func sharedPrefix(low, high []byte) []byte {
	if low == nil || high == nil {
		return nil
	}
	return low[:commonPrefix(low, high)]
}
