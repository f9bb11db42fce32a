package search

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	zap "github.com/blevesearch/zapx/v17"
)

// errGone means that a partition belongs to an index that was made anew.
var errGone = errors.New("the index was made anew")

// A partition is one index of scorch's, of up to so many records, in a
// directory of its own. It is opened on demand.
type partition struct {
	dir    string
	keeper *keeper
	state  atomic.Pointer[state] // as last written; nil before
	first  *state                // what the first writing begins with
	broken atomic.Pointer[error] // what scorch met in the background

	gate       sync.RWMutex // held for reading while in use, else to open and close
	index      index.Index  // nil when closed
	isWritable bool
	isGone     bool
}

func (x *Index) partition(dir string, s *state) *partition {
	p := &partition{dir: dir, keeper: &keeper{sealer: x.config.Sealer}}
	p.state.Store(s)
	return p
}

// newName returns a name that says nothing.
func newName() string {
	var name [8]byte
	rand.Read(name[:])
	return hex.EncodeToString(name[:])
}

// isName reports whether newName may have made name.
func isName(name string) bool {
	_, err := hex.DecodeString(name)
	return err == nil && len(name) == 16
}

func (p *partition) name() string { return filepath.Base(p.dir) }

// current returns the state, as it is to begin with when there is none.
func (p *partition) current() *state {
	if s := p.state.Load(); s != nil {
		return s
	}
	return p.first
}

// newest returns a moment that no record of p is later than.
func (p *partition) newest() moment { return p.current().Newest }

// isOpen reports whether p can be searched without unsealing anything.
func (p *partition) isOpen() bool {
	p.gate.RLock()
	defer p.gate.RUnlock()
	return p.index != nil
}

// use calls f with the records of p, opening it when it is closed. It returns
// errDamaged when a file of it is, and errGone.
func (x *Index) use(p *partition, f func(index.IndexReader) error) error {
	if p.state.Load() == nil { // nothing is written yet
		return nil
	}
	defer x.trim()
	return x.hold(p, false, func() error {
		r, err := p.index.Reader()
		if err != nil {
			return err
		}
		return errors.Join(recovered(func() error { return f(r) }), r.Close())
	})
}

// recovered turns a panic of a library into an error.
func recovered(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

// hold calls f while p is open.
func (x *Index) hold(p *partition, writable bool, f func() error) error {
	for {
		if err := x.open(p, writable); err != nil {
			return err
		}
		p.gate.RLock()
		if p.index == nil || writable && !p.isWritable {
			p.gate.RUnlock()
			continue
		}
		defer p.gate.RUnlock()
		return f()
	}
}

// open opens p unless it is. It returns errDamaged when what scorch comes up
// with is not what was written: scorch goes on without what it cannot read.
func (x *Index) open(p *partition, writable bool) error {
	p.gate.Lock()
	defer p.gate.Unlock()
	switch {
	case p.isGone:
		return errGone
	case p.index != nil && (p.isWritable || !writable):
		return nil
	}
	if err := p.close(); err != nil {
		return err
	}
	opened, err := x.openScorch(p, writable)
	if err != nil {
		return err
	}
	p.index, p.isWritable = opened, writable
	if err := p.verify(); err != nil {
		return errors.Join(err, p.close())
	}
	return nil
}

func (x *Index) openScorch(p *partition, writable bool) (opened index.Index, err error) {
	hooks := installed()
	opened, err = scorch.NewScorch(scorch.Name, map[string]any{
		"path": p.dir, "read_only": !writable, "bolt_timeout": "5s",
		"forceSegmentType": segmentType, "forceSegmentVersion": int(zap.Version),
		"segmentConfig":          map[string]any{keeperKey: p.keeper},
		"asyncErrorCallbackName": hookID,
		"scorchMergePlanOptions": x.config.limits.mergePlan(),
		"scorchPersisterOptions": persisterOptions(),
	}, x.queue)
	if err != nil {
		return nil, fmt.Errorf("open the index: %w", err)
	}
	hooks.add(p.dir, x.config.Sealer, func(err error) {
		p.broken.Store(&err)
		x.wakeUp()
	})
	if err := guarded(opened.Open); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return opened, nil
}

// verify compares what scorch came up with to the state.
func (p *partition) verify() error {
	s := p.state.Load()
	if s == nil { // never written
		return nil
	}
	r, err := p.index.Reader()
	if err != nil {
		return err
	}
	defer r.Close()
	plain, err := r.GetInternal([]byte(stateKey))
	if err != nil {
		return err
	}
	found, err := decodeState(plain)
	if err != nil {
		return err
	}
	count, err := r.DocCount()
	if err != nil {
		return err
	}
	if found.Written != s.Written || int(count) != s.Members.count() {
		return fmt.Errorf("%w: %d records of change %d, want %d of %d", errDamaged, count, found.Written, s.Members.count(), s.Written)
	}
	return nil
}

// close closes p. The caller holds the gate.
func (p *partition) close() error {
	if p.index == nil {
		return nil
	}
	closing := p.index
	p.index, p.isWritable = nil, false
	err := guarded(closing.Close)
	installed().remove(p.dir)
	return err
}

// retire closes p for good.
func (p *partition) retire() error {
	p.gate.Lock()
	defer p.gate.Unlock()
	p.isGone = true
	return p.close()
}

// write changes records of p and its state, all or nothing.
func (x *Index) write(p *partition, c *changes) error {
	plain, err := c.state.encode()
	if err != nil {
		return err
	}
	b := index.NewBatch()
	for i := range c.documents {
		b.Update(convert(c.documents[i]))
	}
	for _, ref := range c.removed {
		b.Delete(idOf(ref))
	}
	b.SetInternal([]byte(stateKey), plain)
	return x.hold(p, true, func() error {
		done := make(chan error, 1)
		go func() { done <- recovered(func() error { return p.index.Batch(b) }) }()
		for {
			select {
			case err := <-done:
				if err != nil {
					return fmt.Errorf("write the index: %w", err)
				}
				p.state.Store(c.state)
				return nil
			case <-time.After(brokenAfter): // scorch leaves who waits when its own goroutine ends
				if err := p.broken.Load(); err != nil {
					return fmt.Errorf("write the index: %w", *err)
				}
			}
		}
	})
}

const brokenAfter = time.Second

// diskSize returns the bytes of the partition's files.
func (p *partition) diskSize() (size int64) {
	_ = filepath.WalkDir(p.dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			if info, err := entry.Info(); err == nil { // else it was just removed
				size += info.Size()
			}
		}
		return nil
	})
	return size
}
