package search

// limits bound what the index does at a time. Tests set smaller ones.
type limits struct {
	batchEntries int // changes asked for at a time, and written at a time
	readRefs     int // records asked for at a time
	// batchBytes is about how much text is written at a time: its terms take
	// about ten times as much in memory.
	batchBytes    int
	partitionDocs int // records of a full partition
	// firstTier is the size, in records, up to which scorch takes segments for
	// equally small.
	firstTier int
}

func defaultLimits() *limits {
	return &limits{batchEntries: 4096, readRefs: 128, batchBytes: 4 << 20, partitionDocs: 50_000, firstTier: 8000}
}

// mergePlan returns how scorch plans its merges.
func (l *limits) mergePlan() map[string]any {
	perTier := 4
	if !canMerge {
		perTier = 1 << 30
	}
	return map[string]any{"MaxSegmentsPerTier": perTier, "SegmentsPerMergeTask": 10, "TierGrowth": 10.0,
		"MaxSegmentSize": 5_000_000, "MaxSegmentFileSize": 1 << 32, "FloorSegmentSize": l.firstTier, "ReclaimDeletesWeight": 2.0}
}

// persisterOptions keep scorch from merging segments that are not on the disk
// yet: a batch is written before the next one comes.
func persisterOptions() map[string]any { return map[string]any{"MemoryPressurePauseThreshold": 0} }
