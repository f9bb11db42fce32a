package search

// Small makes c work with so little at a time that a few hundred records fill
// many partitions.
func Small(c Config) Config {
	c.limits = &limits{
		batchEntries: 40, readRefs: 7, batchBytes: 2000, draftDocs: 16, draftBytes: 1000,
		partitionDocs: 60, partitionBytes: 1 << 20, mergeCount: 4, staleShare: 3, parallelDocs: 100,
	}
	return c
}

// Terms returns every term of every file, of records that count no more too.
func Terms(x *Index) (map[string]bool, error) {
	base, err := x.hold()
	if err != nil {
		return nil, err
	}
	defer x.release(base)
	found := map[string]bool{}
	for _, v := range base.views {
		_, t, err := x.pool.hold(v.partition)
		if err != nil {
			return nil, err
		}
		d, err := t.dictionary(textField)
		if err == nil {
			err = d.each(nil, nil, func(term string) error { found[term] = true; return nil })
		}
		x.pool.release(v.partition)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
