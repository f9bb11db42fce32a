package search

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// segmentType names this form of segments to scorch.
const segmentType = "sealed"

// plugin has scorch keep its segments sealed as a whole: what zapx makes is
// sealed on its way to the disk, and unsealed into memory to be read.
type plugin struct{ zap.ZapPlugin }

func (*plugin) Type() string { return segmentType }

// A keeper seals the segments of one partition and counts the memory that they
// take while they are open. It reaches the plugin through scorch's settings.
type keeper struct {
	sealer Sealer
	memory atomic.Int64
}

// keeperKey is the keeper's place among scorch's settings.
const keeperKey = "keeper"

var errNoKeeper = errors.New("a segment without its keeper")

func keeperOf(config map[string]any) (*keeper, error) {
	k, ok := config[keeperKey].(*keeper)
	if !ok {
		return nil, errNoKeeper
	}
	return k, nil
}

// A base is a segment of zapx's with the facts of its records.
type base struct {
	*zap.SegmentBase
	known facts
}

func newBase(s *zap.SegmentBase) (base, error) {
	known, err := factsOf(s)
	return base{s, known}, err
}

func (b *base) facts() *facts { return &b.known }

// A freshSegment is a segment that is not on the disk yet.
type freshSegment struct {
	base
	keeper *keeper
}

func (p *plugin) NewUsing(docs []index.Document, config map[string]any) (segment.Segment, uint64, error) {
	k, err := keeperOf(config)
	if err != nil {
		return nil, 0, err
	}
	made, size, err := p.ZapPlugin.NewUsing(docs, config)
	if err != nil {
		return nil, 0, err
	}
	zapped, ok := made.(*zap.SegmentBase)
	if !ok {
		return nil, 0, fmt.Errorf("zapx made a %T", made)
	}
	b, err := newBase(zapped)
	if err != nil {
		return nil, 0, err
	}
	return &freshSegment{b, k}, size, nil
}

// Persist seals the segment into a file, flushed to the disk.
func (s *freshSegment) Persist(path string) error {
	return writeSealed(s.keeper.sealer, path, func(w *sealingWriter) error {
		_, err := s.WriteTo(w)
		return err
	})
}

// An openSegment is a segment of a file, in memory until nothing refers to it,
// but for what is stored of each record: see stored.
type openSegment struct {
	base
	path   string
	keeper *keeper
	stored *stored
	refs   atomic.Int64
}

func (p *plugin) OpenUsing(path string, config map[string]any) (segment.Segment, error) {
	k, err := keeperOf(config)
	if err != nil {
		return nil, err
	}
	file, err := openSealed(k.sealer, path)
	if err != nil {
		return nil, err
	}
	s := &openSegment{path: path, keeper: k}
	if err := s.read(file, config); err != nil {
		return nil, errors.Join(err, file.close())
	}
	s.refs.Store(1)
	k.memory.Add(s.held())
	return s, nil
}

// read unseals the segment, but for what is stored, and reads it.
func (s *openSegment) read(file *sealedFile, config map[string]any) error {
	end, err := storedEnd(file.plain.data)
	if err != nil {
		return err
	}
	s.stored = &stored{file: file, end: end}
	if err := file.unseal(s.stored.whole(), file.tail()); err != nil {
		return err
	}
	zapped, err := openBase(file.plain.data, config)
	if err != nil {
		return err
	}
	s.base, err = newBase(zapped)
	return err
}

// held returns the bytes that the segment takes in memory.
func (s *openSegment) held() int64 { return s.stored.held() + s.known.size() }

func (s *openSegment) Path() string { return s.path }
func (s *openSegment) Close() error { return s.DecRef() }
func (s *openSegment) AddRef()      { s.refs.Add(1) }
func (s *openSegment) DecRef() error {
	if s.refs.Add(-1) > 0 {
		return nil
	}
	s.keeper.memory.Add(-s.held())
	return errors.Join(s.SegmentBase.Close(), s.stored.file.close())
}

// VisitStoredFields visits what is stored of a record.
func (s *openSegment) VisitStoredFields(number uint64, visit segment.StoredFieldValueVisitor) error {
	return s.stored.with(number, s.Count(), func() error { return s.SegmentBase.VisitStoredFields(number, visit) })
}

// DocID returns the name of a record.
func (s *openSegment) DocID(number uint64) (id []byte, err error) {
	err = s.stored.with(number, s.Count(), func() error {
		id, err = s.SegmentBase.DocID(number)
		id = bytes.Clone(id)
		return err
	})
	return id, err
}

// MergeUsing makes one segment of several, in memory, and seals it.
func (p *plugin) MergeUsing(segments []segment.Segment, drops []*roaring.Bitmap, path string, done chan struct{},
	report segment.StatsReporter, config map[string]any) (numbers [][]uint64, size uint64, err error) {
	k, err := keeperOf(config)
	if err != nil {
		return nil, 0, err
	}
	bases := make([]segment.Segment, len(segments))
	for i, s := range segments {
		switch s := s.(type) {
		case *openSegment:
			bases[i] = s.SegmentBase
			release, err := s.stored.hold()
			if err != nil {
				return nil, 0, err
			}
			defer release()
		case *freshSegment:
			bases[i] = s.SegmentBase
		default:
			return nil, 0, fmt.Errorf("merge a %T", s)
		}
	}
	merged, err := writeToMemory(func(path string) (err error) {
		numbers, size, err = p.ZapPlugin.MergeUsing(bases, drops, path, done, report, config)
		return err
	})
	if err != nil {
		return nil, 0, err // scorch compares it with segment.ErrClosed
	}
	defer merged.free()
	return numbers, size, writeSealed(k.sealer, path, func(w *sealingWriter) error {
		_, err := w.Write(merged.data)
		return err
	})
}

// footerSize is the size of the end of a segment file whose writer has no id;
// see zap.md of zapx version 17.
const footerSize = 4 + 8 + 8 + 8 + 4 + 4 + 4

// storedEnd returns where what is stored of the records ends, which is where
// their places are listed, as the end of a segment's file says.
func storedEnd(file []byte) (uint64, error) {
	at := len(file) - footerSize
	if at < 0 || binary.BigEndian.Uint32(file[at:]) != 0 || binary.BigEndian.Uint32(file[at+32:]) != zap.Version {
		return 0, fmt.Errorf("%w: no segment", errDamaged)
	}
	docs, end := binary.BigEndian.Uint64(file[at+4:]), binary.BigEndian.Uint64(file[at+12:])
	if end > uint64(at) || docs > (uint64(at)-end)/8 {
		return 0, fmt.Errorf("%w: places of records", errDamaged)
	}
	return end, nil
}

// openBase opens a segment in the form that zapx writes to files.
func openBase(file []byte, config map[string]any) (*zap.SegmentBase, error) {
	at := len(file) - footerSize
	docs := binary.BigEndian.Uint64(file[at+4:])
	stored := binary.BigEndian.Uint64(file[at+12:])
	sections := binary.BigEndian.Uint64(file[at+20:])
	chunkMode := binary.BigEndian.Uint32(file[at+28:])
	crc := binary.BigEndian.Uint32(file[at+36:])
	base, err := zap.InitSegmentBase(file[:at], crc, chunkMode, docs, stored, sections, config, new(segment.Stats))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return base, nil
}

// sealedName is what a file of a partition is sealed under: its place.
func sealedName(path string) string {
	return "search/" + filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
}

// removeFailed removes what could not be written whole.
func removeFailed(path string, err error) error {
	return errors.Join(fmt.Errorf("write an index file: %w", err), os.Remove(path))
}
