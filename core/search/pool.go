package search

import (
	"cmp"
	"slices"
	"sync"
)

// A pool keeps partitions open within a budget of memory. Those with the
// newest records stay; the others are closed after use. (Closing the least
// recently used would close each just before it is wanted again, because every
// search goes from the newest to the oldest.)
type pool struct {
	budget int64
	mu     sync.Mutex
	open   []*partition // with a part in memory
}

// defaultBudget is the most that open partitions take on this machine.
func defaultBudget() int64 {
	const most = 128 << 20
	if memory := memoryOfMachine(); memory > 0 {
		return min(most, memory/8)
	}
	return most
}

// size returns what the open parts take.
func (p *partition) size() (bytes int64) {
	if p.columns != nil {
		bytes += p.columns.size()
	}
	if p.terms != nil {
		bytes += p.Sizes[termsPart] + p.Sizes[stemsPart]
	}
	return bytes
}

// hold returns the columns and the terms of part, kept open until release. It
// returns errDamaged when the file is.
func (p *pool) hold(part *partition) (*columns, *termIndex, error) {
	part.loading.Lock()
	defer part.loading.Unlock()
	c, t, err := p.take(part)
	if err != nil || t != nil {
		return c, t, err
	}
	t, err = part.loadTerms()
	if err != nil {
		p.release(part)
		return nil, nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	part.terms = t
	return c, t, nil
}

// holdColumns returns the columns of part alone, kept open until release. It
// returns errDamaged when the file is.
func (p *pool) holdColumns(part *partition) (*columns, error) {
	part.loading.Lock()
	defer part.loading.Unlock()
	c, _, err := p.take(part)
	return c, err
}

// take counts a user of part, opens its columns and returns what is open. The
// caller holds part.loading.
func (p *pool) take(part *partition) (*columns, *termIndex, error) {
	p.mu.Lock()
	c, t := part.columns, part.terms
	if c != nil {
		part.users++
		p.mu.Unlock()
		return c, t, nil
	}
	p.mu.Unlock()
	c, err := part.loadColumns()
	if err != nil {
		return nil, nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	part.columns = c
	part.users++
	p.open = append(p.open, part)
	return c, nil, nil
}

// adopt takes in a partition that is open from its making.
func (p *pool) adopt(part *partition) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = append(p.open, part)
	p.trim()
}

// release ends a use of part.
func (p *pool) release(part *partition) {
	p.mu.Lock()
	defer p.mu.Unlock()
	part.users--
	p.trim()
}

// trim closes the oldest partitions that nobody uses until the rest is within
// the budget.
func (p *pool) trim() {
	slices.SortFunc(p.open, func(a, b *partition) int { return cmp.Compare(b.Newest, a.Newest) })
	var used int64
	for _, part := range p.open {
		used += part.size()
	}
	for i := len(p.open) - 1; i >= 0 && used > p.budget; i-- {
		if part := p.open[i]; part.users == 0 {
			used -= part.size()
			p.close(part)
		}
	}
}

// drop closes a partition that nobody uses any more.
func (p *pool) drop(part *partition) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close(part)
}

func (p *pool) close(part *partition) {
	if part.terms != nil {
		part.terms.free()
	}
	part.columns, part.terms = nil, nil
	p.open = slices.DeleteFunc(p.open, func(other *partition) bool { return other == part })
}

// isOpen reports whether part can be searched without unsealing anything.
func (p *pool) isOpen(part *partition) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return part.terms != nil
}

// used returns the memory that the open partitions take.
func (p *pool) used() (bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, part := range p.open {
		bytes += part.size()
	}
	return bytes
}
