package vault

import (
	"sync"
	"sync/atomic"
)

// pageCache keeps decrypted pages by ref. A ref's generation is random, so
// that a page under a ref never changes and readers of any age may share it.
// It fills from committed pages only. When full it takes the place of a page
// not used since the hand last passed (the clock algorithm), so that one long
// scan does not drive out what is in use.
type pageCache struct {
	mu    sync.RWMutex
	index map[ref]int
	slots []cacheSlot
	limit int
	hand  int
}

type cacheSlot struct {
	ref  ref
	page page
	used *atomic.Bool
}

func newPageCache(bytes int) *pageCache {
	return &pageCache{index: make(map[ref]int), limit: max(bytes/pageSize, 16)}
}

// page returns the page under r, or nil. It must not be changed.
func (c *pageCache) page(r ref) page {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i, ok := c.index[r]
	if !ok {
		return nil
	}
	s := &c.slots[i]
	if !s.used.Load() {
		s.used.Store(true)
	}
	return s.page
}

// add keeps p, which nobody may change any more, in the place of the page it
// succeeds, if any.
func (c *pageCache) add(r, succeeds ref, p page) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.index[r]; ok {
		return
	}
	i, ok := c.index[succeeds]
	if !ok {
		i = c.place()
	}
	delete(c.index, c.slots[i].ref)
	c.slots[i].ref, c.slots[i].page = r, p
	c.slots[i].used.Store(ok)
	c.index[r] = i
}

// place returns a free slot.
func (c *pageCache) place() int {
	if len(c.slots) < c.limit {
		c.slots = append(c.slots, cacheSlot{used: new(atomic.Bool)})
		return len(c.slots) - 1
	}
	for c.slots[c.hand].used.Swap(false) {
		c.hand = (c.hand + 1) % len(c.slots)
	}
	i := c.hand
	c.hand = (c.hand + 1) % len(c.slots)
	return i
}

// drop forgets every page and zeroes it.
func (c *pageCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.slots {
		clear(s.page)
	}
	c.index, c.slots, c.hand = make(map[ref]int), nil, 0
}
