package search

import "slices"

// defaultBudget is the most that open partitions take on this machine.
func defaultBudget() int64 {
	const most = 128 << 20
	if memory := memoryOfMachine(); memory > 0 {
		return min(most, memory/8)
	}
	return most
}

// trim closes partitions that nobody uses until the rest is within the budget.
// Those with the newest records stay. (Closing the least recently used would
// close each just before it is wanted again, because every search goes from
// the newest to the oldest.)
func (x *Index) trim() {
	x.mu.Lock()
	parts := slices.Clone(x.parts)
	x.mu.Unlock()
	var used int64
	for _, p := range parts {
		used += p.keeper.memory.Load()
	}
	sortParts(parts)
	for _, p := range slices.Backward(parts) {
		if used <= x.config.Budget {
			return
		}
		size := p.keeper.memory.Load()
		if size > 0 && p.gate.TryLock() {
			if err := p.close(); err != nil {
				x.config.Log.Warn("close a part of the index", "error", err)
			}
			p.gate.Unlock()
			used -= size
		}
	}
}
