package vault

// delete removes key. It returns whether it was there and the value that stood
// there when that was outside the page, for the caller to free.
func (t *tree) delete(key []byte) (found bool, outside []byte, err error) {
	if _, _, found, err := t.find(key); err != nil || !found {
		return false, nil, err
	}
	if _, err := t.open(key); err != nil {
		return false, nil, err
	}
	t.edits++
	level := len(t.path) - 1
	leaf := t.path[level]
	if c := leaf.page.cell(leaf.slot); c.isRef {
		outside = append(outside, c.value...)
	}
	leaf.page.remove(leaf.slot)
	return true, outside, t.shrink(level)
}

// shrink merges the page at level with a neighbour when it has become small,
// and so upwards.
func (t *tree) shrink(level int) error {
	s := t.path[level]
	if level == 0 {
		t.lower(s.node)
		return nil
	}
	if s.page.used() >= mergeBelow {
		return nil
	}
	up := t.path[level-1]
	for _, left := range []int{up.slot, up.slot - 1} {
		if left < 0 || left+1 >= up.page.count() {
			continue
		}
		merged, err := t.merge(level, left)
		if err != nil {
			return err
		}
		if merged {
			return t.shrink(level - 1)
		}
	}
	return nil
}

// merge joins children left and left+1 of the page above level if they fit in
// one page.
func (t *tree) merge(level, left int) (bool, error) {
	up := t.path[level-1]
	a, err := t.load(up.page.child(left))
	if err != nil {
		return false, err
	}
	b, err := t.load(up.page.child(left + 1))
	if err != nil {
		return false, err
	}
	prefix, items := t.joined(level, left, a, b)
	if builtSize(a[0], len(prefix), items) > pageSize {
		return false, nil
	}
	joined := build(a[0], prefix, items)
	keep, err := t.edit(up.page.child(left))
	if err != nil {
		return false, err
	}
	gone, err := t.edit(up.page.child(left + 1))
	if err != nil {
		return false, err
	}
	copy(keep.page, joined)
	t.discard(gone)
	up.page.remove(left + 1)
	return true, nil
}

// joined returns the items of two neighbours as one page would hold them.
func (t *tree) joined(level, left int, a, b page) ([]byte, []item) {
	up := &t.path[level-1]
	was := up.slot
	up.slot = left
	low, _ := t.fences(level)
	up.slot = left + 1
	_, high := t.fences(level)
	up.slot = was
	right := b.items()
	if !b.isLeaf() {
		right[0].key = up.page.key(nil, left+1)
	}
	return sharedPrefix(low, high), append(a.items(), right...)
}

// lower drops a root that has become needless: a branch over one page, or a
// leaf over nothing.
func (t *tree) lower(top *node) {
	for !top.page.isLeaf() && top.page.count() == 1 {
		child := top.page.child(0)
		t.discard(top)
		t.root = child
		next := t.dirty[child.id]
		if next == nil {
			return
		}
		top = next
	}
	if top.page.isLeaf() && top.page.count() == 0 {
		t.discard(top)
		t.root = ref{}
	}
}
