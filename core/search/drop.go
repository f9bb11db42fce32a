package search

import (
	"github.com/RoaringBitmap/roaring/v2"

	"github.com/domicile-home/domicile/core"
)

// dropSource takes every record of a source out of the index: partitions that
// hold some are written anew without them.
func (e *edit) dropSource(source core.SourceID) error {
	for _, v := range e.views {
		if !v.hasSource(source) {
			continue
		}
		dead, err := e.x.deadWithout(v, source)
		if err != nil {
			return e.x.failed(v.partition, err)
		}
		if err := e.rewrite(view{v.partition, dead}); err != nil {
			return err
		}
	}
	return nil
}

// deadWithout returns what does not count in v once a source is dropped.
func (x *Index) deadWithout(v view, source core.SourceID) (*roaring.Bitmap, error) {
	c, err := x.pool.holdColumns(v.partition)
	if err != nil {
		return nil, err
	}
	defer x.pool.release(v.partition)
	dead := roaring.New()
	if v.dead != nil {
		dead = v.dead.Clone()
	}
	for doc, key := range c.keys {
		if c.sources[key>>seqBits] == source {
			dead.Add(uint32(doc))
		}
	}
	return dead, nil
}

// rewrite puts a partition without its dead records in the place of v. Where
// partitions cannot be merged the others are indexed again.
func (e *edit) rewrite(v view) error {
	switch {
	case v.live() == 0:
		e.forget(func(p *partition) bool { return p == v.partition })
		return nil
	case canMerge:
		return e.replace([]view{v})
	}
	e.forget(func(p *partition) bool { return p == v.partition })
	e.manifest.Repair = new(core.Change)
	return nil
}
