package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Config says where an index lives and what it follows.
type Config struct {
	Dir    string // its own directory
	Sealer Sealer
	Feed   Feed
	Budget int64        // bytes of memory for open partitions; 0 stands for the smaller of 256 MiB and an eighth of the machine's
	Log    *slog.Logger // nil logs nothing

	limits *limits
}

// An Index finds records. Its methods may be called by several goroutines at
// once. Make one with [Open].
type Index struct {
	config Config
	queue  *index.AnalysisQueue
	wake   chan struct{}

	following sync.Mutex // held by Follow
	verified  bool       // every file was read since Open, or since a failure; guarded by following
	isUnread  bool       // what is on the disk could not be read again; guarded by following

	mu       sync.Mutex
	parts    []*partition // by place, the oldest first
	doubted  error        // why the index has to be made anew
	isClosed bool
}

// Open opens the index of c.Dir, creating the directory. It reads what the
// partitions say of themselves and nothing more: they are opened by searches.
// What cannot be trusted is thrown away, and [Index.Follow] makes it anew: an
// index of another version, key or journal, one that was cut. Open returns the
// codes of the feed, locked, and internal for errors of the disk.
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
	dir, err := filepath.Abs(c.Dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return nil, internal("open index", err)
	}
	c.Dir = dir
	x := &Index{config: c, queue: index.NewAnalysisQueue(runtime.GOMAXPROCS(0)), wake: make(chan struct{}, 1)}
	if err := x.load(ctx); err != nil {
		x.queue.Close()
		return nil, internal("open index", err)
	}
	return x, nil
}

// load reads what is on the disk, and empties it on any doubt.
func (x *Index) load(ctx context.Context) error {
	last, err := x.config.Feed.Last(ctx)
	if err != nil {
		return fmt.Errorf("open index: %w", err)
	}
	parts, err := x.peekAll()
	if err == nil {
		err = x.check(ctx, parts, last)
	}
	if err == nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.parts = parts
		return nil
	}
	if !errors.Is(err, errDamaged) {
		return err
	}
	if err := x.checkSealer(); err != nil {
		return err
	}
	return x.reset(err)
}

// peekAll returns the partitions on the disk, the oldest first, and removes
// what none of them is: the files of another version, and partitions that were
// never written.
func (x *Index) peekAll() ([]*partition, error) {
	entries, err := os.ReadDir(x.config.Dir)
	if err != nil {
		return nil, fmt.Errorf("list the index: %w", err)
	}
	var parts []*partition
	for _, entry := range entries {
		dir := filepath.Join(x.config.Dir, entry.Name())
		var s *state
		if entry.IsDir() && isName(entry.Name()) {
			installed().add(dir, x.config.Sealer, nil)
			s, err = peek(dir)
			installed().remove(dir)
			if err != nil {
				return nil, err
			}
		}
		if s == nil {
			if err := os.RemoveAll(dir); err != nil {
				return nil, fmt.Errorf("clean the index: %w", err)
			}
			continue
		}
		parts = append(parts, x.partition(dir, s))
	}
	slices.SortFunc(parts, func(a, b *partition) int { return cmp.Compare(a.state.Load().Place, b.state.Load().Place) })
	return parts, nil
}

// check returns errDamaged unless the partitions belong together and to the
// journal whose latest change is last.
func (x *Index) check(ctx context.Context, parts []*partition, last core.Change) error {
	if len(parts) == 0 {
		return nil
	}
	s := parts[len(parts)-1].state.Load()
	written := map[string]core.Change{}
	for i, p := range parts {
		if p.state.Load().Place != i+1 {
			return fmt.Errorf("%w: a partition is missing", errDamaged)
		}
		written[p.name()] = p.state.Load().Written
		if p.state.Load().Seen > last {
			return fmt.Errorf("%w: it followed another journal", errDamaged)
		}
	}
	for name, change := range s.Others {
		if found, ok := written[name]; !ok || found < change {
			return fmt.Errorf("%w: a partition is missing or older than it was", errDamaged)
		}
	}
	if len(s.Recent) == 0 {
		return nil
	}
	entries, err := x.config.Feed.Changes(ctx, s.Recent[0].Change-1, maxRecent)
	if err != nil {
		return fmt.Errorf("open index: %w", err)
	}
	if !s.agrees(entries) {
		return fmt.Errorf("%w: it followed another journal", errDamaged)
	}
	return nil
}

// checkSealer returns locked when the sealer does not open what it seals, so
// that a locked vault is not taken for a damaged index.
func (x *Index) checkSealer() error {
	const name, text = "search/check", "check"
	plain, err := x.config.Sealer.Open(nil, name, x.config.Sealer.Seal(name, []byte(text)))
	if err != nil || string(plain) != text {
		return core.E(core.Locked, "unseal index", err)
	}
	return nil
}

// reset removes the index, which Follow then makes anew.
func (x *Index) reset(reason error) error {
	x.config.Log.Warn("index is made anew", "reason", reason.Error())
	if err := x.abandon(); err != nil {
		x.config.Log.Warn("close the index", "error", err)
	}
	entries, err := os.ReadDir(x.config.Dir)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(x.config.Dir, entry.Name())))
	}
	if err != nil {
		return fmt.Errorf("clean the index: %w", err)
	}
	return nil
}

// abandon closes the partitions for good.
func (x *Index) abandon() (err error) {
	x.mu.Lock()
	parts := x.parts
	x.parts, x.doubted = nil, nil
	x.mu.Unlock()
	for _, p := range parts {
		err = errors.Join(err, p.retire())
	}
	return err
}

// listed returns the partitions, those with the newest records first, and what
// a result says of them.
func (x *Index) listed() ([]*partition, Result, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.isClosed {
		return nil, Result{}, core.E(core.Locked, "search", nil)
	}
	parts := slices.Clone(x.parts)
	sortParts(parts)
	return parts, Result{Position: x.position()}, nil
}

// byPlace returns the partitions, the oldest first.
func (x *Index) byPlace() ([]*partition, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.isClosed {
		return nil, core.E(core.Locked, "follow journal", nil)
	}
	return slices.Clone(x.parts), nil
}

func sortParts(parts []*partition) {
	slices.SortStableFunc(parts, func(a, b *partition) int { return cmp.Compare(b.newest(), a.newest()) })
}

// position returns the latest change in the index. The caller holds x.mu.
func (x *Index) position() core.Change {
	if len(x.parts) == 0 {
		return 0
	}
	return x.parts[len(x.parts)-1].current().Position
}

// Close waits for searches and for Follow, and forgets what was unsealed. The
// index answers locked afterwards. Cancel the context of Follow first.
func (x *Index) Close() {
	x.following.Lock()
	defer x.following.Unlock()
	x.mu.Lock()
	wasClosed := x.isClosed
	x.isClosed = true
	x.mu.Unlock()
	if wasClosed {
		return
	}
	if err := x.abandon(); err != nil {
		x.config.Log.Warn("close the index", "error", err)
	}
	x.queue.Close()
}

// Position returns the latest change that the index holds, 0 for none or when
// it is closed.
func (x *Index) Position() core.Change {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.position()
}

// Wake receives when Follow has work that no change of the journal announces:
// a search met a damaged file.
func (x *Index) Wake() <-chan struct{} { return x.wake }

func (x *Index) wakeUp() {
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// doubt notes that the index has to be made anew.
func (x *Index) doubt(reason error) {
	x.mu.Lock()
	x.doubted = reason
	x.mu.Unlock()
	x.wakeUp()
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
