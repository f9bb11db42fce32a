package search

import (
	"cmp"
	"context"
	"slices"
)

// tidy merges partitions until none need be.
func (x *Index) tidy(ctx context.Context) error {
	if !canMerge {
		return nil
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		base, err := x.hold()
		if err != nil {
			return err
		}
		group := x.config.limits.plan(base.views)
		if len(group) == 0 {
			x.release(base)
			return nil
		}
		e := x.edit(base)
		if err = e.replace(group); err == nil {
			_, err = e.commit()
		}
		e.abort()
		x.release(base)
		if err != nil {
			return err
		}
	}
}

// plan returns the partitions to make one of, none when all is well.
func (l *limits) plan(views []view) []view {
	for _, v := range views {
		if v.Docs-v.live() > v.Docs/l.staleShare {
			return []view{v}
		}
	}
	small := slices.Clone(views)
	slices.SortFunc(small, func(a, b view) int { return cmp.Compare(a.live(), b.live()) })
	docs, bytes, n := 0, int64(0), 0
	for n < len(small) && docs+small[n].live() <= l.partitionDocs && bytes+small[n].fileSize() <= l.partitionBytes {
		docs, bytes, n = docs+small[n].live(), bytes+small[n].fileSize(), n+1
	}
	for n > 0 && small[n-1].live() > docs-small[n-1].live() {
		n--
		docs -= small[n].live()
	}
	if n >= l.mergeCount || n > 1 && docs >= l.partitionDocs*4/5 {
		return small[:n]
	}
	return nil
}

// replace puts one new partition in the place of group.
func (e *edit) replace(group []view) error {
	parts := make([]mergePart, 0, len(group))
	defer func() {
		for _, v := range group[:len(parts)] {
			e.x.pool.release(v.partition)
		}
	}()
	for _, v := range group {
		c, t, err := e.x.pool.hold(v.partition)
		if err != nil {
			return e.x.failed(v.partition, err)
		}
		parts = append(parts, mergePart{columns: c, terms: t, dead: v.dead})
		if parts[len(parts)-1].sequence, err = v.loadSequence(); err != nil {
			return e.x.failed(v.partition, err)
		}
	}
	d, err := merge(parts)
	if err != nil {
		return err
	}
	made, err := e.x.save(d)
	if err != nil {
		return err
	}
	e.forget(func(p *partition) bool {
		return slices.ContainsFunc(group, func(v view) bool { return v.partition == p })
	})
	e.insert(made)
	return nil
}
