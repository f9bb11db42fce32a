package search

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/domicile-home/domicile/core"
)

// A partitionInfo is what the manifest says of a partition. Only Deleted ever
// changes.
type partitionInfo struct {
	File string `json:"file"`
	layout
	Docs    int        `json:"docs"`
	Newest  int64      `json:"newest"` // the latest moment of a record in it
	Ranges  []seqRange `json:"ranges"`
	Deleted []byte     `json:"deleted,omitempty"` // the records that do not count any more, as a roaring bitmap
}

// A seqRange says which records of a source may be in a partition.
type seqRange struct {
	Source core.SourceID `json:"source"`
	Min    core.Seq      `json:"min"`
	Max    core.Seq      `json:"max"`
}

// mayHold reports whether the record may be in the partition.
func (p *partitionInfo) mayHold(ref core.Ref) bool {
	for i := range p.Ranges {
		if r := &p.Ranges[i]; r.Source == ref.Source {
			return ref.Seq >= r.Min && ref.Seq <= r.Max
		}
	}
	return false
}

func (p *partitionInfo) hasSource(id core.SourceID) bool {
	return slices.ContainsFunc(p.Ranges, func(r seqRange) bool { return r.Source == id })
}

// describe fills in what the manifest says of the records in c.
func (p *partitionInfo) describe(c *columns) {
	p.Docs, p.Newest = len(c.keys), int64(undated)
	p.Ranges = make([]seqRange, len(c.sources))
	for i, id := range c.sources {
		p.Ranges[i] = seqRange{Source: id, Min: maxSeq}
	}
	for doc, key := range c.keys {
		r, seq := &p.Ranges[key>>seqBits], core.Seq(key&maxSeq)
		r.Min, r.Max = min(r.Min, seq), max(r.Max, seq)
		p.Newest = max(p.Newest, c.moments[doc])
	}
}

// A partition is one immutable file of the index: a segment of bleve's, with
// what filters and phrases need beside it. What it holds is unsealed on demand
// by a pool.
type partition struct {
	partitionInfo // Deleted aside, which belongs to a snapshot
	path          string
	sealer        Sealer

	loading sync.Mutex // held while a part is unsealed
	// Guarded by the pool.
	columns *columns
	terms   *termIndex
	users   int // that hold it open

	snapshots int // that list it; guarded by the index
}

// newFileName returns a name that says nothing.
func newFileName() string {
	var name [8]byte
	rand.Read(name[:])
	return hex.EncodeToString(name[:])
}

// isFileName reports whether newFileName may have made name.
func isFileName(name string) bool {
	_, err := hex.DecodeString(name)
	return err == nil && len(name) == 16
}

// save seals a draft into a new file of dir and returns the partition, which
// takes the draft's memory over.
func save(sealer Sealer, dir string, d *draft) (*partition, error) {
	p := &partition{partitionInfo: partitionInfo{File: newFileName()}, sealer: sealer, columns: d.columns}
	p.path = filepath.Join(dir, p.File)
	p.describe(d.columns)
	var err error
	if p.layout, err = writeParts(sealer, p.path, p.File, d.parts); err != nil {
		d.memory.free()
		return nil, err
	}
	if p.terms, err = d.open(); err != nil {
		return nil, fmt.Errorf("open a new partition: %w", err)
	}
	return p, nil
}

func (p *partition) open() (*sealedFile, error) {
	return openSealed(p.sealer, p.path, p.File, p.layout)
}

// loadColumns unseals the columns.
func (p *partition) loadColumns() (*columns, error) {
	file, err := p.open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data := make([]byte, p.Sizes[columnsPart])
	if err := file.readPart(columnsPart, data); err != nil {
		return nil, err
	}
	c, err := decodeColumns(data)
	if err == nil && len(c.keys) != p.Docs {
		err = errColumns
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return c, nil
}

// loadTerms unseals the terms and their stems.
func (p *partition) loadTerms() (*termIndex, error) {
	file, err := p.open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	t := &termIndex{}
	for i, part := range []int{termsPart, stemsPart} {
		if t.memory[i], err = newBuffer(int(p.Sizes[part])); err == nil {
			err = file.readPart(part, t.memory[i].data)
		}
		if err != nil {
			t.free()
			return nil, err
		}
	}
	if err := t.open(t.memory[0].data, t.memory[1].data); err != nil {
		t.free()
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return t, nil
}

// loadSequence unseals the whole sequence.
func (p *partition) loadSequence() ([]byte, error) {
	file, err := p.open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data := make([]byte, p.Sizes[sequencePart])
	return data, file.readPart(sequencePart, data)
}

// verify unseals every chunk and returns errDamaged when one is not what was
// written.
func (p *partition) verify() error {
	file, err := p.open()
	if err != nil {
		return err
	}
	defer file.Close()
	for part := range partCount {
		for chunk := range p.chunks(part) {
			if _, err := file.readChunk(part, chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove deletes the file.
func (p *partition) remove() error {
	if err := os.Remove(p.path); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove an index file: %w", err)
	}
	return nil
}
