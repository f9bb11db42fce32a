package search

// Stats are the sizes of an index.
type Stats struct {
	Records    int
	Partitions int
	Disk       int64 // bytes of the files
	Memory     int64 // bytes that open partitions take
	IsPartial  bool  // a file is damaged: records are missing until Follow has made the index anew
}

// Stats returns the sizes of the index.
func (x *Index) Stats() Stats {
	parts, _, err := x.listed()
	if err != nil {
		return Stats{}
	}
	x.mu.Lock()
	stats := Stats{Partitions: len(parts), IsPartial: x.doubted != nil}
	x.mu.Unlock()
	for _, p := range parts {
		stats.Records += p.current().Members.count()
		stats.Disk += p.diskSize()
		stats.Memory += p.keeper.memory.Load()
	}
	return stats
}
