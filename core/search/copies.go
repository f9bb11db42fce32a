package search

import (
	"context"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/domicile-home/domicile/core"
)

// Copies tells which records are one thing. Several goroutines ask it at once.
type Copies interface {
	// IsTwin reports whether other records are the same thing as one, and IsAside
	// whether one of them stands for it.
	IsTwin(core.Ref) bool
	IsAside(core.Ref) bool
	// Leaders returns the record that stands for each, itself when none does.
	Leaders(ctx context.Context, aside []core.Ref) ([]core.Ref, error)
}

// maxCopies bounds the records looked at that another stands for.
const maxCopies = 5000

// copies are the matching records that are one thing with others.
type copies struct {
	leads map[core.Ref]bool
	aside first
	more  bool // that are not in aside
}

// take takes the records of s that another stands for out of found.
func (c *copies) take(q *Query, s *scope, found *roaring.Bitmap, titles []*roaring.Bitmap) *roaring.Bitmap {
	if q.Copies == nil {
		return found
	}
	facts, left := s.facts(), found.Clone()
	for each := found.Iterator(); each.HasNext(); {
		number := each.Next()
		hit := facts.hit(number, 0)
		switch {
		case !q.Copies.IsTwin(hit.Ref):
			continue
		case !q.Copies.IsAside(hit.Ref):
			if c.leads == nil {
				c.leads = map[core.Ref]bool{}
			}
			c.leads[hit.Ref] = true
			continue
		}
		left.Remove(number)
		for _, title := range titles {
			if title.Contains(number) {
				hit.Score++
			}
		}
		c.more = c.more || len(c.aside) == maxCopies
		c.aside.add(hit, maxCopies)
	}
	return left
}

// add adds what another partition has.
func (c *copies) add(o *copies) {
	if c.leads == nil {
		c.leads = o.leads
	} else {
		maps.Copy(c.leads, o.leads)
	}
	c.more = c.more || o.more || len(c.aside)+len(o.aside) > maxCopies
	for _, hit := range o.aside {
		c.aside.add(hit, maxCopies)
	}
}

// join adds, of each thing whose leader does not match, the first of the others,
// and keeps the first size hits.
func (r *Result) join(ctx context.Context, q *Query, size int) error {
	c := r.copies
	if len(c.aside) == 0 {
		return nil
	}
	slices.SortFunc(c.aside, before)
	refs := make([]core.Ref, len(c.aside))
	for i, hit := range c.aside {
		refs[i] = hit.Ref
	}
	leaders, err := q.Copies.Leaders(ctx, refs)
	if err != nil {
		return err
	}
	if c.leads == nil {
		c.leads = map[core.Ref]bool{}
	}
	for i, hit := range c.aside {
		if lead := leaders[i]; !c.leads[lead] {
			c.leads[lead] = true
			r.Hits, r.Total = append(r.Hits, hit), r.Total+1
		}
	}
	slices.SortFunc(r.Hits, before)
	r.Hits, r.AtLeast = r.Hits[:min(size, len(r.Hits))], r.AtLeast || c.more
	return nil
}
