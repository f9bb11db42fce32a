package vault

// A cursor walks the keys from low up to but not including high, or the same
// keys backwards. Writes to the tree between two steps are seen: the cursor
// goes on from the key it stood on.
type cursor struct {
	tree    *tree
	low     []byte
	high    []byte
	reverse bool

	key   []byte // of the current cell; valid until the next step
	cell  cell   // valid until the next step or write
	stack []step
	edits uint64
	begun bool
	done  bool
}

// keyRange returns a cursor over the keys that start with prefix.
func (t *tree) keyRange(prefix []byte, reverse bool) *cursor {
	return &cursor{tree: t, low: prefix, high: prefixEnd(prefix), reverse: reverse}
}

// prefixEnd returns the first key after all those that start with prefix.
func prefixEnd(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// next moves to the next key. It returns false at the end.
func (c *cursor) next() (bool, error) {
	if c.done {
		return false, nil
	}
	ok, err := c.move()
	if err != nil || !ok || !c.hold() {
		c.done, c.stack = true, nil
		return false, err
	}
	return true, nil
}

func (c *cursor) move() (bool, error) {
	switch {
	case !c.begun && !c.reverse:
		c.begun = true
		return c.seek(c.low)
	case !c.begun:
		c.begun = true
		return c.seek(c.high)
	case c.edits == c.tree.edits:
		c.stack[len(c.stack)-1].slot += c.direction()
		return c.settle()
	case c.reverse:
		return c.seek(append([]byte(nil), c.key...))
	}
	return c.seek(append(append([]byte(nil), c.key...), 0))
}

// hold takes the current cell if it is still within bounds.
func (c *cursor) hold() bool {
	top := c.stack[len(c.stack)-1]
	c.key = top.page.key(c.key[:0], top.slot)
	c.cell = top.page.cell(top.slot)
	if c.reverse {
		return string(c.key) >= string(c.low)
	}
	return c.high == nil || string(c.key) < string(c.high)
}

func (c *cursor) direction() int {
	if c.reverse {
		return -1
	}
	return 1
}

// seek moves to the first key not below key, or, in reverse, to the last below
// key; nil is above every key.
func (c *cursor) seek(key []byte) (bool, error) {
	c.edits, c.stack = c.tree.edits, c.stack[:0]
	at := c.tree.root
	if at == (ref{}) {
		return false, nil
	}
	for range maxDepth {
		p, err := c.tree.load(at)
		if err != nil {
			return false, err
		}
		slot := c.slotFor(p, key)
		c.stack = append(c.stack, step{page: p, slot: slot})
		if p.isLeaf() {
			return c.settle()
		}
		at = p.child(slot)
	}
	return false, errDepth
}

func (c *cursor) slotFor(p page, key []byte) int {
	switch {
	case key == nil && c.reverse:
		return p.count() - 1
	case !p.isLeaf():
		return p.descend(key)
	}
	i, _ := p.search(key)
	if c.reverse {
		i--
	}
	return i
}

// settle moves from a place that may be past a page's end to the nearest cell
// of a leaf in the cursor's direction.
func (c *cursor) settle() (bool, error) {
	for len(c.stack) > 0 {
		top := &c.stack[len(c.stack)-1]
		if top.slot < 0 || top.slot >= top.page.count() {
			c.stack = c.stack[:len(c.stack)-1]
			if len(c.stack) > 0 {
				c.stack[len(c.stack)-1].slot += c.direction()
			}
			continue
		}
		if top.page.isLeaf() {
			return true, nil
		}
		if len(c.stack) >= maxDepth {
			return false, errDepth
		}
		p, err := c.tree.load(top.page.child(top.slot))
		if err != nil {
			return false, err
		}
		first := 0
		if c.reverse {
			first = p.count() - 1
		}
		c.stack = append(c.stack, step{page: p, slot: first})
	}
	return false, nil
}
