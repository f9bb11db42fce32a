package search

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/blevesearch/bleve/v2/util"
	"go.etcd.io/bbolt"

	"github.com/domicile-home/domicile/core"
)

// formatVersion changes with the form of the index and with how texts are cut
// into terms or terms into stems. An index of another version is made anew.
const formatVersion = 5

// stateKey is where a partition keeps its state, written with each batch.
const stateKey = "state"

// A state is what a partition says of itself. It stands beside the records and
// changes with them, all or nothing.
type state struct {
	Format int
	Place  int // among the partitions: 1 is the oldest
	// Written is the change that the partition was last written for.
	Written core.Change
	// Seen is the end of the journal when the records were read: an earlier end
	// is that of another journal, or of an older copy of it.
	Seen core.Change
	// Position is the change up to which the whole index held the journal when
	// this partition was the last one.
	Position core.Change
	Newest   moment // no record is later
	Members  members
	Recent   []recentChange
	// Others says what the other partitions were last written for, so that one
	// that is missing or older is met.
	Others map[string]core.Change
}

// members are the records of a partition: by source, their sequence numbers.
type members map[core.SourceID]*roaring64.Bitmap

func (m members) has(ref core.Ref) bool {
	return m[ref.Source] != nil && m[ref.Source].Contains(uint64(ref.Seq))
}

func (m members) count() (n int) {
	for _, seqs := range m {
		n += int(seqs.GetCardinality())
	}
	return n
}

func (m members) add(ref core.Ref) {
	if m[ref.Source] == nil {
		m[ref.Source] = roaring64.New()
	}
	m[ref.Source].Add(uint64(ref.Seq))
}

func (m members) remove(ref core.Ref) {
	if m[ref.Source] != nil {
		m[ref.Source].Remove(uint64(ref.Seq))
	}
}

// clone returns a state that may be changed.
func (s *state) clone() *state {
	c := *s
	c.Members = members{}
	for id, seqs := range s.Members {
		c.Members[id] = seqs.Clone()
	}
	c.Others = maps.Clone(s.Others)
	return &c
}

// A recentChange is one of the latest changes read. A journal that gives its
// number to another record is not the journal that was followed.
type recentChange struct {
	Change core.Change
	Ref    core.Ref
}

// maxRecent bounds the changes remembered.
const maxRecent = 64

// remember keeps the latest of entries.
func (s *state) remember(entries []Entry) {
	recent := append([]recentChange(nil), s.Recent...)
	for _, e := range entries[max(0, len(entries)-maxRecent):] {
		recent = append(recent, recentChange{e.Change, e.Ref})
	}
	s.Recent = recent[max(0, len(recent)-maxRecent):]
}

// agrees reports whether entries, read from the journal after the change that
// comes before the first remembered one, are of the journal that was followed.
func (s *state) agrees(entries []Entry) bool {
	known := map[core.Change]core.Ref{}
	for _, r := range s.Recent {
		known[r.Change] = r.Ref
	}
	for _, e := range entries {
		if ref, ok := known[e.Change]; e.Change <= s.Position && e.Op != DropSource && (!ok || ref != e.Ref) {
			return false
		}
	}
	return true
}

func (s *state) encode() ([]byte, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(s); err != nil {
		return nil, fmt.Errorf("write the index: %w", err)
	}
	return b.Bytes(), nil
}

func decodeState(plain []byte) (*state, error) {
	s := &state{}
	if err := gob.NewDecoder(bytes.NewReader(plain)).Decode(s); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if s.Format != formatVersion {
		return nil, fmt.Errorf("%w: version %d, want %d", errDamaged, s.Format, formatVersion)
	}
	return s, nil
}

// peek reads the state of a partition without opening its segments, and has
// bbolt check the file it stands in: scorch would read it in places that
// cannot fail. It returns nil for a partition that was never written, and
// errDamaged.
func peek(dir string) (s *state, err error) {
	path := filepath.Join(dir, rootFile)
	if err := scanPages(path); err != nil || isMissing(path) {
		return nil, err
	}
	err = guarded(func() error {
		db, err := util.OpenBolt(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: time.Second})
		if err != nil {
			return fmt.Errorf("%w: %w", errDamaged, err)
		}
		defer db.Close()
		return db.View(func(tx *util.BoltTxImpl) error {
			if err := checkTree(path, tx.Tx); err != nil {
				return err
			}
			s, err = latest(path, tx)
			return err
		})
	})
	return s, err
}

func isMissing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist)
}

// latest returns the state in the latest snapshot, nil when there is none.
func latest(path string, tx *util.BoltTxImpl) (*state, error) {
	snapshots := tx.Bucket(util.BoltSnapshotsBucket)
	if snapshots == nil {
		return nil, nil
	}
	epoch, _ := snapshots.Cursor().Last()
	if epoch == nil {
		return nil, nil
	}
	snapshot := snapshots.GetBucket(epoch)
	if snapshot == nil {
		return nil, fmt.Errorf("%w: no snapshot", errDamaged)
	}
	internals := snapshot.GetBucket(util.BoltInternalKey)
	if internals == nil {
		return nil, fmt.Errorf("%w: no state", errDamaged)
	}
	reader, err := util.NewFileReader(hookID, []byte(path))
	if err != nil {
		return nil, err
	}
	plain, err := internals.Get([]byte(stateKey), reader)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return decodeState(plain)
}

// scanPages refuses pages of a bbolt file that say they go on behind its end:
// bbolt's check would follow them.
func scanPages(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the index: %w", err)
	}
	size := os.Getpagesize()
	pages := uint64(len(data) / size)
	for id := range pages {
		page := data[int(id)*size:]
		if binary.NativeEndian.Uint64(page) == id && uint64(binary.NativeEndian.Uint32(page[12:])) >= pages-id {
			return fmt.Errorf("%w: page %d", errDamaged, id)
		}
	}
	return nil
}

// checkTree walks everything that can be reached in a bbolt file, then has
// bbolt check how its pages are used.
func checkTree(path string, tx *bbolt.Tx) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read the index: %w", err)
	}
	if info.Size() < tx.Size() {
		return fmt.Errorf("%w: cut", errDamaged)
	}
	if err := tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return walk(b) }); err != nil {
		return err
	}
	for problem := range tx.Check() {
		err = errors.Join(err, problem)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return nil
}

func walk(b *bbolt.Bucket) error {
	return b.ForEach(func(key, value []byte) error {
		if inner := b.Bucket(key); inner != nil {
			return walk(inner)
		}
		return nil
	})
}

// guarded runs f and turns a panic, or a fault of mapped memory, into
// errDamaged.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	return f()
}
