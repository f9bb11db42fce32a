package search

// limits bound what the index does at a time. Tests set smaller ones.
type limits struct {
	batchEntries int // changes asked for at a time
	readRefs     int // records asked for at a time
	batchBytes   int // about how much text one commit indexes
	// What one goroutine indexes at a time: the terms of a record take about ten
	// times its text in memory.
	draftDocs, draftBytes int
	// What a merge makes.
	partitionDocs  int
	partitionBytes int64
	// mergeCount is how many partitions are merged at least, unless they fill
	// one. The largest is never larger than the others together, so that each
	// record is written about as often as the index doubles.
	mergeCount int
	// A partition of which more than one record in staleShare is out of date is
	// written anew.
	staleShare int
	// parallelDocs is how many records make it worth searching on several
	// processors.
	parallelDocs int
}

func defaultLimits() *limits {
	return &limits{
		batchEntries: 8192, readRefs: 128, batchBytes: 8 << 20,
		draftDocs: 4096, draftBytes: 4 << 20,
		partitionDocs: 50_000, partitionBytes: 64 << 20, mergeCount: 12, staleShare: 3,
		parallelDocs: 200_000,
	}
}
