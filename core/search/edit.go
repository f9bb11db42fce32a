package search

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/domicile-home/domicile/core"
)

// An edit gathers what one commit changes.
type edit struct {
	x        *Index
	manifest manifest
	views    []view
	dead     map[*partition]*roaring.Bitmap // copies that may be written to
	added    []*partition
}

func (x *Index) edit(base *snapshot) *edit {
	return &edit{x: x, manifest: base.manifest, views: slices.Clone(base.views), dead: map[*partition]*roaring.Bitmap{}}
}

// kill makes the records of refs count no more, wherever they stand.
func (e *edit) kill(refs []core.Ref) error {
	for i := range e.views {
		v := &e.views[i]
		here := make([]core.Ref, 0, len(refs))
		for _, ref := range refs {
			if v.mayHold(ref) {
				here = append(here, ref)
			}
		}
		if len(here) == 0 {
			continue
		}
		c, err := e.x.pool.holdColumns(v.partition)
		if err != nil {
			return e.x.failed(v.partition, err)
		}
		for _, ref := range here {
			if doc, ok := c.find(ref); ok {
				e.bury(v, doc)
			}
		}
		e.x.pool.release(v.partition)
	}
	return nil
}

func (e *edit) bury(v *view, doc uint32) {
	dead, ok := e.dead[v.partition]
	if !ok {
		dead = roaring.New()
		if v.dead != nil {
			dead = v.dead.Clone()
		}
		e.dead[v.partition] = dead
		v.dead = dead
	}
	dead.Add(doc)
}

// add indexes documents, on all processors, into new partitions.
func (e *edit) add(ctx context.Context, documents []Document) error {
	pieces := e.x.config.limits.split(documents, runtime.GOMAXPROCS(0))
	made := make([]*partition, len(pieces))
	errs := make([]error, len(pieces))
	var wg sync.WaitGroup
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, piece := range pieces {
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				made[i], errs[i] = e.x.make(piece)
			}
		})
	}
	wg.Wait()
	for _, p := range made {
		if p != nil {
			e.insert(p)
		}
	}
	return errors.Join(errs...)
}

// split cuts documents into pieces that are indexed on their own.
func (l *limits) split(documents []Document, processors int) [][]Document {
	docs := min(l.draftDocs, max(len(documents)/processors+1, l.draftDocs/16))
	var pieces [][]Document
	first, size := 0, 0
	for i := range documents {
		size += documents[i].size()
		if i+1-first >= docs || size >= l.draftBytes || i == len(documents)-1 {
			pieces = append(pieces, documents[first:i+1])
			first, size = i+1, 0
		}
	}
	return pieces
}

// size returns the bytes of text of the document.
func (d *Document) size() int {
	size := len(d.Title)
	for _, text := range d.Text {
		size += len(text)
	}
	return size
}

// make indexes documents into a new partition. A panic of a library that does
// it is an error.
func (x *Index) make(documents []Document) (p *partition, err error) {
	defer recovered(&err)
	d, err := build(documents)
	if err != nil {
		return nil, err
	}
	return x.save(d)
}

func (x *Index) save(d *draft) (*partition, error) {
	p, err := save(x.config.Sealer, x.config.Dir, d)
	if err != nil {
		return nil, err
	}
	x.pool.adopt(p)
	return p, nil
}

func (e *edit) insert(p *partition) {
	e.added = append(e.added, p)
	e.views = append(e.views, view{partition: p})
}

// forget takes partitions out of the index.
func (e *edit) forget(gone func(*partition) bool) {
	e.views = slices.DeleteFunc(slices.Clone(e.views), func(v view) bool { return gone(v.partition) })
}

// commit makes the edit the index's state, on disk first. It returns a channel
// that is closed when no search uses the state before any more.
func (e *edit) commit() (<-chan struct{}, error) {
	e.views = slices.DeleteFunc(e.views, func(v view) bool { return v.live() == 0 })
	sortViews(e.views)
	e.manifest.Partitions = make([]partitionInfo, len(e.views))
	for i, v := range e.views {
		e.manifest.Partitions[i] = v.partitionInfo
		if v.dead != nil && !v.dead.IsEmpty() {
			bitmap, err := v.dead.ToBytes()
			if err != nil {
				return nil, fmt.Errorf("write the index: %w", err)
			}
			e.manifest.Partitions[i].Deleted = bitmap
		}
	}
	if err := e.manifest.write(e.x.config.Sealer, e.x.config.Dir); err != nil {
		return nil, err
	}
	idle := e.x.publish(e.manifest, e.views)
	for _, p := range e.added {
		if !slices.ContainsFunc(e.views, func(v view) bool { return v.partition == p }) {
			e.x.discard(p)
		}
	}
	e.added = nil
	return idle, nil
}

// abort removes what an edit wrote that was not committed.
func (e *edit) abort() {
	for _, p := range e.added {
		e.x.discard(p)
	}
}

func (x *Index) discard(p *partition) {
	x.pool.drop(p)
	if err := p.remove(); err != nil {
		x.config.Log.Error("index file stays", "error", err)
	}
}

// failed notes a damaged partition and returns err.
func (x *Index) failed(p *partition, err error) error {
	if errors.Is(err, errDamaged) {
		x.doubt(p, err)
	}
	return err
}
