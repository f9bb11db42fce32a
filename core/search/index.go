package search

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Config says where an index lives and what it follows.
type Config struct {
	Dir    string // its own directory
	Sealer Sealer
	Feed   Feed
	Budget int64        // bytes of memory for open partitions; 0 stands for the smaller of 128 MiB and an eighth of the machine's
	Log    *slog.Logger // nil logs nothing

	limits *limits
}

// An Index finds records. Its methods may be called by several goroutines at
// once. Make one with [Open].
type Index struct {
	config Config
	pool   pool

	following sync.Mutex // held by Follow
	verified  bool       // every file was read since Open; guarded by following

	mu      sync.Mutex
	current *snapshot             // nil once closed
	doubted map[*partition]string // partitions that a search found damaged, and how
	wake    chan struct{}
}

// A snapshot is the index between two commits. It stays readable while a search
// uses it.
type snapshot struct {
	manifest
	views []view // newest records first
	users int    // searches, and the index while it is current; guarded by the index
	idle  chan struct{}
}

// A view is a partition as a snapshot sees it.
type view struct {
	*partition
	dead *roaring.Bitmap // records that do not count any more; nil for none
}

// live returns how many of the partition's records count.
func (v view) live() int {
	if v.dead == nil {
		return v.Docs
	}
	return v.Docs - int(v.dead.GetCardinality())
}

// Open opens the index of c.Dir, creating the directory. It reads the manifest
// and nothing more: partitions are opened by searches. What cannot be trusted
// is thrown away, and [Index.Follow] indexes it again: an index of another
// version, key or journal, a file that was cut or removed. Open returns the
// codes of the feed, and internal for errors of the disk.
func Open(ctx context.Context, c Config) (*Index, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Budget == 0 {
		c.Budget = defaultBudget()
	}
	if c.limits == nil {
		c.limits = defaultLimits()
	}
	x := &Index{config: c, pool: pool{budget: c.Budget}, doubted: map[*partition]string{}, wake: make(chan struct{}, 1)}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, internal("open index", err)
	}
	m, err := x.load(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.clean(c.Dir); err != nil {
		return nil, internal("open index", err)
	}
	views, err := x.views(m.Partitions)
	if err != nil {
		return nil, err
	}
	x.publish(m, views)
	return x, nil
}

// load returns the manifest to begin with: an empty one on any doubt.
func (x *Index) load(ctx context.Context) (manifest, error) {
	empty := manifest{Format: formatVersion}
	last, err := x.config.Feed.Last(ctx)
	if err != nil {
		return empty, fmt.Errorf("open index: %w", err)
	}
	m, err := readManifest(x.config.Sealer, x.config.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return empty, nil
	case errors.Is(err, errDamaged):
		if err := x.checkSealer(); err != nil {
			return empty, err
		}
		x.config.Log.Warn("index is made anew", "reason", err.Error())
		return empty, nil
	case err != nil:
		return empty, internal("open index", err)
	}
	if ok, err := x.followed(ctx, &m, last); err != nil || !ok {
		x.config.Log.Warn("index is made anew", "reason", "it followed another journal")
		return empty, err
	}
	if m.forgetMissing(x.config.Dir) {
		x.config.Log.Warn("index is repaired", "reason", "files are missing or cut")
		m.Repair = new(core.Change)
	}
	return m, nil
}

// followed reports whether the journal is the one the manifest speaks of.
func (x *Index) followed(ctx context.Context, m *manifest, last core.Change) (bool, error) {
	if m.Position > last {
		return false, nil
	}
	if len(m.Recent) == 0 {
		return true, nil
	}
	entries, err := x.config.Feed.Changes(ctx, m.Recent[0].Change-1, maxRecent)
	if err != nil {
		return false, fmt.Errorf("open index: %w", err)
	}
	return m.agrees(entries), nil
}

// checkSealer returns locked when the sealer does not open what it seals, so
// that a locked vault is not taken for a damaged index.
func (x *Index) checkSealer() error {
	const name, text = "search/check", "check"
	plain, err := x.config.Sealer.Open(name, x.config.Sealer.Seal(name, []byte(text)))
	if err != nil || string(plain) != text {
		return core.E(core.Locked, "unseal index", err)
	}
	return nil
}

// views returns what a manifest lists, newest records first.
func (x *Index) views(infos []partitionInfo) ([]view, error) {
	var list []view
	for _, info := range infos {
		v := view{partition: &partition{partitionInfo: info, path: filepath.Join(x.config.Dir, info.File), sealer: x.config.Sealer}}
		if len(info.Deleted) > 0 {
			v.dead = roaring.New()
			if _, err := v.dead.ReadFrom(bytes.NewReader(info.Deleted)); err != nil {
				return nil, internal("open index", err)
			}
		}
		list = append(list, v)
	}
	sortViews(list)
	return list, nil
}

func sortViews(list []view) {
	slices.SortStableFunc(list, func(a, b view) int { return cmp.Compare(b.Newest, a.Newest) })
}

// publish makes a snapshot current and lets the one before go. It returns a
// channel that is closed when no search uses that one any more.
func (x *Index) publish(m manifest, views []view) <-chan struct{} {
	next := &snapshot{manifest: m, views: views, users: 1, idle: make(chan struct{})}
	x.mu.Lock()
	for _, v := range views {
		v.snapshots++
	}
	before := x.current
	x.current = next
	x.mu.Unlock()
	if before == nil {
		return nil
	}
	x.release(before)
	return before.idle
}

// hold returns the current snapshot, kept until release. It returns locked
// once the index is closed.
func (x *Index) hold() (*snapshot, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.current == nil {
		return nil, core.E(core.Locked, "search", nil)
	}
	x.current.users++
	return x.current, nil
}

// release ends a use of a snapshot. Partitions that no snapshot lists any more
// are closed and their files removed.
func (x *Index) release(s *snapshot) {
	x.mu.Lock()
	var unlisted []*partition
	if s.users--; s.users == 0 {
		for _, v := range s.views {
			if v.snapshots--; v.snapshots == 0 {
				unlisted = append(unlisted, v.partition)
				delete(x.doubted, v.partition)
			}
		}
	}
	isLast, isClosed := s.users == 0, x.current == nil
	x.mu.Unlock()
	for _, p := range unlisted {
		x.pool.drop(p)
		if isClosed {
			continue
		}
		if err := p.remove(); err != nil {
			x.config.Log.Error("index file stays", "error", err)
		}
	}
	if isLast {
		close(s.idle)
	}
}

// Close waits for searches and for Follow, and forgets what was unsealed. The
// index answers locked afterwards. Cancel the context of Follow first.
func (x *Index) Close() {
	x.following.Lock()
	defer x.following.Unlock()
	x.mu.Lock()
	last := x.current
	x.current = nil
	x.mu.Unlock()
	if last != nil {
		x.release(last)
		<-last.idle
	}
}

// Position returns the latest change that the index holds, 0 for none or when
// it is closed.
func (x *Index) Position() core.Change {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.current == nil {
		return 0
	}
	return x.current.Position
}

// Wake receives when Follow has work that no change of the journal announces:
// a search met a damaged file.
func (x *Index) Wake() <-chan struct{} { return x.wake }

// doubt notes that a partition is damaged.
func (x *Index) doubt(p *partition, reason error) {
	x.mu.Lock()
	x.doubted[p] = reason.Error()
	x.mu.Unlock()
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

func (x *Index) isDoubted(p *partition) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, ok := x.doubted[p]
	return ok
}

// trust ends a doubt.
func (x *Index) trust(p *partition) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.doubted, p)
}

// Stats are the sizes of an index.
type Stats struct {
	Records    int
	Partitions int
	Disk       int64 // bytes of the partitions' files
	Memory     int64 // bytes that open partitions take
	IsPartial  bool  // records are missing until Follow has repaired the index
}

// Stats returns the sizes of the index.
func (x *Index) Stats() Stats {
	s, err := x.hold()
	if err != nil {
		return Stats{}
	}
	defer x.release(s)
	stats := Stats{Partitions: len(s.views), Memory: x.pool.used(), IsPartial: s.Repair != nil}
	for _, v := range s.views {
		stats.Records += v.live()
		stats.Disk += v.fileSize()
	}
	return stats
}

// internal classifies an error of the disk or of our own.
func internal(op string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*core.Error](err); ok {
		return err
	}
	return core.E(protocol.Internal, op, err)
}
